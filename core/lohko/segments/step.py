"""The step ``segment``: from the table value to segments, their profiles and a saved model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import cast

import polars as pl

from lohko.errors import InputRefused
from lohko.outcome import Env, Finding, StepResult
from lohko.parameters import Params
from lohko.segments.agreement import agreement
from lohko.segments.assign import load_from, read_for
from lohko.segments.behaviour import choose_features, read
from lohko.segments.fairness import check, holder
from lohko.segments.fitting import Fit, fit_model
from lohko.segments.model import PATH
from lohko.segments.params import SegmentParams
from lohko.segments.profiles import profiles_table
from lohko.segments.refit import Refit, keep_names
from lohko.segments.scoring import score, segments_table

WORDS = {"financial": "money", "visits": "visits", "social": "social value"}


def segment(tables: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Cluster customers by behaviour in money, visits and social acts; name, explain and save the segments.

    Parameters
    ----------
    tables : ``value``, one row a customer; ``customers`` for the columns that fairness is checked by
    params : see :class:`~lohko.segments.params.SegmentParams`

    Returns
    -------
    StepResult
        Tables ``segments``, ``segment_profiles`` and, when asked for, ``segment_fairness``; the model as a file; figures: ``k``, ``why_k``, ``candidates``,
        ``stability`` by segment, ``agreement`` with the value classes by dimension, ``features``, ``explained`` (share of variance between segments), ``rule_fidelity``, and with
        ``previous`` what became of the older model's segments.

    Raises
    ------
    InputRefused
        There are no customers, the number of segments asked for cannot be made, or the older model cannot be used.
    UsageFault
        A feature, or a column to check fairness by, is not there.
    """
    wishes = cast("SegmentParams", params)
    value = tables["value"]
    people = {name: tables[name] for name in ("customers", "value") if name in tables}
    for column in wishes.fairness:
        holder(people, column)
    features = choose_features(dict(value.collect_schema()), wishes.features)
    everyone = read(value, features)
    if not len(everyone.ids):
        raise InputRefused("segment_nobody", "the table value has no rows")
    fitted = fit_model(everyone, features, wishes, env.as_of, env.progress)
    labels, confidence = score(fitted.model, everyone)
    if wishes.previous is not None:
        older = load_from(env, "previous")
        fitted = _under_old_names(
            fitted, keep_names(fitted.model, labels, older, score(older, read_for(value, older))[0])
        )
    views = agreement(everyone, labels, len(fitted.model.known))
    compared = [f"{WORDS[d]} {t.by_segment:.0%} ({t.without:.0%} without it)" for d, t in views.items()]
    findings = [*fitted.findings, *([Finding("segments_agree", {"levels": ", ".join(compared)})] if compared else [])]
    assigned = segments_table(fitted.model, everyone, labels, confidence, wishes.lang)
    profiles = profiles_table(fitted.model, everyone, labels, wishes.lang)
    made = {"segments": assigned, "segment_profiles": profiles}
    if wishes.fairness:
        ordered = profiles.select("segment").join(assigned, on="segment", maintain_order="left_right")
        checked = check(ordered, people, wishes.fairness, env.as_of)
        made["segment_fairness"] = checked.table
        findings += [
            Finding(
                "segments_fairness",
                {"column": column, "ratios": seen, "flagged": flagged},
                "warning" if flagged else "info",
            )
            for column, (seen, flagged) in checked.flagged.items()
        ]
    return StepResult(
        tables=made,
        findings=tuple(findings),
        figures={**fitted.figures, "agreement": {d: dataclasses.asdict(t) for d, t in views.items()}},
        files={PATH: fitted.model.to_bytes()},
        outdated=() if wishes.fairness else ("segment_fairness",),
    )


def _under_old_names(fitted: Fit, refit: Refit) -> Fit:
    """Put the names that last into the model, the findings and the figures."""
    slugs = refit.renamed
    findings = tuple(
        dataclasses.replace(f, data={**f.data, "segment": slugs[f.data["segment"]]})
        if f.data.get("segment") in slugs
        else f
        for f in fitted.findings
    )
    stability = {slugs.get(slug, slug): value for slug, value in fitted.figures["stability"].items()}
    figures = {**fitted.figures, "stability": stability, **refit.figures}
    return Fit(refit.model, (*findings, *refit.findings), figures)
