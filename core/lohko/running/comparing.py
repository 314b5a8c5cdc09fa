"""``lohko compare``: packages in, the customer dashboard out: shown, written by the file's ending, or as tables."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lohko import __version__
from lohko.errors import InputRefused, UsageFault
from lohko.outcome import Finding, StepResult
from lohko.package.descriptor import Record
from lohko.package.files import refusing_when_full, write_file
from lohko.package.lock import lock
from lohko.package.reading import Package
from lohko.running.dates import noted_as_of
from lohko.running.inputs import Input
from lohko.running.others import open_others
from lohko.running.outcome import Outcome
from lohko.running.params import CompareParams
from lohko.running.places import SINGLE, check_output
from lohko.running.reporting import ENDINGS
from lohko.running.shell import losing, write_package
from lohko.running.singles import write_table
from lohko.steps import Step

if TYPE_CHECKING:
    from lohko.views.dashboard.build import Made
    from lohko.views.dashboard.model import Dashboard
    from lohko.views.dashboard.snapshots import Snapshot

_MODEL = "model/model.json"
_STEP = Step(
    "compare",
    "the customer dashboard between two or more packages",
    "lohko.running.params:CompareParams",
    "lohko.views.dashboard.build:build",
    needs=("value",),
    uses=("crosswalk",),
    makes=("movements", "dashboard"),
    main="dashboard",
)
"""How its tables join a package: not one of the chain's steps, since it reads several packages."""


@dataclass(frozen=True, slots=True)
class CompareJob:
    """One comparison, as asked for.

    Attributes
    ----------
    sources : two packages or more, in any order
    output : a report's file, a table's file, a folder for a package; None: it is only made, for the terminal
    pipe : whether the table ``dashboard`` goes to standard output
    """

    sources: tuple[Path, ...]
    output: Path | None
    params: CompareParams = field(default_factory=CompareParams)
    pipe: bool = False
    min_group: int = 5
    force: bool = False
    wait: float = 0.0
    dry_run: bool = False

    @property
    def ending(self) -> str:
        """The ending of the file that is asked for, which says what kind it is."""
        return self.output.suffix.lower() if self.output is not None else ""

    @property
    def package(self) -> bool:
        """Whether a package is asked for: a name without an ending."""
        return self.output is not None and not self.ending


def run_compare(
    job: CompareJob, *, now: Callable[[], dt.datetime], stdout: BinaryIO | None = None
) -> tuple[Outcome, Dashboard]:
    """Compare packages, and write the dashboard or its tables where an output is named.

    Raises
    ------
    LohkoError
        With the exit code of its kind; what was at the output before is untouched.
    """
    from lohko.views.dashboard.build import build

    began, started = time.monotonic(), now()
    _check(job)
    packages = [Package.open(path) for path in job.sources]
    others = open_others("compare", job.params, job.output)
    with contextlib.ExitStack() as stack:
        if job.output is not None and not job.dry_run:
            stack.enter_context(lock(job.output, job.wait))
            stack.enter_context(refusing_when_full(job.output))
        stack.enter_context(losing(job.sources[-1]))
        model = _model(others["model"]) if "model" in others else None
        made = build([_snapshot(package) for package in packages], model=model, group_minimum=job.min_group)
        by_day = sorted(packages, key=lambda package: (_day(package), package.path.name))
        inputs = (
            *(_noted(each) for each in by_day),
            *({**_noted(each), "parameter": "model"} for each in others.values()),
        )
        outcome = Outcome(
            "compare",
            "dry_run" if job.dry_run else "done",
            str(job.output) if job.output else "-" if job.pipe else None,
            made.dashboard.as_of.isoformat(),
            inputs=inputs,
            findings=_findings(made.dashboard),
            figures=_figures(made.dashboard),
        )
        if not job.dry_run:
            record = Record(
                step="compare",
                version=__version__,
                parameters=job.params.as_dict(),
                inputs=inputs,
                accounting={},
                as_of=outcome.as_of,
                timezone=by_day[-1].timezone,
                findings=[finding.as_dict() for finding in outcome.findings],
                figures=outcome.figures,
                history=by_day[-1].history,
                started=started.isoformat(timespec="seconds"),
            )
            if job.package:
                assert job.output is not None
                newest = by_day[-1]
                given = Input(newest.frames(), (), newest.timezone, newest)
                result = StepResult(tables=made.tables, figures=outcome.figures)
                accounts = write_package(job.output, "parquet", _STEP, result, given, record, began)
                outcome = dataclasses.replace(outcome, accounting=accounts)
            else:
                _write(job, made, stdout)
    return dataclasses.replace(outcome, seconds=time.monotonic() - began), made.dashboard


def _check(job: CompareJob) -> None:
    if len(job.sources) < 2:
        raise UsageFault("compare_alone", "lohko compare needs two packages or more")
    if job.output is None:
        return
    if not job.package and job.ending not in (*ENDINGS, *SINGLE):
        raise UsageFault(
            "option_value",
            f"the dashboard cannot be written as '{job.ending}'",
            hint=f"let the file end in {', '.join((*ENDINGS, *SINGLE))}; a name without an ending is a package",
        )
    for source in job.sources:
        check_output(source, job.output, single=not job.package, force=job.force)


def _day(package: Package) -> dt.date:
    """Return the day a package was valued as of."""
    if "value" not in package.tables:
        raise InputRefused(
            "table_needed",
            f"{package.path} has no table value",
            hint="run `lohko value` on it, and `lohko segment` on that",
        )
    found = noted_as_of(package.history, ("value",)) or noted_as_of(package.history, ("segment", "assign"))
    if found is None:
        raise InputRefused("compare_undated", f"{package.path} tells no day of its values")
    return found


def _snapshot(package: Package) -> Snapshot:
    from lohko.views.dashboard.snapshots import Snapshot

    return Snapshot(
        package.path.name,
        str(package.record["step"]),
        package.fingerprint,
        _day(package),
        package.frames(("value", "crosswalk")),
        package.files(("model/",)).get(_MODEL),
    )


def _model(package: Package) -> tuple[str, bytes]:
    found = package.files(("model/",)).get(_MODEL)
    if found is None:
        raise InputRefused("segment_model_missing", f"the package named with --model has no {_MODEL}")
    return package.path.name, found


def _noted(package: Package) -> Mapping[str, Any]:
    return {"name": package.path.name, "step": package.record["step"], "sha256": package.fingerprint}


def _findings(dashboard: Dashboard) -> tuple[Finding, ...]:
    found = []
    if dashboard.model is not None:
        data = {"package": dashboard.model.package, "trained": dashboard.model.as_of.isoformat()}
        found.append(Finding("compare_model", data))
    blanks = sum(period.blank is not None for period in dashboard.periods)
    if blanks:
        found.append(Finding("compare_blank", {"count": blanks, "of": len(dashboard.periods)}, "warning"))
    return tuple(found)


def _figures(dashboard: Dashboard) -> dict[str, Any]:
    """Return the newest period's key figures, with small groups hidden, as everywhere."""
    from lohko.views.report.model import plain

    last = dashboard.last
    return {
        "customers_before": last.customers_before,
        "customers": last.customers,
        "moved": plain(last.moved),
        "growth": plain(last.growth),
    }


def _write(job: CompareJob, made: Made, stdout: BinaryIO | None) -> None:
    """Write the file that is asked for: a report, or the table ``dashboard``."""
    if job.output is None:
        if job.pipe:
            write_table(made.tables["dashboard"], None, stdout)
    elif job.ending in SINGLE:
        write_table(made.tables["dashboard"], job.output, stdout)
    else:
        from lohko.views.dashboard.renderers import render

        write_file(job.output, render(made.dashboard, job.ending, job.params.lang))
