"""Combinations of small numbers: found by table and by sorting alike, and taken apart again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.cleaning import combinations
from lohko.cleaning.combinations import distinct, joined, parted

COUNTS = {"a": 2, "b": 5, "c": 3}
ROWS = st.lists(st.tuples(*(st.integers(0, count - 1) for count in COUNTS.values())), min_size=1, max_size=40)


@settings(max_examples=50, deadline=None)
@given(ROWS, st.booleans())
def test_each_row_finds_its_combination_again(rows, sorting):
    columns = {name: np.array(column) for name, column in zip(COUNTS, zip(*rows, strict=True), strict=True)}
    codes, size = joined((columns[name], count) for name, count in COUNTS.items())
    assert size == 30
    with pytest.MonkeyPatch.context() as patch:
        if sorting:
            patch.setattr(combinations, "_TABLE", 0)
        found, places = distinct(codes, size if not sorting else 10**6)
    assert sorted(set(found.tolist())) == found.tolist()
    told = parted(found, COUNTS)
    assert [tuple(int(told[name][place]) for name in COUNTS) for place in places] == rows


def test_of_no_rows_there_is_no_combination():
    found, places = distinct(np.zeros(0, dtype=np.int64), 30)
    assert not found.size
    assert not places.size
