"""Numbers over time as SVG: a line for each, from nothing to its own largest, one under the other along the same days."""

from __future__ import annotations

import itertools

from markupsafe import Markup

from lohko.views.report.document import Trend, Trends
from lohko.views.report.renderers.room import LEAD, Room
from lohko.views.report.renderers.svg import disc, drawing, join, line, text, width_of, wrap

_HIGH = 34.0
"""Height of a line's largest point above its nothing."""
_HEAD = 20.0
"""Room above it for its number."""


_WIDE = Room("wide", 720, 200, 240, 680)
_NARROW = Room("narrow", 340, 0, 34, 304)


def trends(shown: Trends, label: str) -> Markup:
    """Draw the wide and the narrow form."""
    return join(_drawn(shown, label, room) for room in (_WIDE, _NARROW))


def _drawn(shown: Trends, label: str, room: Room) -> Markup:
    parts: list[Markup] = []
    places = [place for place, _ in shown.moments]
    y = 0.0
    for row in shown.lines:
        y = _row(parts, row, places, y, room)
    for place in _with_room([name for _, name in shown.moments], places, room):
        at, name = shown.moments[place]
        parts.append(text(room.x(at), y + 14, name, "quiet small", "middle"))
    return drawing(room.width, y + 22, label, room.css, parts)


def _row(parts: list[Markup], row: Trend, places: list[float], y: float, room: Room) -> float:
    """Draw one line with its numbers; return where the next one begins."""
    names = wrap(row.name, (room.names or room.width) - 14, 14)
    above = 0.0 if room.names else len(names) * LEAD + 2
    base = y + above + _HEAD + _HIGH
    first = base - 4 - (len(names) - 1) * LEAD if room.names else y + 16
    parts += [text(0, max(first, y + 14) + place * LEAD, name) for place, name in enumerate(names)]
    parts.append(line(room.x(0), base, room.x(1), base))
    spots = [
        None if point is None else (room.x(place), base - point * _HIGH)
        for place, point in zip(places, row.points, strict=True)
    ]
    for before, after in itertools.pairwise(spots):
        if before is not None and after is not None:  # no line runs over what is hidden
            parts.append(line(*before, *after, "trend"))
    told = _with_room(list(row.labels), places, room)
    for place, (spot, label) in enumerate(zip(spots, row.labels, strict=True)):
        x, top = spot or (room.x(places[place]), base)
        if spot is not None:
            parts.append(disc(x, top, 3.5, "t-money"))
        if place in told:
            parts.append(text(x, top - 9, label, "num" if spot is not None else "quiet small", "middle"))
    return base + 14


def _with_room(labels: list[str], places: list[float], room: Room) -> set[int]:
    """Return the labels that have room beside each other: the last and the first always, others from the left on."""
    kept = {len(labels) - 1, 0}
    for place in range(1, len(labels) - 1):
        x, half = room.x(places[place]), width_of(labels[place], 13) / 2 + 4
        if all(abs(x - room.x(places[other])) >= half + width_of(labels[other], 13) / 2 + 4 for other in kept):
            kept.add(place)
    return kept
