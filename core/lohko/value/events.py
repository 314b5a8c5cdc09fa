"""Whose events count and which: the customers of the register, up to the as-of day, in the zone of the company.

Every event table is brought to the same shape: ``n`` (the customer's place in the sorted register; null: nobody in it),
``day`` (the local calendar day) and the columns asked for. Grouping runs on the small integer, not on text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from lohko.outcome import Env

MINOR = 10_000  # money is decimal(18,4): one unit is 10,000 minor units
MONEY = pl.Decimal(18, 4)

_EVER = dt.datetime(1, 1, 1, tzinfo=dt.UTC)  # an identification without a time has always held

_OWN_EVENTS = {
    "transactions": "occurred_at",
    "subscriptions": "started_at",
    "visits": "occurred_at",
    "social": "occurred_at",
    "touchpoints": "occurred_at",
    "feedback": "answered_at",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The customers and the time that a value table speaks of.

    Attributes
    ----------
    customers : ``n`` (UInt32, from 0), ``customer_id`` (sorted, distinct) and ``created`` (Date, may be null)
    as_of : the last day that counts
    timezone : the zone in which days are counted
    left_out : customers created after ``as_of`` who did nothing before
    hashed : whether the hashes of the ids are as distinct as the ids, so that events can be placed by them
    """

    customers: pl.DataFrame
    as_of: dt.date
    timezone: str
    left_out: int = 0
    hashed: bool = False

    @property
    def end(self) -> dt.datetime:
        """The first instant after the as-of day."""
        return end_of(self.as_of, self.timezone)

    def events(self, frame: pl.LazyFrame, time: str, columns: tuple[str, ...] = ()) -> pl.LazyFrame:
        """Return the frame's events up to as-of as ``n``, ``day``, the time column and those of ``columns`` there are."""
        names = set(frame.collect_schema().names())
        kept = [c for c in columns if c in names and c not in {"customer_id", time}]
        rows = frame.filter(pl.col(time) < self.end).select("customer_id", time, *kept)
        return self.placed(rows).select("n", local_day(time, self.timezone).alias("day"), time, *kept)

    def placed(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return the rows with ``n`` in place of ``customer_id``.

        Joined on a hash of the id, then the ids are compared: half the time of a join on text.
        """
        customer = pl.col("customer_id")
        register = self.customers.lazy()
        if not self.hashed:
            return rows.join(register.select(customer, "n"), on="customer_id", how="left").drop("customer_id")
        known = register.select(customer.hash().alias("__hash"), customer.alias("__known"), "n")
        return (
            rows.with_columns(customer.hash().alias("__hash"))
            .join(known, on="__hash", how="left")
            .with_columns(pl.when(customer == pl.col("__known")).then("n").alias("n"))
            .drop("customer_id", "__hash", "__known")
        )


def end_of(day: dt.date, timezone: str) -> dt.datetime:
    """Return the first instant (UTC) after a local day."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(timezone)).astimezone(dt.UTC)


def local_day(time: str, timezone: str) -> pl.Expr:
    """Return the calendar day of an instant in a zone."""
    column = pl.col(time)
    return (column if timezone == "UTC" else column.dt.convert_time_zone(timezone)).dt.date()


def minor(column: str) -> pl.Expr:
    """Return a money column as Int64 minor units, so that sums are exact and the same in any order."""
    return pl.col(column).cast(MONEY).to_physical().cast(pl.Int64)


def money(column: str) -> pl.Expr:
    """Return Int64 minor units as decimal(18,4) again."""
    return (pl.col(column).cast(pl.Decimal(38, 4)) / MINOR).cast(MONEY)


def scope(tables: Mapping[str, pl.LazyFrame], env: Env) -> Scope:
    """Return the distinct customers known by the as-of day, sorted by id.

    A customer whose ``created_at`` lies after it is left out, unless something of theirs is dated before: then the
    register was only filled later than the customer came.
    """
    frame = tables["customers"]
    created = (
        pl.col("created_at")
        if "created_at" in frame.collect_schema().names()
        else pl.lit(None, pl.Datetime("us", "UTC"))
    )
    known = (
        frame.filter(pl.col("customer_id").is_not_null())
        .group_by("customer_id")
        .agg(created.min().alias("created_at"))
        .collect()
    )
    end = end_of(env.as_of, env.timezone)
    late = known.filter(pl.col("created_at") >= end)
    if late.height:
        active = [
            tables[name].filter(pl.col(time) < end).select("customer_id")
            for name, time in _OWN_EVENTS.items()
            if name in tables and "customer_id" in tables[name].collect_schema().names()
        ]
        if active:
            seen = pl.concat(active).join(late.lazy(), on="customer_id", how="semi").unique().collect()
            late = late.join(seen, on="customer_id", how="anti")
        known = known.join(late, on="customer_id", how="anti")
    day = local_day("created_at", env.timezone)
    customers = (
        known.sort("customer_id")
        .with_row_index("n")
        .select("n", "customer_id", pl.when(day <= env.as_of).then(day).alias("created"))
    )
    hashed = customers["customer_id"].hash().n_unique() == customers.height
    return Scope(customers, env.as_of, env.timezone, late.height, hashed)


def known_visits(frame: pl.LazyFrame, visitors: pl.LazyFrame | None, scope: Scope) -> pl.LazyFrame:
    """Return the frame with ``customer_id`` filled in where only the visitor was noted and has become known since.

    Identifications after as-of leave no trace. A visitor who turned out to be several customers (a shared device) is,
    at each instant, the one identified last; before the first identification, the one identified first.
    """
    names = frame.collect_schema().names()
    if "customer_id" not in names:
        frame = frame.with_columns(pl.lit(None, pl.String).alias("customer_id"))
    if visitors is None or "visitor_id" not in names:
        return frame
    if "identified_at" not in visitors.collect_schema().names():
        visitors = visitors.with_columns(pl.lit(None, pl.Datetime("us", "UTC")).alias("identified_at"))
    spans = (
        visitors.filter(pl.col("visitor_id").is_not_null() & pl.col("customer_id").is_not_null())
        .with_columns(pl.col("identified_at").fill_null(_EVER))
        .filter(pl.col("identified_at") < scope.end)
        .group_by("visitor_id", pl.col("customer_id").alias("known_as"))
        .agg(pl.col("identified_at").min())
        .collect()
        .sort("visitor_id", "identified_at", "known_as")
        .with_columns(
            pl.int_range(pl.len()).over("visitor_id").alias("place"),
            pl.col("identified_at").shift(-1).over("visitor_id").alias("until"),
        )
    )
    time = pl.col("occurred_at")
    first = pl.col("place") == 0
    begun = first | (time >= pl.col("identified_at"))
    running = pl.col("until").is_null() | (time < pl.col("until"))
    named = pl.col("customer_id").is_not_null()
    return (
        frame.join(spans.lazy(), on="visitor_id", how="left")
        .filter(pl.col("place").is_null() | pl.when(named).then(first).otherwise(begun & running))
        .with_columns(pl.coalesce("customer_id", "known_as").alias("customer_id"))
        .select(names if "customer_id" in names else [*names, "customer_id"])
    )
