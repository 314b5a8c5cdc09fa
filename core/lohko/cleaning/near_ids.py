"""Stops whose id the register does not have, but for zeros before it, a spreadsheet's ``.0`` or the source that was not named.

A stop that fits one too many costs a letter, one that fits nobody breaks the law: so these bind whom they may mean. Grants never do.
"""

from __future__ import annotations

import polars as pl

from lohko.cleaning.known_ids import KnownIds


def with_meant(rows: pl.LazyFrame, stops: pl.Expr, known: KnownIds) -> pl.LazyFrame:
    """Return the rows, and each stop of an unknown ``customer_id`` once more for every customer it may mean.

    Parameters
    ----------
    stops : tells which rows are stops
    known : the ids that the register has
    """
    if "customer_id" not in rows.collect_schema():
        return rows
    named = rows.filter(stops & pl.col("customer_id").is_not_null())
    # No other column is read for this.
    strange = known.places(named.select("customer_id"), "customer_id").filter(pl.col("place").is_null())
    unknown = strange.select(pl.col("customer_id").unique()).collect()
    if not unknown.height:
        return rows
    ids = known.ids.to_frame("customer_id")
    whole = ids.select(id="customer_id", near=_near(pl.col("customer_id")))
    bare = ids.select(id="customer_id", near=_near(pl.col("customer_id").str.replace(r"^[^:]*:", "")))
    meant = unknown.with_columns(near=_near(pl.col("customer_id"))).filter(pl.col("near") != "")
    meant = meant.join(pl.concat([whole, bare]).unique(), on="near").drop("near")
    more = named.join(meant.lazy(), on="customer_id").with_columns(customer_id="id").drop("id")
    return pl.concat([rows, more.select(rows.collect_schema().names())])


def _near(text: pl.Expr) -> pl.Expr:
    """Return an id for comparing."""
    low = text.str.to_lowercase().str.strip_chars().str.replace(r"\.0+$", "")
    return low.str.replace(r"(^|:)0+([^:])", "${1}${2}")
