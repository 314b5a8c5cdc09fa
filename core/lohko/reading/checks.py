"""What must hold across the files of a table, and across tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from lohko.errors import InputRefused, Place
from lohko.outcome import Finding
from lohko.reading.params import IngestParams
from lohko.reading.passes import Part, TextFile

_SHARED = {"KR": {"SEK", "NOK", "DKK"}, "$": {"USD", "CAD", "AUD"}}  # signs that several currencies use


def check_currencies(table: str, read: Sequence[tuple[TextFile, Part]], params: IngestParams) -> None:
    """Refuse a table whose money is in more than one currency.

    Raises
    ------
    InputRefused
        ``several_currencies``, naming the currencies and files.
    """
    found: dict[str, str] = {}  # currency → first file
    for file, part in read:
        for sign in sorted(part.plan.currencies):
            found.setdefault(sign.upper(), file.name)
        if "currency" in part.names:
            column = pl.scan_parquet(part.path).select("currency").drop_nulls().unique().collect()["currency"]
            for code in column.sort().to_list():
                found.setdefault(code, file.name)
    if params.currency is not None:
        found.setdefault(params.currency.upper(), "--currency")
    codes = set(found)
    for sign, users in _SHARED.items():
        if sign in codes and len(codes & users) == 1:
            codes.discard(sign)
    if len(codes) > 1:
        raise InputRefused(
            "several_currencies",
            f"{table} holds amounts in {len(codes)} currencies: {', '.join(sorted(codes)[:10])}",
            places=tuple(Place(found[c]) for c in sorted(codes)[:5] if found[c] != "--currency"),
            count=len(codes),
        )


def unknown_customers(tables: Mapping[str, pl.LazyFrame]) -> list[Finding]:
    """Count, table by table, the rows of customers that the customers table does not have. They stay where they are."""
    known = tables["customers"].select("customer_id").unique()
    findings = []
    for name, rows in tables.items():
        if name == "customers" or "customer_id" not in rows.collect_schema():
            continue
        strange = rows.select("customer_id").drop_nulls().join(known, on="customer_id", how="anti")
        count, customers = strange.select(pl.len(), pl.col("customer_id").n_unique().alias("n")).collect().row(0)
        if count:
            findings.append(
                Finding("unknown_customers", {"table": name, "count": count, "customers": customers}, "warning")
            )
    return findings
