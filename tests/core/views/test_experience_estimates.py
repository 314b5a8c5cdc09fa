"""Scores and their intervals: published formulas, ends of the scale, and differences that chance makes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.views.experience.estimates import compared, mean, net_promoter, proportion

NPS = (0.0, 10.0)
answers = st.dictionaries(st.integers(0, 10).map(float), st.integers(1, 60), min_size=1)


def test_net_promoter_is_the_adjusted_wald_of_rocks():
    # 19 promoters, 8 passives, 9 detractors; three answers added: 19.75 and 9.75 of 39
    found = net_promoter({9.0: 19, 7.0: 8, 3.0: 9})
    centre = (19.75 - 9.75) / 39
    half = 1.959963984540054 * math.sqrt(((19.75 + 9.75) / 39 - centre**2) / 39)
    assert found.value == pytest.approx(100 * 10 / 36, abs=1e-4)
    assert (found.low, found.high) == pytest.approx((100 * (centre - half), 100 * (centre + half)), abs=1e-4)


def test_an_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(2000):
        down, passive, up = (int(n) for n in rng.multinomial(40, (0.15, 0.25, 0.6)))
        found = net_promoter({0.0: down, 8.0: passive, 10.0: up})
        held += found.low <= 45 <= found.high
    assert 0.93 <= held / 2000 <= 0.97


@given(answers)
def test_intervals_stay_on_the_scale_and_hold_what_they_should(scores: dict[float, int]):
    promoted = net_promoter(scores)
    assert -100 <= promoted.low <= promoted.high <= 100
    average = mean(scores, NPS)
    assert 0 <= average.low <= average.value <= average.high <= 10
    assert average == mean(dict(reversed(scores.items())), NPS)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_within_its_interval(case: tuple[int, int]):
    found = proportion(*case)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_share_is_wilsons():
    assert (proportion(0, 10).low, proportion(0, 10).high) == pytest.approx((0, 0.277533), abs=1e-6)
    assert (proportion(5, 10).low, proportion(5, 10).high) == pytest.approx((0.236593, 0.763407), abs=1e-6)


def test_groups_are_above_below_or_cannot_be_told():
    good, bad, few = {9.0: 80, 5.0: 20}, {9.0: 20, 5.0: 80}, {10.0: 29}
    assert compared("nps", [good, bad, few], NPS) == ["above", "below", None]
    alike = {9.0: 20, 8.0: 10, 5.0: 21}
    assert compared("nps", [alike, {9.0: 21, 8.0: 10, 5.0: 20}], NPS) == ["open", "open"]


def test_of_many_groups_that_are_alike_hardly_one_stands_out():
    rng = np.random.default_rng(8)
    wrong = 0
    for _ in range(200):
        groups = [{0.0: int(d), 8.0: int(p), 10.0: int(u)} for d, p, u in rng.multinomial(60, (0.3, 0.4, 0.3), size=12)]
        wrong += any(verdict in {"above", "below"} for verdict in compared("nps", groups, NPS))
    assert wrong / 200 <= 0.09


def test_everybody_alike_is_no_difference():
    assert compared("csat", [{4.0: 40}, {4.0: 50}], (1.0, 5.0)) == ["open", "open"]
