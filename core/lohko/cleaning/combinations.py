"""Rows told apart by small numbers: which combinations of them occur, and which of these each row has.

Millions of rows have few distinct combinations of what decides over them, so what follows from one is worked out once, and handed to
its rows by their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Places = NDArray[np.int64]
# Up to this many possible numbers are ticked off in a table, in one walk over the rows; more are sorted.
_TABLE = 1 << 24


def distinct(codes: Numbers, size: int) -> tuple[Numbers, Places]:
    """Return the distinct codes, ascending, and for every row the place of its code among them.

    Parameters
    ----------
    codes : whole numbers from 0 to ``size`` - 1
    """
    if size > max(_TABLE, 8 * codes.size):
        found, places = np.unique(codes, return_inverse=True)
        return found.astype(np.int64), places
    there = np.zeros(size, dtype=np.bool_)
    there[codes] = True
    found = np.flatnonzero(there)
    place = np.zeros(size, dtype=np.int64)
    place[found] = np.arange(found.size)
    return found, place[codes]


def joined(columns: Iterable[tuple[NDArray[np.integer], int]]) -> tuple[Numbers, int]:
    """Return columns of numbers as one, and how many different ones there can be.

    Parameters
    ----------
    columns : the numbers of each column, and how many different ones it can have; of equal length, at least one
    """
    (first, size), *rest = columns
    code = first.astype(np.int64)
    for numbers, count in rest:
        code *= count
        code += numbers
        size *= count
    return code, size


def parted(codes: Numbers, counts: Mapping[str, int]) -> dict[str, Numbers]:
    """Return the columns that ``joined`` put together, by name.

    Parameters
    ----------
    counts : how many different numbers each column can have, in the order in which they were joined
    """
    found, rest = {}, codes
    for name, count in reversed(list(counts.items())):
        found[name] = rest % count
        rest = rest // count
    return found
