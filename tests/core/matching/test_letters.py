import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from lohko.matching.compare.columns import day_levels
from lohko.matching.letters import Letters
from lohko.matching.similarity import edits, texts, winkler

WORDS = st.text(alphabet="aabbcdeiopö10 ж", min_size=1, max_size=9)


@given(st.lists(WORDS, min_size=2, max_size=12, unique=True))
def test_no_pair_that_is_alike_is_told_unlike(words):
    values = pl.Series(words).sort()
    a, b = (side.astype(np.int32) for side in np.triu_indices(len(values), 1))
    letters = Letters(values)
    left, right = texts(values, a), texts(values, b)
    for least in (0.8, 0.92):
        assert not ((winkler(left, right) >= least) & ~letters.alike(a, b, least)).any()
    for most in (1, 2):
        assert not ((edits(left, right) <= most) & ~letters.within(a, b, most)).any()
    begins = np.array([y.startswith(x) or x.startswith(y) for x, y in zip(left, right, strict=True)])
    assert not (begins & ~letters.inside(a, b)).any()


def test_most_pairs_that_are_unlike_are_told_so():
    values = pl.Series(["koskinen", "laaksonen", "virtanen", "wirtanen", "yli-hakola"])
    a, b = (side.astype(np.int32) for side in np.triu_indices(len(values), 1))
    near = Letters(values).within(a, b, 1)
    assert near[(a == 2) & (b == 3)].all()
    assert near.sum() == 1


def test_days_are_compared_digit_by_digit():
    def level(one: str, other: str) -> int:
        left, right = (np.frombuffer(day.encode(), dtype="<u8") for day in (one, other))
        return int(day_levels(left, right)[0])

    assert level("19800412", "19800413") == 3  # one digit
    assert level("19800412", "19800421") == 3  # neighbours swapped
    assert level("19800412", "19801204") == 3  # day and month swapped
    assert level("19800412", "19801127") == 2  # the same year
    assert level("19800412", "19810413") == 2  # two digits
    assert level("19800412", "19911127") == 1
