"""Field by field: what is missing and what is wrong; and whom each channel's data reach."""

from __future__ import annotations

from lohko.views.health.chapters.cells import count, fault, points, share
from lohko.views.health.model import Health
from lohko.views.report.document import Bars, Block, Column, Figure, Line, Mark, Prose, Section, Table, Tone, Value
from lohko.views.report.words import Words

_STATES: tuple[tuple[str, Tone], ...] = (
    ("sound", "good"),
    ("mendable", "screen"),
    ("doubtful", "ask"),
    ("wrong", "social"),
    ("missing", "bad"),
)


def chapter(words: Words, health: Health) -> Section:
    """Show the state of every tested field, the faults, and how full every column is."""
    title = words("fields.title")
    tested = [field for field in health.fields if field.rows]
    if not tested:
        return Section("fields", title, words("fields.lead_none"), (_fills(words, health),))
    scored = sorted((field.score or 0, field.name) for field in tested if field.weight)
    if scored and scored[0][0] >= 100:
        lead = words("fields.lead_sound")
    elif len(scored) > 1:
        names = {key: words.code("field", name) for key, (_, name) in (("worst", scored[0]), ("best", scored[-1]))}
        lead = words("fields.lead", **names, score=points(words, scored[0][0]).text)
    else:
        worst = scored[0] if scored else (tested[0].score or 0, tested[0].name)
        lead = words("fields.lead_one", worst=words.code("field", worst[1]), score=points(words, worst[0]).text)
    blocks: list[Block] = [_figure(words, health)]
    if any(field.faults for field in tested):
        blocks.append(_faults(words, health))
    blocks.append(_fills(words, health))
    return Section("fields", title, lead, tuple(blocks))


def _figure(words: Words, health: Health) -> Figure:
    tested = [field for field in health.fields if field.rows]
    used = [(state, tone) for state, tone in _STATES if any(getattr(field, state) for field in tested)]
    lines = tuple(
        Line(
            words.code("field", field.name),
            tuple(
                Mark(round(n / field.rows, 6), words.count(n), tone, words(f"state.{state}"))
                for state, tone in used
                if (n := getattr(field, state))
            ),
        )
        for field in tested
    )
    table = Table(
        "fields",
        words("fields.table"),
        (
            Column(words("column.field")),
            Column(words("column.score"), "number"),
            Column(words("column.rows"), "count"),
            *(Column(words(f"column.{state}"), "count") for state, _ in used),
        ),
        tuple(
            (
                Value(words.code("field", field.name)),
                points(words, field.score),
                count(words, field.rows),
                *(count(words, getattr(field, state)) for state, _ in used),
            )
            for field in tested
        ),
        sparse=True,
    )
    legend = tuple((tone, words(f"state.{state}")) for state, tone in used)
    return Figure(words("fields.figure"), Bars(lines, legend, stacked=True), table, words("fields.note"), open=True)


def _faults(words: Words, health: Health) -> Table:
    rows = [
        (Value(words.code("field", field.name)), Value(fault(words, found.code)), count(words, found.count),
         share(words, found.count, field.rows), Value(found.code))
        for field in health.fields
        for found in field.faults
    ]  # fmt: skip
    return Table(
        "faults",
        words("fields.faults"),
        (
            Column(words("column.field")),
            Column(words("column.fault")),
            Column(words("column.rows"), "count"),
            Column(words("column.share"), "percent"),
            Column(words("column.code")),
        ),
        tuple(rows),
    )


def _fills(words: Words, health: Health) -> Table:
    rows = health.register.rows
    return Table(
        "fills",
        words("fields.fills"),
        (
            Column(words("column.column")),
            Column(words("column.filled"), "count"),
            Column(words("column.share"), "percent"),
        ),
        tuple((Value(f.column), count(words, f.filled), share(words, f.filled, rows)) for f in health.fills),
        note=words("fields.fills_note"),
    )


def reach_chapter(words: Words, health: Health) -> Section:
    """Show per channel how many customers its data reach."""
    found = health.reach
    tones: tuple[Tone, ...] = ("good", "ask", "bad")
    channels = [(name, getattr(found, name)) for name in ("post", "email", "phone")]
    channels = [(name, counts) for name, counts in channels if counts is not None]
    lead = f"{words('reach.lead', found.none)} {words('reach.note')}"
    if not channels or not found.customers:
        return Section("reach", words("reach.title"), words("fields.lead_none"))
    lines = tuple(
        Line(
            words(f"reach.{name}"),
            tuple(
                Mark(round(n / found.customers, 6), words.count(n), tone, words(f"reach.tone.{tone}"))
                for n, tone in zip(counts, tones, strict=True)
                if n
            ),
        )
        for name, counts in channels
    )
    table = Table(
        "reached",
        words("reach.table"),
        (
            Column(words("column.channel")),
            Column(words("column.reached"), "count"),
            Column(words("column.share"), "percent"),
            Column(words("column.doubtful"), "count"),
            Column(words("column.unreached"), "count"),
        ),
        tuple(
            (
                Value(words(f"reach.{name}")),
                count(words, counts[0]),
                share(words, counts[0], found.customers),
                count(words, counts[1]),
                count(words, counts[2]),
            )
            for name, counts in channels
        ),
    )
    legend = tuple((tone, words(f"reach.tone.{tone}")) for tone in tones)
    return Section(
        "reach", words("reach.title"), lead, (Figure(words("reach.figure"), Bars(lines, legend, stacked=True), table),)
    )


_FINE = frozenset({"valid", "valid_po_box", "valid_corporate", "valid_other_type", "foreign", "format_fixed"})
_DATES = ("birth_date", "updated_at")


def address_chapter(words: Words, health: Health) -> Section:
    """Show the ladder of postcodes, and dates that cannot be."""
    title = words("address.title")
    wrong = [found for field in health.fields if field.name in _DATES for found in field.faults]
    told = "; ".join(f"{words.code('fault', found.code)} ({words.count(found.count)})" for found in wrong)
    dates = Prose(words("address.dates", told=told) if told else words("address.dates_none"))
    total = sum(status.count for status in health.postcodes)
    if not total or not any(field.name == "postcode" for field in health.fields):
        return Section("address", title, words("address.lead_none"), (dates,))
    fine = sum(status.count for status in health.postcodes if status.code in _FINE)
    rows = [(words.code("postcode", s.code), s, "good" if s.code in _FINE else "ask") for s in health.postcodes]
    figure = Figure(
        words("address.figure"),
        Bars(
            tuple(
                Line(
                    name,
                    (Mark(round(s.count / total, 6), words.count(s.count), "people" if tone == "good" else "quiet"),),
                )
                for name, s, tone in rows
            ),
            (("people", words("postcode_state.people")), ("quiet", words("postcode_state.quiet"))),
        ),
        Table(
            "postcodes",
            words("address.table"),
            (
                Column(words("column.status")),
                Column(words("column.rows"), "count"),
                Column(words("column.share"), "percent"),
            ),
            tuple((Value(name), count(words, s.count), share(words, s.count, total)) for name, s, _ in rows),
        ),
        words("address.note"),
    )
    return Section("address", title, words("address.lead", share=words.percent(fine / total)), (figure, dates))
