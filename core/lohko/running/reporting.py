"""``lohko report``: a package in, one report value out, and its rendering by the file's ending."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lohko.errors import UsageFault
from lohko.package.files import write_file
from lohko.package.lock import lock
from lohko.package.reading import Package
from lohko.running.dates import check_as_of, latest_event, local_day, noted_as_of
from lohko.running.outcome import Outcome
from lohko.running.places import check_apart, check_file

if TYPE_CHECKING:
    from lohko.views.report.model import Report

ENDINGS = (".html", ".htm", ".md", ".json", ".xlsx")


@dataclass(frozen=True, slots=True)
class ReportJob:
    """One report, as asked for; without an output it is only made, for the terminal. ``quotes`` shows texts as they were written."""

    source: Path
    output: Path | None
    lang: str = "en"
    as_of: dt.date | None = None
    min_group: int = 5
    force: bool = False
    wait: float = 0.0
    dry_run: bool = False
    quotes: bool = False


def run_report(job: ReportJob, *, now: Callable[[], dt.datetime]) -> tuple[Outcome, Report]:
    """Make a package's report, and write it where an output is named.

    Raises
    ------
    LohkoError
        With the exit code of its kind; what was at the output before is untouched.
    """
    from lohko.views.report.build import build

    began = time.monotonic()
    if job.output is not None:
        check_ending(job.output)
        check_apart(job.source, job.output)
        check_file(job.output, force=job.force)
    package = Package.open(job.source)
    frames = package.frames()
    noted = noted_as_of(package.history, ("value", "segment"))
    check_as_of(job.as_of, noted)
    as_of = job.as_of or noted
    if as_of is None:
        as_of = latest_event(frames, package.timezone, now()) or local_day(now(), package.timezone)
    report = build(
        frames,
        package.history,
        package.files(("model/", "value/", "permission_gaps.csv")),
        as_of,
        group_minimum=job.min_group,
        timezone=package.timezone,
        quotes=job.quotes,
    )
    if job.output is not None and not job.dry_run:
        with contextlib.ExitStack() as stack:
            stack.enter_context(lock(job.output, job.wait))
            write_file(job.output, render(report, job.output.suffix.lower(), job.lang))
    outcome = Outcome(
        "report",
        "dry_run" if job.dry_run else "done",
        str(job.output) if job.output else None,
        as_of.isoformat(),
        inputs=({"name": job.source.name, "step": package.record["step"], "sha256": package.fingerprint},),
        seconds=time.monotonic() - began,
    )
    return outcome, report


def check_ending(output: Path) -> None:
    """Refuse an ending no renderer knows."""
    if output.suffix.lower() not in ENDINGS:
        raise UsageFault(
            "option_value",
            f"a report cannot be written as '{output.suffix or output.name}'",
            hint=f"let the file end in {', '.join(ENDINGS)}",
        )


def render(report: Report, ending: str, lang: str) -> bytes:
    """Return the report as the bytes of a file of this kind."""
    from lohko.views.report.renderers import to_html, to_json, to_markdown, to_xlsx

    if ending == ".xlsx":
        return to_xlsx(report, lang)
    if ending == ".json":
        return to_json(report).encode()
    return (to_markdown if ending == ".md" else to_html)(report, lang).encode()
