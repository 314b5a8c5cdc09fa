"""Prediction strength and bootstrap Jaccard on data where the truth is known."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lohko.segments.clusters import fit, nearest
from lohko.segments.stability import Resample, contingency, jaccard, prediction_strength


def blobs(n: int = 90, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.vstack([rng.normal(centre, 0.2, (n, 2)) for centre in ((0, 0), (4, 0), (0, 4))])


def bootstrap(matrix: np.ndarray, count: int = 5) -> list[Resample]:
    rng = np.random.default_rng(1)
    rows = [np.sort(rng.integers(0, len(matrix), len(matrix))) for _ in range(count)]
    return [Resample(matrix[r], matrix) for r in rows]


def test_true_clusters_are_found_again() -> None:
    matrix = blobs()
    labels = nearest(matrix, fit(matrix, 3, 1, 10))[0]
    ticks: list[int] = []
    assert jaccard(labels, 3, bootstrap(matrix), 1, lambda: ticks.append(1)).min() == 1
    assert len(ticks) == 5
    assert prediction_strength(matrix, 3, 1) == 1


def test_made_up_clusters_are_not() -> None:
    noise = np.random.default_rng(5).uniform(size=(300, 2))
    labels = nearest(noise, fit(noise, 7, 1, 10))[0]
    assert jaccard(labels, 7, bootstrap(noise), 1, lambda: None).min() < 0.9
    assert prediction_strength(noise, 7, 1) < 0.8
    assert prediction_strength(blobs(), 5, 1) < 0.8


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_contingency_counts_every_pair_once(pairs: list[tuple[int, int]]) -> None:
    left, right = (np.array(side, dtype=np.intp) for side in zip(*pairs, strict=True))
    table = contingency(left, right, 4)
    assert table.sum() == len(pairs)
    assert all(table[i, j] == pairs.count((i, j)) for i in range(4) for j in range(4))


def test_clusters_of_a_resample_are_found_once_and_are_the_same_again() -> None:
    matrix = blobs(30)
    (sample,) = bootstrap(matrix, 1)
    first = sample.labels(3, 1, "kmeans")
    assert sample.labels(3, 1, "kmeans") is first
    (fresh,) = bootstrap(matrix, 1)
    assert np.array_equal(fresh.labels(3, 1, "kmeans"), first)
    assert not np.array_equal(sample.labels(2, 1, "kmeans"), first)
