"""Social acts: what a customer does for the company among others, in points.

The points of an act are data (``social.toml``); what is ranked is their sum. They are kept in whole millionths, so
that sums are exact and the same in any order of the rows.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import polars as pl

from lohko.value.events import Scope

MILLION = 1_000_000

COUNTS = {
    "share": "shares",
    "recommend": "recommendations",
    "comment": "comments",
    "review": "reviews",
    "reaction": "reactions",
    "referral": "referrals",
}


@dataclass(frozen=True, slots=True)
class Acts:
    """What the social acts say.

    Attributes
    ----------
    features : one row per customer with an act: ``n``, counts, ``social_points`` and the rest
    totals : rows up to as-of: all, of unknown customers, later ones
    """

    features: pl.DataFrame
    totals: dict[str, int]


@cache
def weights() -> dict[str, Any]:
    """Return the points of social acts."""
    return tomllib.loads(resources.files(__package__).joinpath("social.toml").read_text(encoding="utf-8"))


def acts(frame: pl.LazyFrame, scope: Scope) -> Acts:
    """Return the social features of every customer with a social act by as-of.

    ``referred_customers`` counts the distinct customers of the register named as referred, oneself aside.
    """
    names = set(frame.collect_schema().names())
    data = weights()
    columns = ("action", "votes", "network", "reach", "referred_customer_id")
    events = scope.events(frame, "occurred_at", columns).with_columns(
        pl.lit(None, kind).alias(c)
        for c, kind in (
            ("votes", pl.Int64),
            ("reach", pl.Int64),
            ("network", pl.String),
            ("referred_customer_id", pl.String),
        )
        if c not in names
    )
    votes = pl.col("votes").clip(lower_bound=0).fill_null(0)
    reach = pl.col("reach").clip(lower_bound=0).fill_null(0)
    base = pl.col("action").replace_strict(data["points"], default=0.0, return_dtype=pl.Float64)
    points = (
        base
        + data["per_reach_tenfold"] * (1 + reach).cast(pl.Float64).log10()
        + data["per_vote_doubling"] * (1 + votes).cast(pl.Float64).log(2)
    )
    referred = scope.customers.lazy().select(
        pl.col("customer_id").alias("referred_customer_id"), pl.col("n").alias("referred")
    )
    events = events.with_columns((points * MILLION).round().cast(pl.Int64).alias("points")).join(
        referred, on="referred_customer_id", how="left"
    )
    known = events.filter(pl.col("n").is_not_null())
    network = pl.col("network").str.strip_chars().str.to_lowercase()
    features = known.group_by("n").agg(
        pl.len().cast(pl.Int64).alias("social_acts"),
        *((pl.col("action") == act).sum().cast(pl.Int64).alias(name) for act, name in COUNTS.items()),
        reach.sum().alias("reach"),
        pl.col("votes").fill_null(0).sum().alias("votes"),
        network.drop_nulls().n_unique().cast(pl.Int64).alias("networks"),
        pl.col("referred")
        .filter(pl.col("referred").is_not_null() & (pl.col("referred") != pl.col("n")))
        .n_unique()
        .cast(pl.Int64)
        .alias("referred_customers"),
        pl.col("points").sum().alias("points"),
        pl.col("day").n_unique().cast(pl.Int64).alias("social_days"),
        pl.col("day").min().alias("first_social"),
        pl.col("day").max().alias("last_social"),
    )
    count = events.select(pl.len().alias("rows"), pl.col("n").is_null().sum().alias("unknown_customer_rows"))
    later = frame.select((pl.col("occurred_at") >= scope.end).sum().alias("later_rows"))
    one, two, three = pl.collect_all([features, count, later])
    totals = {k: int(v or 0) for k, v in {**two.row(0, named=True), **three.row(0, named=True)}.items()}
    found = one.sort("n").with_columns((pl.col("points") / MILLION).round(6).alias("social_points")).drop("points")
    return Acts(found, totals)
