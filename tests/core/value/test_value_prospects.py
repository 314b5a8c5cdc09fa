"""All that is still to come in one column, or what is missing for it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.value.explain import LANGUAGES, explain, lacking
from lohko.value.prospects import COLUMN, prospects

MONEY = pl.Decimal(18, 4)
WHOLE: dict[str, list[Any]] = {
    "frequency": [2, 0, 1, 0],
    "active_subscriptions": [0, 0, 1, 0],
    "visit_count": [3, 5, 0, 0],
    "social_acts": [1, 0, 0, 0],
    "clv": ["10", None, None, None],
    "visit_value": ["1", "2", "0", "0"],
    "social_value": ["4", "0", "0", "0"],
    "expected_visit_value": ["2.5", "7", None, None],
    "expected_social_value": ["0.3333", None, None, None],
}


def frame(**changes: list[Any] | None) -> pl.DataFrame:
    cells = {name: column for name, column in (WHOLE | changes).items() if column is not None}
    money = [c for c in cells if c not in ("frequency", "active_subscriptions", "visit_count", "social_acts")]
    return pl.DataFrame(cells, strict=False).with_columns(pl.col(money).cast(MONEY))


def test_the_parts_are_added_up() -> None:
    found = prospects(frame())
    # who bought has the sum; who only visits has visits; a contract without a clv has none; nor has who never did a thing
    assert found.frame[COLUMN].to_list() == [Decimal("12.8333"), Decimal(7), None, None]
    assert found.figures == {
        "total": "19.8333",
        "customers": 2,
        "parts": ["clv", "expected_visit_value", "expected_social_value"],
        "missing": [],
    }
    assert [f.code for f in found.findings] == ["prospects_told"]
    with_ties = prospects(frame(clnv=["12", None, None, None]))
    assert with_ties.frame[COLUMN][0] == Decimal("14.8333")


@pytest.mark.parametrize(
    ("gone", "missing"),
    [
        (["clv"], ["money_unforeseen"]),
        (["expected_visit_value"], ["visits_unforeseen"]),
        (["expected_visit_value", "visit_value"], ["visits_unpriced"]),
        (["expected_social_value", "social_value", "clv"], ["money_unforeseen", "social_unpriced"]),
    ],
)
def test_a_missing_part_is_told_with_its_reason_and_no_sum_is_made(gone: list[str], missing: list[str]) -> None:
    found = prospects(frame(**dict.fromkeys(gone)))
    assert COLUMN not in found.frame.columns
    assert found.figures["missing"] == missing
    (told,) = found.findings
    assert not [key for key in missing if key in told.text]  # words, no keys
    assert lacking(missing) in told.text


def test_what_nobody_ever_did_has_no_part() -> None:
    idle = prospects(
        frame(visit_count=[0] * 4, expected_visit_value=None, social_acts=None, expected_social_value=None)
    )
    assert idle.frame[COLUMN].to_list() == [Decimal(10), None, None, None]
    nothing = prospects(pl.DataFrame({"customer_id": ["a"]}))
    assert (nothing.findings, nothing.figures["missing"]) == ((), [])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.none() | st.decimals(-1000, 1000, places=4)] * 3), min_size=1, max_size=12))
def test_the_sum_is_that_of_its_parts_to_the_last_digit(rows: list[tuple[Decimal | None, ...]]) -> None:
    names = ("clv", "expected_visit_value", "expected_social_value")
    cells = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    made = pl.DataFrame(cells, schema=dict.fromkeys(names, MONEY)).with_columns(
        pl.lit(1).alias("visit_count"), pl.lit(1).alias("social_acts"), pl.lit(0).alias("frequency")
    )
    found = prospects(made).frame[COLUMN].to_list()
    for row, whole in zip(rows, found, strict=True):
        known = [cell for cell in row if cell is not None]
        assert whole == (sum(known, Decimal(0)) if known else None)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_customer_is_told_why_a_sum_is_missing(lang: str) -> None:
    row = {"frequency": 2, "monetary": Decimal(3), "recency_days": 1, "clv": Decimal(4)}
    lacking = {
        "engagement": {"missing": ["visit", "share"]},
        "prospects": {"missing": ["visits_unpriced"], "total": None},
    }
    codes = {r.code: r for r in explain(row, lang, lacking)}
    assert {"engagement_unpriced", "prospects_untold"} <= codes.keys()
    assert "visits_unpriced" not in codes["prospects_untold"].text
    assert "{" not in "".join(r.text for r in codes.values())
    unpriced = {r.code for r in explain(row, lang, {"engagement": {"missing": []}, "prospects": {"missing": []}})}
    assert "engagement_no_prices" in unpriced
    told = {"engagement": None, "prospects": {"missing": [], "total": "1"}}
    assert {r.code for r in explain(row, lang, told)} & {"engagement_no_prices", "prospects_contract"} == {
        "prospects_contract"
    }
    whole = row | {"engagement_value": Decimal(9), "expected_visit_value": Decimal(1), COLUMN: Decimal(5)}
    said = {r.code for r in explain(whole, lang, told)}
    assert "expected_engagement_value" in said
    assert not said & {"engagement_unpriced", "engagement_no_prices", "prospects_contract", "prospects_untold"}
