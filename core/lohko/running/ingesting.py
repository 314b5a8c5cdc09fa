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
from lohko.outcome import Account, Progress, silent
from lohko.package.descriptor import Record
from lohko.package.files import refusing_when_full
from lohko.package.lock import lock
from lohko.package.writing import Format, PackageWriter, check_target
from lohko.reading.ingest import Reading, ingest
from lohko.reading.params import IngestParams
from lohko.reading.sources import Source
from lohko.running.outcome import Outcome
from lohko.running.shell import scratch_folder

REJECTS = "rejects.csv"


@dataclass(frozen=True, slots=True)
class IngestJob:
    """One run of ingest, as asked for.

    Attributes
    ----------
    sources : the files, already parsed
    output : the package's folder
    params, mapping : how to read them
    stdin : the bytes of standard input, where a source is ``-``
    max_rejects : a gate: a number of rows, or a share such as ``1%``
    """

    sources: Sequence[Source]
    output: Path
    params: IngestParams
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stdin: bytes | None = None
    max_rejects: str | None = None
    format: Format = "parquet"
    force: bool = False
    wait: float = 0.0
    dry_run: bool = False


def run_ingest(job: IngestJob, *, now: Callable[[], dt.datetime], progress: Progress = silent) -> Outcome:
    """Read the files and write the package, whole or not at all.

    Raises
    ------
    LohkoError
        With the exit code of its kind; what was at the output before is untouched.
    """
    began = time.monotonic()
    started = now()
    limit = parse_limit(job.max_rejects)
    check_target(job.output, force=job.force)
    with contextlib.ExitStack() as stack:
        if not job.dry_run:
            stack.enter_context(lock(job.output, job.wait))
            stack.enter_context(refusing_when_full(job.output))
        scratch = stack.enter_context(scratch_folder(None if job.dry_run else job.output))
        found = ingest(
            job.sources, job.params, mapping=job.mapping, scratch=scratch, progress=progress, stdin=job.stdin
        )
        for name, account in found.accounts.items():
            account.check(name)
        outcome = Outcome(
            "ingest",
            "dry_run" if job.dry_run else "done",
            str(job.output),
            accounting=found.accounts,
            findings=tuple(found.findings),
            figures=dict(found.figures),
            inputs=tuple(noted(found)),
            gate=crossed(limit, job.max_rejects, found.accounts, without_customer(found.figures)),
        )
        if not job.dry_run:
            write(job, found, outcome, started, began)
    return dataclasses.replace(outcome, seconds=time.monotonic() - began)


def write(job: IngestJob, found: Reading, outcome: Outcome, started: dt.datetime, began: float) -> None:
    """Write what was read as a package."""
    writer = PackageWriter(job.output, job.format)
    try:
        for name, frame in found.tables.items():
            if name in found.files:  # it lies whole on this disk already
                writer.take(name, found.files[name])
            else:
                writer.table(name, frame)
        if found.rejects is not None:
            writer.copy(REJECTS, found.rejects)
        writer.commit(
            Record(
                step="ingest",
                version=__version__,
                parameters={**job.params.as_dict(), "mapping": {k: dict(v) for k, v in job.mapping.items()}},
                inputs=outcome.inputs,
                accounting={name: dataclasses.asdict(account) for name, account in sorted(found.accounts.items())},
                timezone=job.params.timezone,
                findings=[finding.as_dict() for finding in found.findings],
                figures=outcome.figures,
                started=started.isoformat(timespec="seconds"),
                seconds=round(time.monotonic() - began, 3),
            )
        )
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


def without_customer(figures: Mapping[str, Any]) -> int:
    """Return how many event rows were kept aside because they name no customer: what they are, not a fault."""
    entries = figures.get("rejects", {}).get("by_code", ())
    return sum(int(entry["count"]) for entry in entries if entry["code"] == "no_customer")


def crossed(
    limit: tuple[float, bool] | None,
    text: str | None,
    accounts: Mapping[str, Account],
    without: int,
) -> str | None:
    """Tell in words whether more rows were rejected than allowed. Rows without a customer are no faults and don't count."""
    if limit is None:
        return None
    rejected = sum(account.rejected for account in accounts.values()) - without
    rows = sum(account.rows_in for account in accounts.values())
    allowed = limit[0] / 100 * rows if limit[1] else limit[0]
    return f"{rejected} rows were rejected; --max-rejects allows {text}" if rejected > allowed else None
