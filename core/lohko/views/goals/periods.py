"""The period of a target: a year, half, quarter or month, or two days; nothing: the year up to the report's day."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

_YEAR: Final = 365
_PARTS: Final = {"h": 6, "q": 3, "": 1}
_FORM: Final = re.compile(r"(\d{4})(?:[-/ ]?([hq])?(\d{1,2}))?")
_DAYS: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\s*(?:/|\.\.|–)\s*(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """From ``first`` to ``last``, both included."""

    first: dt.date
    last: dt.date

    def elapsed(self, as_of: dt.date) -> float:
        """Return the share of the days that are over at the end of ``as_of``, 0 to 1."""
        days = (self.last - self.first).days + 1
        return min(1.0, max(0.0, ((as_of - self.first).days + 1) / days))


def period(text: str | None, as_of: dt.date) -> Period | None:
    """Read a period; None where it cannot be read.

    Parameters
    ----------
    text : ``2026``, ``2026-H1``, ``2026-Q3``, ``2026-07``, ``2026-01-01/2026-06-30``; empty: the 365 days up to ``as_of``
    """
    told = (text or "").strip().lower()
    if not told:
        return Period(as_of - dt.timedelta(days=_YEAR - 1), as_of)
    try:
        if days := _DAYS.fullmatch(told):
            first, last = (dt.date.fromisoformat(day) for day in days.groups())
            return Period(first, last) if first <= last else None
        if found := _FORM.fullmatch(told):
            return _part(int(found[1]), found[2] or "", found[3])
    except ValueError:
        return None
    return None


def _part(year: int, kind: str, number: str | None) -> Period | None:
    if number is None:
        return Period(dt.date(year, 1, 1), dt.date(year, 12, 31))
    months = _PARTS[kind]
    if not 1 <= int(number) <= 12 // months:
        return None
    last = int(number) * months
    return Period(dt.date(year, last - months + 1, 1), dt.date(year, last, calendar.monthrange(year, last)[1]))
