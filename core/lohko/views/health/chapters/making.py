"""What was examined and how the score is made; and what changed since an earlier register."""

from __future__ import annotations

from decimal import Decimal

from lohko.views.health.chapters.cells import count, fault, listed, points
from lohko.views.health.model import Change, Health, Since
from lohko.views.report.document import Block, Column, Prose, Section, Table, Value
from lohko.views.report.words import Words


def since_chapter(words: Words, since: Since) -> Section:
    """Show the figures that differ from an earlier register's."""
    title = words("since.title", name=since.name)
    if not since.changes:
        return Section("since", title, words("since.lead_none"))
    score = next((change for change in since.changes if change.kind == "score"), None)
    lead = words("since.lead_same")
    if score is not None and score.before is not None and score.now is not None:
        key = "since.lead_up" if score.now > score.before else "since.lead_down"
        lead = words(key, before=points(words, score.before).text, now=points(words, score.now).text)
    table = Table(
        "since",
        words("since.table"),
        (
            Column(words("column.what")),
            Column(words("column.before"), "number"),
            Column(words("column.now"), "number"),
            Column(words("column.change"), "number"),
        ),
        tuple(_change(words, change) for change in since.changes),
        note=words("since.first"),
    )
    return Section("since", title, lead, (table,))


def _change(words: Words, change: Change) -> tuple[Value, ...]:
    if change.kind == "fault":
        name = fault(words, change.name)
    else:
        name = words.code("field", change.name)
        if change.kind in {"score", "field"}:
            name = f"{name}: {words('column.score').lower()}"
    shown = [_shown(words, change.kind, value) for value in (change.before, change.now)]
    if change.before is None or change.now is None:
        return Value(name), *shown, Value("–")
    more = round(change.now - change.before, 4)
    sign = "+" if more > 0 else "−"
    return Value(name), *shown, Value(sign + _shown(words, change.kind, abs(more)).text, more)


def _shown(words: Words, kind: str, value: float | None) -> Value:
    if value is None:
        return Value("–")
    if kind == "money":
        return Value(words.money(Decimal(str(value))), value)
    return points(words, value) if kind in {"score", "field"} else count(words, value)


def chapter(words: Words, health: Health) -> Section:
    """Tell what was examined, how it was read, and what the score is made of."""
    found = health.register
    filled = {"columns": words.count(found.columns), "carried": words.count(found.carried)}
    blocks: list[Block] = []
    if found.files:
        blocks.append(_files(words, health))
    if found.dates:
        told = "; ".join(f"{column} {form}" for column, form in found.dates.items())
        blocks.append(Prose(words("making.dates", told=told), muted=True))
    if found.home_country:
        shown_by = words.code("shown", str(found.shown_by).replace(" ", "_"))
        blocks.append(Prose(words("making.home", country=found.home_country, shown_by=shown_by), muted=True))
    else:
        blocks.append(Prose(words("making.home_none"), muted=True))
    if found.postcode_list is not None:
        blocks.append(Prose(words("making.list", name=found.postcode_list), muted=True))
    elif health.postcodes:
        blocks.append(Prose(words("making.list_own"), muted=True))
    if found.rejects:
        blocks.append(
            Table(
                "rejects",
                words("making.rejects"),
                (Column(words("column.reason")), Column(words("column.rows"), "count")),
                tuple((Value(words.code("reason", r.code)), count(words, r.count)) for r in found.rejects),
            )
        )
    if health.score.parts:
        blocks.append(
            Table(
                "score",
                words("making.score"),
                (
                    Column(words("column.what")),
                    Column(words("column.score"), "number"),
                    Column(words("column.weight"), "count"),
                ),
                tuple(
                    (Value(words.code("field", name)), points(words, value), count(words, weight))
                    for name, value, weight in health.score.parts
                ),
                total=(
                    Value(words("field.register")),
                    points(words, health.score.value),
                    count(words, sum(weight for _, _, weight in health.score.parts)),
                ),
            )
        )
    if health.score.untested:
        names = listed([words.code("field", name) for name in health.score.untested])
        blocks.append(Prose(words("making.untested", names=names), muted=True))
    if health.permissions is not None and health.group_minimum > 1:
        blocks.append(Prose(words("making.hidden", k=words.count(health.group_minimum)), muted=True))
    return Section("making", words("making.title"), words("making.lead", found.rows, **filled), tuple(blocks))


def _files(words: Words, health: Health) -> Table:
    return Table(
        "inputs",
        words("making.inputs"),
        (
            Column(words("column.file")),
            Column(words("column.rows"), "count"),
            Column(words("column.encoding")),
            Column(words("column.sha256")),
        ),
        tuple(
            (
                Value(file.name),
                Value("–") if file.rows is None else count(words, file.rows),
                Value(file.encoding or "–"),
                Value(file.sha256[:16]),
            )
            for file in health.register.files
        ),
    )
