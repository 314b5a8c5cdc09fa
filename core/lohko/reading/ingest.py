"""Files in, typed tables out, everything accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from lohko.errors import InputRefused, Place, UsageFault
from lohko.outcome import Account, Finding, Progress, silent
from lohko.reading.checks import check_currencies, unknown_customers
from lohko.reading.customers import customers_from, finish_customers
from lohko.reading.opening import open_file
from lohko.reading.params import IngestParams
from lohko.reading.passes import Part, TextFile, read_file
from lohko.reading.rejects import RejectsFile
from lohko.reading.sources import Source
from lohko.reading.telling import tell_file, tell_rejects
from lohko.reading.unpacking import Plain, unpack
from lohko.reading.wide import consents_of, permission_columns
from lohko.tables import source_tables


@dataclass(frozen=True, slots=True)
class InputFile:
    """One input as it was given: name, table, size and fingerprint of its bytes, rows that came from it."""

    name: str
    table: str
    bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read.

    Attributes
    ----------
    tables : canonical names and types, in the order of the input
    accounts : where each table's rows went
    rejects : the file of what did not fit, or None
    inputs : the files read
    findings : what was found and decided
    figures : plain JSON values: per file its dialect and columns, rejects by code, by column and by source
    files : Parquet files that hold a whole table as it is, so that it can be moved instead of written again
    """

    tables: Mapping[str, pl.LazyFrame]
    accounts: Mapping[str, Account]
    rejects: Path | None
    inputs: tuple[InputFile, ...]
    findings: tuple[Finding, ...]
    figures: Mapping[str, Any]
    files: Mapping[str, Path] = field(default_factory=dict)


def ingest(
    sources: Sequence[Source],
    params: IngestParams,
    *,
    mapping: Mapping[str, Mapping[str, str]],
    scratch: Path,
    progress: Progress = silent,
    stdin: bytes | None = None,
) -> Reading:
    """Read files into typed tables.

    Parameters
    ----------
    sources : the files, in the order in which their rows are to stand
    params : what the user says of the files; the rest is found out
    mapping : our column = theirs, by table or ``table@source``
    scratch : an empty folder for the tables' Parquet files and ``rejects.csv``
    stdin : the bytes of standard input, where a source is that

    Raises
    ------
    UsageFault
        The mapping or a parameter is wrong.
    InputRefused
        A file cannot be read right; nothing of it is guessed.
    """
    _check_words(params, mapping)
    read: list[tuple[Plain, TextFile, Part]] = []
    rejects = RejectsFile(scratch / "rejects.csv")
    for number, source in enumerate(sources, 1):
        plain = unpack(source, scratch, number, stdin, progress)
        file = open_file(plain, source, params, mapping, scratch, number, progress)
        progress(f"read {file.name}", number - 1, len(sources))
        part = read_file(file, params, scratch, number)
        rejects.add(file, part, plain_text(plain, file))
        read.append((plain, file, part))
    progress("read", len(sources), len(sources))
    findings: list[Finding] = []
    for _, file, part in read:
        findings.extend(tell_file(file, part, params))
    paths: dict[str, list[Path]] = {}
    for _, file, part in read:
        if file.table != "customers":
            paths.setdefault(file.table, []).append(part.path)
    found = {
        t: pl.concat([pl.scan_parquet(p) for p in paths[t]], how="diagonal") for t in source_tables() if t in paths
    }
    files = {t: paths[t][0] for t in found if len(paths[t]) == 1}
    for table in found:
        check_currencies(table, [(f, p) for _, f, p in read if f.table == table], params)
    accounts = _accounts([(f, p) for _, f, p in read])
    _customers(read, found, files, accounts, findings, params, scratch)
    for account_table, account in accounts.items():
        account.check(account_table)
    findings.extend(tell_rejects(rejects))
    inputs = tuple(
        InputFile(p.name, f.table, p.bytes, p.sha256, f.gate.records + len(f.gate.faults)) for p, f, _ in read
    )
    ordered = {t: found[t] for t in source_tables() if t in found}
    return Reading(ordered, accounts, rejects.close(), inputs, tuple(findings), {"rejects": rejects.figures()}, files)


def plain_text(plain: Plain, file: TextFile) -> Path | None:
    """Return the text in which a file's raw lines stand, or None where it has no lines."""
    return file.text if plain.kind == "text" else None


def _check_words(params: IngestParams, mapping: Mapping[str, Mapping[str, str]]) -> None:
    try:
        ZoneInfo(params.timezone)
    except (KeyError, ValueError, OSError) as error:
        raise UsageFault(
            "option_value",
            f"--timezone does not take '{params.timezone}'",
            hint="use an IANA name such as Europe/Helsinki",
        ) from error
    for name in mapping:
        if name.partition("@")[0] not in source_tables():
            raise UsageFault(
                "mapping_unknown",
                f"[mapping.{name}] is not for a table of lohko's",
                hint=f"the tables are {', '.join(source_tables())}",
            )


def _accounts(read: Sequence[tuple[TextFile, Part]]) -> dict[str, Account]:
    accounts: dict[str, Account] = {}
    for table in source_tables():
        mine = [(f, p) for f, p in read if f.table == table]
        if mine:
            accounts[table] = Account(
                rows_in=sum(f.gate.records + len(f.gate.faults) for f, _ in mine),
                rows_out=sum(p.rows for _, p in mine),
                rejected=sum(p.rejected + len(f.gate.faults) for f, p in mine),
                dropped=sum(p.dropped for _, p in mine),
            )
    return accounts


def _customers(
    read: Sequence[tuple[Plain, TextFile, Part]],
    found: dict[str, pl.LazyFrame],
    files: dict[str, Path],
    accounts: dict[str, Account],
    findings: list[Finding],
    params: IngestParams,
    scratch: Path,
) -> None:
    """Add the customers: from their own files, or from the other tables; and the permissions that their columns hold."""
    mine = [(f, p) for _, f, p in read if f.table == "customers"]
    if not mine:
        with_ids = [t for t in found.values() if "customer_id" in t.collect_schema()]
        if with_ids:
            path, count = customers_from(with_ids, scratch)
            found["customers"], files["customers"] = pl.scan_parquet(path), path
            accounts["customers"] = Account(derived=count, rows_out=count)
            findings.append(Finding("customers_derived", {"count": count}))
        return
    parts = [(pl.scan_parquet(p.path), f.source or Path(f.name).name, f.source) for f, p in mine]
    path, made = finish_customers(parts, scratch)
    found["customers"], files["customers"] = pl.scan_parquet(path), path
    if made:
        findings.append(Finding("ids_made", {"count": made}))
    carried = [n for f, _ in mine for n in f.columns.carried]
    columns, vague = permission_columns(list(dict.fromkeys(carried)))
    findings.extend(Finding("permission_without_channel", {"column": n}, "warning") for n in vague)
    if columns:
        wide = consents_of(found["customers"], columns, params.timezone)
        target = scratch / "consents-derived.parquet"
        wide.rows.sink_parquet(target)
        count = pl.scan_parquet(target).select(pl.len()).collect().item()
        old = accounts.get("consents", Account())
        accounts["consents"] = Account(
            rows_in=old.rows_in,
            derived=count,
            rows_out=old.rows_out + count,
            rejected=old.rejected,
            dropped=old.dropped,
        )
        derived = pl.scan_parquet(target)
        if "consents" in found:
            found["consents"] = pl.concat([found["consents"], derived], how="diagonal")
            files.pop("consents", None)
        else:
            found["consents"], files["consents"] = derived, target
        findings.append(Finding("consents_derived", {"count": count, "columns": ", ".join(c.column for c in columns)}))
        findings.extend(
            Finding("permission_unknown", {"column": n, "count": k}, "warning") for n, k in wide.unknown.items() if k
        )
    findings.extend(unknown_customers(found))
