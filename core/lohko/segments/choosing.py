"""Chooses the number of clusters by a stated rule, and says what stood against the others.

The rule: the largest k from 3 to 8 with a prediction strength of at least 0.8 (Tibshirani and Walther 2005), every cluster's
bootstrap Jaccard at least 0.75 (Hennig 2007), and no cluster under 5 % of the customers; if no k passes, 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import silhouette_score

from lohko.segments.behaviour import Floats
from lohko.segments.clusters import Labels, one_thread, sample_rows, starts
from lohko.segments.methods import cluster
from lohko.segments.stability import Resample, jaccard, prediction_strength

SMALLEST_K, LARGEST_K = 3, 8
STRENGTH = 0.8
JACCARD = 0.75
SHARE = 0.05
FALLBACK = 3
SILHOUETTE_ROWS = 4_000  # silhouette holds all pairs in memory


@dataclass(frozen=True, slots=True)
class Candidate:
    """One k and how it did (all figures 0 to 1, silhouette −1 to 1)."""

    k: int
    prediction_strength: float
    jaccard_min: float
    smallest_share: float
    silhouette: float

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the tests it did not pass."""
        tests = (
            ("prediction_strength", self.prediction_strength >= STRENGTH),
            ("jaccard_min", self.jaccard_min >= JACCARD),
            ("smallest_share", self.smallest_share >= SHARE),
        )
        return tuple(name for name, passed in tests if not passed)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "k": self.k,
            "prediction_strength": self.prediction_strength,
            "jaccard_min": self.jaccard_min,
            "smallest_share": self.smallest_share,
            "silhouette": self.silhouette,
            "failed": list(self.failed),
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """The k chosen, why in one sentence, whether the rule was passed, and all candidates."""

    k: int
    why: str
    passed: bool
    candidates: tuple[Candidate, ...]


def judge(
    matrix: Floats, k: int, seed: int, samples: list[Resample], tick: Callable[[], None], *, method: str = "kmeans"
) -> Candidate:
    """Measure one k on these customers."""
    labels = cluster(matrix, k, seed, starts(len(matrix)), method, rough=True).labels(matrix)
    per_cluster = jaccard(labels, k, samples, seed, tick, method=method)
    return Candidate(
        k=k,
        prediction_strength=prediction_strength(matrix, k, seed, method),
        jaccard_min=float(per_cluster.min()),
        smallest_share=round(float(np.bincount(labels, minlength=k).min()) / len(labels), 6),
        silhouette=_silhouette(matrix, labels, seed),
    )


def choose(candidates: tuple[Candidate, ...], asked: int | None) -> Choice:
    """Choose among candidates in ascending order of k; a k that was asked for stands, whatever it failed."""
    names = {
        "prediction_strength": "prediction strength",
        "jaccard_min": "stability",
        "smallest_share": "smallest share",
    }

    def told(c: Candidate) -> str:
        return (
            f"prediction strength {c.prediction_strength:.2f}, lowest Jaccard {c.jaccard_min:.2f}, "
            f"smallest segment {c.smallest_share:.0%}"
        )

    if asked is not None:
        only = candidates[0]
        return Choice(asked, f"{asked} was asked for ({told(only)})", not only.failed, candidates)
    passed = [c for c in candidates if not c.failed]
    if passed:
        best = passed[-1]
        return Choice(best.k, f"{best.k} is the largest number that holds ({told(best)})", True, candidates)
    first = next((c for c in candidates if c.k == FALLBACK), candidates[0])
    failures = "; ".join(f"{c.k}: {', '.join(names[f] for f in c.failed)}" for c in candidates)
    return Choice(
        first.k, f"no number passed every test, so {first.k} was taken (failed at {failures})", False, candidates
    )


def _silhouette(matrix: Floats, labels: Labels, seed: int) -> float:
    rows = sample_rows(len(matrix), SILHOUETTE_ROWS, seed)
    if rows is not None:
        matrix, labels = matrix[rows], labels[rows]
    if not 1 < len(np.unique(labels)) < len(labels):
        return 0.0
    with one_thread():
        return round(float(silhouette_score(matrix, labels)), 6)
