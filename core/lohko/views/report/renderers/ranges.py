"""Values with their intervals as SVG: a bar from bound to bound, a dot for the value, one axis for all."""

from __future__ import annotations

from markupsafe import Markup

from lohko.views.report.document import Range, Ranges
from lohko.views.report.renderers.room import LEAD, Room
from lohko.views.report.renderers.svg import disc, drawing, join, line, rectangle, text, width_of, wrap

_BAND = 30.0
_PAD = 8.0


_WIDE = Room("wide", 720, 200, 210, 566)
_NARROW = Room("narrow", 340, 0, 24, 316)


def ranges(shown: Ranges, label: str) -> Markup:
    """Draw the wide and the narrow form."""
    return join(_drawn(shown, label, room) for room in (_WIDE, _NARROW))


def _drawn(shown: Ranges, label: str, room: Room) -> Markup:
    parts: list[Markup] = []
    y = 24.0 if shown.reference else 4.0
    top = y
    for row in shown.lines:
        y = _row(parts, row, shown, y, room)
    parts.append(line(room.left, y, room.right, y, "rule strong"))
    parts += [text(room.x(place), y + 19, name, "quiet", "middle") for place, name in shown.ticks]
    if shown.reference:
        place, name = shown.reference
        half = width_of(name, 13) / 2
        parts.append(text(min(max(room.x(place), half), room.width - half), top - 9, name, "quiet", "middle"))
    return drawing(room.width, y + 26, label, room.css, parts)


def _row(parts: list[Markup], row: Range, shown: Ranges, y: float, room: Room) -> float:
    """Draw one value between its bounds; return where the next one begins."""
    beside = 0.0 if room.names else width_of(row.label, 13) + 14
    names = wrap(row.name, (room.names or room.width - beside) - _PAD, 14)
    written = len(names) * LEAD
    if room.names:
        band = max(_BAND, written + _PAD)
        first = y + (band - written) / 2 + 14
        middle, top, bottom = y + band / 2, y, y + band
        parts.append(text(room.right + 14, middle + 5, row.label, "num" if row.value is not None else "quiet"))
    else:
        first, top = y + 16, y + written + 4
        bottom = top + (22.0 if row.value is not None else 6.0)
        middle = top + 10
        parts.append(text(room.width, first, row.label, "num" if row.value is not None else "quiet", "end"))
        bottom += _PAD
    parts += [text(0, first + place * LEAD, name) for place, name in enumerate(names)]
    if room.names or row.value is not None:
        low, high = (top, bottom) if room.names else (top, top + 20)
        parts += [line(room.x(place), low, room.x(place), high) for place, _ in shown.ticks]
        if shown.reference:
            x = room.x(shown.reference[0])
            parts.append(line(x, low, x, high, "rule mean"))
    if row.value is not None and row.low is not None and row.high is not None:
        length = max(room.x(row.high) - room.x(row.low), 2.0)
        parts.append(rectangle(room.x(row.low), middle - 4, length, 8, "t-people"))
        parts.append(disc(room.x(row.value), middle, 6, "t-money"))
    return bottom
