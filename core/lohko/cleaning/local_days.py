"""The days of many times in a zone: counted from a table of its hours, since asking the zone about each time is dear.

Millions of events lie in far fewer hours. An hour that midnight or a shift of the clock falls into has no one day: its times are asked one by one.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

_HOUR = 3_600_000_000  # microseconds
_YEARS = (2000, 2040)
# For fewer times than this the table is not worth making.
_MANY = 50_000
_NO_DAY = -(1 << 31)
_KIND = pl.Datetime("us", "UTC")


def local_days(times: pl.Series, timezone: str) -> pl.Series:
    """Return the day of each time (null: none) in a zone.

    Parameters
    ----------
    times : Datetime in UTC
    """
    if times.len() < _MANY or timezone == "UTC":
        return _asked(times, timezone)
    if times.null_count() > times.len() // 2:
        there = times.is_not_null().arg_true()
        return pl.repeat(None, times.len(), dtype=pl.Date, eager=True).scatter(
            there, local_days(times.gather(there), timezone)
        )
    first, table = _days_of_hours(timezone)
    hours = times.cast(_KIND).to_physical().fill_null(0).to_numpy() // _HOUR - first
    beyond = table.size - 1  # its last place, which tells no day
    days = table[np.where((hours >= 0) & (hours < beyond), hours, beyond)]
    found = pl.Series(times.name, days).cast(pl.Date)
    if times.null_count():
        found = found.set(times.is_null(), None)
    left = (pl.Series(days == _NO_DAY) & times.is_not_null()).arg_true()
    return found.scatter(left, _asked(times.gather(left), timezone)) if left.len() else found


def _asked(times: pl.Series, timezone: str) -> pl.Series:
    return times.dt.convert_time_zone(timezone).dt.date()


@cache
def _days_of_hours(timezone: str) -> tuple[int, NDArray[np.int32]]:
    """Return the first hour of the table, counted from 1970, and each hour's day in the zone (``_NO_DAY``: more than one); the last is no hour's."""
    begin, end = (pl.Series([f"{year}-01-01"]).str.to_datetime(time_unit="us", time_zone="UTC") for year in _YEARS)
    hours = pl.int_range(int(begin.to_physical()[0]), int(end.to_physical()[0]), _HOUR, eager=True)
    here = [
        (hours + add).cast(_KIND).dt.convert_time_zone(timezone).dt.replace_time_zone(None) for add in (0, _HOUR - 1)
    ]
    days = [times.dt.date() for times in here]
    # A clock that is set back after midnight sees a day twice, and ends the hour in the one it began in.
    even = (here[1] - here[0]).to_physical() == _HOUR - 1
    one = pl.select(pl.when((days[0] == days[1]) & even).then(days[0])).to_series()
    known = one.to_physical().fill_null(_NO_DAY).to_numpy()
    return int(hours[0]) // _HOUR, np.append(known, np.int32(_NO_DAY))
