"""The days of many times: the table of hours says what the zone says, also about clocks that are shifted at midnight."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from lohko.cleaning import local_days as module
from lohko.cleaning.local_days import local_days


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "America/St_Johns", "Asia/Kolkata", "Pacific/Apia"])
def test_the_table_says_what_the_zone_says(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MANY", 1)
    # Every half hour and a minute after it, from before the table to after it, in steps that meet every hour of the day.
    begin, end = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (1999, 2042))
    times = pl.datetime_range(begin, end, "12h30m", time_unit="us", time_zone="UTC", eager=True)
    # Newfoundland sets its clock back a minute after midnight, and Samoa once left out a day.
    shifts = [dt.datetime(2009, 11, 1, 2, minute, tzinfo=dt.UTC) for minute in (29, 30, 31)]
    shifts += [dt.datetime(2011, 12, 30, hour, 0, tzinfo=dt.UTC) for hour in (9, 10, 11)]
    times = pl.concat([times, times.dt.offset_by("1m"), pl.Series([*shifts, None]).cast(times.dtype)])

    days = local_days(times, zone)

    assert days.equals(times.dt.convert_time_zone(zone).dt.date(), null_equal=True)
