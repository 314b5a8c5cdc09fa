"""Parameters of the report and of the chain."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.parameters import Params, option


@dataclass(frozen=True, slots=True)
class ReportParams(Params):
    """Parameters of ``lohko report``."""

    lang: str = option("en", "language of the report", choices=("en", "fi", "sv"))
    output: str | None = option(None, "file of the report in `lohko run`, relative to the work folder", metavar="FILE")


@dataclass(frozen=True, slots=True)
class RunParams(Params):
    """Parameters of ``lohko run``: the ``[run]`` section."""

    steps: tuple[str, ...] = option(
        ("ingest", "clean", "value", "segment", "report"),
        "the steps, in order",
        choices=("ingest", "postcodes", "dedupe", "consents", "clean", "value", "segment", "report"),
    )
    work: str = option("work", "folder of the packages, relative to lohko.toml", metavar="DIR")
    cuts: tuple[str, ...] = option(
        (), "earlier days as of which the value steps are run too, into work/STEP@DAY", metavar="DATE"
    )
