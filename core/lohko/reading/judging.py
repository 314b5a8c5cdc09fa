"""What each row of a file comes to: read, dropped or rejected, and which of its cells become empty.

All of it is one expression over the row's texts and typed values; the first test that holds decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from lohko.reading import words
from lohko.reading.plan import Plan
from lohko.reading.shapes import shape_of
from lohko.reading.textfile import RECORD, TextFile
from lohko.tables import tables

DROPPED = ("blank_line", "repeated_header", "total_line")
# Kept aside for what they are, and no fault: they don't count against --max-rejects.
FAULTLESS = ("no_customer", "order_line")


def typed(name: str) -> pl.Expr:
    """Name the typed value that stands beside a column's text."""
    return pl.col(f"__t_{name}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row may have come to: a code, and the column of ours it is about."""

    code: str
    column: str | None = None


@dataclass(slots=True)
class Judge:
    """The tests of a file's rows.

    Attributes
    ----------
    outcomes : what a status means: status 1 is the first, 0 is a good row
    soft : columns whose bad cells become empty while the row stays, and the code of that
    """

    outcomes: list[Outcome] = field(default_factory=list)
    soft: dict[str, str] = field(default_factory=dict)
    _tests: list[pl.Expr] = field(default_factory=list)

    def add(self, test: pl.Expr, code: str, column: str | None = None) -> None:
        """Add a test; rows for which it holds, and none before it, get its code."""
        self.outcomes.append(Outcome(code, column))
        self._tests.append(test)

    @property
    def status(self) -> pl.Expr:
        """The number of the first outcome that holds for a row; 0 for a good row."""
        status = pl.lit(0, dtype=pl.UInt16)
        for number in range(len(self._tests), 0, -1):
            status = pl.when(self._tests[number - 1]).then(pl.lit(number, dtype=pl.UInt16)).otherwise(status)
        return status

    @property
    def flags(self) -> dict[str, pl.Expr]:
        """For each soft column, whether its cell does not fit."""
        return {name: typed(name).is_null() & pl.col(name).is_not_null() for name in self.soft}


def judge(file: TextFile, plan: Plan, *, derived: bool, wordless: bool = False) -> Judge:
    """Draw up the tests of a file's rows.

    Parameters
    ----------
    derived : the amount is quantity times unit price where it is not given
    wordless : no filled customer id is one of ``words_for_ids``; only where ``may_be_wordless``
    """
    found = Judge(soft=_soft(file.table, plan))
    texts = list(file.columns.names)
    # Looking up words is the dearest of the tests: where ids are none, they can stand only in rows that lack what is needed.
    odd = (
        pl.any_horizontal(pl.col(n).is_null() for n in tables()[file.table].needed if n in texts) if wordless else None
    )
    found.add(pl.all_horizontal(pl.col(t).is_null() for t in texts), "blank_line")
    if not file.decimals:  # else it would have been no number
        titles = [(n, h) for n, h in zip(texts, file.header, strict=False) if h]
        found.add(pl.all_horizontal((pl.col(n) == h).fill_null(value=False) for n, h in titles), "repeated_header")
    if len(texts) > 1:
        found.add(_total(file, texts, odd), "total_line")
    shape = shape_of(file.header, file.table)
    further = shape.further_line(file.header, texts) if shape is not None else None
    if further is not None:
        found.add(further, "order_line")
    _whose(found, file.table, texts, odd)
    cells = {c.column.name: c for c in plan.cells}
    for name, cell in cells.items():
        if cell.code is not None and name not in found.soft:
            found.add(typed(name).is_null() & pl.col(name).is_not_null(), cell.code, name)
    for column in tables()[file.table].columns:
        if column.needed and column.name != "customer_id":
            missing = typed(column.name) if column.name == "amount" and derived else pl.col(column.name)
            found.add(missing.is_null(), "missing_value", column.name)
    if file.gate.trimmed and found.soft:
        # One field too many in the middle, hidden by an empty one at the end: what follows it stands in wrong columns.
        trimmed = pl.col(RECORD).is_in(file.gate.trimmed)
        found.add(trimmed & pl.any_horizontal(found.flags.values()), "long_row")
    return found


def may_be_wordless(file: TextFile) -> bool:
    """Tell whether the tests for words can be spared where no id is one: every row needs an id, which comes first, and something else."""
    needed = [n for n in tables()[file.table].needed if n in file.columns.names]
    return file.columns.names[0] == "customer_id" in needed and len(needed) > 1


def words_for_ids() -> list[str]:
    """Return the words that stand in columns of ids and are no ids."""
    return sorted({*words.totals(), *_NOBODY})


def _total(file: TextFile, texts: list[str], odd: pl.Expr | None) -> pl.Expr:
    """Tell a line of sums: it begins with a word for it and lacks what a row needs or most of what it may have.

    Where the word goes on with a number ("Total 45 customers"), nothing else may stand in the line.
    """
    empty = pl.sum_horizontal(pl.col(t).is_null().cast(pl.Int32) for t in texts)
    needed = [pl.col(n).is_null() for n in tables()[file.table].needed if n in texts]
    whose = [_among(pl.col("customer_id"), words.totals(), odd)] if "customer_id" in texts else []
    number = pl.lit("")  # stands for a number, which is no word
    first = pl.coalesce(
        *(pl.when(pl.col(t).is_not_null()).then(number) if t in file.decimals else pl.col(t) for t in texts)
    )
    named = _among(first, words.totals(), odd) & pl.any_horizontal(empty * 2 >= len(texts), *needed, *whose)
    alone = pl.when(empty == len(texts) - 1).then(first)  # so that the pattern is sought in few rows
    return named | alone.str.contains(words.counted_total()).fill_null(value=False)


def _among(cells: pl.Expr, known: list[str], odd: pl.Expr | None) -> pl.Expr:
    """Tell which cells are one of the words; where only odd rows can hold one, cells of the others are not looked up."""
    return cells.is_in(known) if odd is None else pl.when(odd).then(cells).is_in(known).fill_null(value=False)


def _whose(found: Judge, table: str, texts: list[str], odd: pl.Expr | None) -> None:
    """Add the test of rows that belong to nobody. Words such as NULL are nobody's id."""
    ids = [n for n in ("customer_id", "visitor_id") if n in texts]
    nobody = {n: pl.col(n).is_null() | _among(pl.col(n), _NOBODY, odd) for n in ids}
    if table == "customers":
        if "customer_id" in nobody:
            found.add(nobody["customer_id"], "no_customer_id", "customer_id")
    elif table in ("visits", "touchpoints"):
        found.add(pl.all_horizontal(nobody.values()), "no_customer", min(nobody))
    elif "customer_id" in tables()[table].needed:
        found.add(nobody["customer_id"], "no_customer", "customer_id")


_NOBODY = sorted({form for word in words.nobody() for form in (word, word.upper(), word.capitalize())} | {"NaN"})


def _soft(table: str, plan: Plan) -> dict[str, str]:
    """Columns whose bad cells become empty while the row stays, with the code of that.

    A customer is never lost for a cell that can be missing. In events, money and times must be right or the row is kept aside.
    """
    event = tables()[table].event
    given = {c.column.name for c in plan.cells}
    soft = {}
    for cell in plan.cells:
        column = cell.column
        strict = column.needed or (event and column.type in ("decimal", "timestamp", "date"))
        if table == "transactions" and column.name in ("quantity", "unit_price"):
            strict = "amount" not in given  # beside an amount they decide nothing
        if cell.code is not None and not strict:
            soft[column.name] = f"cell_{cell.code}"
    return soft
