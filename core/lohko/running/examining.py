"""``lohko health``: a register in, its health out: shown, or written by the file's ending; and lists of failures."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from lohko.cleaning.params import ConsentsParams, PostcodesParams
from lohko.errors import InputRefused, UsageFault
from lohko.matching.params import DedupeParams
from lohko.outcome import Env, GivenFile, Progress, silent
from lohko.package.files import fingerprint, write_file
from lohko.package.lock import lock
from lohko.package.reading import Package
from lohko.reading.params import IngestParams
from lohko.running.costs import read_costs
from lohko.running.dates import latest_event, local_day, noted_as_of
from lohko.running.given import note_given, read_given
from lohko.running.inputs import FORGOTTEN, Input, open_input
from lohko.running.outcome import Outcome
from lohko.running.places import check_apart, check_file, scratch_folder
from lohko.running.reporting import check_ending
from lohko.running.settings import Settings, resolve
from lohko.running.singles import table_bytes
from lohko.views.health.params import Costs, HealthParams

if TYPE_CHECKING:
    from lohko.cleaning.faults import Examined
    from lohko.cleaning.postal_book import PostalBook
    from lohko.views.health.model import Health


@dataclass(frozen=True, slots=True)
class HealthJob:
    """One examination, as asked for.

    Attributes
    ----------
    source : a package, a file, or None for standard input
    output : the report's file; None: it is only made, for the terminal
    params, costs : the parameters and the prices
    dedupe, consents, postal : the parameters with which these steps would run
    reading, mapping : how a single file is to be read
    forgotten : the file of those whom a single file may still hold, and who are left out of it
    rows : where the list of failures goes, if anywhere
    min_group : groups of fewer people are kept back
    """

    source: Path | None
    output: Path | None
    params: HealthParams = field(default_factory=HealthParams)
    costs: Costs = field(default_factory=Costs)
    dedupe: DedupeParams = field(default_factory=DedupeParams)
    consents: ConsentsParams = field(default_factory=ConsentsParams)
    postal: PostcodesParams = field(default_factory=PostcodesParams)
    reading: IngestParams = field(default_factory=IngestParams)
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    forgotten: Path | None = None
    as_of: dt.date | None = None
    timezone: str | None = None
    rows: Path | None = None
    min_group: int = 5
    force: bool = False
    wait: float = 0.0
    dry_run: bool = False


def resolved(
    job: HealthJob,
    settings: Settings,
    environment: Mapping[str, str],
    flags: Mapping[str, Any] | None = None,
    costs: Sequence[str] = (),
) -> HealthJob:
    """Return the job with its parameters and prices from flags, environment and ``lohko.toml``.

    Raises
    ------
    UsageFault
        A value is outside what is taken.
    """
    reading = {"timezone": job.timezone}
    params = cast("HealthParams", resolve("health", {**(flags or {}), "output": None}, settings, environment))
    postal = cast("PostcodesParams", resolve("postcodes", {}, settings, environment))
    return dataclasses.replace(
        job,
        params=params,
        costs=read_costs(settings.costs, costs, environment),
        dedupe=cast("DedupeParams", resolve("dedupe", {}, settings, environment)),
        consents=cast("ConsentsParams", resolve("consents", {}, settings, environment)),
        postal=dataclasses.replace(postal, postcodes=params.postcodes or postal.postcodes),
        reading=cast("IngestParams", resolve("ingest", reading, settings, environment)),
        mapping=settings.mapping,
        forgotten=settings.forgotten,
        min_group=settings.min_group,
    )


def run_health(
    job: HealthJob, *, now: Callable[[], dt.datetime], progress: Progress = silent
) -> tuple[Outcome, Health | None]:
    """Examine a register, and write its report and list of failures where they are asked for.

    Returns
    -------
    The outcome, with a gate where the score is below ``fail_under``; and the report (None on a dry run).

    Raises
    ------
    LohkoError
        With the exit code of its kind; what was at the outputs before is untouched.
    """
    from lohko.cleaning.postal_book import read_book
    from lohko.views.health.rows import failures
    from lohko.views.health.sections.since import since

    began = time.monotonic()
    _check_places(job)
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(scratch_folder(None))
        lists = postal_lists(job)
        given = _open(job.source, job, scratch, progress)
        outcome = Outcome(
            "health",
            "done",
            str(job.output) if job.output else None,
            inputs=(*given.inputs, *note_given(lists)),
            findings=given.findings,
        )
        if job.dry_run:
            return dataclasses.replace(outcome, state="dry_run", findings=given.findings), None
        book = read_book(lists["postcodes"]) if lists else None
        health, examined = _examine(job, given, book, now, progress)
        if job.params.since is not None:
            earlier = Path(job.params.since)
            other = _open(earlier, job, stack.enter_context(scratch_folder(None)), progress)
            before, _ = _examine(job, other, book, now, progress)
            health = dataclasses.replace(health, since=since(earlier.name, before, health))
        listed = failures(examined)
        _write(job, health, listed, stack)
    gate = _gate(health, job.params.fail_under)
    figures = {
        "score": health.score.value,
        "grade": health.score.grade,
        "rows": health.register.rows,
        "failures": listed.height,
        "total": None if health.money.total is None else _span(health.money.total),
    }
    done = dataclasses.replace(
        outcome,
        as_of=health.as_of.isoformat(),
        # The report tells what was read; who was left out of it stands nowhere else.
        findings=tuple(finding for finding in given.findings if finding.code in FORGOTTEN),
        figures=figures,
        gate=gate,
        seconds=time.monotonic() - began,
    )
    return done, health


def health_day(job: HealthJob, now: dt.datetime) -> dt.date:
    """Return the day a package is looked at from."""
    assert job.source is not None
    package = Package.open(job.source)
    zone = job.timezone or package.timezone
    return _day(job, Input(package.frames(), (), zone, package), zone, now)


def fingerprint_since(params: HealthParams) -> str | None:
    """Return one sha256 of the register to compare with, where there is one."""
    if params.since is None:
        return None
    path = Path(params.since)
    if path.is_dir():
        return Package.open(path).fingerprint
    if not path.exists():
        raise InputRefused("input_missing", f"--since: {path} does not exist")
    return fingerprint(path)


def postal_lists(job: HealthJob) -> dict[str, GivenFile]:
    """Return the user's own list of postcodes, where there is one."""
    return read_given(PostcodesParams(postcodes=job.postal.postcodes))


def _check_places(job: HealthJob) -> None:
    if job.output is not None:
        check_ending(job.output)
    for place in (job.output, job.rows):
        if place is not None:
            if job.source is not None:
                check_apart(job.source, place)
            check_file(place, force=job.force)
    if job.output is not None and job.rows is not None and job.output.resolve() == job.rows.resolve():
        raise UsageFault("usage", "--rows and -o name the same file", hint="name two")
    if job.rows is not None and job.rows.suffix.lower() not in {".csv", ".parquet"}:
        raise UsageFault("option_value", f"--rows cannot be written as '{job.rows.name}'", hint="let it end in .csv")


def _open(source: Path | None, job: HealthJob, scratch: Path, progress: Progress) -> Input:
    given = open_input(
        source, "customers", job.reading, job.mapping, scratch=scratch, progress=progress, forgotten=job.forgotten
    )
    if "customers" not in given.frames:
        held = ", ".join(given.frames) or "no tables"
        raise InputRefused("table_needed", "health needs the table customers", hint=f"this holds {held}")
    return given


def _examine(
    job: HealthJob, given: Input, book: PostalBook | None, now: Callable[[], dt.datetime], progress: Progress
) -> tuple[Health, Examined]:
    from lohko.views.health.build import Asked, build

    zone = job.timezone or given.timezone
    asked = Asked(
        look=job.params.duplicates,
        country=job.params.country,
        costs=job.costs,
        dedupe=job.dedupe,
        consents=job.consents,
        book=book,
        places_right=job.postal.places_right,
        group_minimum=job.min_group,
    )
    files = given.package.files(("permission_gaps.csv",)) if given.package else {}
    return build(given.frames, _history(given), Env(_day(job, given, zone, now()), zone, files, progress), asked)


def _day(job: HealthJob, given: Input, zone: str, now: dt.datetime) -> dt.date:
    """Return the day to look from: given; the package's; the latest event or change of a row; today where there are no events."""
    if job.as_of is not None:
        return job.as_of
    noted = noted_as_of(given.package.history, ("value", "segment")) if given.package else None
    event = latest_event(given.frames, zone, now)
    today = local_day(now, zone)
    if noted is None and event is None:
        return today
    customers = given.frames["customers"]
    times = [name for name in ("created_at", "updated_at") if name in customers.collect_schema()]
    found = customers.select(pl.col(name).max() for name in times).collect().row(0) if times else ()
    changed = [moment.date() for moment in found if isinstance(moment, dt.datetime) and moment.date() <= today]
    return max(day for day in (noted, event, *changed) if day is not None)


def _history(given: Input) -> Sequence[Mapping[str, Any]]:
    """Return the steps that made the package; for a bare file how it was read, in the form of a step's record."""
    if given.package is not None:
        return given.package.history
    asides = [
        {"table": f.data.get("table"), "code": f.data.get("reason"), "count": f.data.get("count")}
        for f in given.findings
        if f.code in {"rows_rejected", "cells_set_aside"}
    ]
    return (
        {
            "step": "ingest",
            "inputs": given.inputs,
            "findings": [finding.as_dict() for finding in given.findings],
            "accounting": {name: dataclasses.asdict(account) for name, account in given.accounts.items()},
            "figures": {"rejects": {"by_code": asides}},
        },
    )


def _write(job: HealthJob, health: Health, listed: pl.DataFrame, stack: contextlib.ExitStack) -> None:
    """Write the report and the list, each whole or not at all."""
    from lohko.package.spreadsheet import inert
    from lohko.views.health.renderers import render

    for place in (job.output, job.rows):
        if place is not None:
            stack.enter_context(lock(place, job.wait))
    if job.rows is not None:
        shown = inert(listed) if job.rows.suffix.lower() == ".csv" else listed
        write_file(job.rows, table_bytes(shown, job.rows.suffix.lower()))
    if job.output is not None:
        write_file(job.output, render(health, listed, job.output.suffix.lower(), job.params.lang))


def _gate(health: Health, least: float | None) -> str | None:
    if least is None:
        return None
    if health.score.value is None:
        return f"the register's score cannot be told, and --fail-under {least:g} asks for one"
    if health.score.value < least:
        return f"the register's score is {health.score.value:g}, below --fail-under {least:g}"
    return None


def _span(span: Any) -> dict[str, str | None]:
    found = {name: getattr(span, name) for name in ("low", "expected", "high")}
    return {name: None if value is None else format(value, "f") for name, value in found.items()}
