"""Cells and names that the dashboard's chapters share."""

from __future__ import annotations

from lohko.views.dashboard.model import Dashboard
from lohko.views.report.chapters.values import people, share
from lohko.views.report.document import Value
from lohko.views.report.model import Hidden, Ratio, Shown
from lohko.views.report.words import Words

DASH = "–"
DOT = "·"


def number(words: Words, count: Shown | None) -> Value:
    """Return a number of people; a dash where it cannot be told."""
    return Value(DASH) if count is None else people(words, count)


def rate(words: Words, value: Ratio) -> Value:
    """Return a share; a dash where it cannot be told."""
    return Value(DASH) if value is None else share(words, value)


def narrow(words: Words, count: Shown) -> Value:
    """Return a number of people for a matrix, where the word for hidden has no room."""
    return Value(DOT) if isinstance(count, Hidden) else people(words, count)


def signed(words: Words, count: Shown) -> Value:
    """Return a change of a number, with its sign."""
    if isinstance(count, Hidden):
        return people(words, count)
    return Value(_sign(count) + words.count(abs(count)), count)


def signed_rate(words: Words, value: Ratio) -> Value:
    """Return a change as a share, with its sign."""
    if not isinstance(value, float):
        return rate(words, value)
    return Value(_sign(value) + words.percent(abs(value)), value)


def _sign(value: float) -> str:
    return "+" if value > 0 else "−" if value < 0 else ""


def name(words: Words, dashboard: Dashboard, slug: str) -> str:
    """Return a segment's name in the reader's language."""
    names = dashboard.model.names if dashboard.model is not None else {}
    return words.pick(names.get(slug, {}), slug)
