"""The two years of the sample, its seasons and hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

FIRST = date(2024, 11, 1)
CUT = date(2025, 10, 31)  # end of the first year: lohko.toml also cuts a package here
LAST = date(2026, 10, 31)

END_UTC = datetime.fromisoformat("2026-10-31T22:00:00")  # midnight in Helsinki: systems that write UTC end here

# Month 1 to 12: reading peaks in winter, the shop before Christmas, events in summer.
READING = (1.15, 1.1, 1.1, 1.1, 0.95, 0.8, 0.65, 0.9, 1.0, 1.05, 1.15, 1.05)
SHOPPING = (0.7, 0.7, 0.8, 0.9, 1.1, 0.9, 0.6, 0.8, 0.9, 1.0, 1.8, 2.1)
EVENTS = (0.4, 0.6, 0.8, 0.9, 1.3, 2.0, 1.9, 1.7, 1.0, 0.8, 0.7, 0.6)
TALKING = (1.0, 1.0, 1.1, 1.4, 0.9, 0.8, 0.7, 0.9, 1.1, 1.1, 1.0, 0.9)

DAYTIME = dict(
    zip(range(24), (1, 0.3, 0.2, 0.2, 0.4, 1.5, 4, 6, 6, 5, 4, 5, 6, 5, 4, 4, 5, 5, 5, 6, 7, 7, 5, 3), strict=True)
)
OFFICE = dict(zip(range(8, 17), (1, 3, 4, 3, 2, 3, 4, 3, 1), strict=True))


def months() -> Iterator[tuple[date, date]]:
    """Yield the first and last day of every month of the sample."""
    first = FIRST
    while first <= LAST:
        after = add_months(first, 1)
        yield first, after - timedelta(days=1)
        first = after


def add_months(day: date, count: int) -> date:
    """Move a day by months; the 31st becomes the last day of a shorter month."""
    month = day.year * 12 + day.month - 1 + count
    year, month = month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


def finnish_day(day: date | None) -> str:
    """Write d.m.yyyy, as Finnish systems do."""
    return f"{day.day}.{day.month}.{day.year}" if day else ""


def finnish_time(time: datetime | None) -> str:
    return f"{finnish_day(time)} {time.hour}:{time.minute:02d}" if time else ""


def iso_time(time: datetime | None, *, utc: bool = False) -> str:
    """Write ISO 8601; with ``utc`` the value is taken as UTC and says so."""
    return time.isoformat(sep="T" if utc else " ", timespec="seconds") + ("Z" if utc else "") if time else ""


def cents(amount: int) -> str:
    """Write euro cents with a decimal comma."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{amount // 100},{amount % 100:02d}"


def cents_point(amount: int) -> str:
    return cents(amount).replace(",", ".")
