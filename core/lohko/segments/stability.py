"""How far clusters can be trusted: prediction strength, and the Jaccard similarity under the bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lohko.segments.behaviour import Behaviour, Floats
from lohko.segments.clusters import Labels
from lohko.segments.methods import cluster
from lohko.segments.transform import learn

HALVINGS = 10  # random halvings of prediction strength, each used both ways
N_INIT = 10  # starts of a fit inside the bootstrap and the halvings


def contingency(left: Labels, right: Labels, k: int) -> np.ndarray:
    """Count how often label i on the left meets label j on the right (k × k)."""
    return np.bincount(left * k + right, minlength=k * k).reshape(k, k)


def prediction_strength(matrix: Floats, k: int, seed: int, method: str = "kmeans") -> float:
    """Return the prediction strength of k clusters, 0 to 1 (Tibshirani and Walther 2005).

    Half of the customers are clustered, and the other half; of the pairs that share a cluster in one half, the
    share that the other half's centres put together, too, for the worst cluster; the mean over random halvings.
    """
    rng = np.random.default_rng(seed)
    scores = []
    for halving in range(HALVINGS):
        order = rng.permutation(len(matrix))
        middle = len(matrix) // 2
        halves = [matrix[np.sort(order[:middle])], matrix[np.sort(order[middle:])]]
        found = [cluster(half, k, seed + halving, N_INIT, method, rough=True) for half in halves]
        for test, train in ((0, 1), (1, 0)):
            own, other = (found[i].labels(halves[test]) for i in (test, train))
            table = contingency(own, other, k).astype(np.float64)
            sizes = table.sum(axis=1)
            pairs = np.maximum(sizes * (sizes - 1), 1.0)
            scores.append(float(np.where(sizes > 1, (table * (table - 1)).sum(axis=1) / pairs, 1.0).min()))
    return round(float(np.mean(scores)), 6)


@dataclass(frozen=True, slots=True)
class Resample:
    """One bootstrap sample of customers: its own preparation's matrix, and all customers seen through it.

    Clusters found on it are kept, since stability is told of the same numbers again once k is chosen.
    """

    drawn: Floats
    everyone: Floats
    _kept: dict[tuple[int, int, str], Labels] = field(default_factory=dict, init=False, repr=False, compare=False)

    def labels(self, k: int, seed: int, method: str) -> Labels:
        """Return everyone's cluster among k that are found on the sample."""
        if (k, seed, method) not in self._kept:
            found = cluster(self.drawn, k, seed, N_INIT, method, rough=True)
            self._kept[k, seed, method] = found.labels(self.everyone)
        return self._kept[k, seed, method]


def resamples(behaviour: Behaviour, features: tuple[str, ...], count: int, seed: int) -> list[Resample]:
    """Draw bootstrap samples and learn the preparation anew on each."""
    rng = np.random.default_rng(seed)
    n = len(behaviour.ids)
    found = []
    for _ in range(count):
        rows = np.sort(rng.integers(0, n, n))
        preparation = learn(behaviour, features, rows)
        if not preparation.columns:  # a handful of customers, drawn so that all look alike
            continue
        everyone = preparation.apply(behaviour)
        found.append(Resample(everyone[rows], everyone))
    return found


def jaccard(
    labels: Labels, k: int, samples: list[Resample], seed: int, tick: Callable[[], None], *, method: str = "kmeans"
) -> Floats:
    """Return each cluster's mean Jaccard similarity to its likest cluster over the bootstraps (Hennig 2007).

    All customers are assigned to the clusters of each bootstrap. Below 0.6 a cluster should not be trusted, from 0.75
    it is a valid one, from 0.85 highly stable.
    """
    sizes = np.bincount(labels, minlength=k).astype(np.float64)
    total = np.zeros(k)
    for number, sample in enumerate(samples):
        other = sample.labels(k, seed + number, method)
        table = contingency(labels, other, k).astype(np.float64)
        union = sizes[:, None] + table.sum(axis=0)[None, :] - table
        total += (table / np.maximum(union, 1.0)).max(axis=1)
        tick()
    return np.round(total / max(len(samples), 1), 6)
