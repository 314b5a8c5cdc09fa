"""Evidence in one integer: what a group-by can take the maximum of, and what is turned into words in the end.

Laid out as rank (3 bits), day (20), flags (7), text (24): the larger, the more it weighs; then the later. Grouping millions
of events by plain integers is quick, needs no sort, and gives the same result in whatever order the rows came.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.cleaning.local_days import local_days

_RANK_BITS, _DAY_BITS, _FLAG_BITS, _TEXT_BITS = 3, 20, 7, 24
_DAY_ZERO = 1 << (_DAY_BITS - 1)
FLAG_SHIFT = _TEXT_BITS  # where the flags begin
RANKS, FLAGS = 1 << _RANK_BITS, 1 << _FLAG_BITS  # how many there can be


def packed(rank: pl.Expr, day: pl.Expr, flags: pl.Expr, text: pl.Expr) -> pl.Expr:
    """Return the evidence as Int64.

    Parameters
    ----------
    rank : 0 to 7
    day : Date; null (undated) sorts before every day
    flags : 0 to 127
    text : index into a list of words, from 1; 0 is none
    """
    number = (day.cast(pl.Int64) + _DAY_ZERO).fill_null(0)
    high = (rank.cast(pl.Int64) * (1 << _DAY_BITS) + number) * (1 << _FLAG_BITS) + flags.cast(pl.Int64)
    return high * (1 << _TEXT_BITS) + text.cast(pl.Int64)


def day_number(pack: pl.Expr) -> pl.Expr:
    """Return the day as a number that orders days (0: undated; null: no evidence)."""
    return (pack // (1 << (_FLAG_BITS + _TEXT_BITS))) % (1 << _DAY_BITS)


def day_of(pack: pl.Expr) -> pl.Expr:
    """Return the day (null: undated, or no evidence)."""
    number = day_number(pack)
    return pl.when(number > 0).then((number - _DAY_ZERO).cast(pl.Int32).cast(pl.Date))


def flags_of(pack: pl.Expr) -> pl.Expr:
    """Return the flags (null where there is no evidence)."""
    return (pack // (1 << _TEXT_BITS)) % (1 << _FLAG_BITS)


def text_of(pack: pl.Expr, words: list[str]) -> pl.Expr:
    """Return the text (null: none)."""
    index = pack % (1 << _TEXT_BITS)
    return index.replace_strict(dict(enumerate(words, 1)), default=None, return_dtype=pl.String)


# Of many, as an array: 0 is none.
Numbers = NDArray[np.int64]


def ranks(pack: Numbers) -> Numbers:
    """Return the ranks (0 where there is no evidence)."""
    return pack >> (_DAY_BITS + _FLAG_BITS + _TEXT_BITS)


def day_numbers(pack: Numbers) -> Numbers:
    """Return the days as numbers that order them (0: undated, or no evidence)."""
    return (pack >> (_FLAG_BITS + _TEXT_BITS)) & ((1 << _DAY_BITS) - 1)


def flags(pack: Numbers) -> Numbers:
    """Return the flags (0 where there is no evidence)."""
    return (pack >> _TEXT_BITS) & ((1 << _FLAG_BITS) - 1)


def texts(pack: Numbers) -> Numbers:
    """Return the numbers of the texts (0: none)."""
    return pack & ((1 << _TEXT_BITS) - 1)


def undated(pack: Numbers) -> Numbers:
    """Return the evidence with its day taken out."""
    return pack & ~(((1 << _DAY_BITS) - 1) << (_FLAG_BITS + _TEXT_BITS))


def day_words(days: Numbers) -> pl.Series:
    """Return days, as ``day_numbers`` gives them, in words."""
    numbers = pl.Series(days - _DAY_ZERO).cast(pl.Int32).cast(pl.Date).dt.to_string("%Y-%m-%d")
    return pl.select(
        pl.when(pl.lit(pl.Series(days > 0))).then(pl.lit(numbers)).otherwise(pl.lit("undated"))
    ).to_series()


def packed_numbers(rank: Numbers, flags: Numbers) -> Numbers:
    """Return evidence that has no day and no text yet, from its ranks and flags."""
    return (rank << (_DAY_BITS + _FLAG_BITS + _TEXT_BITS)) + (flags << _TEXT_BITS)


def with_day(days: NDArray[np.integer[Any]]) -> Numbers:
    """Return what days, as ``day_numbers`` gives them, add to evidence without day."""
    return days.astype(np.int64) << (_FLAG_BITS + _TEXT_BITS)


def day_numbers_of(days: pl.Series) -> NDArray[np.int32]:
    """Return dates as ``day_numbers`` gives them (null: 0)."""
    return days.to_physical().fill_null(-_DAY_ZERO).to_numpy() + np.int32(_DAY_ZERO)


def event_days(times: pl.Series, timezone: str) -> pl.Series:
    """Return the day of each time in the zone in which days are counted (a date is taken as it is)."""
    if times.dtype == pl.Date:
        return times
    if times.dtype == pl.Null:
        return times.cast(pl.Date)
    zoned = times if getattr(times.dtype, "time_zone", None) else times.dt.replace_time_zone("UTC")
    return local_days(zoned, timezone)


def event_day(when: pl.Expr, timezone: str) -> pl.Expr:
    """Return ``event_days`` of a column."""
    return when.map_batches(lambda times: event_days(times, timezone), return_dtype=pl.Date(), is_elementwise=True)


def numbered(values: pl.Series) -> list[str]:
    """Return the distinct texts in alphabetical order, as many as there are numbers: a text's number is its place in it, from 1."""
    return sorted(values.unique().drop_nulls())[: (1 << _TEXT_BITS) - 1]
