"""The letters of texts as bits: tells in a few steps which pairs of texts cannot be alike, so that their distance need not be measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from lohko.matching.coding import Codes

Flags = npt.NDArray[np.bool_]
_BOOST = 0.7  # Winkler's bonus for a common beginning is given above this Jaro similarity
_PREFIX = 4
# A bit for each character: 26 letters, ten digits, the others by what is left of the 64.
_PLACES = [point % 28 + 36 for point in range(128)]
_PLACES[ord("a") : ord("z") + 1] = range(26)
_PLACES[ord("0") : ord("9") + 1] = range(26, 36)
_BITS = np.uint64(1) << np.array(_PLACES, dtype=np.uint64)


class Letters:
    """What letters each of a column's values holds.

    Letters are counted up to three times each in 64 bits (rare letters share bits), so numbers of common letters are bounds
    from above: what is told to be unlike is, what is not may be.
    """

    def __init__(self, values: pl.Series) -> None:
        points = np.frombuffer("".join(values.to_list()).encode("utf-32-le"), dtype=np.uint32)
        self._length = values.str.len_chars().to_numpy().astype(np.int32)
        starts = np.cumsum(self._length) - self._length
        plain = points if points.max(initial=0) < len(_BITS) else np.where(points < len(_BITS), points, points % 28)
        bits = _BITS[plain]
        planes = np.zeros((3, len(values)), dtype=np.uint64)
        self._start = np.zeros(len(values), dtype=np.uint32)
        for place in range(int(self._length.max(initial=0))):
            # all texts at once where most are as long, else those that are
            long = np.flatnonzero(self._length > place)
            has: Any = slice(None) if len(long) == len(values) else long
            once, twice, thrice = planes[:, has]
            bit = bits[starts[has] + place]
            planes[2, has] = thrice | twice & bit
            planes[1, has] = twice | once & bit
            planes[0, has] = once | bit
            if place < _PREFIX:
                self._start[has] |= (points[starts[has] + place] & np.uint32(0xFF)) << np.uint32(8 * place)
        counted = np.bitwise_count(planes).sum(axis=0, dtype=np.int32)
        more = np.maximum(self._length - counted, 0)  # letters that occur a fourth time
        self._more = more if more.any() else None
        # of one value side by side, where one look at memory finds them all
        self._planes = np.ascontiguousarray(planes.T)

    def common(self, a: Codes, b: Codes) -> npt.NDArray[np.int32]:
        """Return how many letters two texts have in common, at most."""
        shared = np.bitwise_count(self._planes.take(a, axis=0) & self._planes.take(b, axis=0))
        found: npt.NDArray[np.int32] = shared[:, 0].astype(np.int32) + shared[:, 1] + shared[:, 2]
        if self._more is not None:
            found += np.minimum(self._more[a], self._more[b])
        return found

    def within(self, a: Codes, b: Codes, edits: int) -> Flags:
        """Return which pairs may be so many edits apart, or fewer: each changes one letter at most."""
        flags: Flags = np.maximum(self._length[a], self._length[b]) - self.common(a, b) <= edits
        return flags

    def alike(self, a: Codes, b: Codes, least: float) -> Flags:
        """Return which pairs may have at least this Jaro-Winkler similarity (0.7 or more)."""
        common = self.common(a, b).astype(np.float32)
        jaro = (common / np.maximum(self._length[a], 1) + common / np.maximum(self._length[b], 1) + 1.0) / 3.0
        unlike = self._start[a] ^ self._start[b]
        prefix = np.zeros(len(unlike), dtype=np.float32)
        for size in range(1, _PREFIX + 1):
            prefix += (unlike & np.uint32((1 << 8 * size) - 1)) == 0
        flags: Flags = (jaro > _BOOST - 1e-5) & (jaro + 0.1 * prefix * (1.0 - jaro) >= least - 1e-5)
        return flags

    def inside(self, a: Codes, b: Codes) -> Flags:
        """Return where one text may be the beginning of the other."""
        shorter = np.minimum(self._length[a], self._length[b])
        begins = np.minimum(shorter, _PREFIX).astype(np.uint32)
        mask = ~(~np.uint64(0) << (np.uint64(8) * begins)).astype(np.uint32)
        flags: Flags = ((self._start[a] ^ self._start[b]) & mask) == 0
        return flags
