"""``lohko run``: the chain of steps in ``lohko.toml``; what is up to date is skipped."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from lohko import __version__
from lohko.errors import InputRefused, LohkoError, UsageFault
from lohko.outcome import Progress, silent
from lohko.package.files import FOLDER_MODE, fingerprint, is_ours, refusing, write_file
from lohko.package.reading import Package, is_package
from lohko.package.writing import Format
from lohko.parameters import Params
from lohko.reading.params import IngestParams
from lohko.reading.sources import Source, parse_sources
from lohko.running.dates import latest_event, local_day, noted_as_of
from lohko.running.examining import HealthJob, fingerprint_since, health_day, postal_lists, resolved, run_health
from lohko.running.given import note_given, read_given
from lohko.running.ingesting import IngestJob, run_ingest
from lohko.running.others import note_others, open_others
from lohko.running.outcome import Outcome, State
from lohko.running.params import ReportParams, RunParams
from lohko.running.places import check_file
from lohko.running.reporting import ReportJob, check_ending, run_report
from lohko.running.settings import Settings, common, day, resolve, zone
from lohko.running.shell import Job, run_step
from lohko.steps import STEPS, default_as_of

RECORD = "run.json"
_SHOWN = ("health", "report")  # they read the package before them and write a file beside it
_DATED = ("value", "segment", "assign")  # the steps that a cut repeats as of an earlier day


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: a step, the package it reads, the package or file it writes, and its cut if it has one."""

    step: str
    source: Path | None
    output: Path
    cut: dt.date | None = None

    @property
    def name(self) -> str:
        """The step's name, with its cut."""
        return f"{self.step}@{self.cut}" if self.cut else self.step


@dataclass(frozen=True, slots=True)
class Chain:
    """All that ``lohko run`` knows.

    Attributes
    ----------
    settings, environment : where parameters come from
    rerun : whether to run what is up to date, too
    first, last : the steps to begin and to end with
    announce : called with each link's name before it runs
    """

    settings: Settings
    environment: Mapping[str, str]
    as_of: dt.date | None = None
    rerun: bool = False
    first: str | None = None
    last: str | None = None
    force: bool = False
    wait: float = 0.0
    dry_run: bool = False
    progress: Progress = silent
    announce: Callable[[str], None] = field(default=lambda _name: None)

    @property
    def params(self) -> RunParams:
        """The ``[run]`` section."""
        return cast("RunParams", resolve("run", {}, self.settings, self.environment))

    @property
    def work(self) -> Path:
        """The folder of the packages."""
        return self.settings.folder / self.params.work


def run_chain(chain: Chain, *, now: Callable[[], dt.datetime]) -> Outcome:
    """Run the chain's steps in their order.

    Raises
    ------
    LohkoError
        The first step that fails ends the chain; the packages of the steps before it stand.
    """
    if chain.settings.path is None:
        raise UsageFault("config_unreadable", "there is no lohko.toml here", hint="`lohko init` writes one")
    links = list(plan(chain))
    if not chain.dry_run:
        with refusing(chain.work):
            chain.work.mkdir(mode=FOLDER_MODE, parents=False, exist_ok=True)
        check_file(chain.work / RECORD, force=chain.force or is_record(chain.work / RECORD))
    parts: list[Outcome] = []
    for link in links:
        chain.announce(link.name)
        try:
            parts.append(run_link(chain, link, now))
        except LohkoError as error:
            write_record(chain, parts, {"step": link.name, "code": error.code, "exit_code": error.exit_code})
            raise
    write_record(chain, parts, None)
    fresh = all(part.state == "up_to_date" for part in parts)
    state: State = "dry_run" if chain.dry_run else "up_to_date" if fresh else "done"
    return Outcome(
        "run",
        state,
        str(chain.work),
        seconds=sum(part.seconds for part in parts),
        parts=tuple(parts),
    )


def is_record(path: Path) -> bool:
    """Tell whether a file is the record of a run: a copy or a backup of a work folder loses the mark that says so."""
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and record.keys() == {"schema_version", "version", "steps", "failed"}


def write_record(chain: Chain, parts: list[Outcome], failed: Mapping[str, Any] | None) -> None:
    """Write what this run did, also where a step of it failed."""
    if chain.dry_run:
        return
    steps = [part.as_dict() for part in parts]
    record = {"schema_version": 1, "version": __version__, "steps": steps, "failed": failed}
    write_file(chain.work / RECORD, (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode())


def plan(chain: Chain) -> Iterator[Link]:
    """Yield the chain's links in the order they run: each step, and after the dated ones their cuts.

    Raises
    ------
    UsageFault
        ``--from`` or ``--until`` names a step that is not in the chain, or ``[run] cuts`` holds no dates.
    """
    steps = chain.params.steps
    for name in (chain.first, chain.last):
        if name is not None and name not in steps:
            raise UsageFault("option_value", f"'{name}' is not a step of this chain", hint=f"it has {', '.join(steps)}")
    cuts = [day(text) for text in chain.params.cuts]
    begin = steps.index(chain.first) if chain.first else 0
    end = steps.index(chain.last) if chain.last else len(steps) - 1
    if begin > end:
        raise UsageFault(
            "option_value", f"'{chain.first}' comes after '{chain.last}' in this chain", hint="turn them round"
        )
    sources: dict[dt.date | None, Path | None] = dict.fromkeys((None, *cuts))
    for number, step in enumerate(steps):
        # a package comes before the first dated step for every cut alike; from then on each cut has its own
        for cut in (*(cuts if step in _DATED else ()), None):
            output = chain.work / (f"{step}@{cut}" if cut else step)
            if step in _SHOWN:
                output = chain.work / _named(chain, step)
            if begin <= number <= end:
                yield Link(step, sources[cut], output, cut)
            if step in _SHOWN:
                continue
            if cut is not None:
                sources[cut] = output
            elif step in _DATED:
                sources[None] = output
            else:
                sources = dict.fromkeys(sources, output)


def _named(chain: Chain, step: str) -> str:
    """Return the name of the file that a report is written to."""
    params = resolve(step, {}, chain.settings, chain.environment)
    name = getattr(params, "output", None) or f"{step}.html"
    check_ending(Path(name))
    return str(name)


def run_link(chain: Chain, link: Link, now: Callable[[], dt.datetime]) -> Outcome:
    """Run one link, or tell that it is up to date."""
    if link.step == "ingest":
        return _ingest(chain, link, now)
    if link.source is None or (not chain.dry_run and not link.source.is_dir()):
        raise InputRefused(
            "input_missing", f"{link.name} has nothing to read: {link.source or 'no step comes before it'}"
        )
    if link.step == "health":
        return _health(chain, link, now)
    if link.step == "report":
        return _report(chain, link, now)
    return _step(chain, link, now)


def _ingest(chain: Chain, link: Link, now: Callable[[], dt.datetime]) -> Outcome:
    settings = chain.settings
    if not settings.sources:
        raise UsageFault("config_unreadable", "lohko.toml has no [sources]", hint="name a file for each table")
    words = [f"{name}={file}" for name, files in settings.sources.items() for file in files]
    try:
        sources = parse_sources(words, settings.folder)
    except InputRefused as error:
        if error.code == "file_missing":
            error.hint = f"put the file there, or name yours under [sources] of {settings.path}"
        raise
    params = cast("IngestParams", resolve("ingest", {}, settings, chain.environment))
    parameters = {**params.as_dict(), "mapping": {k: dict(v) for k, v in settings.mapping.items()}}
    read = [(source.table, source.source, source.name, _digest(source)) for source in sources]
    fmt = cast("Format", common("ingest", "format", None, settings, chain.environment) or "parquet")
    forgotten = fingerprint(settings.forgotten) if settings.forgotten and settings.forgotten.is_file() else None
    key = _key("ingest", parameters, {"files": read, "format": fmt, "forgotten": forgotten})
    if not chain.rerun and _fresh(link.output, key):
        return _skipped(link)
    job = IngestJob(
        sources,
        link.output,
        params,
        settings.mapping,
        max_rejects=common("ingest", "max_rejects", None, settings, chain.environment),
        format=fmt,
        force=chain.force,
        wait=chain.wait,
        dry_run=chain.dry_run,
        forgotten=settings.forgotten,
    )
    outcome = run_ingest(job, now=now, progress=chain.progress)
    if outcome.gate is None:  # a gate that was crossed must show again until it is mended
        _remember(chain, link, key)
    return outcome


def _step(chain: Chain, link: Link, now: Callable[[], dt.datetime]) -> Outcome:
    assert link.source is not None
    if chain.dry_run and not link.source.is_dir():
        return Outcome(link.name, "dry_run", str(link.output), figures={"waits_for": str(link.source)})
    settings, step = chain.settings, STEPS[link.step]
    params = resolve(link.step, {}, settings, chain.environment)
    if chain.dry_run and (awaited := _awaited(params)):
        return Outcome(link.name, "dry_run", str(link.output), figures={"waits_for": awaited})
    package = Package.open(link.source)
    given = common(link.step, "as_of", None, settings, chain.environment)
    as_of = link.cut or chain.as_of or (day(given) if given else None)
    timezone = common(link.step, "timezone", None, settings, chain.environment)
    zone_name = zone(timezone) if timezone else package.timezone
    if as_of is None:
        valued = noted_as_of(package.history, ("value",)) if "value" in step.needs else None
        as_of = valued or default_as_of(
            step, latest_event(package.frames(), zone_name, now()), local_day(now(), zone_name)
        )
    fmt = cast("Format", common(link.step, "format", None, settings, chain.environment) or "parquet")
    surroundings = {
        "input": package.fingerprint,
        "as_of": as_of.isoformat(),
        "timezone": zone_name,
        "format": fmt,
        "files": note_given(read_given(params)),
        "packages": note_others(open_others(link.step, params, link.output)),
    }
    key = _key(link.step, params.as_dict(), surroundings)
    if not chain.rerun and _fresh(link.output, key):
        return _skipped(link, as_of)
    job = Job(
        link.step,
        link.source,
        link.output,
        params,
        cast("IngestParams", resolve("ingest", {}, settings, chain.environment)),
        settings.mapping,
        as_of,
        zone_name,
        fmt,
        chain.force,
        chain.wait,
        chain.dry_run,
    )
    outcome = run_step(job, now=now, progress=chain.progress)
    if outcome.gate is None:  # as above
        _remember(chain, link, key)
    return dataclasses.replace(outcome, command=link.name)


def _awaited(params: Params) -> str | None:
    """Return a package that the parameters name and that is not there yet: an earlier step of the chain may make it."""
    named = (getattr(params, name) for name in params.package_files())
    return next((path for path in named if path is not None and not Path(path).is_dir()), None)


def _report(chain: Chain, link: Link, now: Callable[[], dt.datetime]) -> Outcome:
    assert link.source is not None
    if chain.dry_run and not link.source.is_dir():
        return Outcome(link.name, "dry_run", str(link.output), figures={"waits_for": str(link.source)})
    params = cast("ReportParams", resolve("report", {}, chain.settings, chain.environment))
    package = Package.open(link.source)
    key = _key(
        "report",
        {"lang": params.lang, "min_group": chain.settings.min_group},
        {"input": package.fingerprint, "history": package.history_digest},
    )
    if not chain.rerun and is_ours(link.output) and _fresh(link.output, key):
        return _skipped(link)
    job = ReportJob(
        link.source, link.output, params.lang, None, chain.settings.min_group, chain.force, chain.wait, chain.dry_run
    )
    outcome, _ = run_report(job, now=now)
    _remember(chain, link, key)
    return outcome


def _health(chain: Chain, link: Link, now: Callable[[], dt.datetime]) -> Outcome:
    assert link.source is not None
    if chain.dry_run and not link.source.is_dir():
        return Outcome(link.name, "dry_run", str(link.output), figures={"waits_for": str(link.source)})
    package = Package.open(link.source)
    bare = HealthJob(
        link.source, link.output, as_of=chain.as_of, force=chain.force, wait=chain.wait, dry_run=chain.dry_run
    )
    job = resolved(bare, chain.settings, chain.environment)
    asked = [part.as_dict() for part in (job.params, job.dedupe, job.consents, job.postal, job.costs.prices)]
    surroundings = {
        "input": package.fingerprint,
        "history": package.history_digest,
        "day": health_day(job, now()).isoformat(),
        "since": fingerprint_since(job.params),
        "postcodes": note_given(postal_lists(job)),
    }
    key = _key("health", {"asked": asked, "mailings": job.costs.mailings, "min_group": job.min_group}, surroundings)
    if not chain.rerun and is_ours(link.output) and _fresh(link.output, key):
        return _skipped(link)
    outcome, _ = run_health(job, now=now, progress=chain.progress)
    if outcome.gate is None:  # a gate that was crossed must show again until it is mended
        _remember(chain, link, key)
    return outcome


def _skipped(link: Link, as_of: dt.date | None = None) -> Outcome:
    return Outcome(link.name, "up_to_date", str(link.output), as_of.isoformat() if as_of else None)


def _digest(source: Source) -> str:
    if source.path is None:
        raise UsageFault("usage", "lohko.toml cannot read from standard input", hint="name a file")
    try:
        return fingerprint(source.path)
    except OSError as error:
        raise InputRefused("input_missing", f"{source.path} cannot be read: {error.strerror}") from error


def _key(step: str, parameters: Mapping[str, Any], surroundings: Mapping[str, Any]) -> str:
    """Return one digest of all that a step's result depends on."""
    text = json.dumps([step, __version__, parameters, surroundings], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _state_file(output: Path) -> Path:
    return output.with_name(f".{output.name}.lohko-key")


def _fresh(output: Path, key: str) -> bool:
    """Tell whether an output is there, whole, and made from just this."""
    try:
        noted = _state_file(output).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return False
    if output.is_dir():
        if not is_package(output):
            return False
        try:
            found = Package.open(output).fingerprint
        except InputRefused:
            return False
    elif output.is_file():
        found = fingerprint(output)
    else:
        return False
    return noted == f"{key}\n{found}\n"


def _remember(chain: Chain, link: Link, key: str) -> None:
    """Note what an output was made from, after it stands."""
    if chain.dry_run:
        return
    output = link.output
    found = Package.open(output).fingerprint if output.is_dir() else fingerprint(output)
    write_file(_state_file(output), f"{key}\n{found}\n".encode("ascii"))
