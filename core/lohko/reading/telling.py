"""What reading says of what it found."""

from __future__ import annotations

from lohko.outcome import Finding
from lohko.reading.dates import DateForm
from lohko.reading.dialect import DELIMITER_NAMES
from lohko.reading.numerals import NumberForm
from lohko.reading.params import IngestParams
from lohko.reading.passes import DROPPED, Part, TextFile
from lohko.reading.rejects import RejectsFile


def tell_file(file: TextFile, part: Part, params: IngestParams) -> list[Finding]:
    """Say how a file was read: its table, dialect, columns, forms of dates and numbers, and what was dropped."""
    name = file.name
    said: list[Finding] = []
    if file.dialect is None:
        said.append(
            Finding("file_read_typed", {"file": name, "table": file.table, "rows": part.rows, "kind": file.encoding})
        )
    else:
        sign = file.dialect.form.delimiter
        said.append(
            Finding(
                "file_read",
                {
                    "file": name,
                    "table": file.table,
                    "rows": part.rows,
                    "encoding": file.encoding,
                    "delimiter": DELIMITER_NAMES.get(sign, repr(sign)),
                },
            )
        )
        if file.dialect.preamble:
            said.append(Finding("preamble", {"file": name, "count": file.dialect.preamble}))
    renamed = {ours: theirs for ours, theirs in file.columns.recognised.items() if ours != theirs}
    if renamed:
        pairs = ", ".join(f"{theirs} → {ours}" for ours, theirs in renamed.items())
        said.append(Finding("columns_recognised", {"file": name, "columns": pairs}))
    if file.columns.carried:
        said.append(Finding("columns_carried", {"file": name, "columns": ", ".join(file.columns.carried)}))
    if file.columns.yielded:
        said.append(Finding("columns_yielded", {"file": name, "columns": ", ".join(file.columns.yielded)}, "warning"))
    for cell in part.plan.cells:
        theirs = file.columns.recognised.get(cell.column.name, cell.column.name)
        if isinstance(cell.form, DateForm):
            said.append(
                Finding(
                    "dates_read", {"file": name, "column": theirs, "form": cell.form.family, "zone": params.timezone}
                )
            )
        elif isinstance(cell.form, NumberForm) and (cell.form.decimal == "," or cell.form.general):
            sign = "comma" if cell.form.decimal == "," else "point"
            said.append(Finding("numbers_read", {"file": name, "column": theirs, "sign": sign}))
    for status, count in sorted(part.counts.items()):
        code = part.outcomes[status - 1].code
        if code in DROPPED:
            said.append(Finding(f"dropped_{code}", {"file": name, "count": count}))
    return said


def tell_rejects(rejects: RejectsFile) -> list[Finding]:
    """Say what was kept aside, by code; and by source where there are several."""
    said = [
        Finding(
            "cells_set_aside" if code.startswith("cell_") else "rows_rejected",
            {"table": table, "count": count, "reason": code},
            "info" if code == "no_customer" else "warning",
        )
        for (table, code), count in sorted(rejects.by_code.items())
    ]
    if len(rejects.by_source) > 1:
        said.extend(
            Finding("rejects_by_source", {"table": table, "source": source, "count": count})
            for (table, source), count in sorted(rejects.by_source.items(), key=lambda item: (-item[1], item[0]))[:10]
        )
    return said
