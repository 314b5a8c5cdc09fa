"""Parameters of the report, of the lists and of the chain."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.parameters import Params, option, package_option


@dataclass(frozen=True, slots=True)
class ReportParams(Params):
    """Parameters of ``lohko report``."""

    lang: str = option("en", "language of the report", choices=("en", "fi", "sv"))
    output: str | None = option(None, "file of the report in `lohko run`, relative to the work folder", metavar="FILE")


@dataclass(frozen=True, slots=True)
class CompareParams(Params):
    """Parameters of ``lohko compare``."""

    lang: str = option("en", "language of the dashboard", choices=("en", "fi", "sv"))
    model: str | None = package_option(
        "package whose model all are scored with  [default: the newest of those compared that has one]",
        files=("model/",),
    )


@dataclass(frozen=True, slots=True)
class ExportParams(Params):
    """Parameters of ``lohko export``."""

    channel: str | None = option(
        None, "the channel", choices=("email", "sms", "phone", "robocall", "post", "push", "ad_audience")
    )
    segment: tuple[str, ...] = option(
        (), "only this segment, by slug or name; may be repeated  [default: all customers]", metavar="SEGMENT"
    )
    max_age_days: int = option(7, "refuse permissions that were decided longer ago than this", low=0)
    skip_unscreened: bool = option(
        False, "leave out those whom only a fresh screening would allow, instead of refusing the list"
    )
    raw: bool = option(False, "leave text that a spreadsheet would take for a formula as it is")


@dataclass(frozen=True, slots=True)
class RunParams(Params):
    """Parameters of ``lohko run``: the ``[run]`` section."""

    steps: tuple[str, ...] = option(
        ("ingest", "clean", "value", "segment", "report"),
        "the steps, in order",
        choices=(
            "ingest",
            "health",
            "postcodes",
            "dedupe",
            "consents",
            "clean",
            "enrich",
            "value",
            "segment",
            "assign",
            "report",
        ),
    )
    work: str = option("work", "folder of the packages, relative to lohko.toml", metavar="DIR")
    cuts: tuple[str, ...] = option(
        (), "earlier days as of which the value steps are run too, into work/STEP@DAY", metavar="DATE"
    )
