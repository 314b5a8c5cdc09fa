"""What reading says of what it found."""

from __future__ import annotations

from typing import Any

import polars as pl

from lohko.outcome import Finding
from lohko.reading import words
from lohko.reading.dates import DateForm
from lohko.reading.dialect import DELIMITER_NAMES
from lohko.reading.judging import DROPPED, FAULTLESS
from lohko.reading.naming import by_id_alone, plain, whole_names
from lohko.reading.numerals import NumberForm
from lohko.reading.params import IngestParams
from lohko.reading.passes import DESTROYED, LINE, Part
from lohko.reading.rejects import RejectsFile
from lohko.reading.textfile import TextFile
from lohko.tables import tables

_MOJIBAKE = "\u00c3[\u0080-\u00bf\u20ac\u2013\u2026]"  # two signs that UTF-8 leaves behind where it is read as cp1252
_SPOILT_ID = r"^\d+\.0$"
_PROBE = 1000  # rows looked at
_PROBED_ORDERS = 20_000  # rows looked at for orders of several lines
_FEWEST_ORDERS, _MOSTLY = 3, 0.9  # how many such orders tell something, and which share of them must agree


def describe(file: TextFile, part: Part) -> dict[str, Any]:
    """Say how a file was read, as plain JSON values."""
    forms: dict[str, str] = {}
    for cell in part.plan.cells:
        if isinstance(cell.form, DateForm):
            forms[cell.column.name] = cell.form.family
        elif isinstance(cell.form, NumberForm):
            forms[cell.column.name] = "decimal comma" if cell.form.decimal == "," else "decimal point"
    return {
        "file": file.name,
        "table": file.table,
        "source": file.source,
        "encoding": file.encoding,
        "delimiter": _delimiter(file),
        "header_line": file.header_line,
        "columns": dict(file.columns.recognised),
        "carried": dict(file.columns.carried),
        "forms": forms,
        "currencies": sorted(part.plan.currencies),
        "rows": part.rows,
        "rejected": part.rejected + len(file.gate.faults),
        "dropped": part.dropped,
    }


def _delimiter(file: TextFile) -> str | None:
    if file.dialect is None:
        return None
    sign = file.dialect.form.delimiter
    return DELIMITER_NAMES.get(sign, sign)


def tell_file(file: TextFile, part: Part, params: IngestParams) -> list[Finding]:
    """Say how a file was read: its table, dialect, columns, forms of dates and numbers, and what was dropped."""
    name = file.name
    said: list[Finding] = []
    data = {"file": name, "table": file.table, "rows": part.rows}
    if file.dialect is None:
        said.append(Finding("file_read_typed", data | {"kind": file.encoding}))
    else:
        said.append(Finding("file_read", data | {"encoding": file.encoding, "delimiter": _delimiter(file)}))
        if file.dialect.preamble:
            said.append(Finding("preamble", {"file": name, "count": file.dialect.preamble}))
    renamed = {ours: theirs for ours, theirs in file.columns.recognised.items() if ours != theirs}
    if renamed:
        pairs = ", ".join(f"{theirs} → {ours}" for ours, theirs in renamed.items())
        said.append(Finding("columns_recognised", {"file": name, "columns": pairs}))
    if carried := [ours for ours, theirs in file.columns.carried.items() if theirs]:
        said.append(Finding("columns_carried", {"file": name, "columns": ", ".join(carried)}))
    if unnamed := [ours for ours, theirs in file.columns.carried.items() if not theirs]:
        said.append(Finding("columns_unnamed", {"file": name, "columns": ", ".join(unnamed)}, "warning"))
    if file.columns.yielded:
        said.append(Finding("columns_yielded", {"file": name, "columns": ", ".join(file.columns.yielded)}, "warning"))
    if file.table == "customers" and file.guessed and by_id_alone(file.columns) and not whole_names(file.columns):
        said.append(Finding("customers_by_id", {"file": name}, "warning"))
    if file.table == "customers" and (whole := whole_names(file.columns)):
        said.append(Finding("whole_names", {"file": name, "columns": ", ".join(whole)}, "warning"))
    if part.marked:
        marked = ", ".join(file.theirs(column) for column in sorted(part.marked))
        said.append(Finding("text_marks", {"file": name, "columns": marked}))
    said.extend(_forms(file, part, params))
    for status, count in sorted(part.counts.items()):
        code = part.outcomes[status - 1].code
        if code in DROPPED:
            said.append(Finding(f"dropped_{code}", {"file": name, "count": count}))
    said.extend(_spoilt(file, part))
    said.extend(_doubtful_sales(file, part))
    said.extend(_repeated_sums(file, part))
    return said


def _doubtful_sales(file: TextFile, part: Part) -> list[Finding]:
    """Say of rows that call themselves refunds, or failed, and whose amounts count; and of refunds in a column of their own."""
    if file.table != "transactions" or "amount" not in part.names:
        return []
    tests: dict[tuple[str, str], pl.Expr] = {}
    for name, theirs in file.columns.carried.items():
        said = pl.col(name).str.strip_chars().str.to_lowercase()
        if plain(theirs) in words.kinds_of_sale():
            tests["refunds_as_sales", theirs] = said.is_in(words.refunds()).sum()
            tests["unsold_as_sales", theirs] = said.is_in(words.unsold()).sum()
        elif plain(theirs) in words.given_back():
            tests["refunds_beside", theirs] = said.str.contains("[1-9]").sum()
    if not tests:
        return []
    rows = pl.scan_parquet(part.path, glob=False).filter(pl.col("amount") > 0)
    counts = rows.select(test.alias(str(number)) for number, test in enumerate(tests.values())).collect().row(0)
    return [
        Finding(code, {"file": file.name, "column": column, "count": count}, "warning")
        for (code, column), count in zip(tests, counts, strict=True)
        if count
    ]


def _repeated_sums(file: TextFile, part: Part) -> list[Finding]:
    """Say where each line of an order holds the sum of the whole order: the same time and amount throughout."""
    if file.table != "transactions" or not {"transaction_id", "amount"} <= set(part.names):
        return []
    rows = pl.scan_parquet(part.path, glob=False).head(_PROBED_ORDERS).drop_nulls(["transaction_id", "amount"])
    orders = rows.group_by("transaction_id").agg(
        lines=pl.len(), same=(pl.col("amount").n_unique() == 1) & (pl.col("occurred_at").n_unique() == 1)
    )
    several, same = (
        orders.filter(pl.col("lines") > 1).select(pl.len(), pl.col("same").sum().alias("same")).collect().row(0)
    )
    if several < _FEWEST_ORDERS or same < several * _MOSTLY:
        return []
    column = file.theirs("amount")
    return [Finding("sums_repeated", {"file": file.name, "column": column, "count": same}, "warning")]


def _forms(file: TextFile, part: Part, params: IngestParams) -> list[Finding]:
    said: list[Finding] = []
    for cell in part.plan.cells:
        data = {"file": file.name, "column": file.theirs(cell.column.name)}
        if isinstance(cell.form, DateForm):
            said.append(Finding("dates_read", data | {"form": cell.form.family, "zone": params.timezone}))
            if cell.form.strict:
                said.append(Finding("dates_mixed", data, "warning"))
        elif isinstance(cell.form, NumberForm):
            if cell.form.decimal == ",":
                said.append(Finding("numbers_read", data | {"sign": "comma"}))
            if cell.form.strict:
                said.append(Finding("numbers_mixed", data, "warning"))
            if cell.form.brackets:
                said.append(Finding("numbers_in_brackets", data))
    return said


def _spoilt(file: TextFile, part: Part) -> list[Finding]:
    """Say of ids and names that were spoilt before they were exported. Nothing is repaired unasked."""
    rows = pl.scan_parquet(part.path, glob=False)
    said: list[Finding] = []
    known = {c.name: c for c in tables()[file.table].columns}
    for name in (n for n in part.names if n in known and known[n].type == "id"):
        head = rows.select(pl.col(name).str.split(":").list.last()).drop_nulls().head(_PROBE).collect()[name]
        if len(head) and head.str.contains(_SPOILT_ID).all():
            said.append(Finding("ids_with_point", {"file": file.name, "column": file.theirs(name)}, "warning"))
    if file.gate.scientific and "phone" in part.names:
        count = rows.select(pl.col("phone").str.contains(DESTROYED).sum()).collect().item()
        if count:
            data = {"file": file.name, "column": file.theirs("phone"), "count": count}
            said.append(Finding("phones_destroyed", data, "warning"))
    texts = [n for n in part.names if (n not in known and n != LINE) or (n in known and known[n].type == "text")]
    if not file.gate.ascii and file.gate.tildes and texts:
        counts = rows.select(pl.sum_horizontal(pl.col(n).str.contains(_MOJIBAKE).sum() for n in texts)).collect()
        if count := counts.item():
            said.append(Finding("mojibake", {"file": file.name, "count": count}, "warning"))
    return said


def tell_rejects(rejects: RejectsFile) -> list[Finding]:
    """Say what was kept aside, by code; and by source where there are several."""
    said = [
        Finding(
            "cells_set_aside" if code.startswith("cell_") else "rows_rejected",
            {"table": table, "count": count, "reason": code},
            "info" if code in FAULTLESS else "warning",
        )
        for (table, code), count in sorted(rejects.by_code.items())
    ]
    if len(rejects.by_source) > 1:
        said.extend(
            Finding("rejects_by_source", {"table": table, "source": source, "count": count})
            for (table, source), count in sorted(rejects.by_source.items(), key=lambda item: (-item[1], item[0]))[:10]
        )
    return said
