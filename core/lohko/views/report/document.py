"""A report in one language, before it is drawn: headings, sentences, tables and charts. Every renderer draws this.

So all renderings say the same things with the same numbers, and a renderer holds neither words nor sums.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Raw = str | int | float | Decimal | dt.date | None
Kind = Literal["text", "count", "percent", "money", "number"]
Tone = Literal["people", "money", "social", "good", "ask", "screen", "review", "bad", "quiet", "hidden"]
"""What a mark stands for; renderers choose its colour."""


@dataclass(frozen=True, slots=True)
class Value:
    """A cell: the words a person reads, and the number behind them (None: nothing to calculate with).

    ``tone`` may colour what the words say already.
    """

    text: str
    raw: Raw = None
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title and what stands in it. All but text is aligned to the right.

    ``short`` is a title for where there is no room: many narrow columns side by side.
    """

    title: str
    kind: Kind = "text"
    short: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first column names the row. ``total`` closes it.

    In a ``sparse`` table zeros say nothing: where rows become lists (on a phone), they are left out.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] | None = None
    note: str = ""
    sparse: bool = False


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph; ``muted`` for what explains rather than tells."""

    text: str
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One number that stands for itself, with what it counts and perhaps a remark."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """A few numbers side by side."""

    items: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A length in a chart: between 0 and 1 of the axis, its label, and what it stands for."""

    size: float
    label: str
    tone: Tone
    name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a bar chart: what it is, and its marks: one above the other, or end to end where the chart is stacked."""

    name: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart. ``legend`` names the tones where there are several."""

    lines: tuple[Line, ...]
    legend: tuple[tuple[Tone, str], ...] = ()
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A bubble: its place on both axes, its area (0 to 1 of the largest), the share of it that is filled, its labels."""

    x: int
    y: int
    size: float
    filled: float | None
    label: str
    inner: str = ""


@dataclass(frozen=True, slots=True)
class Bubbles:
    """A grid of bubbles with named rows and columns."""

    across: str
    up: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    dots: tuple[Dot, ...]
    legend: tuple[tuple[Tone, str], ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One end of flows: a sign for where there is no room, its name, its size in people, and that in words."""

    sign: str
    name: str
    size: int
    label: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A stream from a node on the left to one on the right (by place), so many people wide."""

    source: int
    target: int
    size: int
    name: str
    label: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Flows:
    """Who went from where to where: two columns of nodes with their headings, and the streams between them."""

    heads: tuple[str, str]
    left: tuple[Node, ...]
    right: tuple[Node, ...]
    flows: tuple[Flow, ...]
    legend: tuple[tuple[Tone, str], ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A value between its bounds, as places on an axis (0 to 1; None: it cannot be told, and the label says why)."""

    name: str
    low: float | None
    value: float | None
    high: float | None
    label: str


@dataclass(frozen=True, slots=True)
class Ranges:
    """Values with their intervals on one axis. ``ticks`` and ``reference`` (a value to compare with) are places with labels."""

    lines: tuple[Range, ...]
    ticks: tuple[tuple[float, str], ...]
    reference: tuple[float, str] | None
    legend: tuple[tuple[Tone, str], ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """How a number went: its points as shares of its own largest (None: hidden), and the label of each."""

    name: str
    points: tuple[float | None, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trends:
    """Numbers over time, each with a line of its own; ``moments`` are places in time (0 to 1) with labels."""

    lines: tuple[Trend, ...]
    moments: tuple[tuple[float, str], ...]
    legend: tuple[tuple[Tone, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with a heading that says what it shows, and the table of the same numbers (``open``: worth seeing at once)."""

    title: str
    chart: Bars | Bubbles | Flows | Ranges | Trends
    table: Table
    note: str = ""
    open: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A thing with a name, a line of numbers and some labelled lines of text."""

    title: str
    summary: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Cards:
    """Several cards."""

    items: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what, and why with its numbers."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Steps:
    """Things to do, in order."""

    items: tuple[Step, ...]


Block = Prose | Facts | Table | Figure | Cards | Steps


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: an anchor, a question, its answer in a sentence or two, and the evidence."""

    anchor: str
    title: str
    lead: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A report in one language. ``first`` stands before all sections: what a reader in a hurry must see."""

    lang: str
    title: str
    subtitle: str
    lead: str
    facts: Facts
    sections: tuple[Section, ...]
    contents: str
    table_word: str
    closing: str
    first: tuple[Block, ...] = ()
