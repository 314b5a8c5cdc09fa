"""Where the faults come from, since when; what needs special care; which proof of permission is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lohko.cleaning.origins import Origin, rules
from lohko.views.health.chapters.cells import count, listed
from lohko.views.health.model import Health
from lohko.views.report.chapters import permissions as allowed
from lohko.views.report.document import Bars, Block, Column, Figure, Line, Mark, Prose, Section, Table, Value
from lohko.views.report.words import Words

_SHOWN = 12


def chapter(words: Words, health: Health) -> Section:
    """Show the sources with the share of faulty rows and its interval, and the months."""
    title = words("origins.title")
    blocks: list[Block] = []
    if health.origins:
        blocks.append(_table(words, "origins", words("origins.table"), health.origins))
    if health.files:
        blocks.append(_table(words, "files", words("origins.files"), health.files))
    if health.months:
        blocks.append(_months(words, health))
    if blocks:
        least = rules()
        note = words("origins.note", rows=words.count(least["rows"]), faults=words.count(least["faults"]))
        blocks.append(Prose(note, muted=True))
    if not health.origins:
        return Section("origins", title, words("origins.lead_none"), tuple(blocks))
    loud = [words("origins.quoted", name=str(origin.name)) for origin in health.origins if origin.stands_out]
    key = "origins.lead_even" if not loud else "origins.lead" if len(loud) == 1 else "origins.lead_several"
    return Section("origins", title, words(key, names=listed(loud)), tuple(blocks))


def _table(words: Words, name: str, caption: str, origins: Sequence[Origin]) -> Table:
    rows = []
    for origin in origins[:_SHOWN]:
        since = ""
        if origin.since:
            both = words("origins.span", since=origin.since, until=origin.until or "")
            since = origin.since if origin.since == origin.until else both
        rows.append(
            (
                Value(words("origins.others") if origin.name is None else origin.name),
                count(words, origin.rows),
                count(words, origin.faulty),
                Value(f"{words.percent(origin.low)}–{words.percent(origin.high)}"),
                Value(", ".join(f"{words.code('fault', own.code)} ({words.count(own.count)})" for own in origin.top)),
                Value(since),
            )
        )
    return Table(
        name,
        caption,
        (
            Column(words("column.source")),
            Column(words("column.rows"), "count"),
            Column(words("column.faulty"), "count"),
            Column(words("column.interval")),
            Column(words("column.top")),
            Column(words("column.since")),
        ),
        tuple(rows),
    )


def _months(words: Words, health: Health) -> Figure:
    """Show the faulty rows of each month; the table tells how many rows there were."""
    most = max((month.faulty for month in health.months), default=0)
    return Figure(
        words("origins.figure"),
        Bars(
            tuple(
                Line(month.month, (Mark(month.faulty / most if most else 0.0, words.count(month.faulty), "social"),))
                for month in health.months
            )
        ),
        Table(
            "months",
            words("origins.months"),
            (
                Column(words("column.month")),
                Column(words("column.faulty"), "count"),
                Column(words("column.rows"), "count"),
            ),
            tuple(
                (Value(month.month), count(words, month.faulty), count(words, month.rows)) for month in health.months
            ),
        ),
    )


def permissions_chapter(words: Words, health: Health) -> Section:
    """Show the decisions by channel, and what proof is missing."""
    if health.permissions is None:
        return Section("permissions", words("permissions.title"), words("proof.none_recorded"))
    section = allowed.chapter(words, health.permissions, health.as_of, "consents")
    rows = [
        (
            Value(words.code("channel", channel)),
            Value("; ".join(f"{words.code('proof', gap)} ({words.count(n)})" for gap, n in gaps.items() if gap != "customers" and n >= health.group_minimum)),
        )
        for channel, gaps in _in_order(health)
        if len(gaps) > 1
    ]  # fmt: skip
    if not rows:
        return section
    table = Table(
        "proof", words("proof.title"), (Column(words("column.channel")), Column(words("column.proof"))), tuple(rows)
    )
    return Section(section.anchor, section.title, section.lead, (*section.blocks, table))


def _in_order(health: Health) -> list[tuple[str, Mapping[str, int]]]:
    """Return the channels with what proof they lack, in the order of the decisions above."""
    decided = [channel.channel for channel in health.permissions.channels] if health.permissions else []
    return sorted(health.proof_missing.items(), key=lambda entry: (*decided, entry[0]).index(entry[0]))


def care_chapter(words: Words, health: Health) -> Section:
    """Tell what stands in free text that must not, by column, and how areas are found."""
    blocks: list[Block] = []
    if health.sensitive:
        blocks.append(
            Table(
                "finds",
                words("care.table"),
                (Column(words("column.column")), Column(words("column.what")), Column(words("column.rows"), "count")),
                tuple(
                    (Value(find.column), Value(words.code("find", find.kind)), count(words, find.rows))
                    for find in health.sensitive
                ),
            )
        )
    found = health.areas
    if found is None:
        blocks.append(Prose(words("care.areas_none"), muted=True))
    else:
        filled = {name: words.count(getattr(found, name)) for name in ("postcode", "municipality", "none")}
        blocks.append(Prose(words("care.areas", **filled)))
    rows = sum(find.rows for find in health.sensitive)
    lead = words("care.lead", rows) if rows else words("care.lead_none")
    return Section("care", words("care.title"), lead, tuple(blocks))
