"""Permission events that are more than one row, or less: those of every channel, and those kept aside that may have been a stop."""

from __future__ import annotations

import polars as pl

from lohko.reading import words
from lohko.reading.judging import DROPPED
from lohko.reading.passes import STATUS, Part
from lohko.reading.textfile import RECORD, TextFile
from lohko.tables import tables

_STOPS = ("withdrawn", "objected")


def every_channel(events: pl.LazyFrame) -> tuple[pl.LazyFrame, int]:
    """Write an event of every channel as one event of each, in its place; and return how many rows that adds."""
    every = pl.col("channel") == words.EVERY
    count = int(events.select(every.sum()).collect().item())
    if not count:
        return events, 0
    each = pl.when(every).then(pl.lit(_channels())).otherwise(pl.concat_list("channel"))
    spread = events.with_columns(each.alias("channel")).explode("channel", empty_as_null=True, keep_nulls=True)
    return spread, count * (len(_channels()) - 1)


def held_back(file: TextFile, part: Part) -> pl.DataFrame | None:
    """Return what holds a customer's channel where an event of theirs was kept aside.

    The row stays in ``rejects.csv``. Where its customer can be read, it counts as an undated stop if its status says so, else as an
    event of unknown status; where its channel cannot, for every channel. None if there are no such rows.
    """
    if not {"customer_id", "channel"} <= set(file.columns.names):
        return None
    bad = [number for number, outcome in enumerate(part.outcomes, 1) if outcome.code not in DROPPED]
    faults = pl.scan_parquet(part.faults).filter(pl.col(STATUS).is_in(bad)).select(RECORD).collect()
    if faults.is_empty():
        return None
    names = file.columns.names
    source = pl.col("source") if "source" in names else pl.lit(None, dtype=pl.String)
    status = pl.col("status").str.to_lowercase() if "status" in names else pl.lit(None, dtype=pl.String)
    said = status.replace_strict(_known("status"), default=None, return_dtype=pl.String)
    channel = (
        pl.col("channel").str.to_lowercase().replace_strict(_known("channel"), default=None, return_dtype=pl.String)
    )
    whose = pl.col("customer_id")
    prefixed = pl.lit(f"{file.source}:") + whose if file.source is not None else whose
    rows = (
        file.rows()
        .filter(pl.col(RECORD).is_in(faults[RECORD].implode()))
        .filter(whose.is_not_null() & ~whose.str.to_lowercase().is_in(words.nobody()))
        .select(
            RECORD,
            prefixed.alias("customer_id"),
            channel.fill_null(words.EVERY).alias("channel"),
            pl.when(said.is_in(_STOPS)).then(said).otherwise(pl.lit("unknown")).alias("status"),
            source.alias("source"),
            pl.lit("imported").alias("method"),
        )
        .collect()
        .sort(RECORD)
        .drop(RECORD)
    )
    return None if rows.is_empty() else every_channel(rows.lazy())[0].collect()


def _channels() -> list[str]:
    column = tables()["consents"].column("channel")
    assert column is not None
    return list(column.values)


def _known(name: str) -> dict[str, str]:
    column = tables()["consents"].column(name)
    assert column is not None
    return dict(words.enumeration("consents", column))
