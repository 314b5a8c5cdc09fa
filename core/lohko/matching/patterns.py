"""Pairs compared in chunks, and counted by what they show: a pattern is one level (and rarity) per field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lohko.matching.blocking import Pairs, left_of, right_of
from lohko.matching.coding import IntArray
from lohko.matching.compare.base import RARITY_RANGE
from lohko.matching.register import Register
from lohko.matching.settings import limits

Cells = npt.NDArray[np.int16]  # per field: level * _SPAN + rarity + RARITY_RANGE
_SPAN = 2 * RARITY_RANGE + 1


@dataclass(frozen=True, slots=True)
class Patterns:
    """Distinct patterns.

    Attributes
    ----------
    cells : one row a pattern, one column a field
    counts : pairs that show it
    of_pair : place of each pair's pattern in ``cells``
    """

    cells: Cells
    counts: IntArray
    of_pair: npt.NDArray[np.int32]


def levels_of(cells: Cells) -> Cells:
    """Return the levels of cells."""
    return cells // _SPAN


def rarity_of_cells(cells: Cells) -> Cells:
    """Return by how many bits the agreed values are commoner than the average."""
    return cells % _SPAN - RARITY_RANGE


def compare_pairs(
    register: Register, pairs: Pairs, progress: Callable[[int], None] | None = None
) -> npt.NDArray[np.int16]:
    """Return the cells of pairs, one row a pair, one column a field; done in chunks, so memory is bounded."""
    cells = np.empty((len(pairs), len(register.fields)), dtype=np.int16)
    step = limits().chunk
    for start in range(0, len(pairs), step):
        some = pairs[start : start + step]
        left, right = left_of(some), right_of(some)
        column = 0
        for comparison in register.comparisons:
            for seen in comparison.compare(left, right):
                cells[start : start + step, column] = seen.levels * _SPAN + seen.rarity + RARITY_RANGE
                column += 1
        if progress is not None:
            progress(min(start + step, len(pairs)))
    return cells


def count_patterns(cells: Cells) -> Patterns:
    """Return the distinct patterns of cells in a canonical order."""
    if not len(cells):
        return Patterns(cells, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))
    place = np.zeros(len(cells), dtype=np.int64)
    for column in range(cells.shape[1]):
        values, codes = np.unique(cells[:, column], return_inverse=True)
        # Re-coded after every column, the number stays below pairs × cells: no overflow with any number of fields.
        place = np.unique(place * len(values) + codes, return_inverse=True)[1]
    size = int(place.max()) + 1
    counts = np.bincount(place, minlength=size).astype(np.int64)
    first = np.zeros(size, dtype=np.int64)
    first[place[::-1]] = np.arange(len(cells) - 1, -1, -1)
    return Patterns(cells[first], counts, place.astype(np.int32))
