"""What may be shown of the classes of value: combinations, classes and map tell of the same customers, so they are judged together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise, product

from lohko.disclosure import sealed, tells, veiled, veiled_grid, veiled_lines
from lohko.views.report.privacy import Group

Row = tuple[int, int, int, int, Decimal, int]
"""Class in money, in visits, in social value; customers; their net amount; how many of them it came from."""


@dataclass(frozen=True, slots=True)
class Told:
    """What must be kept back, one flag each.

    Attributes
    ----------
    cells, inner : of the map, row by row: the customers, and the share of them with anything in the third dimension
    presence : of the combinations of having anything or nothing
    levels : of the classes of each measured dimension
    """

    cells: tuple[bool, ...]
    inner: tuple[bool, ...]
    presence: tuple[bool, ...]
    levels: tuple[bool, ...]


def told_together(rows: Sequence[Row], places: Sequence[int], groups: Sequence[Group], k: int) -> Told:
    """Tell what must be kept back of the classes, so that no table gives away what another one hides.

    Parameters
    ----------
    places : the measured dimensions
    groups : the combinations, each key ``yes`` or ``no`` a measured dimension
    """
    own: dict[tuple[int, ...], int] = {row[:3]: row[3] for row in rows}
    kinds = list(product(*(range(4) if place in places else (0,) for place in range(3))))
    counts = [own.get(kind, 0) for kind in kinds]
    presence = [
        [
            n
            for n, kind in enumerate(kinds)
            if all((kind[p] > 0) == (h == "yes") for p, h in zip(places, g.key, strict=True))
        ]
        for g in groups
    ]
    levels = [[n for n, kind in enumerate(kinds) if kind[p] == step] for p, step in product(places, range(4))]
    cells: list[list[int]] = []
    inner: list[list[int]] = []
    if len(places) > 1:
        steps = product(range(4), range(4))
        cells = [[n for n, kind in enumerate(kinds) if (kind[places[1]], kind[places[0]]) == step] for step in steps]
        inner = [[n for n in cell if any(kinds[n][place] for place in places[2:])] for cell in cells]
    hidden = _hidden_cells([sum(counts[n] for n in cell) for cell in cells], k)
    some = [
        (sum(counts[n] for n in part), sum(counts[n] for n in cell)) for part, cell in zip(inner, cells, strict=True)
    ]
    unsaid = [hide or not tells(*both, k) for hide, both in zip(hidden, some, strict=True)]
    shown = [*inner, *cells, *presence, *levels]
    flags = [*unsaid, *hidden, *_hidden_presence(groups, len(places), k), *_hidden_levels(counts, levels, k)]
    # everybody knows the number of all customers; nobody is shown who of a cell have nothing in the third dimension
    outer = [[n for n in cell if n not in part] for part, cell in zip(inner, cells, strict=True)]
    known, never = [False], [True] * len(outer)
    kept = sealed(counts, [*shown, list(range(len(kinds))), *outer], [*flags, *known, *never], k, hideable=len(shown))
    ends = [0, len(inner), len(inner) + len(cells), len(inner) + len(cells) + len(presence), len(shown)]
    in_cells, of_cells, of_presence, of_levels = (kept[first:last] for first, last in pairwise(ends))
    quiet = tuple(hide or out for hide, out in zip(in_cells, of_cells, strict=True))
    return Told(of_cells, quiet, of_presence, of_levels)


def _hidden_cells(sizes: Sequence[int], k: int) -> list[bool]:
    """Keep small cells of the map back, row by row."""
    grid = [sizes[start : start + 4] for start in range(0, len(sizes), 4)]
    return [hide for line in veiled_grid(grid, k) for hide in line] if grid else []


def _hidden_presence(groups: Sequence[Group], dimensions: int, k: int) -> tuple[bool, ...]:
    """Keep small combinations back: who has anything in one dimension is known from the classes, and so is who has not."""
    halves = [
        [place for place, group in enumerate(groups) if group.key[dimension] == has]
        for dimension in range(dimensions)
        for has in ("yes", "no")
    ]
    return veiled_lines([group.customers for group in groups], [list(range(len(groups))), *halves], k)


def _hidden_levels(counts: Sequence[int], levels: Sequence[Sequence[int]], k: int) -> list[bool]:
    """Keep small classes back, dimension by dimension."""
    sizes = [sum(counts[place] for place in own) for own in levels]
    return [hide for start in range(0, len(sizes), 4) for hide in veiled(sizes[start : start + 4], k)]
