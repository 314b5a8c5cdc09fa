"""The ways to cluster: k-means, or a mixture of normal distributions; both fitted, stored and applied alike."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lohko.segments.behaviour import Floats
from lohko.segments.clusters import SLICE, Labels, fit, nearest, one_thread

# Added to the variances of a mixture: customers who all stand at one place would draw a part together to nothing. With twice as much,
# parts merge (Online Retail: lowest Jaccard at k = 4 .88 with this, .42 with twice, .71 with next to none).
FLOOR = 0.01
STEPS = 100  # of expectation and maximisation


@dataclass(frozen=True, slots=True)
class Clusters:
    """Fitted clusters.

    Attributes
    ----------
    centres : k × columns
    spreads : k × columns, the variances of a mixture; None for k-means
    weights : k, the shares of a mixture; None for k-means
    """

    centres: Floats
    spreads: Floats | None = None
    weights: Floats | None = None

    def place(self, matrix: Floats) -> tuple[Labels, Floats]:
        """Return each row's cluster and the confidence in it: 0 on the border of two clusters, 1 at the heart of one.

        k-means: the nearest centre, and 1 − (distance to it) / (distance to the second nearest). Mixture: the likeliest part, and
        1 − (likelihood of the second likeliest) / (likelihood of it).
        """
        if self.spreads is None or self.weights is None:
            labels, first, second = nearest(matrix, self.centres)
            confidence = 1.0 - first / np.maximum(second, 1e-12)
        else:
            labels, first, second = _likeliest(matrix, self.centres, self.spreads, self.weights)
            confidence = -np.expm1(np.minimum(first - second, 0.0) / 2)
        return labels, np.round(confidence, 6) if len(self.centres) > 1 else np.ones(len(matrix))

    def labels(self, matrix: Floats) -> Labels:
        """Return each row's cluster."""
        return self.place(matrix)[0]

    def rounded(self) -> Clusters:
        """Return them with six decimals, as they are stored: past those, machines differ."""
        return self._each(lambda x: np.round(x, 6) + 0.0)

    def picked(self, order: Sequence[int]) -> Clusters:
        """Return these clusters of them, in this order."""
        return self._each(lambda x: x[list(order)])

    def _each(self, change: Callable[[Floats], Floats]) -> Clusters:
        parts = (self.centres, self.spreads, self.weights)
        centres, spreads, weights = (None if x is None else change(x) for x in parts)
        return Clusters(np.asarray(centres), spreads, weights)


def cluster(matrix: Floats, k: int, seed: int, n_init: int, method: str = "kmeans", *, rough: bool = False) -> Clusters:
    """Fit k clusters to rows in a canonical order; ``rough`` as in :func:`~lohko.segments.clusters.fit`.

    ``gmm`` is a mixture of normal distributions with a variance of its own for each part and column, by expectation and
    maximisation (Dempster, Laird and Rubin 1977) from the best k-means.
    """
    centres = fit(matrix, k, seed, n_init, rough=rough)
    if method == "kmeans":
        return Clusters(centres)
    from sklearn.exceptions import ConvergenceWarning  # as in clusters: slow to import
    from sklearn.mixture import GaussianMixture

    own = nearest(matrix, centres)[0]
    sizes = np.maximum(np.bincount(own, minlength=k), 1)
    spreads = np.array([matrix[own == i].var(axis=0) if (own == i).any() else matrix.var(axis=0) for i in range(k)])
    model = GaussianMixture(
        k, covariance_type="diag", reg_covar=FLOOR, max_iter=STEPS, tol=1e-4, random_state=seed, init_params="random_from_data",
        means_init=centres, precisions_init=1.0 / (spreads + FLOOR), weights_init=sizes / sizes.sum(),
    )  # fmt: skip
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix)
    return Clusters(*(np.asarray(x, dtype=np.float64) for x in (model.means_, model.covariances_, model.weights_)))


def _likeliest(matrix: Floats, centres: Floats, spreads: Floats, weights: Floats) -> tuple[Labels, Floats, Floats]:
    """Return each row's likeliest part, and -2 log of its likelihood and of the second likeliest's (ties: the lower index)."""
    n = len(matrix)
    labels = np.zeros(n, dtype=np.intp)
    first, second = np.full(n, np.inf), np.full(n, np.inf)
    fixed = np.log(spreads).sum(axis=1) - 2 * np.log(np.maximum(weights, 1e-12))
    for start in range(0, n, SLICE):
        part = slice(start, min(start + SLICE, n))
        for j in range(len(centres)):
            # column by column, as in ``nearest``: the order of the sum is then the same everywhere
            far = np.full(part.stop - part.start, fixed[j])
            for column in range(matrix.shape[1]):
                far += (matrix[part, column] - centres[j, column]) ** 2 / spreads[j, column]
            far = np.round(far, 9)
            closer = far < first[part]
            second[part] = np.where(closer, first[part], np.minimum(second[part], far))
            labels[part] = np.where(closer, j, labels[part])
            first[part] = np.where(closer, far, first[part])
    return labels, first, second
