"""Cells of tables from the report's numbers."""

from __future__ import annotations

from decimal import Decimal

from lohko.views.health.model import Span
from lohko.views.report.document import Value
from lohko.views.report.words import Words


def count(words: Words, value: float) -> Value:
    """Return a whole number, or one that was estimated and is shown rounded."""
    return Value(words.count(round(value)), value if isinstance(value, int) else round(value))


def share(words: Words, part: float, whole: float) -> Value:
    """Return part of whole as per cent."""
    value = round(part / whole, 6) if whole else 0.0
    return Value(words.percent(value), value)


def amount(words: Words, value: Decimal | None) -> Value:
    """Return money; a dash where it is not known."""
    return Value("–") if value is None else Value(words.money(value), value)


def span(words: Words, value: Span | None) -> tuple[Value, Value, Value]:
    """Return an amount's three cells."""
    if value is None:
        return (Value("–"),) * 3
    return amount(words, value.low), amount(words, value.expected), amount(words, value.high)


def points(words: Words, value: float | None) -> Value:
    """Return a score, or a change of one."""
    return Value("–") if value is None else Value(words.number(value, 1), value)


def fault(words: Words, code: str) -> str:
    """Return a fault's words with a capital."""
    text = words.code("fault", code)
    return text[:1].upper() + text[1:]


def listed(names: list[str]) -> str:
    """Return names one after the other."""
    return ", ".join(names)
