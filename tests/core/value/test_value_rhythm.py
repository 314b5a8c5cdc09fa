"""How evenly days lie, against the definition read slowly."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.value.rhythm import regularity
from lohko.value.tally import slots

END = 19_000


def of(*days: list[int]) -> list[float]:
    n = np.array([place for place, some in enumerate(days) for _ in some], dtype=np.int64)
    day = np.array([END - d for some in days for d in sorted(some, reverse=True)], dtype=np.int64)
    found: list[float] = regularity(slots(n, day), END).tolist()
    return found


def test_evenly_spaced_is_1_a_burst_long_ago_is_near_0_and_two_days_say_nothing() -> None:
    even, burst, two = of([29, 19, 9], [900, 899, 898], [10, 5])
    assert even == 1.0
    assert burst < 0.05
    assert math.isnan(two)
    assert regularity(np.zeros(0, dtype=np.int64), END).size == 0


@given(st.lists(st.sets(st.integers(0, 3000), min_size=3, max_size=30), min_size=1, max_size=4))
def test_it_is_the_entropy_of_the_pieces_over_its_most(days: list[set[int]]) -> None:
    for some, found in zip(days, of(*(sorted(d) for d in days)), strict=True):
        cuts = [*sorted(some, reverse=True), -1]
        shares = [(a - b) / (cuts[0] + 1) for a, b in itertools.pairwise(cuts)]
        slow = -sum(share * math.log(share) for share in shares) / math.log(len(shares))
        assert found == pytest.approx(slow, abs=2e-6)
        assert 0 <= found <= 1


@given(st.sets(st.integers(0, 300), min_size=3, max_size=30))
def test_the_unit_of_time_does_not_matter(days: set[int]) -> None:
    weekly = of([7 * (d + 1) - 1 for d in days])
    assert weekly == pytest.approx(of(list(days)), abs=2e-6)
