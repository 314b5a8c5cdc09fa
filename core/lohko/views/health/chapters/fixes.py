"""What to do first: the three dearest as steps before everything else, the ten in a table."""

from __future__ import annotations

from lohko.views.health.chapters.cells import amount, count
from lohko.views.health.model import Fix, Health
from lohko.views.report.document import Column, Section, Step, Steps, Table, Value
from lohko.views.report.words import Words

FIRST = 3


def first(words: Words, health: Health) -> tuple[Steps, ...]:
    """Return the three things most worth doing."""
    steps = tuple(_step(words, fix) for fix in health.fixes[:FIRST])
    return (Steps(steps),) if steps else ()


def chapter(words: Words, health: Health) -> Section:
    """List the ten things most worth doing, with what each costs and where it comes from."""
    title = words("fixes.title")
    if not health.fixes:
        return Section("fixes", title, words("fixes.none"))
    told = [
        (Column(words("sheet.what")), [Value(_title(words, fix)) for fix in health.fixes]),
        (Column(words("column.rows"), "count"), [count(words, fix.rows) for fix in health.fixes]),
        (Column(words("column.year"), "money"), [amount(words, fix.amount) for fix in health.fixes]),
        (Column(words("column.fault")), [Value(_faults(words, fix)) for fix in health.fixes]),
        (Column(words("column.from")), [Value(_origin(words, fix)) for fix in health.fixes]),
    ]
    # a column in which nothing stands (no prices given, no source that stands out) only takes room
    shown = [(column, cells) for column, cells in told if any(cell.text not in {"", "–"} for cell in cells)]
    columns = tuple(column for column, _ in shown)
    table = Table("fixes", words("fixes.table"), columns, tuple(zip(*(cells for _, cells in shown), strict=True)))
    return Section("fixes", title, words("fixes.lead"), (table,))


def _step(words: Words, fix: Fix) -> Step:
    told = []
    if fix.amount:
        told.append(words("fix.text.amount", amount=words.money(fix.amount)))
    if fix.faults:
        told.append(words("fix.text.faults", told=_faults(words, fix)))
    if fix.source:
        since = words("fix.text.since", month=fix.since) if fix.since else ""
        told.append(words("fix.text.source", fix.source_rows, source=fix.source, since=since))
    told.append(words(f"fix.{fix.action}"))
    return Step(_title(words, fix), " ".join(told))


def _origin(words: Words, fix: Fix) -> str:
    return f"{fix.source} ({words.count(fix.source_rows)})" if fix.source else ""


def _title(words: Words, fix: Fix) -> str:
    field = words.code("field", fix.field) if fix.field else ""
    return words(f"fix.title.{fix.action}", fix.rows, field=field)


def _faults(words: Words, fix: Fix) -> str:
    return ", ".join(f"{words.code('fault', found.code)} ({words.count(found.count)})" for found in fix.faults)
