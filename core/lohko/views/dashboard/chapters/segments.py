"""The chapter on the segments: how big each was and is, by one model."""

from __future__ import annotations

from lohko.views.dashboard.chapters.cells import name, number, rate, signed, signed_rate
from lohko.views.dashboard.model import Dashboard, SegmentChange
from lohko.views.report.chapters.values import part, shown
from lohko.views.report.document import (
    Bars,
    Block,
    Column,
    Figure,
    Line,
    Mark,
    Prose,
    Section,
    Table,
    Trend,
    Trends,
    Value,
)
from lohko.views.report.model import Shown
from lohko.views.report.words import Words

_UNLIKE = 1.25
"""Histories that differ by more than this factor deserve a warning."""


def chapter(words: Words, dashboard: Dashboard) -> Section:
    """Show every segment before and now."""
    title = words("segments.title")
    if dashboard.model is None:
        return Section("segments", title, words("missing.model"))
    period = dashboard.last
    blocks: list[Block] = [_figure(words, dashboard, period.segments)]
    if len(dashboard.periods) > 1:
        blocks.append(_time(words, dashboard))
    blocks.append(
        Prose(
            words("segments.frozen", package=dashboard.model.package, date=words.date(dashboard.model.as_of)),
            muted=True,
        )
    )
    if (warning := _history(words, dashboard)) is not None:
        blocks.insert(0, Prose(warning))
    return Section("segments", title, _lead(words, dashboard, period.segments), tuple(blocks))


def _lead(words: Words, dashboard: Dashboard, segments: tuple[SegmentChange, ...]) -> str:
    known = [(segment.change, segment) for segment in segments if isinstance(segment.change, int)]
    told = []
    grew = max(known, key=lambda pair: (pair[0], pair[1].slug), default=None)
    shrank = min(known, key=lambda pair: (pair[0], pair[1].slug), default=None)
    for key, found in (("grew", grew), ("shrank", shrank)):
        if found is not None and (found[0] > 0 if key == "grew" else found[0] < 0):
            segment = found[1]
            told.append(
                words(
                    f"segments.lead_{key}",
                    name=name(words, dashboard, segment.slug),
                    before=number(words, segment.before).text,
                    now=number(words, segment.now).text,
                )
            )
    return " ".join(told) or words("segments.lead_same")


def _history(words: Words, dashboard: Dashboard) -> str | None:
    """Warn where the newer figures rest on a much longer history than the older ones."""
    before, now = ((cut.as_of - cut.begins).days + 1 if cut.begins is not None else None for cut in dashboard.cuts[-2:])
    if before is None or now is None or now <= before * _UNLIKE:
        return None
    return words("segments.history", before=words.count(before), now=words.count(now))


def _figure(words: Words, dashboard: Dashboard, segments: tuple[SegmentChange, ...]) -> Figure:
    most = max((shown(count) for segment in segments for count in (segment.before, segment.now)), default=0)
    lines = tuple(
        Line(
            name(words, dashboard, segment.slug),
            (
                Mark(part(shown(segment.before), most), number(words, segment.before).text, "quiet"),
                Mark(part(shown(segment.now), most), number(words, segment.now).text, "money"),
            ),
        )
        for segment in segments
    )
    return Figure(
        words("segments.figure"),
        Bars(lines, (("quiet", words("moves.before")), ("money", words("moves.now")))),
        Table(
            "sizes",
            words("segments.table"),
            (
                Column(words("column.segment")),
                Column(words("column.before"), "count"),
                Column(words("column.now"), "count"),
                Column(words("column.change"), "count"),
                Column(words("column.change_share"), "percent"),
                Column(words("column.share_now"), "percent"),
            ),
            tuple(
                (
                    Value(name(words, dashboard, segment.slug)),
                    number(words, segment.before),
                    number(words, segment.now),
                    signed(words, segment.change),
                    signed_rate(words, segment.change_share),
                    rate(words, segment.share),
                )
                for segment in segments
            ),
            _total(words, dashboard),
        ),
        open=True,
    )


def _total(words: Words, dashboard: Dashboard) -> tuple[Value, ...]:
    period = dashboard.last
    change = period.customers - period.customers_before
    return (
        Value(words("moves.total")),
        number(words, period.customers_before),
        number(words, period.customers),
        signed(words, change),
        signed_rate(words, round(change / period.customers_before, 6) if period.customers_before else None),
        rate(words, 1.0 if period.customers else None),
    )


def _time(words: Words, dashboard: Dashboard) -> Figure:
    """Show each segment's size along the days of the packages, against its own largest."""
    slugs = [segment.slug for segment in dashboard.last.segments]
    table = Table(
        "sizes_time",
        words("segments.time"),
        (Column(words("column.segment")), *(Column(cut.as_of.isoformat(), "count") for cut in dashboard.cuts)),
        tuple(
            (Value(name(words, dashboard, slug)), *(number(words, cut.sizes[slug]) for cut in dashboard.cuts))
            for slug in slugs
        ),
        (Value(words("moves.total")), *(number(words, cut.customers) for cut in dashboard.cuts)),
    )
    lines = tuple(
        _trend(words, name(words, dashboard, slug), [cut.sizes[slug] for cut in dashboard.cuts]) for slug in slugs
    )
    first, days = dashboard.cuts[0].as_of, (dashboard.as_of - dashboard.cuts[0].as_of).days
    moments = tuple((round((cut.as_of - first).days / days, 6), cut.as_of.isoformat()) for cut in dashboard.cuts)
    return Figure(table.caption, Trends(lines, moments), table, note=words("segments.time_note"))


def _trend(words: Words, title: str, sizes: list[Shown]) -> Trend:
    most = max(shown(size) for size in sizes)
    points = tuple(part(size, most) if isinstance(size, int) else None for size in sizes)
    return Trend(title, points, tuple(number(words, size).text for size in sizes))
