"""Known ids: a number's place in the table is where the text stands, whatever else reads as that number."""

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lohko.cleaning.known_ids import KnownIds

NUMBERS = st.from_regex(r"0{0,2}[0-9]{1,3}", fullmatch=True)
TEXTS = st.one_of(NUMBERS, st.sampled_from(["", " 7", "7 ", "+7", "-7", "7.0", "1e2", "a7", "٧", "9" * 17, "9" * 30]))


def found(ids, texts):
    rows = pl.LazyFrame({"row": range(len(texts)), "name": texts}, schema={"row": pl.Int64, "name": pl.String})
    places = KnownIds(pl.Series(ids, dtype=pl.String)).places(rows, "name").collect()
    return places.sort("row")["place"].to_list()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(NUMBERS, TEXTS), unique=True, max_size=8), st.lists(st.one_of(TEXTS, st.none()), max_size=12))
@example(["7", "12", "300"], ["7", "007", "+7", "-7", None, "", "12", "301", "9" * 30])
@example(["7", "007"], ["7", "07", "007", "+07", None, "x"])
@example(["7", "9" * 17], ["7", "07", "9" * 17, "9" * 30, "+7", None, "x", ""])
@example([], ["7", None])
def test_a_row_finds_the_very_text_of_its_id(ids, texts):
    place = {text: number for number, text in enumerate(ids)}
    assert found(ids, texts) == [place.get(text) for text in texts]


@pytest.mark.parametrize("ids", [["7", "12"], ["7", "x"], ["1", "9" * 17]])
def test_every_row_is_kept_in_its_place(ids):
    assert found(ids, [*ids, "8", *reversed(ids)]) == [0, 1, None, 1, 0]
