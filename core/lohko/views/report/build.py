"""From a package to the report value: every figure is counted once, here; renderers only draw it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from lohko.views.report.model import Report, StepRun
from lohko.views.report.sections.actions import actions
from lohko.views.report.sections.clusters import segments
from lohko.views.report.sections.experience import experience
from lohko.views.report.sections.outlook import outlook
from lohko.views.report.sections.permissions import permissions
from lohko.views.report.sections.population import population
from lohko.views.report.sections.priced import priced
from lohko.views.report.sections.register import register
from lohko.views.report.sections.sources import Sources
from lohko.views.report.sections.targets import targets
from lohko.views.report.sections.worth import dimensions, money

GROUP_MINIMUM = 5
"""Groups of fewer people than this are kept back."""
_MADE_BY = {
    "register": "clean",
    "money": "value",
    "dimensions": "value",
    "segments": "segment",
    "permissions": "consents",
    "outlook": "value",
    "experience": "ingest",
    "targets": "ingest",
}


def build(
    tables: Mapping[str, pl.LazyFrame],
    history: Sequence[Mapping[str, Any]],
    files: Mapping[str, bytes],
    as_of: dt.date,
    *,
    group_minimum: int = GROUP_MINIMUM,
    timezone: str = "UTC",
    quotes: bool = False,
) -> Report:
    """Count the report.

    Parameters
    ----------
    tables : the package's tables; any may be missing, its section then says which step would make it
    history : the steps that made the package, oldest first
    files : the package's small files by relative name (``model/model.json``)
    as_of : the day the package speaks of
    group_minimum : groups of fewer people are kept back (1: nothing is)
    timezone : the zone in which days are counted
    quotes : show some of customers' texts as they were written

    Returns
    -------
    The report, the same for the same package whatever the order of its rows.
    """
    sources = Sources(tables, history, files, max(1, group_minimum), timezone)
    people, worth, groups, allowed = register(sources), money(sources), segments(sources), permissions(sources)
    found = {
        "register": people,
        "money": worth,
        "dimensions": (cells := dimensions(sources)),
        "segments": groups,
        "permissions": allowed,
        "outlook": (ahead := outlook(sources)),
        "experience": (said := experience(sources, as_of, quotes=quotes)),
        "targets": (aims := targets(sources, as_of, groups)),
    }
    return Report(
        as_of=as_of,
        group_minimum=sources.k,
        population=population(sources),
        register=people,
        money=worth,
        priced=priced(sources),
        dimensions=cells,
        segments=groups,
        permissions=allowed,
        outlook=ahead,
        experience=said,
        targets=aims,
        actions=actions(register=people, money=worth, segments=groups, permissions=allowed, outlook=ahead),
        missing={
            # where customers were valued without money, only files can tell of it
            name: "ingest" if name == "money" and sources.figures("value") else _MADE_BY[name]
            for name, section in found.items()
            if section is None
        },
        steps=tuple(
            StepRun(
                str(run.get("step")),
                str(run.get("version") or ""),
                None if run.get("as_of") is None else str(run["as_of"]),
                tuple(dict(entry) for entry in run.get("inputs") or ()),
            )
            for run in history
        ),
        attributions=tuple(
            dict.fromkeys(
                str(line) for run in history if (line := (run.get("figures") or {}).get("attribution")) is not None
            )
        ),
    )
