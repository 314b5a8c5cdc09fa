"""The chapter on moves: the flow chart, the matrix behind it, and the largest moves."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.views.dashboard.chapters.cells import name, narrow, number, rate
from lohko.views.dashboard.model import Dashboard, Move
from lohko.views.report.chapters.values import part
from lohko.views.report.document import (
    Bars,
    Block,
    Column,
    Figure,
    Flow,
    Flows,
    Line,
    Mark,
    Node,
    Section,
    Table,
    Tone,
    Value,
)
from lohko.views.report.model import HIDDEN, Shown
from lohko.views.report.words import Words

_LARGEST = 10


@dataclass(frozen=True, slots=True)
class _End:
    """A row or a column of the matrix: a segment, or the outside of the register (no slug)."""

    slug: str | None
    sign: str
    name: str
    size: Shown

    @property
    def title(self) -> str:
        return f"{self.sign} {self.name}"


def chapter(words: Words, dashboard: Dashboard) -> Section:
    """Show who moved between segments in the newest period."""
    title = words("moves.title")
    period = dashboard.last
    if dashboard.model is None:
        return Section("moves", title, words("missing.model"))
    told = []
    if len(dashboard.periods) > 1:
        told.append(words("moves.lead_period", start=words.date(period.start), end=words.date(period.end)))
    if isinstance(period.moved, int) and isinstance(period.stayed, int):
        both = period.moved + period.stayed
        share = words.percent(period.moved / both if both else 0.0)
        told.append(words("moves.lead", period.moved, both=words.count(both), share=share))
    else:
        told.append(words("moves.lead_hidden"))
    blocks: list[Block] = [_figure(words, dashboard)]
    if (largest := _largest(words, dashboard)) is not None:
        blocks.append(largest)
    else:
        told.append(words("moves.none"))
    return Section("moves", title, " ".join(told), tuple(blocks))


def _ends(words: Words, dashboard: Dashboard) -> tuple[list[_End], list[_End]]:
    """Return the rows and the columns of the matrix; the outside only where somebody came from it or went to it."""
    period = dashboard.last
    named = [
        (words.count(place), name(words, dashboard, s.slug), s) for place, s in enumerate(period.segments, start=1)
    ]
    sources = [_End(segment.slug, sign, title, segment.before) for sign, title, segment in named]
    targets = [_End(segment.slug, sign, title, segment.now) for sign, title, segment in named]
    if period.came != 0:
        sources.append(_End(None, "+", words("moves.came"), period.came))
    if period.gone != 0:
        targets.append(_End(None, "−", words("moves.gone"), period.gone))
    return sources, targets


def _figure(words: Words, dashboard: Dashboard) -> Figure:
    found = {(move.source, move.target): move.customers for move in dashboard.last.moves}
    sources, targets = _ends(words, dashboard)

    def cell(source: _End, target: _End) -> Value:
        return Value("") if source.slug is target.slug is None else narrow(words, found[source.slug, target.slug])

    return Figure(
        words("moves.figure"),
        Flows(
            (words("moves.before"), words("moves.now")),
            tuple(_node(words, end) for end in sources),
            tuple(_node(words, end) for end in targets),
            streams := _streams(words, found, sources, targets),
            _legend(words, streams),
        ),
        Table(
            "moves",
            words("moves.matrix"),
            (
                Column(words("column.segment")),
                *(Column(end.title, "count", end.sign) for end in targets),
                Column(words("moves.total"), "count"),
            ),
            tuple(
                (Value(source.title), *(cell(source, target) for target in targets), narrow(words, source.size))
                for source in sources
            ),
            (Value(words("moves.total")), *(narrow(words, end.size) for end in targets), Value("")),
            note=words("moves.matrix_note") if any(count is HIDDEN for count in found.values()) else "",
            sparse=True,
        ),
        words("moves.note"),
        open=True,
    )


def _node(words: Words, end: _End) -> Node:
    return Node(end.sign, end.name, end.size if isinstance(end.size, int) else 0, number(words, end.size).text)


def _streams(
    words: Words, found: dict[tuple[str | None, str | None], Shown], sources: list[_End], targets: list[_End]
) -> tuple[Flow, ...]:
    return tuple(
        Flow(
            y,
            x,
            count,
            words("moves.arrow", source=source.name, target=target.name),
            words.count(count),
            _tone(source.slug, target.slug),
        )
        for y, source in enumerate(sources)
        for x, target in enumerate(targets)
        if isinstance(count := found.get((source.slug, target.slug)), int) and count
    )


def _legend(words: Words, streams: tuple[Flow, ...]) -> tuple[tuple[Tone, str], ...]:
    tones: dict[Tone, str] = {
        "quiet": words("moves.stayed"),
        "money": words("moves.moved"),
        "people": words("moves.came"),
        "social": words("moves.gone"),
    }
    used = {flow.tone for flow in streams}
    return tuple((tone, label) for tone, label in tones.items() if tone in used)


def _tone(source: str | None, target: str | None) -> Tone:
    if source is None:
        return "people"
    if target is None:
        return "social"
    return "quiet" if source == target else "money"


def _largest(words: Words, dashboard: Dashboard) -> Figure | None:
    """Show the largest moves between two segments, with their share of those who were in the first."""
    before = {segment.slug: segment.before for segment in dashboard.last.segments}
    moved = [
        (move.source, move.target, move.customers)
        for move in dashboard.last.moves
        if move.source is not None and move.target is not None and _real(move)
    ]
    shown = sorted(moved, key=lambda found: (-_number(found[2]), found[0], found[1]))[:_LARGEST]
    if not shown:
        return None

    def of_source(source: str, count: Shown) -> Value:
        whole = before[source]
        return rate(words, part(_number(count), whole) if isinstance(whole, int) else HIDDEN)

    rows = [
        (name(words, dashboard, source), name(words, dashboard, target), source, count)
        for source, target, count in shown
    ]
    most = _number(rows[0][3])
    return Figure(
        words("moves.largest"),
        Bars(
            tuple(
                Line(
                    words("moves.arrow", source=here, target=there),
                    (Mark(part(_number(count), most), number(words, count).text, "money"),),
                )
                for here, there, _, count in rows
            )
        ),
        Table(
            "largest",
            words("moves.largest_table"),
            (
                Column(words("column.from")),
                Column(words("column.to")),
                Column(words("column.customers"), "count"),
                Column(words("column.of_source"), "percent"),
            ),
            tuple(
                (Value(here), Value(there), number(words, count), of_source(source, count))
                for here, there, source, count in rows
            ),
        ),
    )


def _real(move: Move) -> bool:
    """Tell whether anybody is known to have moved from one segment to another."""
    return move.source != move.target and _number(move.customers) > 0


def _number(count: Shown) -> int:
    return count if isinstance(count, int) else 0
