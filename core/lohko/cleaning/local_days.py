"""The days of many times in a zone: counted from a table of its hours, since asking the zone about each time is dear.

Millions of events lie in far fewer hours. An hour that midnight or a shift of the clock falls into has no one day: its times are asked one by one.
"""

from __future__ import annotations

from functools import cache

import polars as pl

_HOUR = 3_600_000_000  # microseconds
_YEARS = (2000, 2040)
# For fewer times than this the table is not worth making.
_MANY = 50_000
_KIND = pl.Datetime("us", "UTC")


def local_days(times: pl.Series, timezone: str) -> pl.Series:
    """Return the day of each time (null: none) in a zone.

    Parameters
    ----------
    times : Datetime in UTC
    """
    if times.len() < _MANY or timezone == "UTC":
        return _asked(times, timezone)
    first, days = _days_of_hours(timezone)
    hours = times.cast(_KIND).to_physical() // _HOUR - first
    within = (hours >= 0) & (hours < days.len())
    found = days.gather(hours.set(~within, None))
    left = (found.is_null() & times.is_not_null()).arg_true()
    return found.scatter(left, _asked(times.gather(left), timezone)) if left.len() else found


def _asked(times: pl.Series, timezone: str) -> pl.Series:
    return times.dt.convert_time_zone(timezone).dt.date()


@cache
def _days_of_hours(timezone: str) -> tuple[int, pl.Series]:
    """Return the first hour of the table, counted from 1970, and each hour's day in the zone (null: more than one)."""
    begin, end = (pl.Series([f"{year}-01-01"]).str.to_datetime(time_unit="us", time_zone="UTC") for year in _YEARS)
    hours = pl.int_range(int(begin.to_physical()[0]), int(end.to_physical()[0]), _HOUR, eager=True)
    here = [
        (hours + add).cast(_KIND).dt.convert_time_zone(timezone).dt.replace_time_zone(None) for add in (0, _HOUR - 1)
    ]
    days = [times.dt.date() for times in here]
    # A clock that is set back after midnight sees a day twice, and ends the hour in the one it began in.
    even = (here[1] - here[0]).to_physical() == _HOUR - 1
    one = pl.select(pl.when((days[0] == days[1]) & even).then(days[0])).to_series()
    return int(hours[0]) // _HOUR, one
