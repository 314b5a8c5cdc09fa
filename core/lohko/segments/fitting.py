"""Fits a segmentation: preparation, number of clusters, centres by value, stability, words. The result is a model."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

import lohko
from lohko.errors import InputRefused
from lohko.outcome import Finding, Progress
from lohko.segments import choosing
from lohko.segments.behaviour import DIMENSIONS, Behaviour, Floats, dimension_of
from lohko.segments.clusters import Labels, distinct_rows, refine, sample_rows, starts
from lohko.segments.drift import MOVED, learn_bands
from lohko.segments.facets import Facets, describe
from lohko.segments.groups import cluster_segment, group_segment
from lohko.segments.methods import Clusters, cluster
from lohko.segments.model import Model
from lohko.segments.naming import Name, group_name, name
from lohko.segments.newcomers import newcomers
from lohko.segments.params import SegmentParams
from lohko.segments.rules import Rule, explain, fixed_rule
from lohko.segments.stability import jaccard, resamples
from lohko.segments.transform import Preparation, learn

FEW = 30  # active customers below which a cluster is chance
PER_CLUSTER = 10  # active customers a candidate number of clusters needs for each
JUDGED_ROWS = 10_000  # customers on which k is chosen and stability told, so that the cost has a ceiling
JUDGED_MIXTURE_ROWS = 4_000  # the same for a mixture, whose fits take some three times as long
UNSTABLE = 0.6


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model, findings and figures."""

    model: Model
    findings: tuple[Finding, ...]
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Active:
    """The customers who did something, the preparation learnt from them, and the matrix it makes."""

    behaviour: Behaviour
    preparation: Preparation
    matrix: Floats


def fit_model(
    everyone: Behaviour, features: tuple[str, ...], params: SegmentParams, as_of: dt.date, progress: Progress
) -> Fit:
    """Fit a segmentation on these customers.

    Raises
    ------
    InputRefused
        The number of segments asked for cannot be made (code ``segment_k_impossible``).
    """
    dimensions = everyone.dimensions()
    silent = set(DIMENSIONS) - set(dimensions)
    asked, features = features, tuple(f for f in features if dimension_of(f) not in silent)
    somewhere, few = everyone.somewhere(dimensions), newcomers(everyone, params.new_events, params.new_days)
    active = everyone.subset(somewhere & ~few)
    n = len(active.ids)
    prepared = _prepare(active, features, params)
    preparation, matrix = prepared.preparation, prepared.matrix
    kinds = distinct_rows(matrix, max(params.k or 0, choosing.LARGEST_K)) if n and preparation.columns else min(n, 1)
    if params.k is not None and (kinds < params.k or n < 2 * params.k):
        raise InputRefused(
            "segment_k_impossible",
            f"{params.k} segments were asked for; {n} customers are active and not new, and they behave in {kinds} "
            "different ways",
        )
    findings: list[Finding] = []
    figures: dict[str, Any]
    if params.k is None and (n < FEW or kinds < 2):
        if n:
            findings.append(
                Finding("segments_too_few" if n < FEW else "segments_no_variation", {"customers": n}, "warning")
            )
        clusters = Clusters(np.zeros((min(n, 1), len(preparation.columns))))
        stability: list[float | None] = [None] * len(clusters.centres)
        why = "there is nothing to tell customers apart by" if n >= FEW else "there are too few active customers"
        figures = {"k": len(stability), "why_k": why, "candidates": []}
    else:
        clusters, measured, choice = _cluster(prepared, params, kinds, progress)
        stability = list(measured)
        figures = {"k": len(stability), "why_k": choice.why, "candidates": [c.as_dict() for c in choice.candidates]}
        data = {"segments": len(stability), "customers": n, "why": choice.why}
        findings.append(Finding("segments_chosen", data))
        if not choice.passed and params.k is None:
            findings.append(Finding("segments_fallback", {"k": len(stability)}, "warning"))
    labels = clusters.labels(matrix)
    names, facets, rules, fidelity = _words(prepared, labels, len(stability), params.seed)
    findings += [
        Finding("segment_unstable", {"segment": own.slug, "stability": f"{value:.2f}"}, "warning")
        for own, value in zip(names, stability, strict=True)
        if value is not None and value < UNSTABLE
    ]
    if few.any():
        data = {"customers": int(few.sum()), "events": params.new_events, "days": params.new_days}
        findings.append(Finding("segments_new", data))
    nothing = ~somewhere & ~few
    if nothing.any():
        findings.append(Finding("segments_inactive", {"customers": int(nothing.sum())}))
    used = {c.feature for c in preparation.columns}
    told = params.features or features
    findings += [
        Finding("segment_feature_left_out", {"feature": f}) for f in asked if f in told and f not in used and n >= FEW
    ]
    sizes = np.bincount(labels, minlength=len(stability))
    everybody = max(len(everyone.ids), 1)
    saved = tuple(
        cluster_segment(own, rule, facet, value, members=active.subset(labels == i), everybody=everybody)
        for i, (own, rule, facet, value) in enumerate(zip(names, rules, facets, stability, strict=True))
    )
    few_events = fixed_rule("new", events=params.new_events, days=params.new_days)
    model = Model(
        version=lohko.__version__,
        as_of=as_of,
        customers=len(everyone.ids),
        active=n,
        seed=params.seed,
        k=len(stability),
        method=params.method,
        dimensions=dimensions,
        features=features,
        preparation=preparation,
        clusters=clusters,
        segments=saved,
        inactive=group_segment("inactive", fixed_rule("inactive"), everyone.subset(nothing), everybody),
        new=group_segment("new", few_events, everyone.subset(few), everybody) if params.new_days else None,
        new_events=params.new_events,
        new_days=params.new_days,
        bands=learn_bands(everyone, preparation),
        thresholds={
            "prediction_strength": choosing.STRENGTH,
            "jaccard_min": choosing.JACCARD,
            "smallest_share": choosing.SHARE,
            "unstable": UNSTABLE,
            "drift": MOVED,
        },
    )
    known = [(s, v) for s, v in zip(sizes, stability, strict=True) if v is not None]
    figures |= {
        "active_customers": n,
        "features": [c.feature for c in preparation.columns],
        "stability": {s.slug: s.stability for s in saved},
        "overall_stability": round(float(sum(s * v for s, v in known) / sum(s for s, _ in known)), 6)
        if known
        else None,
        "rule_fidelity": fidelity,
        "explained": _explained(preparation, matrix, labels),
    }
    return Fit(model, tuple(findings), figures)


def _prepare(active: Behaviour, features: tuple[str, ...], params: SegmentParams) -> _Active:
    preparation = learn(active, features, sample_rows(len(active.ids), params.sample, params.seed))
    return _Active(active, preparation, preparation.apply(active))


def _cluster(
    prepared: _Active, params: SegmentParams, kinds: int, progress: Progress
) -> tuple[Clusters, list[float], choosing.Choice]:
    """Choose k on a sample, fit, pass over everybody, and put the centres in the order of value."""
    active, matrix = prepared.behaviour, prepared.matrix
    n = len(matrix)
    judged = sample_rows(n, JUDGED_ROWS if params.method == "kmeans" else JUDGED_MIXTURE_ROWS, params.seed)
    seen = matrix if judged is None else matrix[judged]
    some = active if judged is None else active.subset(judged)
    possible = [
        k for k in range(choosing.SMALLEST_K, choosing.LARGEST_K + 1) if k <= kinds and k * PER_CLUSTER <= n
    ] or [2]
    tried = [params.k] if params.k is not None else possible
    raw = tuple(c.feature for c in prepared.preparation.columns)
    samples = resamples(some, raw, params.bootstraps, params.seed)
    total = (len(tried) + 1) * max(len(samples), 1)
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress("choosing the number of segments", done, total)

    judged_ks = tuple(choosing.judge(seen, k, params.seed, samples, tick, method=params.method) for k in tried)
    choice = choosing.choose(judged_ks, params.k)
    sample = sample_rows(n, params.sample, params.seed)
    base = matrix if sample is None else matrix[sample]
    # on a sample the passes over everybody follow, so the starts need not each run to the end
    clusters = cluster(base, choice.k, params.seed, starts(len(base)), params.method, rough=sample is not None)
    if sample is not None and params.method == "kmeans":
        clusters = Clusters(refine(matrix, clusters.centres))
    clusters = clusters.rounded()
    clusters = clusters.picked(_by_value(active, clusters.labels(matrix), clusters.centres))
    k = len(clusters.centres)
    measured = jaccard(clusters.labels(seen), k, samples, params.seed, tick, method=params.method)
    return clusters, [float(v) for v in measured], choice


def _by_value(active: Behaviour, labels: Labels, centres: Floats) -> list[int]:
    """Return the clusters that have members, the most valuable customers first (mean money, then the centres)."""
    money = active.money.cast(float).to_numpy()
    sizes = np.bincount(labels, minlength=len(centres))
    mean = np.round(np.bincount(labels, weights=money, minlength=len(centres)) / np.maximum(sizes, 1), 4)
    order = sorted(range(len(centres)), key=lambda i: (-mean[i], tuple(-centres[i])))
    return [i for i in order if sizes[i]]


def _words(
    prepared: _Active, labels: Labels, k: int, seed: int
) -> tuple[list[Name], list[Facets | None], list[Rule], float | None]:
    if k < 2:
        return [group_name("everybody")] * k, [None] * k, [fixed_rule("everybody")] * k, None
    facets = describe(prepared.behaviour, prepared.preparation, prepared.matrix, labels, k)
    rules, fidelity = explain(prepared.behaviour, prepared.preparation, labels, k, seed)
    return name(facets), list(facets), rules, fidelity


def _explained(preparation: Preparation, matrix: Floats, labels: Labels) -> dict[str, float]:
    """Return the share of each feature's variance that lies between segments (eta squared), and of all together."""
    found: dict[str, float] = {}
    between_all = total_all = 0.0
    sizes = np.maximum(np.bincount(labels), 1) if len(labels) else np.ones(1)
    for i, column in enumerate(preparation.columns):
        x = matrix[:, i]
        total = float(((x - x.mean()) ** 2).sum())
        means = np.bincount(labels, weights=x) / sizes
        between = float((np.bincount(labels) * (means - x.mean()) ** 2).sum())
        found[column.feature] = round(between / total, 6) if total else 0.0
        between_all, total_all = between_all + between, total_all + total
    return {**found, "all": round(between_all / total_all, 6) if total_all else 0.0}
