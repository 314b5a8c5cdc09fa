"""The shell around a step: opens, locks, runs, closes the accounts, and writes whole or not at all."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import polars as pl

from lohko import __version__
from lohko.errors import InputRefused
from lohko.outcome import Account, Env, Progress, StepResult, silent
from lohko.package.descriptor import Record
from lohko.package.files import refusing_when_full, write_file
from lohko.package.lock import lock
from lohko.package.writing import Format, PackageWriter
from lohko.parameters import Params
from lohko.reading.params import IngestParams
from lohko.running.dates import check_as_of, latest_event, local_day, noted_as_of
from lohko.running.given import note_given, read_given, read_tables
from lohko.running.inputs import Input, open_input
from lohko.running.others import handed, note_others, open_others
from lohko.running.outcome import Outcome
from lohko.running.places import SINGLE, check_file, check_output, scratch_folder
from lohko.running.singles import rejects_place, write_table
from lohko.steps import STEPS, Step, default_as_of
from lohko.tables import tables


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one step, as asked for.

    Attributes
    ----------
    step : its name
    source : a package, a file, or None for standard input
    output : a folder, a file ending in .csv or .parquet, or None for standard output
    params : the step's parameters
    reading, mapping : how a single file is to be read
    as_of, timezone : where given
    rejects : where rows that cannot be read go when no package is written
    forgotten : the file of those who were forgotten and are left out of a single file
    """

    step: str
    source: Path | None
    output: Path | None
    params: Params
    reading: IngestParams
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    as_of: dt.date | None = None
    timezone: str | None = None
    format: Format = "parquet"
    force: bool = False
    wait: float = 0.0
    dry_run: bool = False
    rejects: Path | None = None
    forgotten: Path | None = None

    @property
    def single(self) -> bool:
        """Whether one table, not a package, is asked for."""
        return self.output is None or self.output.suffix.lower() in SINGLE


def run_step(
    job: Job,
    *,
    now: Callable[[], dt.datetime],
    progress: Progress = silent,
    stdout: BinaryIO | None = None,
) -> Outcome:
    """Run one step from its input to its output.

    Raises
    ------
    LohkoError
        With the exit code of its kind; what was at the output before is untouched.
    """
    step = STEPS[job.step]
    began = time.monotonic()
    started = now()
    answers = [Path(path) for name in job.params.file_names() if (path := getattr(job.params, name)) is not None]
    check_output(job.source, job.output, single=job.single, force=job.force, handed=answers)
    with contextlib.ExitStack() as stack:
        if job.output is not None and not job.dry_run:
            stack.enter_context(lock(job.output, job.wait))
            stack.enter_context(refusing_when_full(job.output))
        stack.enter_context(losing(job.source))
        scratch = stack.enter_context(scratch_folder(None if job.dry_run else job.output))
        given = open_input(
            job.source,
            step.single,
            job.reading,
            job.mapping,
            scratch=scratch,
            progress=progress,
            forgotten=job.forgotten,
        )
        named = read_given(job.params)
        check_needs(step, given)
        others = open_others(step.name, job.params, job.output)
        inputs = (*given.inputs, *note_given(named), *note_others(others))
        timezone = job.timezone or given.timezone
        if "value" in step.needs and given.package:
            check_as_of(job.as_of, noted_as_of(given.package.history, ("value",)))
        as_of = job.as_of or day_of(step, given, timezone, started)
        outcome = Outcome(
            step.name,
            "dry_run" if job.dry_run else "done",
            str(job.output) if job.output else "-",
            as_of.isoformat(),
            inputs=inputs,
        )
        if job.dry_run:
            carried = [name for name in given.frames if name not in step.makes]
            would = {"would_make": list(step.makes), "would_carry": [] if job.single else carried}
            return dataclasses.replace(outcome, figures=would, findings=given.findings)
        files = given.package.files(step.files) if given.package and step.files else {}
        env = Env(as_of, timezone, files, progress, named, handed(others, job.params))
        frames = {**given.frames, **read_tables(job.params, job.reading, job.mapping, scratch)}
        result = step.load_function()(frames, job.params, env)
        findings = (*given.findings, *result.findings)
        if job.single:
            accounts = write_single(step, result, given, job, stdout)
            figures = dict(result.figures)
        else:
            assert job.output is not None
            figures = dict(result.figures)
            record = Record(
                step=step.name,
                version=__version__,
                parameters=job.params.as_dict(),
                inputs=inputs,
                accounting={},
                as_of=as_of.isoformat(),
                timezone=timezone,
                findings=[finding.as_dict() for finding in findings],
                figures=figures,
                history=given.package.history if given.package else (),
                started=started.isoformat(timespec="seconds"),
            )
            accounts = write_package(job.output, job.format, step, result, given, record, began)
    return dataclasses.replace(
        outcome,
        accounting=accounts,
        findings=findings,
        figures=figures,
        gate=result.gate,
        seconds=time.monotonic() - began,
    )


def write_package(  # noqa: PLR0917 - a package is all of this
    output: Path, fmt: Format, step: Step, result: StepResult, given: Input, record: Record, began: float
) -> dict[str, Account]:
    """Write what a step made and all it carries along, whole or not at all; return every table's account.

    ``record`` gets the accounts, and the seconds since ``began``.
    """
    writer = PackageWriter(output, fmt)
    try:
        accounts = fill(writer, step, result, given)
        told = {name: dataclasses.asdict(account) for name, account in sorted(accounts.items())}
        writer.commit(dataclasses.replace(record, accounting=told, seconds=round(time.monotonic() - began, 3)))
    finally:
        writer.abandon()
    return accounts


@contextmanager
def losing(source: Path | None) -> Iterator[None]:
    """Turn an input that went away while it was read (it was replaced by another run) into words."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputRefused("input_missing", f"{source or 'the input'} was changed while it was read") from error


def check_needs(step: Step, given: Input) -> None:
    """Refuse an input that lacks a table the step cannot do without."""
    for need in step.needs:
        options = need.split("|")
        if not any(name in given.frames for name in options):
            makers = tables()[options[0]].made_by
            hint = f"run `lohko {makers[0]}` first" if makers else f"give a file for it: lohko ingest {options[0]}=FILE"
            raise InputRefused("table_needed", f"{step.name} needs the table {' or '.join(options)}", hint=hint)


def day_of(step: Step, given: Input, timezone: str, now: dt.datetime) -> dt.date:
    """Return the as-of day where none is given."""
    if "value" in given.frames and given.package and not step.today and step.name != "value":
        noted = noted_as_of(given.package.history, ("value",))
        if noted is not None:
            return noted
    return default_as_of(step, latest_event(given.frames, timezone, now), local_day(now, timezone))


def fill(writer: PackageWriter, step: Step, result: StepResult, given: Input) -> dict[str, Account]:
    """Write what the step made, carry the rest along, and close every table's account."""
    accounts: dict[str, Account] = {}
    for name, frame in result.tables.items():
        rows = writer.table(name, frame)
        accounts[name] = settle(name, step, result, given, rows)
    for name in given.frames:
        if name in result.outdated:
            rows = given.package.rows(name) if given.package else count(given.frames[name])
            accounts[name] = Account(rows_in=rows, dropped=rows)
        elif name not in result.tables:
            rows = writer.carry(given.package, name) if given.package else writer.table(name, given.frames[name])
            accounts[name] = given.accounts.get(name, Account(rows_in=rows, rows_out=rows))
    for name, data in result.files.items():
        writer.file(name, data)
    if given.package:
        for entry in given.package.record.get("files", ()):
            if entry["path"] not in result.files and entry["path"] not in result.outdated:
                writer.copy(str(entry["path"]), given.package.path / str(entry["path"]))
    elif given.rejects is not None:
        writer.copy("rejects.csv", given.rejects)
    for name, account in accounts.items():
        account.check(name)
    return accounts


def settle(name: str, step: Step, result: StepResult, given: Input, rows: int) -> Account:
    """Return a table's account: the step's own, or what the row counts tell, with the reading's before it."""
    # a table that the step makes anew takes an older one's place; any other was read and changed
    known = name in given.frames and (name in (*step.needs, *step.uses) or name not in step.makes)
    before = 0
    if known:
        before = given.package.rows(name) if given.package else count(given.frames[name])
    account = result.accounts.get(name) or Account(rows_in=before, derived=max(0, rows - before), rows_out=rows)
    if name in given.accounts:
        read = given.accounts[name]
        account = dataclasses.replace(
            account,
            rows_in=read.rows_in,
            derived=account.derived + read.derived,
            rejected=account.rejected + read.rejected,
            dropped=account.dropped + read.dropped,
            merged=account.merged + read.merged,
            erased=account.erased + read.erased,
        )
    if account.rows_out != rows:
        account = dataclasses.replace(account, rows_out=rows)
    return account


def count(frame: pl.LazyFrame) -> int:
    """Return the number of rows."""
    return int(frame.select(pl.len()).collect().item())


def write_single(step: Step, result: StepResult, given: Input, job: Job, stdout: BinaryIO | None) -> dict[str, Account]:
    """Write the step's main table alone, and the rows that could not be read beside it."""
    frame = result.tables.get(step.main, given.frames.get(step.main))
    if frame is None:
        raise InputRefused("no_such_table", f"{step.name} made no table {step.main}")
    place = rejects_place(given, job.source, job.output, job.rejects, force=job.force)
    reviews = reviews_beside(step, result, job)
    data = frame.lazy().collect()
    account = settle(step.main, step, result, given, data.height)
    account.check(step.main)
    write_table(data, job.output, stdout)
    if place is not None and given.rejects is not None:
        write_file(place, given.rejects.read_bytes())
    for path, content in reviews.items():
        write_file(path, content)
    return {step.main: account}


def reviews_beside(step: Step, result: StepResult, job: Job) -> dict[Path, bytes]:
    """Return where the files for people go beside a single output (a pipe has no such place), and their content."""
    if job.output is None:
        return {}
    found = {
        job.output.with_name(f"{job.output.stem}.{name}"): result.files[name]
        for name in step.reviews
        if name in result.files
    }
    for path in found:
        check_file(path, force=job.force)
    return found
