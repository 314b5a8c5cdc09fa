"""Each customer of two neighbouring packages: where they stood, where they stand, and what that makes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import polars as pl

from lohko.views.dashboard.people import Matched
from lohko.views.dashboard.snapshots import State

STATUSES: Final = ("new", "retained", "reactivated", "lost", "quiet")


def as_persons(state: State, matched: Matched, kinds: Sequence[str], start: dt.date) -> pl.DataFrame:
    """Return a snapshot's customers as customers of the newest register.

    Parameters
    ----------
    state : the snapshot
    matched : its customers' persons
    kinds : what counts as activity
    start : the day before the period that ends with the snapshot

    Returns
    -------
    Columns person (ascending), segment (of the part with most money, where several have been merged since), active (within
    the period), ever (at any time up to the snapshot).
    """
    last = pl.max_horizontal([pl.col(f"last:{kind}") for kind in kinds]) if kinds else pl.lit(None, pl.Date)
    ids = state.frame["customer_id"]
    if all(
        matched.links[name].equals(ids) for name in ("customer_id", "person")
    ):  # the newest register, matched to itself
        parts = state.frame.select("segment", person="customer_id", last=last)
    else:
        parts = (
            matched.links.join(state.frame, on="customer_id")
            .with_columns(last=last)
            .sort("person", "money", "customer_id", descending=[False, True, False])
            .group_by("person", maintain_order=True)
            .agg(pl.col("segment").first(), pl.col("last").max())
        )
    return parts.select(
        "person",
        "segment",
        active=(pl.col("last") > start).fill_null(value=False),
        ever=pl.col("last").is_not_null(),
    )


def movements(before: pl.DataFrame, now: pl.DataFrame, start: dt.date, end: dt.date, *, told: bool) -> pl.DataFrame:
    """Return one row a customer of either: the table ``movements`` for one period.

    Parameters
    ----------
    before, now : see :func:`as_persons`
    start, end : the days of the two packages
    told : whether the data cover both periods; otherwise ``status`` is null

    Returns
    -------
    Columns customer_id (ascending), period_start (the day after ``start``), as_of, known_before, known, segment_before,
    segment, active_before, active, status.
    """
    active_before, active, ever = (
        pl.col(name).fill_null(value=False) for name in ("active_before", "active", "ever_before")
    )
    status = (
        pl.when(active & active_before)
        .then(pl.lit("retained"))
        .when(active & ever)
        .then(pl.lit("reactivated"))
        .when(active)
        .then(pl.lit("new"))
        .when(active_before)
        .then(pl.lit("lost"))
        .otherwise(pl.lit("quiet"))
    )
    older = before.rename({"segment": "segment_before", "active": "active_before", "ever": "ever_before"})
    return (
        older.with_columns(known_before=True)
        .join(now.drop("ever").with_columns(known=True), on="person", how="full", coalesce=True)
        .select(
            customer_id="person",
            period_start=pl.lit(start + dt.timedelta(days=1)),
            as_of=pl.lit(end),
            known_before=pl.col("known_before").fill_null(value=False),
            known=pl.col("known").fill_null(value=False),
            segment_before="segment_before",
            segment="segment",
            active_before=active_before if told else pl.lit(None, pl.Boolean),
            active=active if told else pl.lit(None, pl.Boolean),
            status=status if told else pl.lit(None, pl.String),
        )
        .sort("customer_id")
    )
