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
    room = 1
    for column in range(cells.shape[1]):
        lookup, many = _dense(cells[:, column])
        if room * many >= 1 << 62:
            # Too many combinations for one number: those that occur are numbered anew.
            place = np.unique(place, return_inverse=True)[1]
            room = int(place.max()) + 1
        place = place * many + lookup[cells[:, column]]
        room *= many
    order = np.argsort(place).astype(np.int32)  # of equal ones any may come first
    place = place[order]
    new = np.append(True, place[1:] != place[:-1])
    first = order[new]
    of_pair = np.empty(len(cells), dtype=np.int32)
    of_pair[order] = np.cumsum(new, dtype=np.int32) - 1
    counts = np.diff(np.append(np.flatnonzero(new), len(cells)))
    return Patterns(cells[first], counts.astype(np.int64), of_pair)


def _dense(column: Cells) -> tuple[IntArray, int]:
    """Return a table from cells to 0, 1, 2, … for those that occur, and how many there are."""
    occurs = np.bincount(column) > 0
    return np.cumsum(occurs) - 1, int(occurs.sum())


class Coded:
    """Patterns by column: the distinct cells of each field, and for every pattern the place of its cell among them."""

    def __init__(self, cells: Cells) -> None:
        self.size = len(cells)  # also where there is no field to compare
        self.cells: list[Cells] = []
        self.places: list[npt.NDArray[np.int32]] = []
        for column in range(cells.shape[1]):
            if not len(cells):
                self.cells.append(cells[:, column])
                self.places.append(np.empty(0, dtype=np.int32))
                continue
            lookup, _ = _dense(cells[:, column])
            self.cells.append(np.flatnonzero(np.bincount(cells[:, column]) > 0).astype(np.int16))
            self.places.append(lookup[cells[:, column]].astype(np.int32))

    def some(self, rows: npt.NDArray[np.bool_]) -> Coded:
        """Return the same for some of the patterns."""
        other = Coded.__new__(Coded)
        other.size = int(rows.sum())
        other.cells = self.cells
        other.places = [places[rows] for places in self.places]
        return other

    def __len__(self) -> int:
        return self.size
