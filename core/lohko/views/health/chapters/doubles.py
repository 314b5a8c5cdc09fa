"""Doubled customers, and how fresh the register is: what was found, and what can only be estimated."""

from __future__ import annotations

from lohko.views.health.chapters.cells import count, share
from lohko.views.health.model import Health
from lohko.views.report.document import Bars, Block, Column, Figure, Line, Mark, Prose, Section, Table, Value
from lohko.views.report.model import Count
from lohko.views.report.words import Words


def chapter(words: Words, health: Health) -> Section:
    """Tell how many customers are too many, between what bounds, and what is shared without being a fault."""
    found = health.duplicates
    rows = [("repeated_rows", found.repeated_rows), ("identical", found.identical)]
    if found.looked:
        rows.append(("pairs_review", found.pairs_review))
    rows += [
        (name, value)
        for name in ("households", "shared_email", "shared_phone")
        if (value := getattr(found, name)) is not None
    ]
    table = Table(
        "doubles",
        words("doubles.table"),
        (Column(words("column.what")), Column(words("column.rows"), "count")),
        tuple((Value(words(f"doubles.{name}")), count(words, value)) for name, value in rows),
        note=words("doubles.shared_note"),
    )
    blocks: list[Block] = [table]
    if found.looked:
        blocks.insert(0, Prose(words("doubles.note"), muted=True))
    return Section("doubles", words("doubles.title"), _lead(words, health), tuple(blocks))


def _lead(words: Words, health: Health) -> str:
    found = health.duplicates
    told = [] if found.merged is None else [words("doubles.lead_merged", found.merged)]
    if not found.looked:
        return " ".join([*told, words("doubles.not_looked")]) if found.merged is None else " ".join(told)
    span = {"low": words.count(round(found.low)), "high": words.count(round(found.high))}
    if not round(found.high):
        return " ".join([*told, words("doubles.lead_clean")]) if found.merged is None else " ".join(told)
    key = "doubles.lead" if found.merged is None else "doubles.lead_left"
    return " ".join([*told, words(key, round(found.expected), **span)])


def fresh_chapter(words: Words, health: Health) -> Section:
    """Tell how long ago rows were changed, and, apart from that, how many people may have moved since."""
    found = health.ages
    title = words("fresh.title")
    accuracy = Prose(_accuracy(words, health))
    if not found.known:
        return Section("fresh", title, words("fresh.lead_none"), (accuracy,))
    total = found.known + found.unknown
    bands = [(_band(words, low, high), rows, low < found.fresh_years) for low, high, rows in found.bands]
    if found.unknown:
        bands.append((words("fresh.unknown"), found.unknown, False))
    named = words("fresh.figure" if found.changed else "fresh.figure_made")
    figure = Figure(
        named,
        Bars(
            tuple(
                Line(name, (Mark(round(rows / total, 6), words.count(rows), "money" if good else "quiet"),))
                for name, rows, good in bands
            )
        ),
        Table(
            "ages",
            named,
            (
                Column(words("column.age")),
                Column(words("column.rows"), "count"),
                Column(words("column.share"), "percent"),
            ),
            tuple((Value(name), count(words, rows), share(words, rows, total)) for name, rows, _ in bands),
        ),
    )
    moved = words("fresh.moved", rate=words.percent(found.moving_rate), n=words.count(round(found.moved)))
    lead = words(
        "fresh.lead" if found.changed else "fresh.lead_made",
        median=words.number(found.median or 0.0, 1),
        share=words.percent(found.fresh / total),
        years=words.count(int(found.fresh_years)),
    )
    return Section("fresh", title, lead, (figure, Prose(moved), Prose(words("fresh.rate_note"), muted=True), accuracy))


def _band(words: Words, low: float, high: float | None) -> str:
    if not low:
        return words("fresh.band_first", int(high or 1))
    filled = {"low": words.count(int(low)), "high": words.count(int(high or 0))}
    return words("fresh.band_open" if high is None else "fresh.band", **filled)


def _accuracy(words: Words, health: Health) -> str:
    if health.accuracy is None:
        return words("fresh.accuracy_none")
    found = health.accuracy
    told = words("fresh.accuracy", found.entries, told=_told(words, found.status))
    if found.matched is None:
        return f"{told} {words('fresh.accuracy_unmatched')}"
    return f"{told} {words('fresh.accuracy_matched', sum(c.count for c in found.matched), told=_told(words, found.matched))}"


def _told(words: Words, counts: tuple[Count, ...]) -> str:
    return ", ".join(f"{words.code('update', entry.code)} {words.count(entry.count)}" for entry in counts) or "–"
