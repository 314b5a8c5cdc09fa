"""What customers are worth: the net amount, and the map of the three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import product

import polars as pl

from lohko.disclosure import tells
from lohko.views.report.model import DIMENSIONS, HIDDEN, Bubble, Dimensions, Level, Money
from lohko.views.report.privacy import Group, cells, ratio, veil
from lohko.views.report.sections.classes import Row as _Row
from lohko.views.report.sections.classes import Told, told_together
from lohko.views.report.sections.sources import Sources, decimal, payers
from lohko.views.report.sections.sources import money as total_of


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
    told = told_together(rows, places, groups, sources.k)
    shown, rest = cells(groups, sources.k, told.presence)
    return Dimensions(
        measured=measured,
        cells=shown,
        rest=rest,
        levels=_levels(rows, places, told.levels),
        axes=measured if len(measured) > 1 else (),
        bubbles=_bubbles(rows, places, told) if len(measured) > 1 else (),
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


def _levels(rows: Sequence[_Row], places: Sequence[int], hidden: Sequence[bool]) -> tuple[Level, ...]:
    steps = list(product(places, range(4)))
    counts = [sum(row[3] for row in rows if row[place] == step) for place, step in steps]
    return tuple(
        Level(DIMENSIONS[place], step, HIDDEN if hide else count)
        for (place, step), count, hide in zip(steps, counts, hidden, strict=True)
    )


def _bubbles(rows: Sequence[_Row], places: Sequence[int], told: Told) -> tuple[Bubble, ...]:
    """Count the grid of the first two dimensions; inside each cell, who has anything in the third."""
    across, up, inside = places[0], places[1], places[2] if len(places) > 2 else None
    found = []
    for place, (y, x) in enumerate(product(range(4), range(4))):
        own = [row for row in rows if (row[across], row[up]) == (x, y)]
        customers = sum(row[3] for row in own)
        if told.cells[place]:
            found.append(Bubble(x, y, HIDDEN, HIDDEN))
        elif inside is None or not customers:
            found.append(Bubble(x, y, customers, None))
        else:
            third = sum(row[3] for row in own if row[inside])
            share = HIDDEN if told.inner[place] else round(round(third / customers * 20) / 20, 2)
            found.append(Bubble(x, y, customers, share))
    return tuple(found)
