"""Small groups are kept back: nobody reading a report can single out fewer than ``k`` people.

A group of 1 to k - 1 people is hidden. Where the hidden groups of one whole add up to fewer than k, the next smallest
is hidden as well, since otherwise the whole less the shown ones would give them away (complementary suppression;
Hundepool et al. 2012, *Statistical Disclosure Control*, ch. 4). Zero is no group and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lohko.views.report.model import HIDDEN, Cell, Shown


def veiled(counts: Sequence[int], k: int) -> tuple[bool, ...]:
    """Tell which groups of one whole must be kept back.

    Parameters
    ----------
    counts : people per group
    k : the smallest group that may be shown

    Returns
    -------
    One flag a group, in the order given. The hidden groups hold at least ``k`` people together, or are all there is.
    """
    hidden = [0 < count < k for count in counts]
    order = sorted((count, place) for place, count in enumerate(counts) if count >= k)
    together = sum(count for count, hide in zip(counts, hidden, strict=True) if hide)
    for count, place in order:
        if not 0 < together < k:
            break
        hidden[place] = True
        together += count
    return tuple(hidden)


def veiled_grid(rows: Sequence[Sequence[int]], k: int) -> tuple[tuple[bool, ...], ...]:
    """Tell which cells of a table must be kept back where the totals of its rows and columns are known, too.

    Rows and columns are gone over in turn until no total gives a hidden cell away; each turn can only hide more.
    """
    hidden = [[False] * len(row) for row in rows]
    while True:
        before = [list(row) for row in hidden]
        lines = [[(y, x) for x in range(len(row))] for y, row in enumerate(rows)]
        lines += [[(y, x) for y in range(len(rows))] for x in range(len(rows[0]))]
        for line in lines:
            # what is hidden already counts as small, so that its line is made safe with it
            together = sum(rows[y][x] for y, x in line if hidden[y][x] or 0 < rows[y][x] < k)
            for y, x in line:
                hidden[y][x] = hidden[y][x] or 0 < rows[y][x] < k
            several = sum(hidden[y][x] for y, x in line) > 1
            for _, y, x in sorted((rows[y][x], y, x) for y, x in line if rows[y][x] >= k and not hidden[y][x]):
                if not any(hidden[v][u] for v, u in line) or (several and together >= k):
                    break
                hidden[y][x] = several = True
                together += rows[y][x]
        if hidden == before:
            return tuple(tuple(row) for row in hidden)


def veil(counts: Sequence[int], k: int) -> tuple[Shown, ...]:
    """Return the counts of one whole, with those that must be kept back replaced by ``HIDDEN``."""
    return tuple(HIDDEN if hide else count for count, hide in zip(counts, veiled(counts, k), strict=True))


@dataclass(frozen=True, slots=True)
class Group:
    """A group of customers before it is decided whether it may be shown."""

    key: tuple[str, ...]
    customers: int
    amount: Decimal


def ratio(part: Decimal | int, whole: Decimal | int) -> float | None:
    """Return part of whole, rounded to six digits; None where there is no whole to be a part of."""
    return round(float(Decimal(part) / Decimal(whole)), 6) if whole > 0 else None


def cells(groups: Sequence[Group], k: int) -> tuple[tuple[Cell, ...], Cell | None]:
    """Return the groups of one whole as cells with shares, and the hidden ones together (None where none is hidden)."""
    people = sum(group.customers for group in groups)
    money = sum((group.amount for group in groups), Decimal(0))

    def cell(key: tuple[str, ...], customers: int, amount: Decimal) -> Cell:
        return Cell(key, customers, ratio(customers, people), amount, ratio(amount, money))

    flags = veiled([group.customers for group in groups], k)
    shown = tuple(
        Cell(group.key, HIDDEN, HIDDEN, HIDDEN, HIDDEN) if hide else cell(group.key, group.customers, group.amount)
        for group, hide in zip(groups, flags, strict=True)
    )
    kept = [group for group, hide in zip(groups, flags, strict=True) if hide]
    if not kept:
        return shown, None
    customers = sum(group.customers for group in kept)
    if customers < k:
        return shown, Cell((), HIDDEN, HIDDEN, HIDDEN, HIDDEN)
    return shown, cell((), customers, sum((group.amount for group in kept), Decimal(0)))
