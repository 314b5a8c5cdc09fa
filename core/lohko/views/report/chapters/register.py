"""The chapter on the register: how many customers there really are."""

from __future__ import annotations

from collections.abc import Mapping

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
from lohko.views.report.model import Population, Register, Reject, Report
from lohko.views.report.words import Words

_STATES: Mapping[str, Tone] = {
    "missing": "quiet",
    "invalid": "quiet",
    "ambiguous": "quiet",
    "retired": "quiet",
    "place_mismatch": "quiet",
    "foreign": "review",
}
"""What is not in order, or cannot be told, is not drawn as what is."""


def chapter(words: Words, report: Report, step: str) -> Section:
    """Tell how many customers there are, where the rows went, and how sound the register is."""
    title = words("register.title")
    register = report.register
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
    if register.nameless_sales:
        blocks.append(Prose(words("register.nameless", register.nameless_sales), muted=True))
    if not register.deduped:
        blocks.append(Prose(words("register.not_deduped"), muted=True))
    return Section("register", title, _lead(words, report, register), tuple(blocks))


def unmerged(report: Report) -> bool:
    """Tell whether the customers counted are but the files' customer numbers: nobody has looked for duplicates."""
    return report.register is not None and not report.register.deduped


def size(words: Words, report: Report, people: Population) -> str:
    """Say how many customers the report speaks of."""
    if people.later == 0:
        key = "register.lead_numbers" if unmerged(report) else "register.lead"
        return words(key, people.customers)
    key = "register.lead_later" if people.because_later else "register.lead_left_out"
    return words(key, people.customers, date=words.date(report.as_of))


def others(words: Words, report: Report, people: Population) -> str:
    """Say how many of the register the report does not speak of; nothing where there are none."""
    if people.later == 0:
        return ""
    key, day = "register.later" if people.because_later else "register.left_out", words.date(report.as_of)
    if isinstance(people.later, int):
        return words(key, people.later, date=day)
    return words(f"{key}_few", k=words.count(report.group_minimum), date=day)


def _lead(words: Words, report: Report, register: Register) -> str:
    told = [words("register.lead_none")]
    if report.population is not None and report.population.customers:
        told = [text(words, report, report.population) for text in (size, others)]
    if unmerged(report) and register.rows_out is not None and register.rows_out != register.customers:
        told.append(words("register.lead_repeated", register.rows_out))
    if register.rows_in is not None and register.merged:
        told.append(
            words("register.lead_merged", register.merged, rows=words.count(register.rows_in + register.derived))
        )
    elif register.rows_in == 0 and register.derived:
        told.append(words("register.lead_derived"))
    elif register.rows_in is not None:
        told.append(words("register.lead_rows", register.rows_in + register.derived))
    return " ".join(sentence for sentence in told if sentence)


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
    steps.append(("rows_out" if register.deduped else "rows_kept", register.rows_out or 0, "people"))
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
        words("register.flow_note") if register.merged else "",
    )


def _facts(words: Words, register: Register) -> tuple[Fact, ...]:
    return tuple(
        Fact(words(f"register.{name}", count), words.count(count), words(f"register.{name}_note"))
        for name in ("groups", "pairs_review", "households")
        if (count := getattr(register, name)) is not None
    )


def _postcodes(words: Words, register: Register) -> Figure:
    total = sum(status.count for status in register.postcodes)
    rows = [(words.code("postcode", status.code), status) for status in register.postcodes]
    changed = register.postcodes_changed
    note = words("register.postcodes_changed", changed) if changed else ""
    if changed == 0:
        note = words("register.postcodes_unchanged")

    def tone(code: str) -> Tone:
        return _STATES.get(code, "people")

    used = {tone(status.code) for status in register.postcodes}
    tones: tuple[Tone, ...] = ("people", "quiet", "review")
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
                            tone(status.code),
                        ),
                    ),
                )
                for name, status in rows
            ),
            tuple((each, words(f"postcode_state.{each}")) for each in tones if each in used),
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
        note,
    )


def _rejects(words: Words, rejects: tuple[Reject, ...], rows: int) -> Table:
    return Table(
        "rejects",
        words("register.rejects"),
        (Column(words("column.reason")), Column(words("column.table")), Column(words("column.rows"), "count")),
        tuple(
            (
                Value(words.code("reason", item.code)),
                Value(words.code("table", item.table)),
                Value(words.count(item.count), item.count),
            )
            for item in rejects
        ),
        note=words("register.rejects_note", rows) if rows else words("register.rejects_cells"),
    )
