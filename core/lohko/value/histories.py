"""Purchase histories in the form the models take: repeat occasions, time of the last, time observed, repeat spend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.value.events import MINOR

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Histories:
    """One purchase history per buyer, in the order of ``n``.

    Attributes
    ----------
    n : place of the customer in the register
    x : repeat occasions; tx : days from first to last; T : days from first to the end
    mean : mean spend of the repeat occasions in currency units; NaN where x is 0
    """

    n: NDArray[np.int64]
    x: Array
    tx: Array
    T: Array
    mean: Array

    def __len__(self) -> int:
        """Return the number of buyers."""
        return int(self.n.size)


def day_numbers(days: pl.DataFrame) -> NDArray[np.int64]:
    """Return the column ``day`` as whole days since 1970."""
    return days["day"].to_physical().cast(pl.Int64).to_numpy()


def histories(days: pl.DataFrame, end: int) -> Histories:
    """Return the histories of those who bought by a day.

    Parameters
    ----------
    days : purchase occasions ``n``, ``day``, ``total`` (minor units), sorted by ``n`` and ``day``
    end : last day that counts, in days since 1970
    """
    when = day_numbers(days)
    kept = when <= end
    when, n = when[kept], days["n"].to_numpy().astype(np.int64)[kept]
    total = days["total"].to_numpy()[kept]
    if not n.size:
        none = np.zeros(0)
        return Histories(n, none, none, none, none)
    first = np.flatnonzero(np.r_[True, n[1:] != n[:-1]])
    last = np.r_[first[1:], n.size] - 1
    x = (last - first).astype(np.float64)
    repeat = np.add.reduceat(total, first) - total[first]  # whole minor units: exact
    with np.errstate(invalid="ignore"):
        mean = np.where(x > 0, repeat / MINOR / x, np.nan)
    return Histories(
        n[first], x, (when[last] - when[first]).astype(np.float64), (end - when[first]).astype(np.float64), mean
    )


def after(days: pl.DataFrame, who: Histories, start: int, end: int) -> tuple[Array, Array]:
    """Return how many occasions, and how much money, each of ``who`` had after ``start`` up to ``end``."""
    when = day_numbers(days)
    kept = (when > start) & (when <= end)
    n, total = days["n"].to_numpy().astype(np.int64)[kept], days["total"].to_numpy()[kept]
    at = np.searchsorted(who.n, n)
    at = np.minimum(at, max(len(who) - 1, 0))
    ours = who.n[at] == n if len(who) else np.zeros(0, dtype=bool)
    count = np.bincount(at[ours], minlength=len(who)).astype(np.float64)
    money = np.zeros(len(who), dtype=np.int64)
    np.add.at(money, at[ours], total[ours])
    return count, money / MINOR
