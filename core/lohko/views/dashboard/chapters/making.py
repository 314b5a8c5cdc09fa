"""How the dashboard was made: the packages, the model, whose customers were matched how, and what was left out."""

from __future__ import annotations

from lohko.views.dashboard.model import Dashboard
from lohko.views.report.document import Block, Column, Prose, Section, Table, Value
from lohko.views.report.words import Words


def chapter(words: Words, dashboard: Dashboard) -> Section:
    """Tell what the figures stand on, so that they can be checked."""
    told = [words("making.people")]
    for cut in dashboard.cuts:
        if cut.merged:
            told.append(words("making.merged", cut.merged, package=cut.name))
        if cut.parted:
            told.append(words("making.parted", cut.parted, package=cut.name))
    gone = dashboard.last.gone
    if isinstance(gone, int) and gone:
        told.append(words("making.gone", gone))
    for left in dashboard.activity.left_out:
        kind = words(f"kind.{left.kind}")
        kind = kind[0].upper() + kind[1:]
        if left.first is None or left.last is None:
            told.append(words("making.left_out_none", kind=kind))
        else:
            told.append(words("making.left_out", kind=kind, first=words.date(left.first), last=words.date(left.last)))
    blocks: list[Block] = [_packages(words, dashboard), *(Prose(text, muted=True) for text in told)]
    if dashboard.group_minimum > 1:
        blocks.append(Prose(words("making.hidden", k=words.count(dashboard.group_minimum)), muted=True))
    return Section("making", words("making.title"), words("making.lead"), tuple(blocks))


def _packages(words: Words, dashboard: Dashboard) -> Table:
    columns = [Column(words("column.package")), Column(words("column.step")), Column(words("column.as_of"))]
    columns.append(Column(words("column.customers"), "count"))
    if dashboard.model is not None:
        columns.append(Column(words("column.model")))
    columns.append(Column(words("column.sha256")))
    rows = []
    for cut in dashboard.cuts:
        row = [
            Value(cut.name),
            Value(cut.step),
            Value(cut.as_of.isoformat()),
            Value(words.count(cut.customers), cut.customers),
        ]
        if dashboard.model is not None:
            row.append(Value(words("making.own_model" if cut.own_model else "making.same_model")))
        rows.append((*row, Value(cut.sha256[:16])))
    return Table("packages", words("making.packages"), tuple(columns), tuple(rows))
