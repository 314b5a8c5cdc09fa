"""Files in, typed tables out, everything accounted for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from lohko.errors import UsageFault
from lohko.outcome import Account, Finding, Progress, silent
from lohko.reading.ahead import open_and_read
from lohko.reading.beside import Beside
from lohko.reading.blanking import Origin, blank_lines
from lohko.reading.checks import check_currencies, refuse_if_nothing_left, unknown_customers
from lohko.reading.customers import customers_from, finish_customers
from lohko.reading.distinct import distinct_ids
from lohko.reading.exchange import exchange, given_rates
from lohko.reading.forgotten import Memory
from lohko.reading.leaving_out import leave_out
from lohko.reading.marks import marks_in
from lohko.reading.opening import Opening
from lohko.reading.params import IngestParams
from lohko.reading.passes import Part
from lohko.reading.rejects import RejectsFile
from lohko.reading.shapes import shape_of
from lohko.reading.sources import Source
from lohko.reading.telling import describe, tell_file, tell_rejects
from lohko.reading.textfile import TextFile
from lohko.reading.unpacking import Plain, unpack
from lohko.reading.wide import consents_of, permission_columns
from lohko.reading.withheld import every_channel, held_back
from lohko.tables import event_tables, source_tables


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
    forgotten: Memory | None = None,
    beside: Beside | None = None,
    finished: Callable[[Path], None] | None = None,
) -> Reading:
    """Read files into typed tables.

    Parameters
    ----------
    sources : the files, in the order in which their rows are to stand
    params : what the user says of the files; the rest is found out
    mapping : our column = theirs, by table or ``table@source``
    scratch : an empty folder for the tables' Parquet files and ``rejects.csv``
    stdin : the bytes of standard input, where a source is that
    forgotten : customers who are left out
    beside : where the files' fingerprints are perhaps being taken already; the caller ends it
    finished : is told of Parquet files that hold a whole table as it will stay, as soon as they are there

    Raises
    ------
    UsageFault
        The mapping or a parameter is wrong.
    InputRefused
        A file cannot be read right; nothing of it is guessed.
    """
    _check_words(params, mapping)
    read: list[Input] = []
    exchanged: list[Finding] = []
    with nullcontext(beside) if beside is not None else Beside() as aside:
        for number, source in enumerate(sources, 1):
            for plain in unpack(source, scratch, number, stdin, aside):
                index = len(read) + 1
                opening = Opening(source.table, source.source, params, mapping, scratch, index, progress, aside)
                file, part = open_and_read(plain, opening)
                refuse_if_nothing_left(file, part)
                part, told = exchange(file.name, file.table, part, params, scratch / f"exchanged-{index}.parquet")
                exchanged.extend(told)
                read.append(Input(plain, file, part))
                if finished is not None and forgotten is None and len(sources) == 1 and file.table in event_tables():
                    finished(part.path)
    rejects = RejectsFile(scratch / "rejects.csv")
    for i in read:
        rejects.add(i.file, i.part)
    progress("read", len(sources), len(sources))
    made = _Made(collected={i.part.path: i.part.ids for i in read if i.part.ids is not None})
    # a step that reads a file may take a table that steps make, such as value
    known = tuple(dict.fromkeys((*source_tables(), *(i.file.table for i in read))))
    for table in known:
        mine = [i for i in read if i.file.table == table]
        if mine:
            made.accounts[table] = _account(mine)
            check_currencies(table, [(i.file, i.part) for i in mine], params)
        if mine and table != "customers":
            made.add(table, *(_entries(i, made, scratch) for i in mine))
        if mine and table == "consents":
            _events(mine, made, scratch)
    _customers([i for i in read if i.file.table == "customers"], made, params, scratch)
    figures: dict[str, Any] = {"files": [describe(i.file, i.part) for i in read], "rejects": rejects.figures()}
    if forgotten is not None:
        figures["forgotten"] = _forget(made, forgotten, scratch)
        _blank(rejects.written(), read, forgotten)
    for table, account in made.accounts.items():
        account.check(table)
    told = [
        Finding("parts_skipped", {"file": i.plain.name, "parts": ", ".join(i.plain.skipped)})
        for i in read
        if i.plain.skipped
    ]
    told.extend(finding for i in read for finding in tell_file(i.file, i.part, params))
    told.extend(exchanged)
    whole = made.tables
    return Reading(
        tables={t: whole[t] for t in known if t in whole},
        accounts=made.accounts,
        rejects=rejects.written(),
        inputs=tuple(i.as_given() for i in read),
        findings=(*told, *made.findings, *tell_rejects(rejects)),
        figures=figures,
        files=made.files,
    )


@dataclass(frozen=True, slots=True)
class Input:
    """One input on its way: its bytes, its text, its typed rows."""

    plain: Plain
    file: TextFile
    part: Part

    def as_given(self) -> InputFile:
        """Say what was given."""
        rows = self.file.gate.records + len(self.file.gate.faults)
        return InputFile(self.plain.name, self.file.table, self.plain.bytes, self.plain.sha256, rows)


@dataclass(slots=True)
class _Made:
    """The tables as they come together."""

    paths: dict[str, tuple[Path, ...]] = field(default_factory=dict)  # what each table is made of
    collected: Mapping[Path, pl.Series] = field(default_factory=dict)  # the customer ids of files, where they are known
    accounts: dict[str, Account] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def tables(self) -> dict[str, pl.LazyFrame]:
        """The tables, each of its files' rows one after the other."""
        scans = {table: [pl.scan_parquet(p, glob=False) for p in paths] for table, paths in self.paths.items()}
        return {t: some[0] if len(some) == 1 else pl.concat(some, how="diagonal") for t, some in scans.items()}

    @property
    def files(self) -> dict[str, Path]:
        """The tables that are one file."""
        return {table: paths[0] for table, paths in self.paths.items() if len(paths) == 1}

    def add(self, table: str, *paths: Path) -> None:
        """Add files to a table, after those that are there."""
        self.paths[table] = (*self.paths.get(table, ()), *paths)

    def replace(self, table: str, path: Path) -> None:
        """Let a file be all of a table."""
        self.paths[table] = (path,)

    def ids(self, table: str) -> pl.Series:
        """Return the customer ids of a table, each once."""
        found = [self.collected.get(path) for path in self.paths[table]]
        known = [ids for ids in found if ids is not None]
        if len(known) < len(found):
            return distinct_ids(self.tables[table])
        return known[0] if len(known) == 1 else pl.concat(known).unique()


def _check_words(params: IngestParams, mapping: Mapping[str, Mapping[str, str]]) -> None:
    try:
        ZoneInfo(params.timezone)
    except (KeyError, ValueError, OSError) as error:
        raise UsageFault(
            "option_value",
            f"--timezone does not take '{params.timezone}'",
            hint="use an IANA name such as Europe/Helsinki",
        ) from error
    given_rates(params)
    for name in mapping:
        if name.partition("@")[0] not in source_tables():
            raise UsageFault(
                "mapping_unknown",
                f"[mapping.{name}] is not for a table of lohko's",
                hint=f"the tables are {', '.join(source_tables())}",
            )


def _account(read: Sequence[Input]) -> Account:
    return Account(
        rows_in=sum(i.as_given().rows for i in read),
        rows_out=sum(i.part.rows for i in read),
        rejected=sum(i.part.rejected + len(i.file.gate.faults) for i in read),
        dropped=sum(i.part.dropped for i in read),
    )


def _customers(read: Sequence[Input], made: _Made, params: IngestParams, scratch: Path) -> None:
    """Add the customers: from their own files, or from the other tables; and the permissions that their columns hold."""
    if not read:
        events = {t: rows for t, rows in made.tables.items() if t in source_tables()}
        found = [made.ids(t) for t, rows in events.items() if "customer_id" in rows.collect_schema()]
        if found:
            path, count = customers_from(found, scratch)
            made.add("customers", path)
            made.accounts["customers"] = Account(derived=count, rows_out=count)
            made.findings.append(Finding("customers_derived", {"count": count}))
        return
    parts = [
        (pl.scan_parquet(i.part.path, glob=False), i.file.source or Path(i.file.name).name, i.file.source) for i in read
    ]
    path, ids = finish_customers(parts, scratch)
    made.add("customers", path)
    if ids:
        made.findings.append(Finding("ids_made", {"count": ids}))
    carried = list(dict.fromkeys(n for i in read for n in i.file.columns.carried))
    marks = _marks(carried, made, params, scratch)
    _consents([name for name in carried if name not in marks], made, params, scratch)
    made.findings.extend(unknown_customers(made.tables))


def _forget(made: _Made, memory: Memory, scratch: Path) -> dict[str, object]:
    """Leave out those who were forgotten, and return the counts."""
    left = leave_out(made.tables, memory, scratch)
    for name, path in left.tables.items():
        made.replace(name, path)
    for name, count in left.rows.items():
        old = made.accounts.get(name, Account())
        made.accounts[name] = replace(old, rows_out=old.rows_out - count, erased=old.erased + count)
    if left.customers:
        made.findings.append(Finding("forgotten_left_out", {"count": left.customers, "rows": sum(left.rows.values())}))
    if left.by_contact:
        made.findings.append(Finding("forgotten_by_contact", {"count": left.by_contact}, "warning"))
    if left.alike:
        made.findings.append(Finding("forgotten_alike", {"count": left.alike}, "warning"))
    return left.figures()


def _blank(rejects: Path | None, read: Sequence[Input], memory: Memory) -> None:
    """Blank the lines of those who were forgotten where they are kept aside."""
    if rejects is None or not memory:
        return
    origins = {
        i.file.name: Origin(i.file.dialect.form.delimiter if i.file.dialect else None, i.file.source) for i in read
    }
    data, count = blank_lines(rejects.read_bytes(), memory.known, origins)
    if count:
        rejects.write_bytes(data)


def _entries(read: Input, made: _Made, scratch: Path) -> Path:
    """Return where the rows of a file lie; those of another system's list with its codes in words."""
    shape = shape_of(read.file.header, read.file.table)
    if shape is None or shape.table != "suppressions" or not shape.read(read.file.columns, read.file.header):
        return read.part.path
    path = scratch / f"entries-{read.part.path.name}"
    shape.entries(pl.scan_parquet(read.part.path, glob=False)).sink_parquet(path)
    free = read.part.rows - pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    if free:
        old = made.accounts[shape.table]
        made.accounts[shape.table] = replace(old, rows_out=old.rows_out - free, dropped=old.dropped + free)
        made.findings.append(Finding("list_rows_free", {"file": read.file.name, "system": shape.title, "count": free}))
    return path


def _events(read: Sequence[Input], made: _Made, scratch: Path) -> None:
    """Spread the permission events of every channel, and let those kept aside hold what they were about."""
    spread, derived = every_channel(made.tables["consents"])
    if derived:
        path = scratch / "consents-spread.parquet"
        spread.sink_parquet(path)
        made.replace("consents", path)
    found = [rows for rows in (held_back(i.file, i.part) for i in read) if rows is not None]
    if found:
        held = pl.concat(found)
        path = scratch / "consents-held.parquet"
        held.write_parquet(path)
        made.add("consents", path)
        derived += held.height
        made.findings.append(Finding("consents_held", {"count": held["customer_id"].n_unique()}, "warning"))
    old = made.accounts["consents"]
    made.accounts["consents"] = replace(old, derived=old.derived + derived, rows_out=old.rows_out + derived)


def _marks(carried: Sequence[str], made: _Made, params: IngestParams, scratch: Path) -> tuple[str, ...]:
    """Add what columns of the customers say of deaths and protected addresses, and return the columns named for it."""
    texts = [name for name in carried if made.tables["customers"].collect_schema().get(name) == pl.String]
    marks = marks_in(made.tables["customers"], texts, params.timezone)
    if marks.rows is not None:
        path = scratch / "updates-derived.parquet"
        marks.rows.write_parquet(path)
        old, count = made.accounts.get("address_updates", Account()), marks.rows.height
        made.accounts["address_updates"] = replace(old, derived=old.derived + count, rows_out=old.rows_out + count)
        made.add("address_updates", path)
        made.findings.extend(
            Finding("marks_derived", {"count": number, "column": name}) for name, number in sorted(marks.counts.items())
        )
    return marks.named


def _consents(carried: Sequence[str], made: _Made, params: IngestParams, scratch: Path) -> None:
    """Add the permissions that stand in yes/no columns of the customers."""
    columns, vague = permission_columns(carried)
    made.findings.extend(Finding("permission_without_channel", {"column": n}, "warning") for n in vague)
    if not columns:
        return
    wide = consents_of(made.tables["customers"], columns, params.timezone)
    made.findings.extend(Finding("permission_unclear", {"column": n}, "warning") for n in wide.unclear)
    if wide.rows is None:
        return
    path = scratch / "consents-derived.parquet"
    wide.rows.sink_parquet(path)
    count = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    old = made.accounts.get("consents", Account())
    made.accounts["consents"] = replace(old, derived=old.derived + count, rows_out=old.rows_out + count)
    made.add("consents", path)
    made.findings.append(Finding("consents_derived", {"count": count, "columns": ", ".join(wide.used)}))
    made.findings.extend(
        Finding("permission_unknown", {"column": n, "count": k}, "warning") for n, k in wide.unknown.items() if k
    )
    made.findings.extend(
        Finding("permission_ban_words", {"column": n, "count": k}, "warning") for n, k in wide.bans.items() if k
    )
