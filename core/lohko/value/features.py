"""All features of a customer side by side: one row per customer of the register, in the order of their ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from lohko.outcome import Env
from lohko.value.acts import Acts, acts
from lohko.value.contracts import Contracts, contracts, single_purchases
from lohko.value.events import Scope, money, scope
from lohko.value.purchases import Purchases, purchases
from lohko.value.visiting import Visits, depth_measure, touches, visit_measure, visiting
from lohko.value.voices import voices


@dataclass(frozen=True, slots=True)
class Features:
    """The features and what they were made of.

    Attributes
    ----------
    frame : ``n``, ``customer_id`` and every feature; counts and sums are 0 where nothing happened, days are null
    scope : the customers and the time
    money, contracts, visits, social : the parts, None where there is no such table
    visits_from_touchpoints : whether touchpoints stood in for a table of visits
    singles : the purchases other than contract payments; None without transactions
    tables : the event tables that were there
    """

    frame: pl.DataFrame
    scope: Scope
    purchases: Purchases | None = None
    contracts: Contracts | None = None
    visits: Visits | None = None
    acts: Acts | None = None
    visits_from_touchpoints: bool = False
    singles: Purchases | None = None
    tables: tuple[str, ...] = field(default=())

    @property
    def measured(self) -> dict[str, bool]:
        """Whether a dimension has any table that could tell of it."""
        return {
            "financial": self.purchases is not None or self.contracts is not None,
            "visits": self.visits is not None,
            "social": self.acts is not None,
        }


def features(tables: Mapping[str, pl.LazyFrame], env: Env, *, contract_money: str = "auto") -> Features:
    """Return every customer's features from the event tables there are, up to ``env.as_of``.

    Parameters
    ----------
    tables : ``customers`` and any of transactions, subscriptions, visits, social, touchpoints, visitors, feedback
    env : as-of day, zone
    contract_money : see `lohko.value.contracts.contracts`
    """
    who = scope(tables, env)
    parts: list[pl.DataFrame] = []
    found: dict[str, Any] = {}
    visitors = tables.get("visitors")
    if "transactions" in tables:
        env.progress("purchases", 0, None)
        found["purchases"] = bought = purchases(tables["transactions"], who)
        parts.append(bought.features)
        found["singles"] = _singles(tables, bought, who, contract_money)
    if "subscriptions" in tables:
        found["contracts"] = held = contracts(
            tables["subscriptions"], tables.get("transactions"), who, mode=contract_money
        )
        parts.append(held.features)
    seen = tables.get("visits")
    if seen is None and "touchpoints" in tables:
        seen = _visits_among(tables["touchpoints"])
        found["visits_from_touchpoints"] = seen is not None
    if seen is not None:
        env.progress("visits", 0, None)
        found["visits"] = visited = visiting(seen, visitors, who)
        parts.append(visited.features)
    if "social" in tables:
        found["acts"] = acted = acts(tables["social"], who)
        parts.append(acted.features)
    if "touchpoints" in tables:
        parts.append(touches(tables["touchpoints"], visitors, who))
    if "feedback" in tables:
        parts.append(voices(tables["feedback"], who))
    frame = who.customers
    for part in parts:
        frame = frame.join(part, on="n", how="left")
    names = tuple(t for t in tables if t not in {"customers", "visitors"})
    return Features(_finish(frame.sort("n"), who), who, tables=names, **found)


def _singles(tables: Mapping[str, pl.LazyFrame], bought: Purchases, who: Scope, contract_money: str) -> Purchases:
    """Return the purchases that chance, not the calendar of a contract, brought about."""
    if "subscriptions" not in tables or contract_money == "add":  # "add": transactions carry no contract payments
        return bought
    kept, unclear = single_purchases(tables["transactions"], tables["subscriptions"], who)
    found = purchases(kept, who)
    return replace(found, days=found.days.filter(~pl.col("n").is_in(unclear.implode())))


def _visits_among(touchpoints: pl.LazyFrame) -> pl.LazyFrame | None:
    """Return the touchpoints that are visits, where a package has no table of visits; None if there are none."""
    if "action" not in touchpoints.collect_schema().names():
        return None
    visits = touchpoints.filter(pl.col("action").str.strip_chars().str.to_lowercase() == "visit")
    return visits if visits.head(1).collect().height else None


def _finish(frame: pl.DataFrame, who: Scope) -> pl.DataFrame:
    """Fill counts with 0, turn minor units into money, and add the measures and days that combine parts."""
    counted = [c for c, kind in frame.schema.items() if kind == pl.Int64]
    frame = frame.with_columns(pl.col(counted).fill_null(0))
    for name in ("monetary", "frequency", "contract_money"):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(0, pl.Int64).alias(name))
    for name in ("first_purchase", "last_purchase"):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.Date).alias(name))
    today = pl.lit(who.as_of)
    # exact to the last minor unit, halves away from zero
    double = 2 * pl.col("monetary").abs() + pl.col("frequency")
    average = pl.col("monetary").sign() * (double // (2 * pl.col("frequency")))
    frame = frame.with_columns(
        (today - pl.col("last_purchase")).dt.total_days().alias("recency_days"),
        pl.when(pl.col("frequency") > 0).then(average).alias("average_value"),
        (pl.col("monetary") + pl.col("contract_money")).alias("money_total"),
        (today - _first_known(frame.columns)).dt.total_days().alias("tenure_days"),
    )
    moneys = ("monetary", "average_value", "contract_money", "money_total", "amount_positive", "refunds_total")
    frame = frame.with_columns(money(c).alias(c) for c in moneys if c in frame.columns)
    if "visit_days" in frame.columns:
        frame = frame.with_columns(
            visit_measure().alias("visit_measure"),
            (pl.col("duration_ms") / 1000).round(3).alias("visit_duration_s"),
            (today - pl.col("last_visit")).dt.total_days().alias("visit_recency_days"),
            depth_measure(),
        ).drop("duration_ms")
    if "social_points" in frame.columns:
        frame = frame.with_columns(pl.col("social_points").fill_null(0.0))
    return frame


def _first_known(columns: list[str]) -> pl.Expr:
    """Return since when a customer is one: the register, a transaction or contract; else the first sign of them."""
    firm = [c for c in ("created", "first_transaction", "first_subscription") if c in columns]
    soft = [c for c in ("first_visit", "first_social", "first_touchpoint", "first_feedback") if c in columns]
    since = pl.min_horizontal(firm)
    return pl.coalesce(since, pl.min_horizontal(soft)) if soft else since
