"""What must hold across the files of a table, and across tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from lohko.errors import InputRefused, Place
from lohko.outcome import Finding
from lohko.reading.judging import DROPPED
from lohko.reading.params import IngestParams
from lohko.reading.passes import Part
from lohko.reading.textfile import TextFile

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
    refuse_several(table, found, [f.name for f, _ in read])


def refuse_several(table: str, found: Mapping[str, str], files: Sequence[str]) -> None:
    """Refuse more than one currency.

    Parameters
    ----------
    found : each currency or money sign, and the first file it stands in
    files : all files of the table

    Raises
    ------
    InputRefused
        ``several_currencies``.
    """
    codes = set(found)
    for sign, users in _SHARED.items():
        if sign in codes and len(codes & users) == 1:
            codes.discard(sign)
    if len(codes) > 1:
        where = [file for file in dict.fromkeys(found[c] for c in sorted(codes)) if file != "--currency"]
        raise InputRefused(
            "several_currencies",
            f"{table} ({', '.join(dict.fromkeys(files))}) holds amounts in "
            f"{len(codes)} currencies: {', '.join(sorted(codes)[:10])}",
            places=tuple(Place(file) for file in where[:5]),
            count=len(where),
        )


def refuse_if_nothing_left(file: TextFile, part: Part) -> None:
    """Refuse a file of which every row was a reject: it was most likely taken for something it is not.

    Raises
    ------
    InputRefused
        ``nothing_left``, naming the commonest reason. Events without a customer do not count: they are read right.
    """
    reasons: Counter[str] = Counter(why for _, _, why in file.gate.faults)
    columns: dict[str, str] = {}  # for a reason, the column it was met in
    for status, count in part.counts.items():
        outcome = part.outcomes[status - 1]
        reasons[outcome.code] += count
        if outcome.column is not None and count:
            columns.setdefault(outcome.code, file.theirs(outcome.column))
    wrong = {code: n for code, n in reasons.items() if code not in (*DROPPED, "no_customer", "no_customer_id")}
    if part.rows or reasons["no_customer"] or not wrong:
        return
    common = max(wrong, key=lambda code: (wrong[code], code))
    where = f" in '{columns[common]}'" if common in columns else ""
    raise InputRefused(
        "nothing_left",
        f"{file.name}: none of its {sum(wrong.values())} rows could be read; {wrong[common]} for the reason {common}{where}",
        hint=f"`lohko explain {common}` says more; --delimiter, --encoding, --decimal and --date-format say how to read it",
        places=(Place(file.name, file.header_line),),
        count=sum(wrong.values()),
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
