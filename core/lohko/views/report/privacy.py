"""Small groups are kept back: nobody reading a report can single out fewer than ``k`` people.

A group of 1 to k - 1 people is hidden. Where the hidden groups of one whole add up to fewer than k, the next smallest
is hidden as well, since otherwise the whole less the shown ones would give them away (complementary suppression;
Hundepool et al. 2012, *Statistical Disclosure Control*, ch. 4). Zero is no group and stays, unless the whole itself
is smaller than k: then nothing of it is shown. Money follows the people it came from: an amount that fewer than k
people brought is hidden, however many stand in its group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lohko.views.report.model import HIDDEN, Cell, Shown


def veiled(counts: Sequence[int], k: int, seeds: Sequence[bool] | None = None) -> tuple[bool, ...]:
    """Tell which groups of one whole must be kept back.

    Parameters
    ----------
    counts : people per group
    k : the smallest group that may be shown
    seeds : groups that are kept back for another reason

    Returns
    -------
    One flag a group, in the order given. The hidden groups are several and hold at least ``k`` people together, or are
    all there is.
    """
    if 0 < sum(counts) < k:
        return (True,) * len(counts)
    hidden = [0 < count < k for count in counts] if seeds is None else list(seeds)
    hidden = [hide or 0 < count < k for count, hide in zip(counts, hidden, strict=True)]
    order = sorted((count, place) for place, count in enumerate(counts) if count >= k and not hidden[place])
    together = sum(count for count, hide in zip(counts, hidden, strict=True) if hide)
    for count, place in order:
        if not any(hidden) or (together >= k and sum(hidden) > 1):
            break
        hidden[place] = True
        together += count
    return tuple(hidden)


def tells(part: int, whole: int, k: int) -> bool:
    """Tell whether a part of a whole that is known may be shown: neither it nor what is left is a group of 1 to k - 1."""
    return not 0 < part < k and not 0 < whole - part < k


def veiled_grid(rows: Sequence[Sequence[int]], k: int) -> tuple[tuple[bool, ...], ...]:
    """Tell which cells of a table must be kept back where the totals of its rows and columns are known, too."""
    wide = len(rows[0])
    lines = [[y * wide + x for x in range(wide)] for y in range(len(rows))]
    lines += [[y * wide + x for y in range(len(rows))] for x in range(wide)]
    flags = veiled_lines([count for row in rows for count in row], lines, k)
    return tuple(flags[y * wide : (y + 1) * wide] for y in range(len(rows)))


def veiled_lines(
    counts: Sequence[int], lines: Sequence[Sequence[int]], k: int, seeds: Sequence[bool] | None = None
) -> tuple[bool, ...]:
    """Tell which groups must be kept back where several sums of them are known.

    Parameters
    ----------
    counts : people per group
    lines : the places of the groups that add up to a known sum, one list a sum
    k, seeds : as in :func:`veiled`

    Returns
    -------
    One flag a group. The sums are gone over in turn until none gives a hidden group away; each turn can only hide more.
    """
    if 0 < sum(counts) < k:
        return (True,) * len(counts)
    hidden = list(seeds) if seeds is not None else [False] * len(counts)
    while True:
        before = list(hidden)
        for line in lines:
            own = [counts[place] for place in line]
            # a sum below k is itself hidden, or is a cell of another line: its zeros need not go
            if 0 < sum(own) < k:
                flags = tuple(hidden[place] or counts[place] > 0 for place in line)
            else:
                flags = veiled(own, k, [hidden[place] for place in line])
            for place, hide in zip(line, flags, strict=True):
                hidden[place] = hide
        if hidden == before:
            return tuple(hidden)


def veil(counts: Sequence[int], k: int) -> tuple[Shown, ...]:
    """Return the counts of one whole, with those that must be kept back replaced by ``HIDDEN``."""
    return tuple(HIDDEN if hide else count for count, hide in zip(counts, veiled(counts, k), strict=True))


@dataclass(frozen=True, slots=True)
class Group:
    """A group of customers before it is decided whether it may be shown; ``payers`` of them made up the amount (None: all)."""

    key: tuple[str, ...]
    customers: int
    amount: Decimal
    payers: int | None = None


def ratio(part: Decimal | int, whole: Decimal | int) -> float | None:
    """Return part of whole, rounded to six digits; None where there is no whole to be a part of."""
    return round(float(Decimal(part) / Decimal(whole)), 6) if whole > 0 else None


def cells(groups: Sequence[Group], k: int, flags: Sequence[bool] | None = None) -> tuple[tuple[Cell, ...], Cell | None]:
    """Return the groups of one whole as cells with shares, and the hidden ones together (None where none is hidden).

    ``flags`` tells which groups are kept back, where more than their sum is known; the sum alone decides by default.
    """
    people = sum(group.customers for group in groups)
    money = sum((group.amount for group in groups), Decimal(0))
    hidden = veiled([group.customers for group in groups], k) if flags is None else flags
    kept = [group for group, hide in zip(groups, hidden, strict=True) if hide]
    rest = Group(
        (),
        sum(group.customers for group in kept),
        sum((group.amount for group in kept), Decimal(0)),
        sum(_payers(group) for group in kept),
    )
    units = [group for group, hide in zip(groups, hidden, strict=True) if not hide] + ([rest] if kept else [])
    quiet = dict(zip((unit.key for unit in units), veiled([_payers(unit) for unit in units], k), strict=True))

    def cell(group: Group) -> Cell:
        if quiet[group.key]:
            return Cell(group.key, group.customers, ratio(group.customers, people), HIDDEN, HIDDEN)
        share = ratio(group.customers, people)
        return Cell(group.key, group.customers, share, group.amount, ratio(group.amount, money))

    shown = tuple(
        Cell(group.key, HIDDEN, HIDDEN, HIDDEN, HIDDEN) if hide else cell(group)
        for group, hide in zip(groups, hidden, strict=True)
    )
    if not kept:
        return shown, None
    return shown, cell(rest) if rest.customers >= k else Cell((), HIDDEN, HIDDEN, HIDDEN, HIDDEN)


def _payers(group: Group) -> int:
    return group.customers if group.payers is None else group.payers
