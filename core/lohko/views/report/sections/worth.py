"""What customers are worth: the net amount, and the map of the three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import product

import polars as pl

from lohko.disclosure import tells, veiled_grid, veiled_lines
from lohko.views.report.model import DIMENSIONS, HIDDEN, Bubble, Dimensions, Level, Money
from lohko.views.report.privacy import Group, cells, ratio, veil
from lohko.views.report.sections.sources import Sources, decimal, payers
from lohko.views.report.sections.sources import money as total_of

_Row = tuple[int, int, int, int, Decimal, int]
"""Class in money, in visits, in social value; customers; their net amount; how many of them it came from."""


def money(sources: Sources) -> Money | None:
    """Add up what customers brought in, exactly; None where nothing was valued."""
    value = sources.valued
    if value is None:
        return None
    figures = sources.figures("value")
    totals = figures.get("totals") or {}
    frame = value.select(
        pl.col("worth").cast(pl.Decimal(38, 4)).fill_null(0),
        pl.col("monetary" if "monetary" in sources.columns("value") else "worth")
        .cast(pl.Decimal(38, 4))
        .fill_null(0)
        .alias("sales"),
    )
    amounts = frame.sort("worth", descending=True).collect()
    worth = amounts.get_column("worth")
    known = Decimal(str(worth.sum()))
    contracts = known - Decimal(str(amounts["sales"].sum()))
    contracted = int((worth != amounts["sales"]).sum())
    unknown, rows = decimal(totals.get("unknown_customer_amount")), totals.get("unknown_customer_rows")
    paying, payers = int((worth > 0).sum()), int((worth != 0).sum())
    tenth = -(-len(worth) // 10)
    few = 0 < payers < sources.k
    enough = tenth >= sources.k and not few
    # few rows may be of few people, and the whole less the known would tell what they brought
    strangers = rows is not None and 0 < int(rows) < sources.k
    return Money(
        currency=figures.get("currency"),
        total=HIDDEN if few or strangers else known + (unknown or Decimal(0)),
        known=HIDDEN if few else known,
        contracts=contracts if not few and tells(contracted, payers, sources.k) else HIDDEN,
        unknown=HIDDEN if strangers else unknown,
        unknown_rows=HIDDEN if strangers else rows,
        paying=veil([paying, len(worth) - paying], sources.k)[0],
        top_customers=tenth if enough else HIDDEN,
        top_share=ratio(Decimal(str(worth.head(tenth).sum())), known) if enough else HIDDEN,
    )


def dimensions(sources: Sources) -> Dimensions | None:
    """Count customers and money by their classes in the three dimensions; None where nothing was valued."""
    columns = sources.columns("value")
    if not columns & {"value_class", *DIMENSIONS}:
        return None
    worth = pl.lit(Decimal(0), pl.Decimal(38, 4)) if sources.worth is None else sources.worth
    rows: list[_Row] = (
        sources.levels.with_columns(worth=worth)
        .drop_nulls()
        .group_by(DIMENSIONS)
        .agg(pl.len().alias("customers"), total_of("worth").alias("amount"), payers("worth").alias("payers"))
        .sort(DIMENSIONS)
        .rows()
    )
    measured = tuple(name for place, name in enumerate(DIMENSIONS) if any(row[place] for row in rows))
    places = [DIMENSIONS.index(name) for name in measured]
    groups = _presence(rows, places)
    shown, rest = cells(groups, sources.k, _hidden(groups, len(places), sources.k))
    return Dimensions(
        measured=measured,
        cells=shown,
        rest=rest,
        levels=_levels(rows, places, sources.k),
        axes=measured if len(measured) > 1 else (),
        bubbles=_bubbles(rows, places, sources.k) if len(measured) > 1 else (),
    )


def _presence(rows: Sequence[_Row], places: Sequence[int]) -> list[Group]:
    """Group by having anything or nothing in each dimension: most customers' dimensions first, then nothing at all."""
    groups = []
    for key in product((True, False), repeat=len(places)):
        inside = [row for row in rows if all(bool(row[place]) is has for place, has in zip(places, key, strict=True))]
        groups.append(
            Group(
                tuple("yes" if has else "no" for has in key),
                sum(row[3] for row in inside),
                sum((row[4] for row in inside), Decimal(0)),
                sum(row[5] for row in inside),
            )
        )
    return groups


def _hidden(groups: Sequence[Group], dimensions: int, k: int) -> tuple[bool, ...]:
    """Keep small combinations back: who has anything in one dimension is known from the classes, and so is who has not."""
    halves = [
        [place for place, group in enumerate(groups) if group.key[dimension] == has]
        for dimension in range(dimensions)
        for has in ("yes", "no")
    ]
    return veiled_lines([group.customers for group in groups], [list(range(len(groups))), *halves], k)


def _levels(rows: Sequence[_Row], places: Sequence[int], k: int) -> tuple[Level, ...]:
    found = []
    for place in places:
        counts = [sum(row[3] for row in rows if row[place] == step) for step in range(4)]
        found += [Level(DIMENSIONS[place], step, count) for step, count in enumerate(veil(counts, k))]
    return tuple(found)


def _bubbles(rows: Sequence[_Row], places: Sequence[int], k: int) -> tuple[Bubble, ...]:
    """Count the grid of the first two dimensions; inside each cell, who has anything in the third."""
    across, up, inside = places[0], places[1], places[2] if len(places) > 2 else None
    counts = [[sum(row[3] for row in rows if (row[across], row[up]) == (x, y)) for x in range(4)] for y in range(4)]
    hidden = veiled_grid(counts, k)
    found = []
    for y, x in product(range(4), range(4)):
        if hidden[y][x]:
            found.append(Bubble(x, y, HIDDEN, HIDDEN))
            continue
        if inside is None or not counts[y][x]:
            found.append(Bubble(x, y, counts[y][x], None))
            continue
        third = sum(row[3] for row in rows if (row[across], row[up]) == (x, y) and row[inside])
        share = round(round(third / counts[y][x] * 20) / 20, 2) if tells(third, counts[y][x], k) else HIDDEN
        found.append(Bubble(x, y, counts[y][x], share))
    return tuple(found)
