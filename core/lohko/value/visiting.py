"""Visits: how often, how recently, how deep; also for customers who never paid.

The measure that is ranked is the number of distinct days with a visit; among equals, the pages viewed and files
downloaded decide: ``visit_days + depth / (1 + depth)``, depth = page views + downloads. Days come first since they
cannot be blown up by one long evening or a page split in ten.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from lohko.value.events import Scope, known_visits, local_day
from lohko.value.rhythm import regularity
from lohko.value.tally import Ints, Tally

_EPOCH = dt.date(1970, 1, 1)

#: What is summed, and the name of the sum.
_SUMS = {"page_views": "page_views", "downloads": "downloads", "duration_s": "duration_ms"}


@dataclass(frozen=True, slots=True)
class Visits:
    """What the visits say.

    Attributes
    ----------
    features : one row per visiting customer: ``n`` and the plain features
    days : their distinct days with a visit, as `lohko.value.tally.slots`, sorted
    totals : rows up to as-of: all, of unknown customers, of visitors never known, joined through visitors, later ones
    """

    features: pl.DataFrame
    days: Ints
    totals: dict[str, int]


def visiting(frame: pl.LazyFrame, visitors: pl.LazyFrame | None, scope: Scope) -> Visits:
    """Return the visit features of every customer who visited by as-of, earlier visits of known visitors included."""
    names = frame.collect_schema().names()
    own = pl.col("customer_id").is_not_null() if "customer_id" in names else pl.lit(value=False)
    has = [c for c in _SUMS if c in names]
    time = pl.col("occurred_at")
    past = time < scope.end
    rows = known_visits(frame.with_columns(own.alias("own")), visitors, scope).select(
        pl.when(past).then("customer_id").alias("customer_id"),
        past.alias("past"),
        (past & pl.col("customer_id").is_null()).alias("anonymous"),
        local_day("occurred_at", scope.timezone).alias("day"),
        *(_whole(c).alias(_SUMS[c]) for c in has),
        (~pl.col("own")).alias("before_known"),
    )
    tally = Tally(scope.customers.height, (*_SUMS.values(), "before_known"))
    counted = dict.fromkeys(("rows", "known", "anonymous", "later_rows"), 0)
    for batch in scope.placed(rows).collect_batches(maintain_order=False):
        ours = batch.filter(pl.col("n").is_not_null())
        tally.add(ours)
        counted["rows"] += int(batch["past"].sum())
        counted["later_rows"] += int((~batch["past"]).sum())
        counted["anonymous"] += int(batch["anonymous"].sum())
        counted["known"] += ours.height
    found = tally.frame("visit_count", "visit_days", "first_visit", "last_visit")
    days = tally.slots()
    evenness = pl.Series(regularity(days, (scope.as_of - _EPOCH).days)).fill_nan(None)
    features = found.select(
        "n",
        "visit_days",
        "visit_count",
        *_SUMS.values(),
        pl.col("before_known").alias("visits_as_visitor"),
        "first_visit",
        "last_visit",
        evenness.alias("visit_regularity"),
    )
    totals = {
        "rows": counted["rows"],
        "anonymous_rows": counted["anonymous"],
        "unknown_customer_rows": counted["rows"] - counted["known"] - counted["anonymous"],
        "joined_rows": int(features["visits_as_visitor"].sum()),
        "later_rows": counted["later_rows"],
    }
    return Visits(features, days, totals)


def _whole(column: str) -> pl.Expr:
    """Return a measure in whole numbers (durations in milliseconds): sums of integers are the same in any order."""
    value = pl.col(column) * (1000 if column == "duration_s" else 1)
    return value.round().cast(pl.Int64).clip(lower_bound=0).fill_null(0)


def visit_measure() -> pl.Expr:
    """Return what is ranked: visit days, and within a day count the depth."""
    depth = (pl.col("page_views") + pl.col("downloads")).cast(pl.Float64)
    return (pl.col("visit_days") + depth / (1 + depth)).round(9)


def depth_measure() -> pl.Expr:
    """Return pages viewed and files downloaded per visit; null without a visit."""
    depth = (pl.col("page_views") + pl.col("downloads")) / pl.col("visit_count")
    return pl.when(pl.col("visit_count") > 0).then(depth.round(6)).alias("visit_depth")


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
