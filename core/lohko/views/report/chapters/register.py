"""The chapter on the register: how many customers there really are."""

from __future__ import annotations

from lohko.views.report.chapters.values import part
from lohko.views.report.document import (
    Bars,
    Block,
    Column,
    Fact,
    Facts,
    Figure,
    Line,
    Mark,
    Prose,
    Section,
    Table,
    Tone,
    Value,
)
from lohko.views.report.model import Register, Reject
from lohko.views.report.words import Words

_BROKEN = frozenset({"missing", "invalid", "ambiguous", "retired", "place_mismatch"})


def chapter(words: Words, register: Register | None, step: str) -> Section:
    """Tell the size of the register, where the rows went, and how sound it is."""
    title = words("register.title")
    if register is None:
        return Section("register", title, words("missing.register", step=step))
    blocks: list[Block] = []
    if register.rows_in:
        blocks.append(_flow(words, register))
    facts = _facts(words, register)
    if facts:
        blocks.append(Facts(facts))
    if register.postcodes:
        blocks.append(_postcodes(words, register))
    if register.rejects:
        blocks.append(_rejects(words, register.rejects, register.rejected_rows))
    if not register.deduped:
        blocks.append(Prose(words("register.not_deduped"), muted=True))
    return Section("register", title, _lead(words, register), tuple(blocks))


def _lead(words: Words, register: Register) -> str:
    told = [words("register.lead", register.customers)]
    if register.rows_in is not None and register.merged:
        told.append(
            words("register.lead_merged", register.merged, rows=words.count(register.rows_in + register.derived))
        )
    elif register.rows_in == 0 and register.derived:
        told.append(words("register.lead_derived"))
    elif register.rows_in is not None:
        told.append(words("register.lead_rows", register.rows_in + register.derived))
    return " ".join(told)


def _flow(words: Words, register: Register) -> Figure:
    """Show where the rows went: what came, each way out, what is left."""
    came = (register.rows_in or 0) + register.derived
    steps: list[tuple[str, int, Tone]] = [("rows_in", register.rows_in or 0, "quiet")]
    if register.derived:
        steps.append(("derived", register.derived, "quiet"))
    steps += [
        (name, count, "quiet")
        for name in ("merged", "rejected", "dropped", "erased")
        if (count := getattr(register, name))
    ]
    steps.append(("rows_out", register.rows_out or 0, "people"))
    rows = [(words(f"register.{name}"), count, tone) for name, count, tone in steps]
    return Figure(
        words("register.flow"),
        Bars(tuple(Line(name, (Mark(part(count, came), words.count(count), tone),)) for name, count, tone in rows)),
        Table(
            "register",
            words("register.flow_table"),
            (Column(words("column.rows_what")), Column(words("column.rows"), "count")),
            tuple((Value(name), Value(words.count(count), count)) for name, count, _ in rows),
        ),
        words("register.flow_note"),
    )


def _facts(words: Words, register: Register) -> tuple[Fact, ...]:
    return tuple(
        Fact(words(f"register.{name}"), words.count(count), words(f"register.{name}_note"))
        for name in ("groups", "pairs_review", "households")
        if (count := getattr(register, name)) is not None
    )


def _postcodes(words: Words, register: Register) -> Figure:
    total = sum(status.count for status in register.postcodes)
    rows = [(words.code("postcode", status.code), status) for status in register.postcodes]
    changed = register.postcodes_changed
    return Figure(
        words("register.postcodes"),
        Bars(
            tuple(
                Line(
                    name,
                    (
                        Mark(
                            part(status.count, total),
                            words.count(status.count),
                            "quiet" if status.code in _BROKEN else "people",
                        ),
                    ),
                )
                for name, status in rows
            )
        ),
        Table(
            "postcodes",
            words("register.postcodes_table"),
            (
                Column(words("column.status")),
                Column(words("column.rows"), "count"),
                Column(words("column.share"), "percent"),
            ),
            tuple(
                (
                    Value(name),
                    Value(words.count(status.count), status.count),
                    Value(words.percent(part(status.count, total)), part(status.count, total)),
                )
                for name, status in rows
            ),
        ),
        words("register.postcodes_changed", changed) if changed is not None else "",
    )


def _rejects(words: Words, rejects: tuple[Reject, ...], rows: int) -> Table:
    return Table(
        "rejects",
        words("register.rejects"),
        (Column(words("column.reason")), Column(words("column.table")), Column(words("column.rows"), "count")),
        tuple(
            (Value(words.code("reason", item.code)), Value(item.table), Value(words.count(item.count), item.count))
            for item in rejects
        ),
        note=words("register.rejects_note", rows),
    )
