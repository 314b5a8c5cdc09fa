"""Cells of tables and marks of charts from the report's numbers, with words for what is hidden or not known."""

from __future__ import annotations

from decimal import Decimal

from lohko.views.report.document import Value
from lohko.views.report.model import Amount, Cell, Hidden, Ratio, Shown
from lohko.views.report.words import Words


def people(words: Words, count: Shown | None) -> Value:
    """Return a number of people."""
    if count is None:
        return Value(words("value.unknown"))
    return Value(words("value.hidden")) if isinstance(count, Hidden) else Value(words.count(count), count)


def amount(words: Words, value: Amount, *, exact: bool = False) -> Value:
    """Return an amount of money."""
    if value is None:
        return Value(words("value.unknown"))
    return Value(words("value.hidden")) if isinstance(value, Hidden) else Value(words.money(value, exact=exact), value)


def share(words: Words, value: Ratio) -> Value:
    """Return a share of a whole."""
    if value is None:
        return Value(words("value.unknown"))
    return Value(words("value.hidden")) if isinstance(value, Hidden) else Value(words.percent(value), value)


def four(words: Words, cell: Cell) -> tuple[Value, Value, Value, Value]:
    """Return the four numbers of a group side by side: size, share, value, share of value."""
    return (
        people(words, cell.customers),
        share(words, cell.share),
        amount(words, cell.amount),
        share(words, cell.amount_share),
    )


def length(value: Ratio) -> float:
    """Return a share as the length of a bar: what is hidden, unknown or below nothing has none."""
    return min(1.0, max(0.0, value)) if isinstance(value, float) else 0.0


def part(count: int | Decimal, whole: int | Decimal) -> float:
    """Return part of whole as the length of a bar."""
    return round(float(Decimal(count) / Decimal(whole)), 6) if whole > 0 else 0.0


def shown(value: Shown | None) -> int:
    """Return a number of people to scale a chart by; what is hidden scales nothing."""
    return value if isinstance(value, int) else 0
