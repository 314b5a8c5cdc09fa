"""The step ``assign``: new data scored with a saved model, without refitting, and how far behaviour has drifted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np
import polars as pl

from lohko.errors import InputRefused
from lohko.outcome import Env, Finding, StepResult
from lohko.parameters import Params
from lohko.segments.behaviour import Behaviour, read, there
from lohko.segments.clusters import Labels
from lohko.segments.drift import MOVED, drift
from lohko.segments.model import PATH, Model, load
from lohko.segments.params import AssignParams
from lohko.segments.profiles import profiles_table
from lohko.segments.scoring import score, segments_table


def assign(tables: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Give every customer the segment of a saved model.

    Parameters
    ----------
    tables : ``value``, made as it was for the model
    params : see :class:`~lohko.segments.params.AssignParams`
    env : ``others["model"]`` holds ``model/model.json``

    Returns
    -------
    StepResult
        Tables ``segments`` and ``segment_profiles`` (these customers' numbers, the model's words); the model, carried
        along; figures: ``drift`` (PSI by feature), ``drift_segments`` (PSI of the segments' shares), ``drift_chance`` (what
        both stay under by chance), ``drift_highest``, ``share_shift``, ``gate_crossed`` (over ``max_drift``), ``shares`` (by
        segment: then, now and the change).

    Raises
    ------
    InputRefused
        There is no model, it cannot be read, the value table lacks a feature of it, or has no rows.
    """
    wishes = cast("AssignParams", params)
    model = load_from(env, "model")
    behaviour = read_for(tables["value"], model)
    labels, confidence = score(model, behaviour)
    moved = drift(behaviour, model, labels)
    findings = [Finding("segments_assigned", {"customers": len(labels), "trained": model.as_of.isoformat()})]
    findings.append(Finding("segments_share_shift", {"share": f"{moved.shift:.1%}", "psi": f"{moved.segments:.2f}"}))
    if over := moved.over(MOVED):
        data = {"features": ", ".join(over), "psi": f"{moved.highest:.2f}"}
        findings.append(Finding("segments_drift", data, "warning"))
    crossed = moved.over(wishes.max_drift) if wishes.max_drift is not None else ()
    return StepResult(
        tables={
            "segments": segments_table(model, behaviour, labels, confidence, wishes.lang),
            "segment_profiles": profiles_table(model, behaviour, labels, wishes.lang),
        },
        findings=tuple(findings),
        figures={
            "model_as_of": model.as_of.isoformat(),
            "model_version": model.version,
            "drift": dict(moved.features),
            "drift_segments": moved.segments,
            "drift_chance": dict(moved.chance),
            "drift_highest": moved.highest,
            "share_shift": moved.shift,
            "gate_crossed": bool(crossed),
            "shares": _shares(model, labels),
        },
        files={PATH: env.others["model"].files[PATH]},
        outdated=("segment_fairness",),
        gate=f"the drift of {', '.join(crossed)} is over {wishes.max_drift:g}" if crossed else None,
    )


def load_from(env: Env, option: str) -> Model:
    """Load the model of the package that an option names.

    Raises
    ------
    InputRefused
        There is none (code ``segment_model_missing``), or it cannot be read.
    """
    files = env.others[option].files if option in env.others else {}
    if PATH not in files:
        raise InputRefused("segment_model_missing", f"the package named with --{option} has no {PATH}")
    return load(files[PATH])


def read_for(value: pl.LazyFrame, model: Model) -> Behaviour:
    """Read the features of a model from a value table.

    Raises
    ------
    InputRefused
        A feature is missing (code ``segment_model_features``), or there are no rows (``segment_nobody``).
    """
    columns = value.collect_schema().names()
    missing = [feature for feature in model.features if not there(feature, columns)]
    if missing:
        raise InputRefused("segment_model_features", f"the value table has no column {', '.join(missing)}")
    behaviour = read(value, model.features)
    if not len(behaviour.ids):
        raise InputRefused("segment_nobody", "the table value has no rows")
    return behaviour


def _shares(model: Model, labels: Labels) -> dict[str, dict[str, float]]:
    counts = np.bincount(labels, minlength=len(model.known))
    found = {}
    for segment, count in zip(model.known, counts, strict=True):
        now = round(int(count) / max(len(labels), 1), 6)
        found[segment.slug] = {"then": segment.share, "now": now, "change": round(now - segment.share, 6)}
    return found
