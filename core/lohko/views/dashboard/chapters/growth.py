"""The chapter on growth: new, retained, returned, lost; share of new and churn; and what these words mean."""

from __future__ import annotations

import datetime as dt

from lohko.views.dashboard.chapters.cells import DASH, name, number, rate
from lohko.views.dashboard.model import Dashboard, Growth, Period
from lohko.views.report.chapters.values import part
from lohko.views.report.document import Bars, Block, Column, Figure, Line, Mark, Prose, Section, Table, Tone, Value
from lohko.views.report.model import Hidden, Ratio, Shown
from lohko.views.report.words import Words

_TONES: tuple[tuple[str, Tone], ...] = (
    ("before", "quiet"),
    ("lost", "bad"),
    ("new", "people"),
    ("reactivated", "social"),
    ("active", "money"),
    ("retained", "good"),
)
_TERMS = ("active", "new", "retained", "reactivated", "lost", "new_share", "churn", "moved")


def chapter(words: Words, dashboard: Dashboard) -> Section:
    """Show the newest period's growth, then all periods, then what the words mean."""
    period, title = dashboard.last, words("growth.title")
    blocks: list[Block] = []
    if period.growth is not None:
        blocks.append(_figure(words, period.growth))
    if len(dashboard.periods) > 1:
        blocks.append(_time(words, dashboard))
    if period.growth is not None and period.segments:
        blocks.append(_segments(words, dashboard))
    if not dashboard.activity.returns_known and dashboard.activity.begins is not None and period.growth is not None:
        blocks.append(Prose(words("making.returns", date=words.date(dashboard.activity.begins)), muted=True))
    blocks.append(_definitions(words, dashboard))
    return Section("growth", title, lead(words, dashboard), tuple(blocks))


def lead(words: Words, dashboard: Dashboard) -> str:
    """Say in a few sentences who was lost, who is new and who came back; or why it cannot be told."""
    period = dashboard.last
    growth = period.growth
    if growth is None:
        return _untold(words, period)
    told = []
    if isinstance(growth.lost, int) and isinstance(growth.before, int) and isinstance(growth.retained, int):
        told.append(
            words(
                "growth.lead",
                growth.lost,
                before=words.count(growth.before),
                retained=words.count(growth.retained),
                churn=rate(words, growth.churn).text,
            )
        )
    if isinstance(growth.new, int) and isinstance(growth.new_share, float):
        told.append(words("growth.lead_new", growth.new, share=words.percent(growth.new_share)))
    if isinstance(growth.reactivated, int) and growth.reactivated:
        told.append(words("growth.lead_returned", growth.reactivated))
    if any(isinstance(getattr(growth, key), Hidden) for key, _ in _TONES):
        told.append(words("growth.lead_hidden"))
    return " ".join(told)


def _untold(words: Words, period: Period) -> str:
    filled = {}
    if period.blank == "partial_before":
        end = period.start
        filled = {"start": words.date(end - dt.timedelta(days=period.days - 1)), "end": words.date(end)}
    return " ".join((words(f"growth.{period.blank}", **filled), words("growth.advice")))


def _figure(words: Words, growth: Growth) -> Figure:
    shares: dict[str, Ratio] = {"lost": growth.churn, "new": growth.new_share}
    rows = [(key, tone, _count(growth, key)) for key, tone in _TONES]
    most = max((count for _, _, count in rows if isinstance(count, int)), default=0)
    lines = tuple(
        Line(
            words(f"growth.{key}"),
            (Mark(part(count, most) if isinstance(count, int) else 0.0, number(words, count).text, tone),),
        )
        for key, tone, count in rows
    )
    return Figure(
        words("growth.figure"),
        Bars(lines),
        Table(
            "growth",
            words("growth.table"),
            (
                Column(words("column.what")),
                Column(words("column.customers"), "count"),
                Column(words("column.rate"), "percent"),
            ),
            tuple(
                (
                    Value(words(f"growth.{key}")),
                    number(words, count),
                    rate(words, shares[key]) if key in shares else Value(""),
                )
                for key, _, count in rows
            ),
        ),
        open=True,
    )


def _count(growth: Growth, key: str) -> Shown | None:
    found: Shown | None = getattr(growth, key)
    return found


def _segments(words: Words, dashboard: Dashboard) -> Table:
    columns = (
        ("active_before", "count"),
        ("lost", "count"),
        ("churn", "percent"),
        ("active", "count"),
        ("new", "count"),
        ("new_share", "percent"),
    )
    rows = []
    for segment in dashboard.last.segments:
        growth = segment.growth
        if growth is not None:
            rows.append((Value(name(words, dashboard, segment.slug)), *_row(words, growth)))
    whole = dashboard.last.growth
    return Table(
        "growth_segments",
        words("growth.segments"),
        (Column(words("column.segment")), *(Column(words(f"column.{key}"), kind) for key, kind in columns)),  # type: ignore[arg-type]
        tuple(rows),
        None if whole is None else (Value(words("moves.total")), *_row(words, whole)),
        note=words("growth.segments_note"),
    )


def _row(words: Words, growth: Growth) -> tuple[Value, ...]:
    return (
        number(words, growth.before),
        number(words, growth.lost),
        rate(words, growth.churn),
        number(words, growth.active),
        number(words, growth.new),
        rate(words, growth.new_share),
    )


def _time(words: Words, dashboard: Dashboard) -> Figure:
    """Show every period; the first package has no period before it, so only its active are known."""
    tones: tuple[tuple[str, Tone], ...] = (("retained", "good"), ("reactivated", "review"), ("new", "ask"))
    most = max((cut.active for cut in dashboard.cuts if isinstance(cut.active, int)), default=0)

    def mark(count: Shown | None, key: str, tone: Tone) -> Mark:
        size = part(count, most) if isinstance(count, int) else 0.0
        return Mark(size, number(words, count).text, tone, words(f"column.{key}"))

    lines = [Line(dashboard.cuts[0].as_of.isoformat(), (mark(dashboard.cuts[0].active, "active", "bad"),))]
    lines += [
        Line(
            period.end.isoformat(),
            tuple(mark(getattr(period.growth, key), key, tone) for key, tone in tones) if period.growth else (),
        )
        for period in dashboard.periods
    ]
    legend: tuple[tuple[Tone, str], ...] = (
        *((tone, words(f"column.{key}")) for key, tone in tones),
        ("bad", words("column.active")),
    )
    return Figure(words("growth.time"), Bars(tuple(lines), legend, stacked=True), _periods(words, dashboard), open=True)


def _periods(words: Words, dashboard: Dashboard) -> Table:
    rows = [_moment(words, dashboard.cuts[0].as_of, None, dashboard.cuts[0].active, None)]
    rows += [
        _moment(words, period.end, period.days, cut.active, period.growth)
        for cut, period in zip(dashboard.cuts[1:], dashboard.periods, strict=True)
    ]
    return Table(
        "growth_time",
        words("growth.time_table"),
        (
            Column(words("column.as_of")),
            Column(words("column.days"), "count"),
            Column(words("column.active"), "count"),
            Column(words("column.new"), "count"),
            Column(words("column.retained"), "count"),
            Column(words("column.reactivated"), "count"),
            Column(words("column.lost"), "count"),
            Column(words("column.new_share"), "percent"),
            Column(words("column.churn"), "percent"),
        ),
        tuple(rows),
        note=words("growth.time_note"),
    )


def _moment(
    words: Words, day: dt.date, days: int | None, active: Shown | None, growth: Growth | None
) -> tuple[Value, ...]:
    shown = [
        Value(day.isoformat()),
        Value(DASH) if days is None else Value(words.count(days), days),
        number(words, active),
    ]
    if growth is None:
        return (*shown, *(Value(DASH) for _ in range(6)))
    return (
        *shown,
        *(number(words, count) for count in (growth.new, growth.retained, growth.reactivated, growth.lost)),
        rate(words, growth.new_share),
        rate(words, growth.churn),
    )


def _definitions(words: Words, dashboard: Dashboard) -> Table:
    counted = dashboard.activity.kinds
    kinds = ", ".join(words(f"kind.{kind}") for kind in counted) or DASH
    return Table(
        "definitions",
        words("growth.definitions"),
        (Column(words("column.term")), Column(words("column.meaning"))),
        tuple(
            (
                Value(words(f"term.{term}")),
                Value(
                    words(f"meaning.{term}", len(counted), kinds=kinds)
                    if term == "active"
                    else words(f"meaning.{term}")
                ),
            )
            for term in _TERMS
        ),
    )
