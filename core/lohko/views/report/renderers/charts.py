"""The report's charts as SVG, each in a wide and a narrow drawing; the page shows the one that fits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from lohko.views.report.document import Bars, Bubbles, Dot, Figure, Flows, Line, Ranges, Trends
from lohko.views.report.renderers.flows import narrow_flows, wide_flows
from lohko.views.report.renderers.ranges import ranges
from lohko.views.report.renderers.svg import (
    disc,
    drawing,
    element,
    join,
    line,
    rectangle,
    slice_of,
    text,
    width_of,
    wrap,
)
from lohko.views.report.renderers.trends import trends

_SIZE = 14.0
_LEAD = 18.0


@dataclass(frozen=True, slots=True)
class Layout:
    """How a chart is laid out: its width, and the width of the label column (0: labels stand above their bars)."""

    css: str
    width: float
    labels: float
    numbers: float = 64


WIDE = Layout("wide", 720, 200)
NARROW = Layout("narrow", 340, 0)


def chart(figure: Figure) -> Markup:
    """Return both drawings of a figure's chart."""
    shown, title = figure.chart, figure.title
    if isinstance(shown, Bars):
        return join(_bars(shown, title, layout) for layout in (WIDE, NARROW))
    if isinstance(shown, Flows):
        return join((wide_flows(shown, title), narrow_flows(shown, title)))
    if isinstance(shown, Ranges):
        return ranges(shown, title)
    if isinstance(shown, Trends):
        return trends(shown, title)
    return join(_bubbles(shown, title, layout) for layout in (WIDE, NARROW))


def _bars(bars: Bars, label: str, layout: Layout) -> Markup:
    """Draw bars from zero; the longest fills the width, so lengths compare, and each ends in its number."""
    longest = 1.0 if bars.stacked else max((mark.size for row in bars.lines for mark in row.marks), default=0.0)
    room = layout.width - layout.labels - (0.0 if bars.stacked else layout.numbers)
    scale = room / longest if longest else 0.0
    parts: list[Markup] = []
    y = 2.0
    for row in bars.lines:
        high = 26.0 if bars.stacked else 16.0 if len(row.marks) > 1 else 20.0
        block = high if bars.stacked else len(row.marks) * (high + 2) - 2
        top, y = _name(parts, row, y, block, layout)
        parts += (
            _stack(row, top, high, layout.labels, scale) if bars.stacked else _beside(row, top, high, layout, scale)
        )
        y += 14.0 if len(row.marks) > 1 and not bars.stacked else 10.0
    return drawing(layout.width, y, label, layout.css, parts)


def _name(parts: list[Markup], row: Line, y: float, block: float, layout: Layout) -> tuple[float, float]:
    """Write a row's name, beside its bars or above them; return where the bars begin and where the row ends."""
    names = wrap(row.name, (layout.labels or layout.width) - 14, _SIZE)
    written = len(names) * _LEAD
    if not layout.labels:
        parts += [text(0, y + 13 + place * _LEAD, name) for place, name in enumerate(names)]
        return y + written, y + written + block + 4
    middle = y + max(block, written) / 2
    first = middle - (written - _LEAD) / 2 + 5
    parts += [text(0, first + place * _LEAD, name) for place, name in enumerate(names)]
    return middle - block / 2, y + max(block, written)


def _beside(row: Line, top: float, high: float, layout: Layout, scale: float) -> list[Markup]:
    """Draw marks one above the other, each with its number at its end; nothing has no bar."""
    parts = []
    for place, mark in enumerate(row.marks):
        y = top + place * (high + 2)
        length = max(mark.size * scale, 1.5) if mark.size else 0.0
        if length:
            parts.append(rectangle(layout.labels, y, length, high, f"t-{mark.tone}"))
        parts.append(text(layout.labels + length + 6 * (length > 0), y + high / 2 + 5, mark.label, "num"))
    return parts


def _stack(row: Line, top: float, high: float, x: float, scale: float) -> list[Markup]:
    """Draw marks end to end, with a label in each that has the room for it."""
    parts = []
    for mark in row.marks:
        length = mark.size * scale
        title = element("title", f"{mark.name}: {mark.label}")
        drawn = rectangle(x, top, max(length - 1.5, 0.8), high, f"t-{mark.tone}")
        parts.append(element("g", join((title, drawn))))
        if width_of(mark.label, 13) + 10 < length:
            parts.append(text(x + 6, top + high / 2 + 4.5, mark.label, f"num on-{mark.tone}"))
        x += length
    return parts


def _bubbles(bubbles: Bubbles, label: str, layout: Layout) -> Markup:
    """Draw a grid of bubbles: area for customers, a slice for the third dimension, the number under each, its share in words."""
    left = 96.0 if layout.labels else 62.0
    cell = (layout.width - left) / len(bubbles.columns)
    radius = min(46.0, cell / 2 - 4)
    high = radius * 2 + (42 if any(dot.inner for dot in bubbles.dots) else 26)
    head = 26.0
    bottom = head + high * len(bubbles.rows)
    parts = [text(0, 14, f"{bubbles.up} ↑", "axis")]
    for place, name in enumerate(reversed(bubbles.rows)):
        y = head + place * high
        parts += [line(0, y, layout.width, y), text(0, y + radius + 9, name, "quiet")]
    parts.append(line(0, bottom, layout.width, bottom, "rule strong"))
    parts += [
        text(left + (place + 0.5) * cell, bottom + 19, name, "quiet", "middle")
        for place, name in enumerate(bubbles.columns)
    ]
    parts.append(text(layout.width, bottom + 40, f"{bubbles.across} →", "axis", "end"))
    for dot in bubbles.dots:
        x = left + (dot.x + 0.5) * cell
        y = head + (len(bubbles.rows) - 1 - dot.y) * high
        parts += _dot(dot, x, y, radius)
    return drawing(layout.width, bottom + 46, label, layout.css, parts)


def _dot(dot: Dot, x: float, y: float, radius: float) -> list[Markup]:
    """Draw one bubble and its number; one that is hidden shows its word only."""
    foot = text(x, y + radius * 2 + 20, dot.label, "num" if dot.size else "quiet small", "middle")
    if not dot.size:
        return [foot]
    own = max(2.0, radius * math.sqrt(dot.size))
    middle = y + radius + 4
    drawn = [disc(x, middle, own, "t-people")]
    if dot.filled:
        drawn.append(slice_of(x, middle, own, dot.filled, "t-social"))
    if dot.inner:
        return [*drawn, foot, text(x, y + radius * 2 + 36, dot.inner, "quiet small", "middle")]
    return [*drawn, foot]
