"""k-means that gives the same clusters whatever the row order, thread count or machine."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from lohko.segments.behaviour import Floats

Labels = NDArray[np.intp]

ROUGH = 1e-3  # how far each start is run where only the best of them is run to the end
TOLERANCE = 1e-9  # run to the end: stopping early leaves each seed at its own spot
ITERATIONS = 1_000
SLICE = 262_144  # rows whose distances are held at once


@cache
def _pools() -> ThreadpoolController:
    """Find the libraries that run threads, once: looking through the process's maps takes as long as a small fit."""
    import sklearn.cluster  # noqa: F401 - what it brings must be loaded to be found

    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """Run scikit-learn on one thread: with more, sums run in another order and the last digits differ."""
    with _pools().limit(limits=1):
        yield


def starts(n: int) -> int:
    """Return how many starts a final fit of n rows gets: 10 to 100; with one, seeds end in different places."""
    return min(max(2_000_000 // max(n, 1), 10), 100)


def fit(matrix: Floats, k: int, seed: int, n_init: int, *, rough: bool = False) -> Floats:
    """Return k centres (k × columns) of rows that stand in a canonical order.

    scikit-learn's k-means (Lloyd 1982; Arthur and Vassilvitskii 2007) run to the end and on one thread. Rough:
    only the best start is run to the end, which costs half, and now and then takes the second best for the best.
    """
    from sklearn.cluster import KMeans  # a second to import: who applies a stored model need not wait for it
    from sklearn.exceptions import ConvergenceWarning

    tolerance = ROUGH if rough else TOLERANCE
    model = KMeans(k, n_init=n_init, random_state=seed, algorithm="lloyd", tol=tolerance, max_iter=ITERATIONS)
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct rows than k: callers see to it
        model.fit(matrix)
    centres = np.asarray(model.cluster_centers_, dtype=np.float64)
    return refine(matrix, centres, ITERATIONS) if rough else centres


def refine(matrix: Floats, centres: Floats, passes: int = 10) -> Floats:
    """Continue from centres found on a sample over all rows (Lloyd's passes)."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    model = KMeans(len(centres), init=centres, n_init=1, max_iter=passes, tol=TOLERANCE, algorithm="lloyd")
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix)
    return np.asarray(model.cluster_centers_, dtype=np.float64)


def nearest(matrix: Floats, centres: Floats) -> tuple[Labels, Floats, Floats]:
    """Return each row's nearest centre, its distance to it, and to the second nearest (ties: the lower index)."""
    n, k = len(matrix), len(centres)
    labels = np.zeros(n, dtype=np.intp)
    first, second = np.full(n, np.inf), np.full(n, np.inf)
    for start in range(0, n, SLICE):
        part = slice(start, min(start + SLICE, n))
        for j in range(k):
            # Column by column, not by matrix product: the order of the sum is then the same everywhere.
            squared = np.zeros(part.stop - part.start)
            for column in range(matrix.shape[1]):
                squared += (matrix[part, column] - centres[j, column]) ** 2
            squared = np.round(squared, 12)
            closer = squared < first[part]
            second[part] = np.where(closer, first[part], np.minimum(second[part], squared))
            labels[part] = np.where(closer, j, labels[part])
            first[part] = np.where(closer, squared, first[part])
    return labels, np.sqrt(first), np.sqrt(second)


def sample_rows(n: int, most: int, seed: int) -> NDArray[np.intp] | None:
    """Return the sorted rows of a random sample, or None where all rows fit."""
    if n <= most:
        return None
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def distinct_rows(matrix: Floats, enough: int) -> int:
    """Count distinct rows (to nine decimals), stopping once there are enough."""
    size = 1_000
    while size < len(matrix):
        found = len(np.unique(np.round(matrix[:size], 9), axis=0))
        if found >= enough:
            return found
        size *= 10
    return len(np.unique(np.round(matrix, 9), axis=0))
