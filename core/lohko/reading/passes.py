"""One read of a checked text file: text → typed rows into Parquet, and beside them where and why a row or cell did not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from lohko.errors import InputRefused, Place
from lohko.reading import words
from lohko.reading.dialect import Dialect
from lohko.reading.gate import Gate
from lohko.reading.limits import limits
from lohko.reading.naming import Columns
from lohko.reading.params import IngestParams
from lohko.reading.plan import CellPlan, Evidence, Plan, draw, gather, wants_evidence
from lohko.tables import Column, tables
from lohko.tables.types import MONEY

RECORD, STATUS, LINE = "__record", "__status", "line"
_EDGE = " \t\r\n\x0b\x0c\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
DROPPED = ("blank_line", "repeated_header", "total_line")
_PREFIXED = ("customer_id", "referred_customer_id")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row may have come to: a code, and the column it is about."""

    code: str
    column: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A file that has been read.

    Attributes
    ----------
    path : its good rows, typed, in Parquet, in the order of the file
    faults : where rows or cells did not fit: Parquet of record, status, and one flag a soft column
    outcomes : what the statuses mean, from 1
    soft : columns of which a bad cell became empty, and the code of that
    counts : rows by status
    soft_counts : cells by soft column
    plan : how the columns were read
    names : the columns of ``path``
    """

    path: Path
    faults: Path | None
    outcomes: tuple[Outcome, ...]
    soft: Mapping[str, str]
    counts: Mapping[int, int]
    soft_counts: Mapping[str, int]
    plan: Plan
    names: tuple[str, ...]
    rows: int

    @property
    def dropped(self) -> int:
        """Rows dropped: blank lines, repeated headers, totals."""
        return sum(n for s, n in self.counts.items() if self.outcomes[s - 1].code in DROPPED)

    @property
    def rejected(self) -> int:
        """Rows that did not fit."""
        return sum(n for s, n in self.counts.items() if self.outcomes[s - 1].code not in DROPPED)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file whose rows can be read as text, and all that is known of it.

    Attributes
    ----------
    name, table, source : its name, its table, and the source whose prefix its ids take
    gate : the account of its lines, and what its bytes hold
    header : its own column names; ``header_line``: where they stand
    columns : what the columns become
    scan : gives RECORD and the columns as text under the names ``__0``, ``__1``, …; at most so many rows
    text : where its lines lie in UTF-8
    encoding : how its characters are stored
    dialect : how it is written; None for files that are not text
    """

    name: str
    table: str
    source: str | None
    gate: Gate
    header: tuple[str, ...]
    header_line: int
    columns: Columns
    scan: Callable[[int | None], pl.LazyFrame]
    text: Path
    encoding: str
    dialect: Dialect | None

    def rows(self, limit: int | None = None) -> pl.LazyFrame:
        """Return the rows as text: our names, surrounding space taken off, nothing for empty; with RECORD."""
        gate = self.gate
        texts = []
        known = {c.name: c for c in tables()[self.table].columns}
        for position, name in enumerate(self.columns.names):
            text = pl.col(f"__{position}")
            if gate.spaces:
                text = text.str.strip_chars(_EDGE)
            if gate.spaces or gate.quotes:
                text = pl.when(text != "").then(text)
            column = known.get(name)
            if gate.nulls and column is not None and column.type != "text":
                text = pl.when(~text.str.to_lowercase().is_in(words.nothing())).then(text)
            texts.append(text.alias(name))
        return self.scan(limit).select(pl.col(RECORD).cast(pl.Int64), *texts)

    def present(self) -> list[Column]:
        """Return our columns that the file has, in the table's order."""
        names = set(self.columns.names)
        return [c for c in tables()[self.table].columns if c.name in names]


def scan_text(gate: Gate, dialect: Dialect, limit: int | None) -> pl.LazyFrame:
    """Scan a file that has passed the gate: RECORD and the fields as text."""
    positions = [f"__{n}" for n in range(dialect.width)]
    return pl.scan_csv(
        gate.path,
        has_header=False,
        schema=dict.fromkeys(positions, pl.String()),
        separator=dialect.form.delimiter,
        quote_char='"' if gate.quotes else None,
        skip_lines=gate.skip,
        row_index_name=RECORD,
        n_rows=limit,
        infer_schema=False,
        glob=False,
        raise_if_empty=False,
    )


def read_file(file: TextFile, params: IngestParams, scratch: Path, number: int) -> Part:
    """Read a checked text file into Parquet.

    Raises
    ------
    InputRefused
        The columns cannot be read as they are (see ``plan.draw``), or its ids were destroyed by Excel (``ids_destroyed``).
    """
    _refuse_destroyed_ids(file)
    columns = file.present()
    place = Place(file.name, file.header_line)
    sample = file.rows(limits().sample_rows).collect().lazy()
    evidence = gather(sample, columns)
    whole = file.gate.records <= limits().sample_rows
    plan = draw(
        tables()[file.table], [c.name for c in columns], evidence, params, place, file.columns.recognised, whole=whole
    )
    unsure = (
        set()
        if whole
        else {c.column.name for c in plan.cells if wants_evidence(c.column) and _provisional(c, evidence)}
    )
    if unsure:
        plan = _again(file, columns, evidence, unsure, params, place)
    part = _read(file, plan, params, scratch, number)
    if whole:
        return part
    doubtful = _doubtful(part, plan) - unsure
    if doubtful:
        fresh = _again(file, columns, evidence, doubtful | unsure, params, place)
        if fresh != plan:
            part = _read(file, fresh, params, scratch, number)
    return part


def _provisional(cell: CellPlan, evidence: Mapping[str, Evidence]) -> bool:
    """Tell whether the sample left open how a column is read."""
    from lohko.reading import dates, numerals

    if cell.column.type in ("timestamp", "date"):
        if cell.form is None:
            return True
        return isinstance(cell.form, dates.DateForm) and cell.form.strict
    shapes = evidence[cell.column.name].shapes
    verdict = numerals.weigh(shapes)
    undecided = not verdict.decided and any("," in s or "." in s for s in shapes)
    return undecided or (verdict.form is not None and verdict.form.strict)


def _again(
    file: TextFile,
    columns: Sequence[Column],
    evidence: dict[str, Evidence],
    names: set[str],
    params: IngestParams,
    place: Place,
) -> Plan:
    """Draw the plan anew with the evidence of whole columns where the sample's was not enough."""
    evidence.update(gather(file.rows(), [c for c in columns if c.name in names]))
    return draw(
        tables()[file.table], [c.name for c in columns], evidence, params, place, file.columns.recognised, whole=True
    )


def _doubtful(part: Part, plan: Plan) -> set[str]:
    """Return the columns with cells that did not fit and that another plan might read."""
    wanted = {c.column.name for c in plan.cells if wants_evidence(c.column)}
    hard = {
        o.column for s, n in part.counts.items() if n and (o := part.outcomes[s - 1]).code in ("bad_number", "bad_date")
    }
    soft = {name for name, n in part.soft_counts.items() if n}
    return {name for name in (hard | soft) if name in wanted}


def _refuse_destroyed_ids(file: TextFile) -> None:
    if not file.gate.scientific:
        return
    ids = [c.name for c in file.present() if c.type in ("id", "postcode")]
    if not ids:
        return
    pattern = r"^\d([.,]\d+)?[eE]\+\d{2,3}$"
    found = (
        file.rows()
        .select(pl.col(name).str.contains(pattern).fill_null(value=False).sum().alias(name) for name in ids)
        .collect()
    )
    for name in ids:
        count = found[name].item()
        if count:
            hit = file.rows().filter(pl.col(name).str.contains(pattern)).select(RECORD).head(5).collect()
            theirs = file.columns.recognised[name]
            lines = file.gate.line_of(hit[RECORD].sort().to_numpy())
            raise InputRefused(
                "ids_destroyed",
                f"{file.name}: {count} ids in '{theirs}' are numbers like 1.23E+11: Excel has destroyed them",
                places=tuple(Place(file.name, int(line), None, theirs) for line in lines),
                count=count,
            )


def _read(file: TextFile, plan: Plan, params: IngestParams, scratch: Path, number: int) -> Part:
    del params
    table = tables()[file.table]
    present = [c.column.name for c in plan.cells]
    rows = file.rows()
    texts = list(file.columns.names)
    typed = {c.column.name: c.typed for c in plan.cells}
    derived = table.name == "transactions" and {"quantity", "unit_price"} <= set(present)
    names = _order(table.name, texts, add=("amount",) if derived and "amount" not in present else ())
    soft = _soft_columns(table.name, plan)

    outcomes: list[Outcome] = []
    tests: list[pl.Expr] = []

    def add(test: pl.Expr, code: str, column: str | None = None) -> None:
        outcomes.append(Outcome(code, column))
        tests.append(test)

    add(pl.all_horizontal(pl.col(t).is_null() for t in texts), "blank_line")
    titles = [(n, h) for n, h in zip(texts, file.header, strict=False) if h]
    add(pl.all_horizontal((pl.col(n) == h).fill_null(value=False) for n, h in titles), "repeated_header")
    if len(texts) > 1:
        empty = pl.sum_horizontal(pl.col(t).is_null().cast(pl.Int32) for t in texts)
        first = pl.coalesce(*(pl.col(t) for t in texts))
        add(first.is_in(words.totals()) & (empty * 2 >= len(texts)), "total_line")
    for test, code, column in _hard(table.name, plan, soft, texts, derived=derived):
        add(test, code, column)
    status = pl.lit(0, dtype=pl.UInt16)
    for index in range(len(tests), 0, -1):
        status = pl.when(tests[index - 1]).then(pl.lit(index, dtype=pl.UInt16)).otherwise(status)

    # Typed values stand beside the texts under names of their own; the tests above read both.
    rows = rows.with_columns(e.alias(f"__t_{n}") for n, e in typed.items())
    if derived:
        product = (pl.col("__t_quantity") * pl.col("__t_unit_price")).cast(MONEY, strict=False)
        amount = (
            pl.when(pl.col("amount").is_null()).then(product).otherwise(pl.col("__t_amount"))
            if "amount" in present
            else product
        )
        rows = rows.with_columns(amount.alias("__t_amount"))
    flags = {n: pl.col(f"__t_{n}").is_null() & pl.col(n).is_not_null() for n in soft}
    rows = rows.with_columns(status.alias(STATUS), *(e.alias(f"__f_{n}") for n, e in flags.items()))

    out = []
    for name in names:
        value = pl.col(f"__t_{name}") if name in typed or (derived and name == "amount") else pl.col(name)
        if file.source is not None and name in _PREFIXED:
            value = pl.lit(f"{file.source}:") + value
        out.append(value.alias(name))
    if table.name == "customers":
        names = [*names, LINE]
        out.append(
            pl.col(RECORD)
            .map_batches(lambda s: _lines(file.gate, s), return_dtype=pl.Int64, is_elementwise=True)
            .alias(LINE)
        )
    path = scratch / f"part-{number:04d}.parquet"
    faults = scratch / f"faults-{number:04d}.parquet"
    bad = (
        (pl.col(STATUS) != 0)
        if not flags
        else (pl.col(STATUS) != 0) | pl.any_horizontal(pl.col(f"__f_{n}") for n in flags)
    )
    kept = [RECORD, STATUS, *(f"__f_{n}" for n in flags)]
    if "source" in texts:
        rows = rows.with_columns(pl.col("source").alias("__source"))
        kept.append("__source")
    pl.collect_all(
        [
            rows.filter(pl.col(STATUS) == 0).select(out).sink_parquet(path, lazy=True),
            rows.filter(bad).select(kept).sink_parquet(faults, lazy=True),
        ]
    )
    summary = pl.scan_parquet(faults)
    counts = {s: n for s, n in summary.filter(pl.col(STATUS) != 0).group_by(STATUS).agg(pl.len()).collect().iter_rows()}
    softs = (
        summary.filter(pl.col(STATUS) == 0).select(pl.col(f"__f_{n}").sum().alias(n) for n in flags).collect()
        if flags
        else None
    )
    return Part(
        path,
        faults,
        tuple(outcomes),
        {n: code for n, code in soft.items()},
        counts,
        {n: int(softs[n].item()) for n in flags} if softs is not None else {},
        plan,
        tuple(names),
        file.gate.records - sum(counts.values()),
    )


def _lines(gate: Gate, records: pl.Series) -> pl.Series:
    return pl.Series(records.name, gate.line_of(records.to_numpy()).astype(np.int64))


def _order(table: str, texts: Sequence[str], add: tuple[str, ...]) -> list[str]:
    """The table's own columns in its order, then those carried along in the file's."""
    known = [c.name for c in tables()[table].columns]
    return [n for n in known if n in texts or n in add] + [n for n in texts if n not in known]


def _soft_columns(table: str, plan: Plan) -> dict[str, str]:
    """Columns whose bad cells become empty while the row stays, with the code of that.

    A customer is never lost for a cell that can be missing. In events, money and times must be right or the row is kept aside.
    """
    event = tables()[table].event
    soft = {}
    for cell in plan.cells:
        column = cell.column
        strict = column.needed or (
            event and column.type in ("decimal", "timestamp", "date") and column.name != "quantity"
        )
        if (
            table == "transactions"
            and column.name == "quantity"
            and "amount" not in {c.column.name for c in plan.cells}
        ):
            strict = True
        if cell.code is not None and not strict:
            soft[column.name] = f"cell_{cell.code}"
    return soft


def _hard(
    table: str, plan: Plan, soft: Mapping[str, str], texts: Sequence[str], *, derived: bool
) -> list[tuple[pl.Expr, str, str]]:
    """Tests that reject a row: a bad cell in a column that must be right, or nothing in one that is needed."""
    tests: list[tuple[pl.Expr, str, str]] = []
    cells = {c.column.name: c for c in plan.cells}
    if table == "customers":
        if "customer_id" in cells:
            tests.append((pl.col("customer_id").is_null(), "no_customer_id", "customer_id"))
    elif table in ("visits", "touchpoints"):
        who = [pl.col(n).is_null() for n in ("customer_id", "visitor_id") if n in texts]
        tests.append((pl.all_horizontal(who), "no_customer", "customer_id"))
    elif "customer_id" in tables()[table].needed:
        tests.append((pl.col("customer_id").is_null(), "no_customer", "customer_id"))
    for cell in plan.cells:
        name = cell.column.name
        if cell.code is not None and name not in soft:
            tests.append((pl.col(f"__t_{name}").is_null() & pl.col(name).is_not_null(), cell.code, name))
    for column in tables()[table].columns:
        name = column.name
        if not column.needed or name == "customer_id":
            continue
        if name == "amount" and derived:
            tests.append((pl.col("__t_amount").is_null(), "missing_value", "amount"))
        elif name in cells:
            tests.append((pl.col(name).is_null(), "missing_value", name))
    return tests
