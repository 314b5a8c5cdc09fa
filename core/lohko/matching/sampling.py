"""Random pairs: what two strangers show by chance."""

from __future__ import annotations

import numpy as np

from lohko.matching.blocking import Pairs
from lohko.matching.coding import distinct
from lohko.matching.settings import limits


def random_pairs(size: int) -> Pairs:
    """Return random pairs of rows, sorted and distinct; every pair of a small register. The seed is fixed."""
    wanted = limits().sample_pairs
    if size < 2:
        return np.empty(0, dtype=np.int64)
    if size * (size - 1) // 2 <= wanted:
        left, right = np.triu_indices(size, 1)
        return left.astype(np.int64) << 32 | right
    draw = np.random.default_rng(19690101)
    one, other = draw.integers(0, size, wanted), draw.integers(0, size, wanted)
    low, high = np.minimum(one, other), np.maximum(one, other)
    return distinct((low << 32 | high)[low != high])
