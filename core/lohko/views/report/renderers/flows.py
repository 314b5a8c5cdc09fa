"""Streams between two columns of nodes, as SVG: the chart of who went from where to where."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from lohko.views.report.document import Flow, Flows, Node
from lohko.views.report.renderers.svg import drawing, element, join, number, rectangle, text, wrap

_TALL = 400.0
"""Height of all people together."""
_GAP = 10.0
_BAR = 8.0
_LINE = 17.0
_HEAD = 30.0
_WIDE, _SIDE = 720.0, 204.0
_NARROW, _EDGE = 340.0, 26.0

Place = tuple[float, float]
"""Top and height of a node; or two ends."""


def wide_flows(flows: Flows, label: str) -> Markup:
    """Draw the streams with each node's name and number beside it."""

    def room(node: Node) -> float:
        return _LINE * (len(wrap(node.name, _SIDE - 16, 14, 2)) + 1)

    left, right, high = _places(flows, room)
    parts = _streams(flows, left, right, _SIDE, _WIDE - _SIDE)
    for nodes, places, x, anchor in (
        (flows.left, left, _SIDE - 8, "end"),
        (flows.right, right, _WIDE - _SIDE + 8, "start"),
    ):
        for node, (top, tall) in zip(nodes, places, strict=True):
            lines = wrap(node.name, _SIDE - 16, 14, 2)
            y = top + max(0.0, tall - _LINE * (len(lines) + 1)) / 2 + 13
            parts += [text(x, y + place * _LINE, line, "", anchor) for place, line in enumerate(lines)]
            parts.append(text(x, y + len(lines) * _LINE, node.label, "num quiet", anchor))
    parts += [
        text(_SIDE - 8, 14, flows.heads[0], "axis", "end"),
        text(_WIDE - _SIDE + 8, 14, flows.heads[1], "axis"),
    ]
    return drawing(_WIDE, high, label, "wide", parts)


def narrow_flows(flows: Flows, label: str) -> Markup:
    """Draw the streams with signs beside the nodes, and what the signs stand for below."""
    left, right, high = _places(flows, lambda _node: _LINE)
    parts = _streams(flows, left, right, _EDGE, _NARROW - _EDGE)
    for nodes, places, x, anchor in (
        (flows.left, left, _EDGE - 6, "end"),
        (flows.right, right, _NARROW - _EDGE + 6, "start"),
    ):
        parts += [
            text(x, top + max(tall, _LINE) / 2 + 5, node.sign, "num", anchor)
            for node, (top, tall) in zip(nodes, places, strict=True)
        ]
    parts += [text(0, 14, flows.heads[0], "axis"), text(_NARROW, 14, flows.heads[1], "axis", "end")]
    y = high + 10
    for node in dict.fromkeys(Node(node.sign, node.name, 0, "") for node in (*flows.left, *flows.right)):
        for place, line in enumerate(wrap(node.name, _NARROW - _EDGE - 8, 14, 2)):
            y += _LINE
            if not place:
                parts.append(text(_EDGE - 6, y, node.sign, "num", "end"))
            parts.append(text(_EDGE + 6, y, line, "quiet"))
    return drawing(_NARROW, y + 8, label, "narrow", parts)


def _places(flows: Flows, room: Callable[[Node], float]) -> tuple[list[Place], list[Place], float]:
    """Place the nodes of both columns one below the other, each with the room its words need; return the height, too."""
    people = max(sum(node.size for node in flows.left), sum(node.size for node in flows.right), 1)
    found, bottom = [], 0.0
    for nodes in (flows.left, flows.right):
        y, column = _HEAD, []
        for node in nodes:
            tall = node.size / people * _TALL
            column.append((y, tall))
            y += max(tall, room(node)) + _GAP
        found.append(column)
        bottom = max(bottom, y)
    return found[0], found[1], bottom


def _streams(flows: Flows, left: Sequence[Place], right: Sequence[Place], start: float, end: float) -> list[Markup]:
    """Draw every stream between the inner edges of its nodes, in the order of the nodes at both ends; then the nodes."""
    scale = _TALL / max(sum(node.size for node in flows.left), sum(node.size for node in flows.right), 1)
    out = [top for top, _ in left]
    into = [top for top, _ in right]
    tops: dict[Flow, list[float]] = {flow: [0.0, 0.0] for flow in flows.flows}
    for flow in sorted(flows.flows, key=lambda flow: (flow.source, flow.target)):
        tops[flow][0] = out[flow.source]
        out[flow.source] += flow.size * scale
    for flow in sorted(flows.flows, key=lambda flow: (flow.target, flow.source)):
        tops[flow][1] = into[flow.target]
        into[flow.target] += flow.size * scale
    inner = (start + _BAR, end - _BAR)
    # the widest first, so that thin ones lie on top and stay in sight
    drawn = [
        element(
            "g",
            join(
                (
                    element("title", f"{flow.name}: {flow.label}"),
                    _ribbon(inner, (tops[flow][0], tops[flow][1]), flow.size * scale, f"flow t-{flow.tone}"),
                )
            ),
        )
        for flow in sorted(flows.flows, key=lambda flow: (-flow.size, flow.source, flow.target))
    ]
    for places, x in ((left, start), (right, end - _BAR)):
        drawn += [rectangle(x, top, _BAR, max(tall, 1.5), "node") for top, tall in places]
    return drawn


def _ribbon(across: Place, ends: Place, high: float, css: str) -> Markup:
    """Return a band from the left edge to the right one, which keeps its height; ``ends`` are its tops at both."""
    middle = number(sum(across) / 2)
    high = max(high, 0.8)
    left, right = (number(x) for x in across)
    a, b, c, d = (number(y) for y in (ends[0], ends[1], ends[1] + high, ends[0] + high))
    path = f"M{left} {a}C{middle} {a} {middle} {b} {right} {b}V{c}C{middle} {c} {middle} {d} {left} {d}Z"
    return element("path", d=path, class_=css)
