"""From pairs to customers: connected components, and those whose members contradict each other split."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lohko.matching.blocking import Pairs, left_of, right_of
from lohko.matching.coding import FloatArray

Labels = npt.NDArray[np.int64]
CLIP_BITS = 12.0  # no single pair speaks louder than this for or against a cluster


def components(size: int, pairs: Pairs) -> Labels:
    """Return for every row the smallest row it is linked to, directly or through others."""
    if not len(pairs):
        return np.arange(size, dtype=np.int64)
    links = coo_array((np.ones(len(pairs), dtype=np.int8), (left_of(pairs), right_of(pairs))), shape=(size, size))
    _, label = connected_components(links, directed=False)
    smallest = np.full(int(label.max()) + 1, size, dtype=np.int64)
    np.minimum.at(smallest, label, np.arange(size))
    found: Labels = smallest[label]
    return found


def inner_pairs(labels: Labels, largest: int) -> Pairs:
    """Return all pairs inside the clusters of three to ``largest`` rows, sorted."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    sizes = np.diff(np.append(starts, len(ordered)))
    keep = (sizes >= 3) & (sizes <= largest)
    ends = np.repeat(starts + sizes, sizes)
    at = np.flatnonzero(np.repeat(keep, sizes))
    made = []
    step = 1
    while len(at):
        at = at[at + step < ends[at]]
        made.append(order[at] << 32 | order[at + step])
        step += 1
    return np.sort(np.concatenate(made)) if made else np.empty(0, dtype=np.int64)


def split(labels: Labels, pairs: Pairs, bits: FloatArray, bound: Pairs) -> Labels:
    """Split clusters by average linkage on the weights of all their inner pairs.

    Parameters
    ----------
    labels : cluster of each row
    pairs : all inner pairs of the clusters that are to be looked at
    bits : match weight of each, so that 0 is the threshold
    bound : pairs that must stay together (rows of one customer_id)

    Returns
    -------
    Labels
        Two groups are joined, the most sure first, while the mean weight between them is above zero. Clusters without a
        contradiction (no inner pair below zero) stay whole.
    """
    owner = labels[left_of(pairs)]
    torn = np.unique(owner[bits < 0])
    if not len(torn):
        return labels
    result = labels.copy()
    inside = np.isin(owner, torn)
    order = np.argsort(owner[inside], kind="stable")
    some, weights, of = pairs[inside][order], bits[inside][order], owner[inside][order]
    cuts = np.append(np.flatnonzero(np.append(True, of[1:] != of[:-1])), len(of))
    tied = set(bound.tolist())
    for start, end in itertools.pairwise(cuts):
        _split_one(result, some[start:end], weights[start:end], tied)
    return result


def _split_one(result: Labels, pairs: Pairs, bits: FloatArray, tied: set[int]) -> None:
    members = np.unique(np.concatenate([left_of(pairs), right_of(pairs)]))
    size = len(members)
    place = {int(row): k for k, row in enumerate(members)}
    weight = np.zeros((size, size))
    for pair, value in zip(pairs.tolist(), np.clip(bits, -CLIP_BITS, CLIP_BITS).tolist(), strict=True):
        a, b = place[pair >> 32], place[pair & 0xFFFFFFFF]
        weight[a, b] = weight[b, a] = 1e6 if pair in tied else value
    group = _average_linkage(weight)
    for k in range(size):
        result[members[k]] = members[group[k]]


def _average_linkage(weight: FloatArray) -> list[int]:
    """Return for every member the first member of its group."""
    size = len(weight)
    total = weight.copy()
    count = np.ones(size)
    alive = np.ones(size, dtype=np.bool_)
    owner = list(range(size))
    np.fill_diagonal(total, -np.inf)
    while True:
        mean = total / np.outer(count, count)
        mean[~alive, :] = -np.inf
        mean[:, ~alive] = -np.inf
        best = int(np.argmax(mean))
        a, b = divmod(best, size)
        if not np.isfinite(mean[a, b]) or mean[a, b] <= 0:
            return owner
        keep, gone = min(a, b), max(a, b)
        total[keep, :] += total[gone, :]
        total[:, keep] = total[keep, :]
        total[keep, keep] = -np.inf
        count[keep] += count[gone]
        alive[gone] = False
        owner = [keep if o == gone else o for o in owner]
