"""What was examined: rows, columns, files with encoding and fingerprint, forms of dates, rows that could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import polars as pl

from lohko.cleaning.faults import Examined
from lohko.cleaning.postal_verdict import WRITTEN
from lohko.tables import tables
from lohko.views.health.model import File, Fill, Register
from lohko.views.report.model import Count, Reject

_MADE = frozenset({"row_id", "line", "postcode_status"})


def register(
    customers: pl.DataFrame, examined: Examined, history: Sequence[Mapping[str, Any]], postcode_list: str | None = None
) -> Register:
    """Return what is known of the register and of how it was read."""
    columns = [name for name in customers.columns if name not in _MADE]
    own = {column.name for column in tables()["customers"].columns}
    reading = next((run for run in history if run.get("step") == "ingest"), {})
    findings = [entry for run in history for entry in run.get("findings") or () if isinstance(entry, Mapping)]
    accounts = (reading.get("accounting") or {}).get("customers") or {}
    rejects = ((reading.get("figures") or {}).get("rejects") or {}).get("by_code") or ()
    return Register(
        rows=customers.height,
        customers=customers["customer_id"].n_unique(),
        columns=len(columns),
        carried=len([name for name in columns if name not in own]),
        files=_files(reading, findings),
        dates=_dates(findings),
        steps=tuple(str(run.get("step")) for run in history if run.get("step") != "health"),
        rejected=int(accounts.get("rejected") or 0),
        dropped=int(accounts.get("dropped") or 0),
        rejects=tuple(
            Reject("customers", str(entry["code"]), int(entry["count"]))
            for entry in rejects
            if entry.get("table") == "customers"
        ),
        home_country=examined.home.get("country"),
        shown_by=examined.home.get("shown_by"),
        postcode_list=PurePath(postcode_list).name if postcode_list else None,
    )


def fills(examined: Examined) -> tuple[Fill, ...]:
    """Return how full every column is, the contract's first."""
    own = {column.name for column in tables()["customers"].columns}
    found = [
        Fill(name, int(count or 0), name not in own) for name, count in examined.filled.items() if name not in _MADE
    ]
    return tuple(sorted(found, key=lambda fill: fill.own))


def ladder(examined: Examined) -> tuple[Count, ...]:
    """Return rows by the state of their postcode, most first; what an earlier step mended is valid now."""
    status = pl.col("postcode_status")
    for rung in WRITTEN:
        if f"postcode_{rung}" in examined.found:
            mended = (status == rung) & ~pl.col(f"postcode_{rung}")
            status = pl.when(mended).then(pl.lit("valid")).otherwise(status)
    counts = examined.rows.select(status.alias("status")).drop_nulls()["status"].value_counts()
    return tuple(Count(str(code), int(n)) for code, n in sorted(counts.iter_rows(), key=lambda p: (-p[1], p[0])))


def _files(reading: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> tuple[File, ...]:
    """Return the files that hold customers; all that were read, where none is known to."""
    told = {
        str(entry["data"].get("file")): entry["data"]
        for entry in findings
        if entry.get("code") == "file_read" and entry.get("data", {}).get("table") == "customers"
    }
    inputs = [dict(entry) for entry in reading.get("inputs") or ()]
    mine = [entry for entry in inputs if str(entry.get("name")) in told] or inputs
    return tuple(
        File(
            str(entry.get("name", "")),
            str(entry.get("sha256") or ""),
            entry.get("bytes"),
            (data := told.get(str(entry.get("name")), {})).get("rows"),
            data.get("encoding"),
            data.get("delimiter"),
        )
        for entry in mine
    )


def _dates(findings: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {
        str(entry["data"].get("column")): str(entry["data"].get("form"))
        for entry in findings
        if entry.get("code") == "dates_read" and entry.get("data")
    }
