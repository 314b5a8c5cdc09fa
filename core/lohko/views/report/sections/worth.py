"""What customers are worth: the net amount, and the map of the three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import product

import polars as pl

from lohko.views.report.model import DIMENSIONS, HIDDEN, Bubble, Dimensions, Level, Money
from lohko.views.report.privacy import Group, cells, ratio, veil, veiled_grid
from lohko.views.report.sections.sources import Sources, decimal, level
from lohko.views.report.sections.sources import money as total_of

_Row = tuple[int, int, int, int, Decimal]
"""Class in money, in visits, in social value; customers; their net amount."""


def money(sources: Sources) -> Money | None:
    """Add up what customers brought in, exactly; None where nothing was valued."""
    value = sources.valued
    if value is None:
        return None
    figures = sources.figures("value")
    totals = figures.get("totals") or {}
    frame = value.select(
        pl.col("worth").cast(pl.Decimal(38, 4)).fill_null(0),
        total_of("monetary" if "monetary" in sources.columns("value") else "worth").alias("sales"),
    )
    amounts = frame.sort("worth", descending=True).collect()
    sales = Decimal(str(amounts["sales"][0])) if amounts.height else Decimal(0)
    worth = amounts.get_column("worth")
    known = Decimal(str(worth.sum()))
    unknown = decimal(totals.get("unknown_customer_amount"))
    paying = int((worth > 0).sum())
    tenth = -(-len(worth) // 10)
    enough = tenth >= sources.k
    return Money(
        currency=figures.get("currency"),
        total=known + (unknown or Decimal(0)),
        known=known,
        contracts=known - sales,
        unknown=unknown,
        unknown_rows=totals.get("unknown_customer_rows"),
        paying=veil([paying, len(worth) - paying], sources.k)[0],
        top_customers=tenth if enough else HIDDEN,
        top_share=ratio(Decimal(str(worth.head(tenth).sum())), known) if enough else HIDDEN,
    )


def dimensions(sources: Sources) -> Dimensions | None:
    """Count customers and money by their classes in the three dimensions; None where nothing was valued."""
    columns = sources.columns("value")
    if not columns & {"value_class", *DIMENSIONS}:
        return None
    value = sources.valued
    if value is None:
        value = sources.tables["value"].with_columns(worth=pl.lit(0, pl.Decimal(38, 4)))
    rows: list[_Row] = (
        value.select(*(level(name, columns).alias(name) for name in DIMENSIONS), "worth")
        .group_by(DIMENSIONS)
        .agg(pl.len().alias("customers"), total_of("worth").alias("amount"))
        .sort(DIMENSIONS)
        .collect()
        .rows()
    )
    measured = tuple(name for place, name in enumerate(DIMENSIONS) if any(row[place] for row in rows))
    places = [DIMENSIONS.index(name) for name in measured]
    shown, rest = cells(_presence(rows, places), sources.k)
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
            )
        )
    return groups


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
        third = [row[3] for row in rows if (row[across], row[up]) == (x, y) and inside is not None and row[inside]]
        share = ratio(sum(third), counts[y][x]) if inside is not None else None
        found.append(Bubble(x, y, counts[y][x], None if share is None else round(round(share * 20) / 20, 2)))
    return tuple(found)
