"""One read of a checked file: text → typed rows into Parquet, and beside them where and why a row or cell did not fit.

The plan of types is drawn from the first rows and stands where the whole file fits it; otherwise the columns in doubt are counted from
end to end and the file is read once more. The outcome is that of the whole file, at the price of a sample where the file is clean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from lohko.errors import InputRefused, Place, ToolFault
from lohko.reading import dates, numerals, words
from lohko.reading.distinct import distinct_ids
from lohko.reading.gate import Gate
from lohko.reading.judging import DROPPED, Outcome, judge, may_be_wordless, typed, words_for_ids
from lohko.reading.limits import limits
from lohko.reading.params import IngestParams
from lohko.reading.plan import CellPlan, Evidence, Plan, draw, gather, wants_evidence
from lohko.reading.textfile import RECORD, TEXT_MARK, TextFile
from lohko.tables import Column, tables
from lohko.tables.types import MONEY

STATUS, SOURCE, TIME, LINE = "__status", "__source", "__time", "line"
_FAST = 1  # zstd at its fastest: 5 % more bytes for a tenth less of the whole run's time
_PREFIXED = ("customer_id", "referred_customer_id")
DESTROYED = r"^\d([.,]\d+)?[eE]\+\d{2,3}$"


@dataclass(frozen=True, slots=True)
class Part:
    """A file that has been read.

    Attributes
    ----------
    path : its good rows, typed, in Parquet, in the order of the file
    faults : where rows or cells did not fit: Parquet of RECORD, STATUS, one flag ``__f_NAME`` a soft column, SOURCE, and TIME, the month
    outcomes : what the statuses mean, from 1
    soft : columns of which a bad cell became empty, and the code of that
    counts : rows by status
    soft_counts : cells by soft column
    plan : how the columns were read
    marked : see ``TextFile``
    names : the columns of ``path``
    rows : its rows
    ids : the customer ids of ``path``, each once, where they were collected
    """

    path: Path
    faults: Path
    outcomes: tuple[Outcome, ...]
    soft: Mapping[str, str]
    counts: Mapping[int, int]
    soft_counts: Mapping[str, int]
    plan: Plan
    names: tuple[str, ...]
    rows: int
    marked: frozenset[str] = frozenset()
    ids: pl.Series | None = None

    @property
    def dropped(self) -> int:
        """Rows dropped: blank lines, repeated headers, totals."""
        return sum(n for s, n in self.counts.items() if self.outcomes[s - 1].code in DROPPED)

    @property
    def rejected(self) -> int:
        """Rows that did not fit."""
        return sum(self.counts.values()) - self.dropped


def read_file(file: TextFile, params: IngestParams, scratch: Path, number: int) -> Part:
    """Read a checked file into Parquet.

    Raises
    ------
    InputRefused
        The columns cannot be read as they are (see ``plan.draw``), its ids were destroyed by Excel (``ids_destroyed``), or a file of
        another program's making is damaged (``archive_damaged``).
    """
    try:
        return _decide_and_read(file, params, scratch, number)
    except pl.exceptions.PolarsError as error:  # its words may quote cells
        if file.dialect is None:
            raise InputRefused("archive_damaged", f"{file.name} is damaged", places=(Place(file.name),)) from error
        raise ToolFault("internal", f"{file.name} passed its checks and could not be parsed") from error


def _decide_and_read(file: TextFile, params: IngestParams, scratch: Path, number: int) -> Part:
    _refuse_destroyed_ids(file)
    columns = file.present()
    sample = file.rows(limits().sample_rows).collect()
    if _has_null_words(sample, columns):
        file = replace(file, nulls=True)
        sample = file.rows(limits().sample_rows).collect()
    if marked := _marked(sample, columns):
        file = replace(file, marked=marked)
        sample = file.rows(limits().sample_rows).collect()
    evidence = gather(sample.lazy(), columns)
    whole = file.rest is None and file.gate.records <= limits().sample_rows
    plan = _draw(file, evidence, params, whole=whole)
    if whole:
        return _read(file, plan, scratch, number)
    counted = {c.column.name for c in plan.cells if wants_evidence(c.column) and _open(c, evidence[c.column.name])}
    if counted:
        evidence |= gather(file.rows(), [c for c in columns if c.name in counted])
        plan = _draw(file, evidence, params, whole=True)
    part = _read_plain(file, plan, scratch, number) or _read(file, plan, scratch, number)
    while doubtful := _doubtful(part) - counted:  # a row tells of one column at a time
        evidence |= gather(file.rows(), [c for c in columns if c.name in doubtful])
        if not file.nulls and any(s.lower() in words.nothing() for n in doubtful for s in evidence[n].shapes):
            file = replace(file, nulls=True)
            evidence |= gather(file.rows(), [c for c in columns if c.name in doubtful])
        fresh = _draw(file, evidence, params, whole=True)
        counted |= doubtful
        if fresh != plan or file.nulls:
            plan, part = fresh, _read(file, fresh, scratch, number)
    return part


def _draw(file: TextFile, evidence: Mapping[str, Evidence], params: IngestParams, *, whole: bool) -> Plan:
    return draw(tables()[file.table], evidence, params, file.columns, Place(file.name, file.header_line), whole=whole)


def _has_null_words(sample: pl.DataFrame, columns: Sequence[Column]) -> bool:
    names = [c.name for c in columns if c.type != "text"]
    tests = [pl.col(n).str.to_lowercase().is_in(words.nothing()).any() for n in names]
    return bool(names) and any(sample.select(tests).row(0))


def _marked(sample: pl.DataFrame, columns: Sequence[Column]) -> frozenset[str]:
    """Return the columns of ids, postcodes and phone numbers whose cells have a spreadsheet's mark of text."""
    names = [c.name for c in columns if c.type in ("id", "postcode") or c.name == "phone"]
    found = sample.select(pl.col(n).str.contains(TEXT_MARK).any() for n in names).row(0, named=True) if names else {}
    return frozenset(name for name, mark in found.items() if mark)


def _open(cell: CellPlan, evidence: Evidence) -> bool:
    """Tell whether the sample left open how a column is read."""
    if cell.column.type in ("timestamp", "date"):
        return cell.form is None or (isinstance(cell.form, dates.DateForm) and cell.form.strict)
    verdict = numerals.weigh(evidence.shapes)
    if verdict.form is None or verdict.form.strict:
        return True
    return not verdict.decided and any("," in s or "." in s for s in evidence.shapes)


def _doubtful(part: Part) -> set[str]:
    """Return the columns with cells that did not fit and that another plan might read."""
    wanted = {c.column.name for c in part.plan.cells if wants_evidence(c.column)}
    hard = {part.outcomes[s - 1].column for s, n in part.counts.items() if n}
    soft = {name for name, n in part.soft_counts.items() if n}
    return {name for name in wanted if name in hard or name in soft}


def _refuse_destroyed_ids(file: TextFile) -> None:
    ids = [c.name for c in file.present() if c.type in ("id", "postcode")]
    if not file.gate.scientific or not ids:
        return
    bad = {name: pl.col(name).str.contains(DESTROYED).fill_null(value=False) for name in ids}
    counts = file.rows().select(test.sum().alias(name) for name, test in bad.items()).collect().row(0, named=True)
    for name, count in counts.items():
        if not count:
            continue
        found = file.rows().filter(bad[name]).select(RECORD, name).head(5).collect().sort(RECORD)
        theirs = file.theirs(name)
        raise InputRefused(
            "ids_destroyed",
            f"{file.name}: {count} ids in '{theirs}' are numbers like 1.23E+11: Excel has destroyed them",
            places=tuple(Place(file.name, int(n), None, theirs) for n in file.gate.line_of(found[RECORD].to_numpy())),
            count=count,
            values=tuple(found[name].to_list()),
        )


def _read_plain(file: TextFile, plan: Plan, scratch: Path, number: int) -> Part | None:
    """Read a file whose money is written plainly throughout the fast way; None where it is not, and texts have to be judged.

    The parser of the file reads such cells as ``numerals.to_decimal`` does, but for blanks at their edge: a file that has these is not plain.
    """
    if file.dialect is None or file.nulls or file.gate.spaces or file.gate.quotes:
        return None
    titles = dict(zip(file.columns.names, file.header, strict=False))
    forms = {
        c.column.name: c.form
        for c in plan.cells
        if c.column.type == "decimal"
        and isinstance(c.form, numerals.NumberForm)
        and not (c.form.general or c.form.strict or c.form.bare)
        and re.fullmatch(r"\D+", titles.get(c.column.name, ""))  # a repeated header must not pass as a number
    }
    if len({form.decimal for form in forms.values()}) != 1:
        return None
    comma = next(iter(forms.values())).decimal == ","
    file, wordless = file.with_decimals(frozenset(forms), comma=comma), may_be_wordless(file)
    try:
        part = _read(file, plan, scratch, number, wordless=wordless)
    except pl.exceptions.PolarsError:
        return None  # a cell that does not fit; reading the texts tells which
    if not wordless:
        return part
    ids = distinct_ids(pl.scan_parquet(part.path, glob=False))
    before = f"{file.source}:" if file.source is not None else ""
    return None if ids.is_in([before + word for word in words_for_ids()]).any() else replace(part, ids=ids)


def _read(file: TextFile, plan: Plan, scratch: Path, number: int, *, wordless: bool = False) -> Part:
    texts = list(file.columns.names)
    cells = {c.column.name: pl.col(c.column.name) if c.column.name in file.decimals else c.typed for c in plan.cells}
    derived = file.table == "transactions" and {"quantity", "unit_price"} <= set(texts)
    bench = judge(file, plan, derived=derived, wordless=wordless)
    # Typed values stand beside the texts under names of their own; the tests read both.
    rows = file.rows().with_columns(e.alias(f"__t_{n}") for n, e in cells.items())
    if derived:
        product = (typed("quantity") * typed("unit_price")).cast(MONEY, strict=False)
        if "amount" in texts:
            product = pl.when(pl.col("amount").is_null()).then(product).otherwise(typed("amount"))
        rows = rows.with_columns(product.alias("__t_amount"))
    flags = bench.flags
    source = pl.col("source") if "source" in texts else pl.lit(None, dtype=pl.String)
    rows = rows.with_columns(
        bench.status.alias(STATUS), source.alias(SOURCE), *(e.alias(f"__f_{n}") for n, e in flags.items())
    )
    out = _output(file, cells, amount=derived)
    path, faults = scratch / f"part-{number:04d}.parquet", scratch / f"faults-{number:04d}.parquet"
    bad = pl.any_horizontal(pl.col(STATUS) != 0, *(pl.col(f"__f_{n}") for n in flags))
    when = tables()[file.table].time
    kept = [RECORD, STATUS, SOURCE, _month(cells, when).alias(TIME), *(f"__f_{n}" for n in flags)]
    pl.collect_all(
        [
            rows.filter(pl.col(STATUS) == 0)
            .select(out.values())
            .sink_parquet(path, compression_level=_FAST, statistics=False, lazy=True),  # nobody looks rows up by them
            rows.filter(bad).select(kept).sink_parquet(faults, lazy=True),
        ]
    )
    summary = pl.scan_parquet(faults)
    by_status = summary.filter(pl.col(STATUS) != 0).group_by(STATUS).agg(pl.len()).collect()
    counts = dict(sorted(by_status.iter_rows()))
    softs = summary.filter(pl.col(STATUS) == 0).select(pl.col(f"__f_{n}").sum().alias(n) for n in flags).collect()
    soft_counts = softs.row(0, named=True) if flags else {}
    written = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    return Part(
        path,
        faults,
        tuple(bench.outcomes),
        bench.soft,
        counts,
        soft_counts,
        plan,
        tuple(out),
        written,
        file.marked,
    )


def _month(cells: Mapping[str, pl.Expr], time: str | None) -> pl.Expr:
    """Return the month of a row of events as ``yyyy-mm``; null where it has no time that can be read."""
    return typed(time).dt.strftime("%Y-%m") if time in cells and time is not None else pl.lit(None, dtype=pl.String)


def _output(file: TextFile, cells: Mapping[str, pl.Expr], *, amount: bool) -> dict[str, pl.Expr]:
    """Return the columns to write: the table's own in its order, then those carried along in the file's."""
    texts = file.columns.names
    known = [c.name for c in tables()[file.table].columns]
    out: dict[str, pl.Expr] = {}
    for name in [n for n in known if n in texts or (n == "amount" and amount)] + [n for n in texts if n not in known]:
        value = typed(name) if name in cells or (name == "amount" and amount) else pl.col(name)
        if file.source is not None and name in _PREFIXED:
            value = pl.lit(f"{file.source}:") + value
        out[name] = value.alias(name)
    if LINE in out and file.table == "customers":
        out[LINE] = pl.col(LINE).cast(pl.Int64, strict=False)
    elif file.table == "customers":
        out[LINE] = (
            pl.col(RECORD)
            .map_batches(lambda s: _lines(file.gate, s), return_dtype=pl.Int64, is_elementwise=True)
            .alias(LINE)
        )
    return out


def _lines(gate: Gate, records: pl.Series) -> pl.Series:
    return pl.Series(records.name, gate.line_of(records.to_numpy()).astype(np.int64))
