"""What a contract's price is for: read once, so that whoever counts money has the price of a period.

A file says 31.90 a month and a period of 12 months, or 382.80 for the 12 months: nobody can tell from one row which it is.
The user says it (``contract_price``); without a word it is the price of the period, and where the data looks otherwise, that is told.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lohko.outcome import Finding
from lohko.value.events import minor, money

PRICED_FOR = {"month": 1.0, "year": 12.0}
_ALIKE = 0.5  # of the products sold with several periods, so many at one price: the price does not follow the period


def priced_by_period(tables: Mapping[str, pl.LazyFrame], said: str | None) -> dict[str, pl.LazyFrame]:
    """Return the tables with the price of a contract's period in ``subscriptions.price``.

    Parameters
    ----------
    tables : those of the package; ``subscriptions`` may be missing, and so may its price and period
    said : ``period`` or None: it is that already. ``month``, ``year``: it is the price of so long, the period costs in
        proportion (to 1/10,000); a contract without a period is paid every month, or year
    """
    found = dict(tables)
    frame = found.get("subscriptions")
    if frame is None or said not in PRICED_FOR or "price" not in frame.collect_schema().names():
        return found
    unit = pl.lit(PRICED_FOR[said])
    if "period_months" not in frame.collect_schema().names():
        found["subscriptions"] = frame.with_columns(unit.alias("period_months"))
        return found
    months = pl.when(pl.col("period_months") > 0).then(pl.col("period_months").cast(pl.Float64)).otherwise(unit)
    price = (minor("price").cast(pl.Float64) * months / unit).round().cast(pl.Int64)
    priced = frame.with_columns(price.alias("price"), months.alias("period_months"))
    found["subscriptions"] = priced.with_columns(money("price").alias("price"))
    return found


def price_in_doubt(tables: Mapping[str, pl.LazyFrame], said: str | None) -> tuple[Finding, ...]:
    """Return what to say where the price does not follow the period and the user has not said what it is for.

    A product with contracts of several periods whose commonest price is the same for each is hardly priced by the period:
    twelve months would cost what one does.
    """
    frame = tables.get("subscriptions")
    needed = {"product", "price", "period_months"}
    if said is not None or frame is None or not needed <= set(frame.collect_schema().names()):
        return ()
    rows = frame.filter(pl.col("price") > 0, pl.col("period_months") > 0, pl.col("product").is_not_null())
    counts = rows.group_by("product", "period_months", "price").agg(pl.len().alias("contracts"))
    # of equally common prices the lowest, so that the order of rows does not matter
    usual = (
        counts.sort("contracts", "price", descending=[True, False])
        .unique(["product", "period_months"], keep="first", maintain_order=True)
        .group_by("product")
        .agg(pl.len().alias("periods"), pl.col("price").n_unique().alias("prices"))
        .filter(pl.col("periods") > 1)
        .collect()
    )
    alike = usual.filter(pl.col("prices") == 1).height
    if not alike or alike < _ALIKE * usual.height:
        return ()
    return (Finding("contract_price_in_doubt", {"products": alike, "of": usual.height}, "warning"),)
