"""``lohko export``: a package in, a list for a sending tool out, and beside it what it rests on."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from lohko import __version__
from lohko.errors import UsageFault
from lohko.package.files import write_file
from lohko.package.lock import lock
from lohko.package.reading import Package
from lohko.running.dates import local_day
from lohko.running.outcome import Outcome
from lohko.running.params import ExportParams
from lohko.running.places import check_apart, check_file
from lohko.running.singles import table_bytes, write_all

ABOUT = ".about.json"


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One list, as asked for; without an output it goes to standard output.

    Attributes
    ----------
    about : where the companion goes; None: beside the output
    as_of : the day the list is for; None: today
    """

    source: Path
    output: Path | None
    params: ExportParams
    about: Path | None = None
    as_of: dt.date | None = None
    force: bool = False
    wait: float = 0.0
    dry_run: bool = False

    @property
    def beside(self) -> Path | None:
        """Where the companion is written, if anywhere."""
        return self.about or (self.output.with_name(f"{self.output.stem}{ABOUT}") if self.output else None)


def run_export(job: ExportJob, *, now: Callable[[], dt.datetime], stdout: BinaryIO | None = None) -> Outcome:
    """Write the list of those who may be contacted, and its companion, each whole or not at all.

    The companion is written first: a list never lies without it, and its sha256 tells which list it speaks of.

    Raises
    ------
    LohkoError
        With the exit code of its kind; what was at the output before is untouched.
    """
    from lohko.cleaning.permission_rules import RULES_FILE, kept_rules
    from lohko.views.export import export

    began = time.monotonic()
    params = job.params
    if params.channel is None:
        raise UsageFault("usage", "lohko export needs a channel", hint="such as --channel email")
    if job.beside is not None and job.output is not None and job.beside.resolve() == job.output.resolve():
        raise UsageFault("usage", "--about and -o name the same file", hint="name two")
    for place in (job.output, job.beside):
        if place is not None:
            check_apart(job.source, place)
            check_file(place, force=job.force)
    package = Package.open(job.source)
    as_of = job.as_of or local_day(now(), package.timezone)
    found = export(
        package.frames(),
        package.history,
        params.channel,
        params.segment,
        as_of,
        max_age_days=params.max_age_days,
        skip_unscreened=params.skip_unscreened,
        book=kept_rules(package.files((RULES_FILE,))),
    )
    source = {"name": job.source.name, "step": package.record["step"], "sha256": package.fingerprint}
    data = list_bytes(found.rows, job.output, raw=params.raw)
    listed = {
        "file": job.output.name if job.output else "-",
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "columns": found.rows.columns,
    }
    about = {"schema_version": 1, "version": __version__, **found.about, "package": source, "list": listed}
    if not job.dry_run:
        with contextlib.ExitStack() as stack:
            if job.output is not None:
                stack.enter_context(lock(job.output, job.wait))
            if job.beside is not None:
                write_file(job.beside, (json.dumps(about, ensure_ascii=False, indent=2) + "\n").encode())
            if job.output is not None:
                write_file(job.output, data)
            elif stdout is not None:
                write_all(stdout, data)
    return Outcome(
        "export",
        "dry_run" if job.dry_run else "done",
        str(job.output) if job.output else "-",
        as_of.isoformat(),
        findings=found.findings,
        figures=about,
        inputs=(source,),
        seconds=time.monotonic() - began,
    )


def list_bytes(rows: pl.DataFrame, output: Path | None, *, raw: bool) -> bytes:
    """Return the list as CSV, or for a file ending in .json as an array with one object a row."""
    from lohko.package.spreadsheet import inert

    if output is not None and output.suffix.lower() == ".json":
        return (json.dumps(rows.to_dicts(), ensure_ascii=False, indent=1) + "\n").encode()
    return table_bytes(rows if raw else inert(rows), ".csv")
