"""Pairs compared in chunks, and counted by what they show: a pattern is one level (and rarity) per field."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from lohko.matching.blocking import Pairs, left_of, right_of
from lohko.matching.coding import FloatArray, IntArray
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


def compare_pairs(register: Register, pairs: Pairs) -> Cells:
    """Return the cells of pairs, one row a pair, one column a field."""
    left, right = left_of(pairs), right_of(pairs)
    cells = np.empty((len(pairs), len(register.fields)), dtype=np.int16, order="F")  # columns are worked on one by one
    column = 0
    for comparison in register.comparisons:
        for seen in comparison.compare(left, right):
            cells[:, column] = seen.levels * _SPAN + seen.rarity + RARITY_RANGE
            column += 1
    return cells


def patterns_of(register: Register, pairs: Pairs, progress: Callable[[int], None] | None = None) -> Patterns:
    """Return the patterns of pairs; compared and counted in chunks, so that memory is bounded."""
    step = limits().chunk
    parts = []
    for start in range(0, len(pairs), step):
        parts.append(count_patterns(compare_pairs(register, pairs[start : start + step])))
        if progress is not None:
            progress(min(start + step, len(pairs)))
    if not parts:
        return count_patterns(np.empty((0, len(register.fields)), dtype=np.int16))
    return parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: list[Patterns]) -> Patterns:
    """Return the patterns of several chunks as one."""
    every = count_patterns(np.concatenate([part.cells for part in parts]))
    counts = np.bincount(
        every.of_pair, weights=np.concatenate([part.counts for part in parts]), minlength=len(every.counts)
    )
    ends = np.cumsum([len(part.counts) for part in parts])
    places = np.split(every.of_pair, ends[:-1])
    of_pair = np.concatenate([place[part.of_pair] for place, part in zip(places, parts, strict=True)])
    return Patterns(every.cells, counts.astype(np.int64), of_pair)


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
        place *= many
        place += lookup[cells[:, column]]
        room *= many
    order = np.argsort(place)  # of equal ones any may come first
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
    """Patterns by column: the distinct cells of each field, and a matrix that says which of them each pattern holds.

    Attributes
    ----------
    cells : distinct cells, by field
    starts : where a field's cells begin among those of all fields, and the end
    held : a row a pattern, a column a cell (of all fields); 1 where the pattern holds it
    """

    def __init__(self, cells: Cells) -> None:
        size, fields = cells.shape
        self.cells: list[Cells] = []
        places = np.empty(cells.shape, dtype=np.int32)
        start = 0
        for column in range(fields):
            lookup, many = _dense(cells[:, column]) if size else (np.empty(0, dtype=np.int64), 0)
            self.cells.append(np.flatnonzero(np.bincount(cells[:, column], minlength=1) > 0).astype(np.int16))
            places[:, column] = lookup[cells[:, column]] + start
            start += many
        self.starts = np.cumsum([0, *(len(found) for found in self.cells)])
        pointers = np.arange(size + 1, dtype=np.int32) * fields
        ones = np.ones(size * fields)
        self.held = csr_array((ones, places.ravel(), pointers), shape=(size, start))

    def some(self, rows: npt.NDArray[np.bool_]) -> Coded:
        """Return the same for some of the patterns."""
        other = Coded.__new__(Coded)
        other.cells, other.starts, other.held = self.cells, self.starts, self.held[np.flatnonzero(rows)]
        return other

    def summed(self, by_cell: list[FloatArray]) -> FloatArray:
        """Return for every pattern the sums over its cells; ``by_cell``: a field's values, a row a kind, a column a cell."""
        table = np.concatenate(by_cell, axis=1) if by_cell else np.zeros((0, 0))
        found: FloatArray = np.ascontiguousarray((self.held @ np.ascontiguousarray(table.T)).T)
        return found

    def counted(self, by_pattern: FloatArray) -> list[FloatArray]:
        """Return for every field the sums over the patterns that hold a cell; ``by_pattern``: a row a kind, a column a pattern."""
        found = (self.held.T @ np.ascontiguousarray(by_pattern.T)).T
        return [found[:, start:end] for start, end in itertools.pairwise(self.starts)]

    def __len__(self) -> int:
        return int(self.held.shape[0])
