"""The register of steps: what each needs, makes and takes, and where its function lives.

The command line, ``lohko.toml``, ``--dry-run``, the up-to-date checks and ``lohko run`` all read this one place.
Functions and parameter classes are named, not imported, so that looking at the register costs nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from lohko.outcome import Env, StepResult
from lohko.parameters import Params

if TYPE_CHECKING:
    import polars as pl

    StepFunction = Callable[[Mapping[str, pl.LazyFrame], Params, Env], StepResult]


@dataclass(frozen=True, slots=True)
class Step:
    """One step from tables to tables.

    Attributes
    ----------
    name : the command and the section of ``lohko.toml``
    summary : one line for help
    params : where its parameter class is, ``module:Class``
    function : where its function is, ``module:function``
    needs : tables it cannot do without (``a|b``: one of them)
    uses : tables it also reads, where there are any
    makes : tables it writes
    main : the table handed on when the output is a single file or a pipe
    single : the table a single file or pipe is read as (None: whichever its columns show)
    today : True where the default as-of is today (permissions), False where it is the latest event
    files : prefixes of package files the step reads (``model/``)
    reviews : files for people that the step makes; beside a single output, too, as ``OUT.NAME``
    """

    name: str
    summary: str
    params: str
    function: str
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    makes: tuple[str, ...]
    main: str
    single: str | None = "customers"
    today: bool = False
    files: tuple[str, ...] = ()
    reviews: tuple[str, ...] = ()

    def load_params(self) -> type[Params]:
        """Return the step's parameter class."""
        return cast("type[Params]", _load(self.params))

    def load_function(self) -> StepFunction:
        """Return the step's function (imports its trade)."""
        return cast("StepFunction", _load(self.function))


def _load(where: str) -> Any:
    module, name = where.split(":")
    return getattr(import_module(module), name)


_EVENTS = ("transactions", "subscriptions", "visits", "social", "touchpoints", "feedback")

STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "postcodes",
            "check postcodes against the codes that exist; repair only what is sure",
            "lohko.cleaning.params:PostcodesParams",
            "lohko.cleaning.postcodes:postcodes",
            needs=("customers",),
            uses=("changes", "address_updates", "crosswalk"),
            makes=("customers", "changes"),
            main="customers",
            reviews=("postcodes_review.csv",),
        ),
        Step(
            "dedupe",
            "find duplicate customers, explain them, merge them",
            "lohko.matching.params:DedupeParams",
            "lohko.matching.dedupe:dedupe",
            needs=("customers",),
            uses=("crosswalk", "originals", "changes", "address_updates"),
            makes=("customers", "crosswalk", "originals", "pairs", "changes"),
            main="customers",
            files=("answers.csv",),
        ),
        Step(
            "consents",
            "decide, channel by channel, who may be contacted and on what evidence",
            "lohko.cleaning.params:ConsentsParams",
            "lohko.cleaning.consents:consents",
            needs=("customers",),
            uses=("consents", "suppressions", "address_updates", "crosswalk", "originals"),
            makes=("permissions",),
            main="permissions",
            today=True,
        ),
        Step(
            "clean",
            "contacts, postcodes, duplicates and permissions in one go",
            "lohko.steps.clean:CleanParams",
            "lohko.steps.clean:clean",
            needs=("customers",),
            uses=("consents", "suppressions", "address_updates", "crosswalk", "originals", "changes", "feedback"),
            makes=("customers", "crosswalk", "originals", "pairs", "changes", "permissions"),
            main="customers",
            files=("answers.csv",),
            today=True,  # it decides permissions: no withdrawal may be cut off because nobody has bought since
            reviews=("postcodes_review.csv", "address_updates_review.csv"),
        ),
        Step(
            "enrich",
            "join figures of the area each customer lives in, by postcode or municipality",
            "lohko.cleaning.params:EnrichParams",
            "lohko.cleaning.enrich:enrich",
            needs=("customers",),
            uses=("areas",),
            makes=("customers",),
            main="customers",
        ),
        Step(
            "value",
            "customer value in three dimensions: money, visits, social",
            "lohko.value.params:ValueParams",
            "lohko.value.step:value",
            needs=("customers",),
            uses=(*_EVENTS, "visitors"),
            makes=("value",),
            main="value",
            single=None,
        ),
        Step(
            "segment",
            "cluster customers by behaviour; name, profile and save the segments",
            "lohko.segments.params:SegmentParams",
            "lohko.segments.step:segment",
            needs=("value",),
            uses=("customers",),
            makes=("segments", "segment_profiles", "segment_fairness"),
            main="segments",
            single="value",
        ),
        Step(
            "assign",
            "give customers the segments of a saved model; tell how far behaviour has drifted",
            "lohko.segments.params:AssignParams",
            "lohko.segments.assign:assign",
            needs=("value",),
            uses=(),
            makes=("segments", "segment_profiles"),
            main="segments",
            single="value",
        ),
    )
}


def default_as_of(step: Step, latest_event: dt.date | None, today: dt.date) -> dt.date:
    """Return the as-of day a step takes when none is given: the latest event, at most today; permissions take today."""
    if step.today or latest_event is None:
        return today
    return min(latest_event, today)
