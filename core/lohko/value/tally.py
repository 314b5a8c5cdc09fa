"""Events folded into customers in one pass over their file: batch by batch, on whole numbers, in whatever order they come.

A customer and a day are one integer, a *slot*. Distinct days are found by sorting slots, which takes less time and far
less memory than grouping by them; sums by customer are added to one array a column.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_DAYS = 1 << 20  # days a slot can tell apart: some 1,400 years either side of 1970
_PENDING = 1 << 24  # slots that wait for being sorted


def slots(n: Ints, day: Ints) -> Ints:
    """Return customer (from 0) and day (since 1970) as one integer each."""
    return n * _DAYS + (day + _DAYS // 2)


def customers_of(slot: Ints) -> Ints:
    """Return the customers of slots."""
    return slot // _DAYS


def days_of(slot: Ints) -> Ints:
    """Return the days of slots, since 1970."""
    return slot % _DAYS - _DAYS // 2


def starts(values: Ints) -> Ints:
    """Return where each run of equal values begins."""
    if not values.size:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))


class DaySet:
    """The distinct days of every customer, added in any order."""

    def __init__(self) -> None:
        """Begin with none."""
        self._sorted: Ints = np.zeros(0, dtype=np.int64)
        self._pending: list[Ints] = []
        self._waiting = 0

    def add(self, slot: Ints) -> None:
        """Add slots, those there already without effect."""
        self._pending.append(slot)
        self._waiting += slot.size
        if self._waiting > max(_PENDING, self._sorted.size // 2):
            self._settle()

    def slots(self) -> Ints:
        """Return the distinct slots, sorted."""
        self._settle()
        return self._sorted

    def _settle(self) -> None:
        every = np.concatenate([self._sorted, *self._pending])
        self._pending, self._waiting = [], 0
        every.sort()
        self._sorted = every[starts(every)]


class Tally:
    """Sums, number of events and distinct days by customer.

    Attributes
    ----------
    sums : per column, one sum a customer
    """

    def __init__(self, customers: int, columns: tuple[str, ...]) -> None:
        """Begin at nothing for so many customers."""
        self.sums: dict[str, Ints] = {name: np.zeros(customers, dtype=np.int64) for name in columns}
        self._rows: Ints = np.zeros(customers, dtype=np.int64)
        self._days = DaySet()

    def add(self, batch: pl.DataFrame) -> None:
        """Add events: ``n``, ``day`` (Date) and those of the columns that the batch has (Int64 or Boolean), without nulls."""
        n = whole(batch["n"])
        self._days.add(slots(n, whole(batch["day"])))
        np.add.at(self._rows, n, 1)
        for name, sums in self.sums.items():
            if name not in batch.columns:
                continue
            if batch.schema[name] == pl.Boolean:
                np.add.at(sums, n[batch[name].to_numpy()], 1)
            else:
                np.add.at(sums, n, whole(batch[name]))

    def slots(self) -> Ints:
        """Return the distinct days of all customers, sorted."""
        return self._days.slots()

    def frame(self, rows: str, days: str, first: str, last: str) -> pl.DataFrame:
        """Return one row a customer with any event, sorted by ``n``; the names are those of the columns made."""
        slot = self.slots()
        customer = customers_of(slot)
        begin = starts(customer)
        end = np.append(begin, slot.size)[1:]
        n = customer[begin]
        return pl.DataFrame(
            {
                "n": pl.Series(n, dtype=pl.UInt32),
                days: end - begin,
                rows: self._rows[n],
                **{name: sums[n] for name, sums in self.sums.items()},
                first: dates(days_of(slot[begin])),
                last: dates(days_of(slot[end - 1])),
            }
        )


def whole(column: pl.Series) -> Ints:
    """Return a column of integers or days as 64-bit integers."""
    return column.to_physical().cast(pl.Int64).to_numpy()


def dates(days: Ints) -> pl.Series:
    """Return days since 1970 as dates."""
    return pl.Series(days, dtype=pl.Int64).cast(pl.Int32).cast(pl.Date)
