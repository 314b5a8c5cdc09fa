"""The chapter on permissions: whom we may contact, and through what."""

from __future__ import annotations

from lohko.views.report.chapters.values import part, people, shown
from lohko.views.report.document import Bars, Block, Column, Figure, Line, Mark, Section, Table, Tone, Value
from lohko.views.report.model import Permissions
from lohko.views.report.words import Words

_TONES: tuple[tuple[str, Tone], ...] = (
    ("may", "good"),
    ("ask_again", "ask"),
    ("screen_first", "screen"),
    ("review", "review"),
    ("may_not", "bad"),
)


_REASONS = 3
"""Reasons told of each channel; all of them stand in the JSON."""


def chapter(words: Words, permissions: Permissions | None, step: str) -> Section:
    """Show each channel's decisions as parts of all customers, and why the others may not be contacted."""
    title = words("permissions.title")
    if permissions is None:
        return Section("permissions", title, words("missing.permissions", step=step))
    blocks: list[Block] = [_figure(words, permissions)]
    reasons = _reasons(words, permissions)
    if reasons.rows:
        blocks.append(reasons)
    return Section("permissions", title, _lead(words, permissions), tuple(blocks))


def _lead(words: Words, permissions: Permissions) -> str:
    told = []
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
    if permissions.as_of is not None:
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
            ),
        )
        for channel in permissions.channels
    )
    return Figure(
        words("permissions.figure"),
        Bars(lines, tuple((tone, words(f"decision.{decision}")) for decision, tone in used), stacked=True),
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
