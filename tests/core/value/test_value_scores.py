"""Scores, classes and thresholds."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.value.scores import classify, engagement, rank_scores, score, thresholds

MONEY = pl.Decimal(18, 4)


def scored(values: list[int]) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "money_total": [Decimal(v) for v in values],
            "visit_measure": [0.0] * len(values),
            "social_points": [0.0] * len(values),
        },
        schema={"money_total": MONEY, "visit_measure": pl.Float64, "social_points": pl.Float64},
    )
    return rank_scores(frame)


def classes(values: list[int]) -> list[str]:
    frame = scored(values)
    return [c[1] for c in classify(frame, thresholds(frame))]


def test_scores_are_ranks_among_those_with_anything() -> None:
    assert scored([0, -5, 10, 20, 20, 30])["financial"].to_list() == [0, 0, 0.25, 0.625, 0.625, 1]


def test_high_is_the_top_fifth_and_nothing_is_its_own_class() -> None:
    assert classes([*range(1, 11), 0, -1]) == ["1"] * 4 + ["2"] * 4 + ["3"] * 2 + ["0"] * 2


def test_equal_customers_are_in_the_same_class() -> None:
    assert classes([7] * 10) == ["2"] * 10
    assert classes([1] * 8 + [9] * 2) == ["2"] * 8 + ["3"] * 2


def test_one_customer_is_the_top() -> None:
    assert classes([4]) == ["3"]
    assert classes([0]) == ["0"]


@given(st.lists(st.integers(-3, 40), min_size=1, max_size=60))
def test_classes_rise_with_the_measure_and_stored_thresholds_reproduce_them(values: list[int]) -> None:
    frame = scored(values)
    limits = thresholds(frame)
    found = dict(sorted(zip(values, (c[1] for c in classify(frame, limits)), strict=True)))
    assert list(found.values()) == sorted(found.values())
    nonzero = sum(v > 0 for v in values)
    assert limits["dimensions"]["financial"]["nonzero"] == nonzero
    assert score(frame, limits)["financial"].to_list() == pytest.approx(frame["financial"].to_list())


def test_new_customers_are_classed_and_scored_by_the_old_thresholds() -> None:
    limits = thresholds(scored(list(range(1, 11))))
    new = scored([0, 1, 5, 100]).drop("financial")
    assert [c[:2] for c in classify(new, limits)] == ["F0", "F1", "F2", "F3"]
    assert score(new, limits)["financial"].to_list() == [0, 0.1, 0.5, 1]


def test_engagement_is_the_weighted_mean_of_what_was_measured() -> None:
    frame = pl.DataFrame({"financial": [1.0], "visits": [0.5], "social": [0.0]})
    assert frame.select(engagement(frame, {"financial": 1, "visits": 3})).item() == 0.625
    assert frame.select(engagement(frame, {})).item() == 0
