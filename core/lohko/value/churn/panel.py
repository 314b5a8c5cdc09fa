"""Looks back: what was known of each customer on an earlier day, and whether they had left some days later.

Two kinds of customers can leave. Those *under contract* leave when, the days later, no contract of theirs runs. Those who
*buy without one* leave silently: they have not bought (nor taken a contract) in those days. Silent for longer than a year
is gone already. Nothing dated after the look's own day is read for what was known then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from lohko.value.contracts import MONTH_DAYS
from lohko.value.events import Scope, known_visits
from lohko.value.features import Features

Kind = Literal["contract", "silent"]
KINDS: tuple[Kind, ...] = ("contract", "silent")

#: What the model may know, by kind of table; of these, what a package has.
_PLAIN = (
    "tenure_days",
    "recency_days",
    "frequency",
    "average_value",
    "refunds",
    "visit_days",
    "page_views",
    "downloads",
    "social_acts",
    "touchpoints",
    "service_contacts",
    "feedback_answers",
    "nps_last",
)
_CONTRACT = ("price", "period_months", "contract_days", "days_to_renewal", "product", "subscriptions")
_RHYTHM = ("overdue", "visit_recency_days", "recent_purchase_days", "recent_visit_days")
LEARNT_FROM = (*_PLAIN, *_RHYTHM, *_CONTRACT)


@dataclass(frozen=True, slots=True)
class Look:
    """The customers of one kind on one day.

    Attributes
    ----------
    who : ``customer_id`` and ``n`` of that day, sorted
    known : what was known of them, a row each
    """

    who: pl.DataFrame
    known: pl.DataFrame


def look(tables: Mapping[str, pl.LazyFrame], made: Features, days: int, active_days: int) -> dict[Kind, Look]:
    """Return the customers of each kind as of a day.

    Parameters
    ----------
    tables : the step's tables
    made : the features as of the day
    days : what counts as recent
    active_days : without a contract, those who bought within so many days
    """
    frame = made.frame.with_columns(_active(made).alias("held"))
    frame = frame.join(_recent(tables, made.scope, days), on="n", how="left").with_columns(
        pl.col("^recent_.*$").fill_null(0)
    )
    frame = frame.with_columns(_derived(frame.columns, made.scope.as_of))
    if "subscriptions" in tables:
        frame = frame.join(_running(tables["subscriptions"], made.scope), on="n", how="left")
    names = [*_PLAIN, *_RHYTHM]
    held = frame.filter("held").sort("customer_id")
    free = frame.filter(~pl.col("held") & (pl.col("recency_days") <= active_days)).sort("customer_id")
    return {
        "contract": _part(held, [*names, *(c for c in _CONTRACT if c in frame.columns)]),
        "silent": _part(free, names),
    }


def left(earlier: Look, kind: Kind, later: Features, cut: dt.date) -> pl.Series:
    """Return whether each customer of an earlier look had left by the later day."""
    now = later.frame.select("customer_id", _active(later).alias("held"), "last_purchase")
    joined = earlier.who.join(now, on="customer_id", how="left", maintain_order="left")
    stayed = pl.col("held").fill_null(value=False)
    if kind == "silent":
        stayed = stayed | (pl.col("last_purchase") > cut).fill_null(value=False)
    return joined.select((~stayed).alias("left"))["left"]


def _active(made: Features) -> pl.Expr:
    has = "active_subscriptions" in made.frame.columns
    return pl.col("active_subscriptions").fill_null(0) > 0 if has else pl.lit(value=False)


def _part(frame: pl.DataFrame, names: list[str]) -> Look:
    known = frame.select(c for c in names if c in frame.columns)
    money = [c for c, kind in known.schema.items() if kind.is_decimal()]
    return Look(frame.select("customer_id", "n"), known.with_columns(pl.col(money).cast(pl.Float64)))


def _derived(columns: list[str], as_of: dt.date) -> list[pl.Expr]:
    """Return the measures that set silence against the customer's own rhythm."""
    rhythm = (pl.col("last_purchase") - pl.col("first_purchase")).dt.total_days() / (pl.col("frequency") - 1)
    found = [
        pl.when(pl.col("frequency") > 1).then(pl.col("recency_days") / rhythm.clip(lower_bound=1)).alias("overdue")
    ]
    if "last_visit" in columns:
        found.append((pl.lit(as_of) - pl.col("last_visit")).dt.total_days().alias("visit_recency_days"))
    return found


def _recent(tables: Mapping[str, pl.LazyFrame], scope: Scope, days: int) -> pl.DataFrame:
    """Return on how many days of the last ``days`` each customer bought and visited."""
    since = scope.as_of - dt.timedelta(days=days)
    found = scope.customers.select("n")
    sources = {"recent_purchase_days": tables.get("transactions"), "recent_visit_days": tables.get("visits")}
    for name, frame in sources.items():
        if frame is None:
            continue
        if name == "recent_visit_days":
            frame = known_visits(frame, tables.get("visitors"), scope)  # noqa: PLW2901 - the same visits, named
        counted = (
            scope.events(frame, "occurred_at")
            .filter(pl.col("n").is_not_null() & (pl.col("day") > since))
            .group_by("n")
            .agg(pl.col("day").n_unique().cast(pl.Int64).alias(name))
            .collect()
        )
        found = found.join(counted, on="n", how="left")
    return found


def _running(subscriptions: pl.LazyFrame, scope: Scope) -> pl.DataFrame:
    """Return per customer the contract that runs: the one begun last (of equals the dearest, then by product)."""
    columns = ("ended_at", "product", "price", "period_months")
    rows = scope.events(subscriptions, "started_at", columns).filter(pl.col("n").is_not_null()).collect()
    if "ended_at" in rows.columns:
        rows = rows.filter(pl.col("ended_at").is_null() | (pl.col("ended_at") >= scope.end))
    begun = (pl.lit(scope.as_of) - pl.col("day")).dt.total_days()
    rows = rows.with_columns(begun.alias("contract_days"))
    if "period_months" in rows.columns:
        span = pl.when(pl.col("period_months") > 0).then(pl.col("period_months") * MONTH_DAYS)
        rows = rows.with_columns((span - begun % span).round(0).alias("days_to_renewal"))
    kept = [c for c in (*columns[1:], "contract_days", "days_to_renewal") if c in rows.columns]
    order = [c for c in ("price", "product", "period_months") if c in rows.columns]
    ordered = rows.sort(
        "n", "contract_days", *order, descending=[False, False, *(c == "price" for c in order)], nulls_last=True
    )
    return ordered.unique("n", keep="first", maintain_order=True).select("n", *kept)
