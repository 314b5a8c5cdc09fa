"""The step ``segment``: from the table value to segments, their profiles and a saved model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import polars as pl

from lohko.errors import InputRefused
from lohko.outcome import Env, StepResult
from lohko.parameters import Params
from lohko.segments.behaviour import choose_features, read
from lohko.segments.fitting import fit_model
from lohko.segments.model import PATH
from lohko.segments.params import SegmentParams
from lohko.segments.profiles import profiles_table
from lohko.segments.scoring import score, segments_table


def segment(tables: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Cluster customers by behaviour in money, visits and social acts; name, explain and save the segments.

    Parameters
    ----------
    tables : ``value``, one row a customer
    params : see :class:`~lohko.segments.params.SegmentParams`

    Returns
    -------
    StepResult
        Tables ``segments`` and ``segment_profiles``; the model as a file; figures: ``k``, ``why_k``, ``candidates``,
        ``stability`` by segment, ``features``, ``explained`` (share of variance between segments), ``rule_fidelity``.

    Raises
    ------
    InputRefused
        There are no customers, or the number of segments asked for cannot be made.
    UsageFault
        A feature asked for is not there.
    """
    wishes = cast("SegmentParams", params)
    value = tables["value"]
    features = choose_features(dict(value.collect_schema()), wishes.features)
    everyone = read(value, features)
    if not len(everyone.ids):
        raise InputRefused("segment_nobody", "the table value has no rows")
    fitted = fit_model(everyone, features, wishes, env.as_of, env.progress)
    labels, confidence = score(fitted.model, everyone)
    return StepResult(
        tables={
            "segments": segments_table(fitted.model, everyone, labels, confidence, wishes.lang),
            "segment_profiles": profiles_table(fitted.model, everyone, labels, wishes.lang),
        },
        findings=fitted.findings,
        figures=fitted.figures,
        files={PATH: fitted.model.to_bytes()},
    )
