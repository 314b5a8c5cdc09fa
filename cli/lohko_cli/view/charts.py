"""Bars of block characters. Each tone has a pattern of its own, so that nothing rests on colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

_EIGHTHS = " ▏▎▍▌▋▊▉"
_LEVELS = "▁▂▃▄▅▆▇█"
_PLAIN_LEVELS = "_.:-=+*#"


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a tone is drawn: a block character, its stand-in where there is only ASCII, and a style."""

    block: str
    plain: str
    style: str


PATTERNS: Mapping[str, Pattern] = {
    "people": Pattern("▒", "=", "yellow"),
    "money": Pattern("█", "#", "cyan"),
    "social": Pattern("█", "#", "magenta"),
    "quiet": Pattern("▒", "=", "dim"),
    "good": Pattern("█", "#", "cyan"),
    "ask": Pattern("▓", "+", "yellow"),
    "screen": Pattern("▒", "-", "bright_yellow"),
    "review": Pattern("░", "?", "magenta"),
    "bad": Pattern("·", ".", "dim"),
    "hidden": Pattern("╱", "/", "dim"),
}


def bar(size: float, width: int, tone: str = "money", *, ascii_only: bool = False) -> Text:
    """Return a bar from zero: ``size`` (0 to 1) of so many characters; anything above nothing shows at least a sliver."""
    pattern = PATTERNS[tone]
    size = min(1.0, max(0.0, size))
    if ascii_only or pattern.block != "█":
        letter = pattern.plain if ascii_only else pattern.block
        return Text(letter * max(round(size * width), int(size > 0)), style=pattern.style)
    eighths = max(round(size * width * 8), int(size > 0))
    whole, rest = divmod(eighths, 8)
    return Text("█" * whole + (_EIGHTHS[rest] if rest else ""), style=pattern.style)


def stack(parts: list[tuple[float, str]], width: int, *, ascii_only: bool = False) -> Text:
    """Return parts (size, tone) end to end; the ends are rounded, not the lengths, so that the whole keeps its width."""
    drawn, before, total = Text(), 0, 0.0
    for size, tone in parts:
        total += size
        after = round(min(1.0, total) * width)
        pattern = PATTERNS[tone]
        drawn.append((pattern.plain if ascii_only else pattern.block) * (after - before), style=pattern.style)
        before = after
    return drawn


def interval(
    low: float, value: float, high: float, reference: float | None, width: int, *, ascii_only: bool = False
) -> Text:
    """Return a value between its bounds on an axis of so many characters; all places are 0 to 1."""
    span, dot, mean, empty = ("-", "o", "|", ".") if ascii_only else ("━", "●", "┊", "·")

    def place(at: float) -> int:
        return min(width - 1, max(0, round(at * (width - 1))))

    cells = [(empty, "dim")] * width
    cells[place(low) : place(high) + 1] = [(span, PATTERNS["people"].style)] * (place(high) + 1 - place(low))
    if reference is not None:
        cells[place(reference)] = (mean, "bold")
    cells[place(value)] = (dot, PATTERNS["money"].style)
    return Text.assemble(*cells)


def spark(points: Sequence[float | None], *, ascii_only: bool = False) -> Text:
    """Return numbers over time as columns of a height (0 to 1), one a moment; what is hidden is a question mark."""
    levels = _PLAIN_LEVELS if ascii_only else _LEVELS
    drawn = ("?" if point is None else levels[min(len(levels) - 1, int(point * len(levels)))] for point in points)
    return Text("".join(drawn), style=PATTERNS["money"].style)


def key(tone: str, *, ascii_only: bool = False) -> Text:
    """Return the sign of a tone for a legend."""
    pattern = PATTERNS[tone]
    return Text((pattern.plain if ascii_only else pattern.block) * 2, style=pattern.style)
