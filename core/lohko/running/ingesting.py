"""``lohko ingest``: files in, a package out."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lohko import __version__
from lohko.errors import UsageFault
from lohko.outcome import Account, Finding, Progress, silent
from lohko.package.descriptor import Record
from lohko.package.files import refusing_when_full, write_file
from lohko.package.lock import lock
from lohko.package.reading import Package
from lohko.package.settling import Settling
from lohko.package.writing import Format, PackageWriter, check_target
from lohko.reading.beside import Beside
from lohko.reading.drafting import draft_mapping
from lohko.reading.ingest import Reading, ingest
from lohko.reading.judging import FAULTLESS
from lohko.reading.params import IngestParams
from lohko.reading.sources import Source
from lohko.running.appending import REJECTS, Joined, join, new_sources, open_appendable
from lohko.running.inputs import remembered
from lohko.running.outcome import Outcome
from lohko.running.places import check_apart, check_file, scratch_folder


@dataclass(frozen=True, slots=True)
class IngestJob:
    """One run of ingest, as asked for.

    Attributes
    ----------
    sources : the files, already parsed
    output : the package's folder; None: ``append`` itself, or no package where only a mapping is drafted
    params, mapping : how to read them
    stdin : the bytes of standard input, where a source is ``-``
    max_rejects : a gate on the files read in this run: a number of rows, or a share such as ``1%``
    append : the package that the files join
    zone_said : whether the zone in ``params`` was said; else a package's own is taken
    forgotten : the file of those who were forgotten and are left out
    draft : where the mapping that was found is to be written, also in a dry run: asking for it is asking to write it
    """

    sources: Sequence[Source]
    output: Path | None
    params: IngestParams
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stdin: bytes | None = None
    max_rejects: str | None = None
    format: Format = "parquet"
    force: bool = False
    wait: float = 0.0
    dry_run: bool = False
    append: Path | None = None
    zone_said: bool = True
    draft: Path | None = None
    forgotten: Path | None = None

    @property
    def target(self) -> Path | None:
        """Where the package goes; None: there will be none."""
        return self.output or self.append


def run_ingest(
    job: IngestJob, *, now: Callable[[], dt.datetime], progress: Progress = silent, beside: Beside | None = None
) -> Outcome:
    """Read the files and write the package, whole or not at all.

    Parameters
    ----------
    beside : where the files' fingerprints are perhaps being taken already

    Raises
    ------
    LohkoError
        With the exit code of its kind; what was at the output before is untouched.
    """
    began = time.monotonic()
    started = now()
    limit = parse_limit(job.max_rejects)
    target = job.target
    if target is not None:
        check_target(target, force=job.force)
        for source in job.sources:
            if source.path is not None:
                check_apart(source.path, target)
    if job.draft is not None:
        check_file(job.draft, force=job.force)
    writes = target is not None and not job.dry_run
    with contextlib.ExitStack() as stack:
        if target is not None and writes:
            stack.enter_context(lock(target, job.wait))
        stack.enter_context(refusing_when_full(target or job.draft or Path("a temporary file")))
        scratch = stack.enter_context(scratch_folder(target if writes else None))
        package, sources, params = None, job.sources, job.params
        told: tuple[Finding, ...] = ()
        if job.append is not None:
            package = open_appendable(job.append, params.timezone if job.zone_said else None)
            params = dataclasses.replace(params, timezone=package.timezone)
            sources, told = new_sources(package, sources, job.stdin, scratch)
        memory, warned = remembered(job.forgotten)
        settling = stack.enter_context(Settling())
        found = ingest(
            sources,
            params,
            mapping=job.mapping,
            scratch=scratch,
            progress=progress,
            stdin=job.stdin,
            forgotten=memory,
            beside=beside,
            finished=settling.begin if writes and job.append is None and job.format == "parquet" else None,
        )
        for name, account in found.accounts.items():
            account.check(name)
        whole = join(package, found, noted(found), scratch) if package else alone(found)
        fresh = package is not None and target == package.path and not sources
        outcome = Outcome(
            "ingest",
            "dry_run" if job.dry_run else "up_to_date" if fresh else "done",
            str(target or job.draft) if target or not job.dry_run else None,
            accounting=whole.accounts,
            findings=(*warned, *told, *doubts(found), *said_now(whole, package)),
            figures=whole.figures,
            inputs=whole.inputs,
            gate=crossed(limit, job.max_rejects, found.accounts, faultless(found.figures)),
        )
        if target is not None and writes and not fresh:
            record = Record(
                step="ingest",
                version=__version__,
                parameters={**params.as_dict(), "mapping": all_mappings(job, package)},
                inputs=whole.inputs,
                accounting={name: dataclasses.asdict(account) for name, account in sorted(whole.accounts.items())},
                timezone=params.timezone,
                erasures=package.record.get("erasures", ()) if package else (),
                findings=[finding.as_dict() for finding in whole.findings],
                figures=whole.figures,
                started=started.isoformat(timespec="seconds"),
            )
            write(job, whole, package, record, began=began, settling=settling)
        if job.draft is not None:
            write_file(job.draft, draft_mapping(found).encode())
            outcome = dataclasses.replace(
                outcome, findings=(*outcome.findings, Finding("mapping_drafted", {"file": str(job.draft)}))
            )
    return dataclasses.replace(outcome, seconds=time.monotonic() - began)


def alone(found: Reading) -> Joined:
    """Return what was read as the whole content of a package."""
    return Joined(
        found.tables,
        found.files,
        found.accounts,
        tuple(noted(found)),
        tuple(found.findings),
        dict(found.figures),
        found.rejects,
    )


def doubts(found: Reading) -> tuple[Finding, ...]:
    """Return what a careful reader would ask about: copies of a file, and tables without a row."""
    told: list[Finding] = []
    first: dict[tuple[str, str], str] = {}
    for file in found.inputs:
        other = first.setdefault((file.table, file.sha256), file.name)
        if other != file.name:
            told.append(Finding("files_alike", {"file": file.name, "other": other, "table": file.table}, "warning"))
    for name, account in found.accounts.items():
        if not account.rows_in + account.derived:
            told.append(Finding("table_empty", {"table": name}, "warning"))
    return tuple(told)


def said_now(whole: Joined, package: Package | None) -> tuple[Finding, ...]:
    """Return what this run has to say: of the whole, and of the files it read; not again of files read before."""
    if package is None:
        return whole.findings
    before = [(entry["code"], entry["data"]) for entry in package.record["findings"]]
    return tuple(f for f in whole.findings if "file" not in f.data or (f.code, f.data) not in before)


def all_mappings(job: IngestJob, package: Package | None) -> dict[str, dict[str, str]]:
    """Return the mappings with which the package's files were read, the newest first to hold."""
    before = package.record["parameters"].get("mapping", {}) if package else {}
    return {name: dict(columns) for name, columns in {**before, **job.mapping}.items()}


def write(
    job: IngestJob, whole: Joined, package: Package | None, record: Record, *, began: float, settling: Settling
) -> None:
    """Write a package: new tables, and those of the old package that have no new rows."""
    assert job.target is not None
    writer = PackageWriter(job.target, job.format)
    try:
        for name, frame in whole.tables.items():
            if name in whole.files:  # it lies whole on this disk already
                writer.take(name, whole.files[name], settling.digest(whole.files[name]))
            else:
                writer.table(name, frame)
        for name in package.tables if package else ():
            if package and name not in whole.tables:
                writer.carry(package, name)
        if whole.rejects is not None:
            writer.copy(REJECTS, whole.rejects)
        writer.commit(dataclasses.replace(record, seconds=round(time.monotonic() - began, 3)))
    finally:
        writer.abandon()


def noted(found: Reading) -> list[Mapping[str, Any]]:
    """Return what the descriptor notes of each file that was read."""
    return [
        {"name": file.name, "table": file.table, "rows": file.rows, "bytes": file.bytes, "sha256": file.sha256}
        for file in found.inputs
    ]


def parse_limit(text: str | None) -> tuple[float, bool] | None:
    """Read ``--max-rejects``: a count, or a share with a per cent sign; returns the number and whether it is a share."""
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*(%?)\s*", text)
    if match is None or (not match[2] and not match[1].isdigit()):
        raise UsageFault("option_value", f"--max-rejects does not take '{text}'", hint="a count such as 100, or 1%")
    return float(match[1].replace(",", ".")), bool(match[2])


def faultless(figures: Mapping[str, Any]) -> int:
    """Return how many rows were kept aside for what they are, such as events that name no customer, and not for a fault."""
    entries = figures.get("rejects", {}).get("by_code", ())
    return sum(int(entry["count"]) for entry in entries if entry["code"] in FAULTLESS)


def crossed(
    limit: tuple[float, bool] | None,
    text: str | None,
    accounts: Mapping[str, Account],
    without: int,
) -> str | None:
    """Tell in words whether more rows were rejected than allowed; those ``without`` fault don't count."""
    if limit is None:
        return None
    rejected = sum(account.rejected for account in accounts.values()) - without
    rows = sum(account.rows_in for account in accounts.values())
    allowed = limit[0] / 100 * rows if limit[1] else limit[0]
    return f"{rejected} rows were rejected; --max-rejects allows {text}" if rejected > allowed else None
