"""Where value is at risk, and where it could grow: counted, and only as far as the package's figures go."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from lohko.views.report.model import DIMENSIONS, HIDDEN, Band, Cell, Outlook
from lohko.views.report.privacy import Group, cells
from lohko.views.report.sections.sources import Sources
from lohko.views.report.sections.sources import money as total_of

BANDS: tuple[tuple[int, int | None], ...] = ((0, 90), (91, 180), (181, 365), (366, None))
"""Days since the last purchase: this quarter, the one before, this year, longer."""
LIKELY = 0.5
"""A customer more likely gone than not counts as at risk."""


def outlook(sources: Sources) -> Outlook | None:
    """Count quiet money, likely losses and the dimensions customers could grow in; None where nothing was valued."""
    value = sources.tables.get("value")
    columns = sources.columns("value")
    if value is None or "monetary" not in columns:
        return None
    frame = value.with_columns(
        *(
            pl.lit(None).alias(name)
            for name in ("recency_days", "churn_risk", "clv", "next_dimension")
            if name not in columns
        )
    )
    known, likely, amount, expected = _risk(frame)
    hide = 0 < likely < sources.k or 0 < known - likely < sources.k
    return Outlook(
        bands=_bands(frame, sources.k),
        risk_known=known,
        risk_customers=HIDDEN if hide else likely,
        risk_amount=HIDDEN if hide else amount,
        expected=expected,
        growth=_growth(frame, sources.k),
    )


def _bands(frame: pl.LazyFrame, k: int) -> tuple[Band, ...]:
    band = pl.lit(0)
    for place, (low, _) in enumerate(BANDS):
        band = pl.when(pl.col("recency_days") >= low).then(place).otherwise(band)
    rows = {
        row[0]: row[1:]
        for row in frame.filter(pl.col("recency_days").is_not_null())
        .group_by(band.alias("band"))
        .agg(pl.len(), total_of("monetary"))
        .collect()
        .rows()
    }
    if not rows:
        return ()
    groups = [Group((str(place),), *rows.get(place, (0, Decimal(0)))) for place in range(len(BANDS))]
    shown, _ = cells(groups, k)
    return tuple(
        Band(low, high, cell.customers, cell.amount, cell.amount_share)
        for (low, high), cell in zip(BANDS, shown, strict=True)
    )


def _risk(frame: pl.LazyFrame) -> tuple[int, int, Decimal, Decimal | None]:
    """Return customers with a risk, those likely lost, what these brought, and the expected lifetime value of all."""
    likely = pl.col("churn_risk").cast(pl.Float64) >= LIKELY
    known, count, amount, priced, expected = (
        frame.select(
            pl.col("churn_risk").is_not_null().sum().alias("known"),
            likely.fill_null(value=False).sum().alias("count"),
            pl.col("monetary").filter(likely).cast(pl.Decimal(38, 4)).sum().alias("amount"),
            pl.col("clv").is_not_null().sum().alias("priced"),
            total_of("clv").alias("expected"),
        )
        .collect()
        .row(0)
    )
    return int(known), int(count), amount or Decimal(0), expected if priced else None


def _growth(frame: pl.LazyFrame, k: int) -> tuple[Cell, ...]:
    rows = (
        frame.filter(pl.col("next_dimension").is_not_null())
        .group_by("next_dimension")
        .agg(pl.len(), total_of("monetary"))
        .collect()
        .rows()
    )
    order = {name: place for place, name in enumerate(DIMENSIONS)}
    rows.sort(key=lambda row: (order.get(row[0], len(order)), row[0]))
    return cells([Group((str(row[0]),), row[1], row[2]) for row in rows], k)[0]
