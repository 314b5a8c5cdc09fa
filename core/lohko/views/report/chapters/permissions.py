"""The chapter on permissions: whom we may contact, and through what."""

from __future__ import annotations

import datetime as dt

from lohko.views.report.chapters.values import part, people, shown
from lohko.views.report.document import Bars, Block, Column, Figure, Line, Mark, Section, Table, Tone, Value
from lohko.views.report.model import HIDDEN
from lohko.views.report.reaching import Channel, Permissions
from lohko.views.report.words import Words

_TONES: tuple[tuple[str, Tone], ...] = (
    ("may", "good"),
    ("ask_again", "ask"),
    ("screen_first", "screen"),
    ("review", "review"),
    ("may_not", "bad"),
)


_GAPS = 15
"""Gaps told in the document; all that may be shown stand in the JSON."""
_REASONS = 3
"""Reasons told of each channel; all of them stand in the JSON."""


def another_day(permissions: Permissions, day: dt.date) -> dt.date | None:
    """Return the day as of which the permissions were decided, where that is not the report's."""
    return permissions.as_of if permissions.as_of != day else None


def chapter(words: Words, permissions: Permissions | None, day: dt.date, step: str) -> Section:
    """Show each channel's decisions as parts of all customers, and why the others may not be contacted."""
    title = words("permissions.title")
    if permissions is None:
        return Section("permissions", title, words("missing.permissions", step=step))
    if not permissions.customers:
        return Section("permissions", title, words("value.nobody"))
    blocks: list[Block] = [_figure(words, permissions)]
    tables = (_openings(words, permissions), gaps_table(words, permissions), _reasons(words, permissions))
    blocks += [table for table in tables if table.rows]
    return Section("permissions", title, _lead(words, permissions, day), tuple(blocks))


def _lead(words: Words, permissions: Permissions, day: dt.date) -> str:
    told = []
    other = another_day(permissions, day)
    if other is not None:
        told.append(words("permissions.another_day", date=words.date(other), day=words.date(day)))
    if isinstance(permissions.reachable, int):
        told.append(
            words(
                "permissions.lead",
                permissions.reachable,
                share=words.percent(part(permissions.reachable, permissions.customers)),
                customers=words.count(permissions.customers),
            )
        )
    else:
        told.append(words("permissions.lead_hidden"))
    if permissions.as_of is not None and other is None:
        told.append(words("permissions.as_of", date=words.date(permissions.as_of)))
    told.append(words("permissions.default"))
    return " ".join(told)


def _reasons(words: Words, permissions: Permissions) -> Table:
    """Tell the commonest reasons of each channel, the first first."""
    rows = []
    for channel in permissions.channels:
        listed = sorted(channel.reasons.items(), key=lambda item: (-shown(item[1]), item[0]))
        told = [
            words("permissions.reason", reason=words.code("reason", reason), n=words.count(count))
            for reason, count in listed[:_REASONS]
            if isinstance(count, int) and count
        ]
        if told:
            rows.append((Value(words.code("channel", channel.channel)), Value("; ".join(told))))
    return Table(
        "reasons",
        words("permissions.reasons"),
        (Column(words("column.channel")), Column(words("column.reason"))),
        tuple(rows),
    )


def _openings(words: Words, permissions: Permissions) -> Table:
    """Tell what would open each channel, and to how many."""
    codes = [
        code
        for code in ("renew", "screen", "inform", "decide")
        if any(opening.code == code for channel in permissions.channels for opening in channel.openings)
    ]
    rows = []
    for channel in permissions.channels:
        found = {opening.code: opening.customers for opening in channel.openings}
        if found:
            rows.append(
                (
                    Value(words.code("channel", channel.channel)),
                    *(people(words, found[code]) if code in found else Value("–") for code in codes),
                )
            )
    return Table(
        "openings",
        words("permissions.openings"),
        (Column(words("column.channel")), *(Column(words(f"opening.{code}"), "count") for code in codes)),
        tuple(rows),
        note=words("permissions.openings_note") if any(cell.raw is None for row in rows for cell in row[1:]) else "",
    )


def gaps_table(words: Words, permissions: Permissions) -> Table:
    """Tell which evidence is missing from which source, what to do about it, and for how many; the most first."""
    told = permissions.gaps[:_GAPS]
    rows = tuple(
        (
            Value(words.code("channel", gap.channel)),
            Value(gap.source or words("permissions.gap_no_source")),
            Value(", ".join(words.code("proof", piece) for piece in gap.missing)),
            Value(", ".join(words.code("repair", way) for way in gap.repair)),
            people(words, gap.customers),
            people(words, gap.reachable),
        )
        for gap in told
    )
    return Table(
        "gaps",
        words("permissions.gaps"),
        (
            Column(words("column.channel")),
            Column(words("column.source")),
            Column(words("column.remark")),
            Column(words("column.repair")),
            Column(words("column.held_back"), "count"),
            Column(words("column.reachable"), "count"),
        ),
        rows,
        note=words("permissions.gaps_note"),
    )


def _kept_back(words: Words, channel: Channel, customers: int) -> tuple[Mark, ...]:
    """Draw the decisions that are hidden as one part that says so."""
    if HIDDEN not in channel.decisions.values():
        return ()
    left = customers - sum(shown(count) for count in channel.decisions.values())
    label = words("value.hidden")
    return (Mark(part(left, customers), label, "hidden", label),) if left else ()


def _figure(words: Words, permissions: Permissions) -> Figure:
    used = [
        (decision, tone)
        for decision, tone in _TONES
        if any(channel.decisions[decision] != 0 for channel in permissions.channels)
    ]
    lines = tuple(
        Line(
            words.code("channel", channel.channel),
            tuple(
                Mark(
                    part(count, permissions.customers),
                    words.count(count),
                    tone,
                    words(f"decision.{decision}"),
                )
                for decision, tone in used
                if (count := shown(channel.decisions[decision]))
            )
            + _kept_back(words, channel, permissions.customers),
        )
        for channel in permissions.channels
    )
    legend = [(tone, words(f"decision.{decision}")) for decision, tone in used]
    if any(HIDDEN in channel.decisions.values() for channel in permissions.channels):
        legend.append(("hidden", words("value.hidden")))
    return Figure(
        words("permissions.figure"),
        Bars(lines, tuple(legend), stacked=True),
        Table(
            "permissions",
            words("permissions.table"),
            (
                Column(words("column.channel")),
                *(Column(words(f"decision.{decision}"), "count") for decision, _ in used),
            ),
            tuple(
                (
                    Value(words.code("channel", channel.channel)),
                    *(people(words, channel.decisions[decision]) for decision, _ in used),
                )
                for channel in permissions.channels
            ),
        ),
    )
