"""Customers as numbers: what is counted by number is what is counted by id."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.views.report.sections.numbered import Numbered, Numbering, among, distinct

IDS = st.lists(st.sampled_from(["a", "b", "c", "d", "é", "10", "9", None]), max_size=12)


def frame(ids: list[str | None], **more: list[int]) -> pl.LazyFrame:
    return pl.LazyFrame({"customer_id": ids, **more}, {"customer_id": pl.String, **dict.fromkeys(more, pl.Int64)})


@settings(max_examples=40)
@given(IDS, IDS, IDS)
def test_numbers_stand_for_ids(value: list[str | None], register: list[str | None], events: list[str | None]) -> None:
    numbered = Numbered.of([frame(value), frame(register)])
    known = sorted({one for one in (*value, *register) if one is not None})
    places = {one: place for place, one in enumerate(known)}
    ids = pl.Series("customer_id", events, pl.String)
    assert len(numbered) == len(known)
    assert numbered.of_ids(ids).to_list() == [places.get(one or "") for one in events]
    read = Numbering(numbered)
    read(frame([*value[:1], "z", *events[::-1]]))  # another table before: who is a stranger in both is one
    everybody = read(ids.to_frame().lazy())["customer_id"]
    assert distinct(everybody) == len(set(events) - {None})
    assert everybody.to_list() == read(ids.to_frame().lazy())["customer_id"].to_list()
    assert all((one is None) == (number is None) for one, number in zip(events, everybody, strict=True))
    flags = numbered.flags(pl.Series(register, dtype=pl.String))
    assert among(flags, everybody).to_list() == [one is not None and one in register for one in events]


def test_a_table_is_brought_to_the_order_of_the_numbers() -> None:
    numbered = Numbered.of([frame(["c", "a", "b"])])
    assert numbered.aligned(frame(["c", "x", "a"], worth=[3, 9, 1]))["worth"].to_list() == [1, None, 3]
    assert numbered.aligned(frame(["a", "b", "c"], worth=[1, 2, 3]))["worth"].to_list() == [1, 2, 3]
