"""A few SVG elements as escaped markup. Colours are CSS classes, so that light, dark and print share one drawing."""

from __future__ import annotations

import math
from collections.abc import Iterable

from markupsafe import Markup, escape

_WIDTH_OF_A_LETTER = 0.54
"""Mean width of a letter in a sans-serif face, as a share of its size: good enough to wrap labels."""


def number(value: float) -> str:
    """Return a coordinate with at most one decimal, always written the same way."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def element(name: str, content: Markup | str = "", **attributes: str | float) -> Markup:
    """Return an element; ``class_`` stands for ``class``, other underscores in attribute names for hyphens."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(number(value) if isinstance(value, int | float) else value)}"'
        for key, value in attributes.items()
    )
    body = escape(content)
    return Markup(f"<{name}{told}>{body}</{name}>" if body else f"<{name}{told}/>")  # noqa: S704 - every part is escaped above


def join(parts: Iterable[Markup]) -> Markup:
    """Return markup one after the other."""
    return Markup("").join(parts)


def drawing(width: float, height: float, label: str, css: str, parts: Iterable[Markup]) -> Markup:
    """Return a drawing that scales to its column and tells its name to those who cannot see it."""
    return element(
        "svg",
        join(parts),
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_label=label,
        class_=css,
    )


def rectangle(x: float, y: float, width: float, height: float, css: str) -> Markup:
    """Return a bar."""
    return element("rect", x=x, y=y, width=max(0.0, width), height=height, class_=css)


def text(x: float, y: float, content: str, css: str = "", anchor: str = "start") -> Markup:
    """Return a line of text; ``y`` is its baseline."""
    attributes: dict[str, str | float] = {"x": x, "y": y}
    if anchor != "start":
        attributes["text_anchor"] = anchor
    if css:
        attributes["class_"] = css
    return element("text", content, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, css: str = "rule") -> Markup:
    """Return a thin line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=css)


def disc(x: float, y: float, radius: float, css: str) -> Markup:
    """Return a filled circle."""
    return element("circle", cx=x, cy=y, r=radius, class_=css)


def slice_of(x: float, y: float, radius: float, share: float, css: str) -> Markup:
    """Return a slice of a circle from twelve o'clock on, clockwise; the whole circle from a share of 1."""
    if share >= 1:
        return disc(x, y, radius, css)
    turn = 2 * math.pi * share
    end_x, end_y = x + radius * math.sin(turn), y - radius * math.cos(turn)
    path = (
        f"M{number(x)} {number(y)}V{number(y - radius)}"
        f"A{number(radius)} {number(radius)} 0 {int(share > 0.5)} 1 {number(end_x)} {number(end_y)}Z"
    )
    return element("path", d=path, class_=css)


def width_of(content: str, size: float) -> float:
    """Estimate the width of a text in pixels."""
    return len(content) * size * _WIDTH_OF_A_LETTER


def wrap(content: str, width: float, size: float, lines: int | None = None) -> list[str]:
    """Break a label into lines that fit a width; where there may be only so many, the last one takes what is left."""
    found = [""]
    for word in content.split():
        longer = f"{found[-1]} {word}".strip()
        if found[-1] and width_of(longer, size) > width and (lines is None or len(found) < lines):
            found.append(word)
        else:
            found[-1] = longer
    return found
