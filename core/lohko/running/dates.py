"""The as-of day: given, or the latest event that the data knows, at most today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from lohko.errors import UsageFault
from lohko.tables import tables

#: Tables whose rows are events that happened. A contract's planned end or a permission's date is none.
EVENTS = ("transactions", "visits", "social", "touchpoints", "feedback")


def latest_event(frames: Mapping[str, pl.LazyFrame], timezone: str, now: dt.datetime) -> dt.date | None:
    """Return the day of the latest event up to now, counted in ``timezone``; None where there are no events."""
    found = []
    for name in EVENTS:
        time = tables()[name].time
        if name in frames and time is not None:
            column = pl.col(time)
            latest = frames[name].filter(column <= now).select(column.max()).collect().item()
            if latest is not None:
                found.append(latest)
    return max(found).astimezone(ZoneInfo(timezone)).date() if found else None


def local_day(now: dt.datetime, timezone: str) -> dt.date:
    """Return today's date in the zone in which days are counted."""
    return now.astimezone(ZoneInfo(timezone)).date()


def check_as_of(given: dt.date | None, noted: dt.date | None) -> None:
    """Refuse a day other than the one the package was valued as of: its figures speak of that day.

    Raises
    ------
    UsageFault
        The two differ (``as_of_differs``).
    """
    if given is not None and noted is not None and given != noted:
        raise UsageFault("as_of_differs", f"the package was valued as of {noted}, not {given}")


def noted_as_of(history: Sequence[Mapping[str, Any]], steps: tuple[str, ...]) -> dt.date | None:
    """Return the as-of day of the last of these steps in a package's history."""
    for record in reversed(history):
        if record.get("step") in steps and record.get("as_of"):
            return dt.date.fromisoformat(str(record["as_of"]))
    return None
