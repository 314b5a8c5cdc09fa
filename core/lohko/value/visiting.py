"""Visits: how often, how recently, how deep; also for customers who never paid.

The measure that is ranked is the number of distinct days with a visit; among equals, the pages viewed and files
downloaded decide: ``visit_days + depth / (1 + depth)``, depth = page views + downloads. Days come first since they
cannot be blown up by one long evening or a page split in ten.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lohko.value.events import Scope, from_slot, known_visits, slot


@dataclass(frozen=True, slots=True)
class Visits:
    """What the visits say.

    Attributes
    ----------
    features : one row per visiting customer: ``n`` and the plain features
    totals : rows up to as-of: all, of unknown customers, of visitors never known, joined through visitors, later ones
    """

    features: pl.DataFrame
    totals: dict[str, int]


def visiting(frame: pl.LazyFrame, visitors: pl.LazyFrame | None, scope: Scope) -> Visits:
    """Return the visit features of every customer who visited by as-of, earlier visits of known visitors included."""
    names = frame.collect_schema().names()
    own = pl.col("customer_id").is_not_null() if "customer_id" in names else pl.lit(value=False)
    rows = known_visits(frame.with_columns(own.alias("own")), visitors, scope).with_columns(
        pl.col("customer_id").is_null().alias("anonymous")
    )
    events = scope.events(rows, "occurred_at", ("page_views", "downloads", "duration_s", "own", "anonymous"))
    has = set(names)
    daily = events.group_by(slot()).agg(
        pl.len().cast(pl.Int64).alias("visits"),
        _whole("page_views", has),
        _whole("downloads", has),
        # whole milliseconds: sums of integers are the same in any order
        _whole("duration_s", has, 1000).alias("duration_ms"),
        (~pl.col("own")).sum().cast(pl.Int64).alias("before_known"),
        pl.col("anonymous").sum().cast(pl.Int64),
    )
    sums = (
        daily.select(*from_slot(), pl.exclude("slot"))
        .group_by("n")
        .agg(
            pl.len().cast(pl.Int64).alias("visit_days"),
            pl.col("visits").sum().alias("visit_count"),
            pl.col("page_views").sum(),
            pl.col("downloads").sum(),
            pl.col("duration_ms").sum(),
            pl.col("before_known").sum().alias("visits_as_visitor"),
            pl.col("day").min().alias("first_visit"),
            pl.col("day").max().alias("last_visit"),
            pl.col("anonymous").sum(),
        )
    )
    later = frame.select((pl.col("occurred_at") >= scope.end).sum().alias("later_rows"))
    found, late = sums.collect(), later.collect()
    known = found.filter(pl.col("n").is_not_null()).drop("anonymous").sort("n")
    nobody = found.filter(pl.col("n").is_null())
    anonymous, strangers = int(nobody["anonymous"].sum()), int(nobody["visit_count"].sum())
    totals = {
        "rows": int(found["visit_count"].sum()),
        "anonymous_rows": anonymous,
        "unknown_customer_rows": strangers - anonymous,
        "joined_rows": int(known["visits_as_visitor"].sum()),
        "later_rows": int(late.item() or 0),
    }
    return Visits(known, totals)


def _whole(column: str, names: set[str], factor: int = 1) -> pl.Expr:
    if column not in names:
        return pl.lit(0, pl.Int64).alias(column)
    value = pl.col(column) * factor
    return value.round().cast(pl.Int64).clip(lower_bound=0).fill_null(0).sum().alias(column)


def visit_measure() -> pl.Expr:
    """Return what is ranked: visit days, and within a day count the depth."""
    depth = (pl.col("page_views") + pl.col("downloads")).cast(pl.Float64)
    return (pl.col("visit_days") + depth / (1 + depth)).round(9)


def touches(frame: pl.LazyFrame, visitors: pl.LazyFrame | None, scope: Scope) -> pl.DataFrame:
    """Return per customer the number of touchpoints and the day of the last one, those as a visitor included."""
    events = scope.events(known_visits(frame, visitors, scope), "occurred_at")
    return (
        events.filter(pl.col("n").is_not_null())
        .group_by("n")
        .agg(
            pl.len().cast(pl.Int64).alias("touchpoints"),
            pl.col("day").min().alias("first_touchpoint"),
            pl.col("day").max().alias("last_touchpoint"),
        )
        .collect()
        .sort("n")
    )
