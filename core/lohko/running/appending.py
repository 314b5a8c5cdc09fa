"""``lohko ingest --append``: new files join a package as if they had been read with the old ones."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import polars as pl

from lohko.errors import InputRefused, UsageFault
from lohko.outcome import Account, Finding, Level
from lohko.package.files import fingerprint
from lohko.package.reading import Package
from lohko.reading.checks import refuse_several, unknown_customers
from lohko.reading.customers import customers_from
from lohko.reading.distinct import distinct_ids
from lohko.reading.ingest import Reading
from lohko.reading.rejects import RejectsFile
from lohko.reading.sources import Source
from lohko.reading.telling import tell_rejects
from lohko.running.row_ids import join_customers

REJECTS = "rejects.csv"
_RETOLD = ("unknown_customers", "rows_rejected", "cells_set_aside", "rejects_by_source", "file_taken_before")


@dataclass(frozen=True, slots=True)
class Joined:
    """What a package is to hold: a reading's content alone, or a package's and a reading's as one.

    Attributes
    ----------
    tables : those that have new rows; all others are the package's, as they are
    files : of ``tables``, those that are one whole Parquet file
    accounts, inputs, findings, figures : of the whole
    rejects : the joined ``rejects.csv``, or None
    """

    tables: Mapping[str, pl.LazyFrame]
    files: Mapping[str, Path]
    accounts: Mapping[str, Account]
    inputs: tuple[Mapping[str, Any], ...]
    findings: tuple[Finding, ...]
    figures: Mapping[str, Any]
    rejects: Path | None


def open_appendable(path: Path, timezone: str | None) -> Package:
    """Open a package to which files can be added.

    Parameters
    ----------
    timezone : the zone in which the new files are to be read, where one was said

    Raises
    ------
    InputRefused
        ``append_to_step``: a later step wrote it, and what that step made would not fit the new rows.
    UsageFault
        ``append_timezone``: the package was read in another zone.
    """
    package = Package.open(path)
    step = package.record["step"]
    if step != "ingest":
        raise InputRefused(
            "append_to_step", f"{path} was written by lohko {step}; files join a package of lohko ingest"
        )
    if timezone is not None and timezone != package.timezone:
        raise UsageFault(
            "append_timezone",
            f"{path} was read in the zone {package.timezone}; files cannot join it in {timezone}",
            hint=f"leave --timezone out, or ingest all files anew in {timezone}",
        )
    return package


def new_sources(
    package: Package, sources: Sequence[Source], stdin: bytes | None, scratch: Path
) -> tuple[list[Source], tuple[Finding, ...]]:
    """Return the sources that the package has not taken in yet, and what is to be said of the others.

    A file is the same where its bytes, its table and its source are. Named pipes, which can be read only once, are
    copied into the scratch folder.
    """
    taken = {(entry["sha256"], table, source) for entry, table, source in _taken(package)}
    new: list[Source] = []
    told: list[Finding] = []
    for number, given in enumerate(sources, 1):
        source = given
        if source.path is None:
            digest = hashlib.sha256(stdin or b"").hexdigest()
        else:
            if source.path.exists() and not source.path.is_file():
                copy = scratch / f"piped-{number:04d}"
                copy.write_bytes(source.path.read_bytes())
                source = dataclasses.replace(source, path=copy, label=source.name)
            try:
                digest = fingerprint(cast("Path", source.path))
            except OSError as error:
                raise InputRefused("file_missing", f"{source.name} cannot be read: {error.strerror}") from error
        known = {t for d, t, s in taken if d == digest and s == source.source and source.table in {None, t}}
        if known:
            told.append(Finding("file_taken_before", {"file": source.name, "table": ", ".join(sorted(known))}))
        else:
            new.append(source)
    return new, tuple(told)


def _taken(package: Package) -> Iterable[tuple[Mapping[str, Any], str, str | None]]:
    """Yield each file that the package was made of, with its table and source."""
    described = package.record["figures"].get("files", ())
    for entry, file in zip(package.record["inputs"], described, strict=True):
        yield entry, file["table"], file["source"]


def join(package: Package, found: Reading, inputs: Iterable[Mapping[str, Any]], scratch: Path) -> Joined:
    """Join what was read with what the package holds.

    The result is that of reading all files at once, but for the order of rows and the row ids of customers whose id
    repeats: row ids that stand in the package never change.

    Raises
    ------
    InputRefused
        ``several_currencies``, where the new files bring a second one.
    """
    old = package.record
    had = any(entry["table"] == "customers" for entry in old["inputs"])
    has = any(file.table == "customers" for file in found.inputs)
    tables: dict[str, pl.LazyFrame] = {}
    files: dict[str, Path] = {}
    accounts = {name: Account(**account) for name, account in old["accounting"].items()}
    for name, rows in found.tables.items():
        if name == "customers" and had != has:
            continue
        if name in package.tables:
            older = package.scan(name)
            tables[name] = (
                join_customers(older, rows) if name == "customers" else pl.concat([older, rows], how="diagonal_relaxed")
            )
            accounts[name] = _sum(accounts[name], found.accounts[name])
        else:
            tables[name] = rows
            accounts[name] = found.accounts[name]
            if name in found.files:
                files[name] = found.files[name]
    whole = {**package.frames(), **tables}
    if has and not had:  # the file has the customers, so that none need be taken from the events
        tables["customers"] = whole["customers"] = found.tables["customers"]
        files = {**files, **{n: p for n, p in found.files.items() if n == "customers"}}
        accounts["customers"] = found.accounts["customers"]
    elif not had and tables:
        folder = scratch / "derived"
        folder.mkdir()
        events = [
            rows for name, rows in whole.items() if name != "customers" and "customer_id" in rows.collect_schema()
        ]
        if events:
            files["customers"], count = customers_from([distinct_ids(rows) for rows in events], folder)
            tables["customers"] = pl.scan_parquet(files["customers"], glob=False)
            accounts["customers"] = Account(derived=count, rows_out=count)
    figures = _figures(old["figures"], found.figures)
    _check_currencies(whole, figures)
    rejects = _rejects(package, found, scratch)
    derived: list[Finding] = []
    if not (had or has) and "customers" in accounts:
        derived.append(Finding("customers_derived", {"count": accounts["customers"].derived}))
    strange = unknown_customers(whole) if had or has else []
    kept = [f for f in (*_findings(old["findings"]), *found.findings) if f.code not in (*_RETOLD, "customers_derived")]
    return Joined(
        tables,
        files,
        accounts,
        (*old["inputs"], *inputs),
        (*_merged(kept), *derived, *strange, *tell_rejects(_counted(figures["rejects"]))),
        figures,
        rejects,
    )


def _sum(left: Account, right: Account) -> Account:
    names = [entry.name for entry in dataclasses.fields(Account)]
    return Account(**{name: getattr(left, name) + getattr(right, name) for name in names})


def _findings(noted: Iterable[Mapping[str, Any]]) -> list[Finding]:
    return [Finding(entry["code"], entry["data"], cast("Level", entry["level"])) for entry in noted]


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """Add up the counts of findings that say the same of the whole; what is said of a file stays as it is."""
    merged: dict[Any, Finding] = {}
    for number, finding in enumerate(findings):
        rest = tuple(sorted((k, str(v)) for k, v in finding.data.items() if k != "count"))
        key = (finding.code, finding.level, rest) if "file" not in finding.data else number
        if key not in merged:
            merged[key] = finding
        elif "count" in finding.data:
            total = merged[key].data["count"] + finding.data["count"]
            merged[key] = dataclasses.replace(finding, data={**finding.data, "count": total})
    return list(merged.values())


_COUNTED = {
    "by_code": ("table", "code"),
    "by_column": ("table", "column", "code"),
    "by_source": ("table", "source"),
    "by_month": ("table", "source", "month"),
}


def _figures(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    rejects = {}
    for name, keys in _COUNTED.items():
        counts: Counter[tuple[str, ...]] = Counter()
        for entry in (*old["rejects"].get(name, ()), *new["rejects"][name]):
            counts[tuple(entry[key] for key in keys)] += entry["count"]
        rejects[name] = [
            {**dict(zip(keys, place, strict=True)), "count": count} for place, count in sorted(counts.items())
        ]
    joined = {"files": [*old["files"], *new["files"]], "rejects": rejects}
    left = [figures["forgotten"] for figures in (old, new) if "forgotten" in figures]
    return joined | ({"forgotten": _summed(left)} if left else {})


def _summed(left: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up who was left out as forgotten, reading by reading (a customer may be counted in each)."""
    rows: Counter[str] = Counter()
    for counts in left:
        rows.update(counts["rows"])
    numbers = {name: sum(counts[name] for counts in left) for name in ("customers", "by_contact", "alike")}
    return {**numbers, "rows": dict(sorted(rows.items()))}


def _counted(figures: Mapping[str, Any]) -> RejectsFile:
    """Return the counts of all rejects in the form in which they are told."""
    counted = RejectsFile(Path(REJECTS))
    counted.by_code.update({(e["table"], e["code"]): e["count"] for e in figures["by_code"]})
    counted.by_source.update({(e["table"], e["source"]): e["count"] for e in figures["by_source"]})
    return counted


def _rejects(package: Package, found: Reading, scratch: Path) -> Path | None:
    old = package.path / REJECTS
    has_old = any(entry["path"] == REJECTS for entry in package.record.get("files", ()))
    if found.rejects is None or not has_old:
        return old if has_old else found.rejects
    joined = scratch / "joined-rejects.csv"
    with joined.open("wb") as target:
        for path, head in ((old, True), (found.rejects, False)):
            with path.open("rb") as source:
                if not head:
                    source.readline()
                shutil.copyfileobj(source, target)
    return joined


def _check_currencies(tables: Mapping[str, pl.LazyFrame], figures: Mapping[str, Any]) -> None:
    for name, rows in tables.items():
        files = [file for file in figures["files"] if file["table"] == name]
        found: dict[str, str] = {}
        for file in files:
            for sign in file.get("currencies", ()):
                found.setdefault(sign.upper(), file["file"])
        if "currency" in rows.collect_schema():
            codes = rows.select("currency").drop_nulls().unique().collect().to_series().sort().to_list()
            for code in codes:
                found.setdefault(code, files[0]["file"] if files else name)
        refuse_several(name, found, [file["file"] for file in files])
