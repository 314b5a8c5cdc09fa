"""One pass over the events: the same as grouping by customer and day, whatever the order and however the file is cut."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.value.test_value_step import AS_OF, made

from lohko.outcome import Env
from lohko.value import tally as module
from lohko.value.events import scope
from lohko.value.features import features
from lohko.value.purchases import purchases
from lohko.value.tally import Tally, customers_of, days_of, slots, whole
from lohko.value.visiting import visiting

EVENTS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-400_000, 400_000), st.integers(0, 9), st.booleans()), max_size=40
)
SCHEMA = {"n": pl.UInt32, "day": pl.Int32, "pages": pl.Int64, "was": pl.Boolean}


@given(EVENTS, st.integers(1, 50), st.integers(1, 12))
@settings(deadline=None, max_examples=60)
def test_a_tally_is_a_group_by(events: list[tuple[int, int, int, bool]], cut: int, pending: int) -> None:
    frame = pl.DataFrame(events, schema=SCHEMA, orient="row").with_columns(pl.col("day").cast(pl.Date))
    found = Tally(5, ("pages", "was", "absent"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PENDING", pending)  # days are sorted in between, too
        for part in frame.iter_slices(cut):
            found.add(part)
        got = found.frame("events", "days", "first", "last")
    plain = (
        frame.group_by("n")
        .agg(
            pl.col("day").n_unique().cast(pl.Int64).alias("days"),
            pl.len().cast(pl.Int64).alias("events"),
            pl.col("pages").sum(),
            pl.col("was").sum().cast(pl.Int64),
            pl.lit(0, pl.Int64).alias("absent"),
            pl.col("day").min().alias("first"),
            pl.col("day").max().alias("last"),
        )
        .sort("n")
    )
    assert got.equals(plain)


def test_a_slot_holds_any_customer_and_any_day_of_a_calendar() -> None:
    n = whole(pl.Series([0, 1, 4_000_000_000]))
    day = whole(pl.Series([dt.date(600, 1, 1), dt.date(1970, 1, 1), dt.date(3300, 1, 1)]))
    packed = slots(n, day)
    assert customers_of(packed).tolist() == n.tolist()
    assert days_of(packed).tolist() == day.tolist()


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=5)
def test_events_are_placed_by_hash_as_by_name(seed: int) -> None:
    tables = {name: frame.lazy() for name, frame in made(seed).items()}
    who = scope(tables, Env(as_of=AS_OF))
    assert who.hashed
    by_name = replace(who, hashed=False)
    for one, other in (
        (purchases(tables["transactions"], who), purchases(tables["transactions"], by_name)),
        (visiting(tables["visits"], tables["visitors"], who), visiting(tables["visits"], tables["visitors"], by_name)),
    ):
        assert one.features.equals(other.features)
        assert one.totals == other.totals


@given(st.integers(0, 10_000), st.integers(1, 20))
@settings(deadline=None, max_examples=4)
def test_how_a_table_is_cut_into_files_leaves_no_trace(
    tmp_path_factory: pytest.TempPathFactory, seed: int, cut: int
) -> None:
    folder: Path = tmp_path_factory.mktemp("cut")
    tables = made(seed)
    parted: dict[str, pl.LazyFrame] = {}
    for name, frame in tables.items():
        (folder / name).mkdir()
        for place, part in enumerate(frame.reverse().iter_slices(cut)):
            part.write_parquet(folder / name / f"{place:03}.parquet", row_group_size=3)
        parted[name] = pl.scan_parquet(folder / name)
    env = Env(as_of=AS_OF)
    one, other = features({k: v.lazy() for k, v in tables.items()}, env), features(parted, env)
    assert one.frame.equals(other.frame)
    assert one.purchases is not None
    assert other.purchases is not None
    assert one.purchases.days.equals(other.purchases.days)
    assert one.purchases.totals == other.purchases.totals
