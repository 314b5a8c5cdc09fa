"""Clusters that keep apart what must not be one: answered pairs, and customers of a register that new rows join."""

from __future__ import annotations

import numpy as np

from lohko.matching.blocking import Pairs, left_of, right_of
from lohko.matching.cluster import Labels
from lohko.matching.coding import Codes, FloatArray


def keep_apart(
    labels: Labels, links: Pairs, strength: FloatArray, apart: Pairs, anchors: Codes | None = None
) -> Labels:
    """Take apart the clusters that hold rows which must not be one, and join their rows again, the strongest link first.

    Parameters
    ----------
    labels : cluster of each row
    links : pairs that tie rows, sorted
    strength : of each link; infinite for links that hold whatever else is said (they must not contradict ``apart``)
    apart : pairs that must not be one, sorted
    anchors : per row, a number of which a cluster may hold but one; -1 for none

    Returns
    -------
    Labels
        Other clusters stand as they are. Kruskal (1956), but a link that would join what must stay apart is passed over.
    """
    torn = set(labels[left_of(apart)][labels[left_of(apart)] == labels[right_of(apart)]].tolist())
    if anchors is not None:
        held = np.flatnonzero(anchors >= 0)
        both = np.unique(labels[held].astype(np.int64) << 32 | anchors[held])
        clusters, times = np.unique(both >> 32, return_counts=True)
        torn |= set(clusters[times > 1].tolist())
    if not torn:
        return labels
    result = labels.copy()
    members = np.flatnonzero(np.isin(labels, list(torn)))
    groups = _Groups(members.tolist(), apart, anchors)
    inside = np.isin(labels[left_of(links)], list(torn)) & (labels[left_of(links)] == labels[right_of(links)])
    some, bits = links[inside], strength[inside]
    for place in np.lexsort((some, -bits)):
        groups.join(int(some[place]) >> 32, int(some[place]) & 0xFFFFFFFF)
    for row in members.tolist():
        result[row] = groups.first(row)
    return result


class _Groups:
    """Groups of rows that know whom they must not meet (union-find)."""

    def __init__(self, members: list[int], apart: Pairs, anchors: Codes | None) -> None:
        self._owner = {row: row for row in members}
        self._foes: dict[int, set[int]] = {row: set() for row in members}
        self._anchor = {row: int(anchors[row]) if anchors is not None else -1 for row in members}
        for pair in apart.tolist():
            one, other = pair >> 32, pair & 0xFFFFFFFF
            if one in self._owner and other in self._owner:
                self._foes[one].add(other)
                self._foes[other].add(one)

    def first(self, row: int) -> int:
        """Return the first row of a row's group."""
        while self._owner[row] != row:
            self._owner[row] = self._owner[self._owner[row]]
            row = self._owner[row]
        return row

    def join(self, one: int, other: int) -> None:
        """Join the groups of two rows, unless they must stay apart."""
        low, high = sorted((self.first(one), self.first(other)))
        anchors = {self._anchor[low], self._anchor[high]} - {-1}
        if low == high or high in self._foes[low] or len(anchors) > 1:
            return
        self._owner[high] = low
        self._anchor[low] = next(iter(anchors), -1)
        for foe in self._foes.pop(high):
            self._foes[foe].discard(high)
            self._foes[foe].add(low)
            self._foes[low].add(foe)
