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
from lohko.segments.drift import MOVED, psi
from lohko.segments.model import PATH, Model, load
from lohko.segments.params import AssignParams
from lohko.segments.scoring import score, segments_table


def assign(tables: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Give every customer the segment of a saved model.

    Parameters
    ----------
    tables : ``value``, made as it was for the model
    params : see :class:`~lohko.segments.params.AssignParams`
    env : its files hold ``model/model.json``

    Returns
    -------
    StepResult
        Table ``segments``; the model, carried along; figures: ``drift`` (PSI by feature), ``drift_highest``,
        ``gate_crossed`` (over ``max_drift``), ``shares`` (by segment: then, now and the change).

    Raises
    ------
    InputRefused
        There is no model, it cannot be read, the value table lacks a feature of it, or has no rows.
    """
    wishes = cast("AssignParams", params)
    if PATH not in env.files:
        raise InputRefused("segment_model_missing", f"the package has no {PATH}")
    model = load(env.files[PATH])
    behaviour = read_for(tables["value"], model)
    labels, confidence = score(model, behaviour)
    drift = psi(behaviour, model.preparation, model.bands)
    highest = max(drift.values(), default=0.0)
    findings = [Finding("segments_assigned", {"customers": len(labels), "trained": model.as_of.isoformat()})]
    moved = [feature for feature, index in drift.items() if index > MOVED]
    if moved:
        findings.append(Finding("segments_drift", {"features": ", ".join(moved), "psi": f"{highest:.2f}"}, "warning"))
    return StepResult(
        tables={"segments": segments_table(model, behaviour, labels, confidence, wishes.lang)},
        findings=tuple(findings),
        figures={
            "model_as_of": model.as_of.isoformat(),
            "drift": drift,
            "drift_highest": highest,
            "gate_crossed": wishes.max_drift is not None and highest > wishes.max_drift,
            "shares": _shares(model, labels),
        },
        files={PATH: env.files[PATH]},
    )


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
    counts = np.bincount(labels, minlength=model.k + 1)
    found = {}
    for segment, count in zip((*model.segments, model.inactive), counts, strict=True):
        now = round(int(count) / max(len(labels), 1), 6)
        found[segment.slug] = {"then": segment.share, "now": now, "change": round(now - segment.share, 6)}
    return found
