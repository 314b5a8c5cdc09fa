"""Groups of customers as a report shows them: small ones are kept back (:mod:`lohko.disclosure`), and so is their money.

Money follows the people it came from: an amount that fewer than k people brought is hidden, however many stand in its group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lohko.disclosure import veiled
from lohko.views.report.model import HIDDEN, Cell, Shown


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
