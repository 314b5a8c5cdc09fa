"""The next dimension: where customers who looked like this one became active most often afterwards.

The whole company is looked at as of an earlier day. Customers known then are grouped by their class of that day; in each
group, and for each dimension in which they had nothing, the share that had something by the as-of day is counted. A
customer of today gets the dimension with the largest share in the group of today's class. Groups too small to say
anything are widened to all customers active in the same dimensions; where that is too small, too, nothing is said.

It is a count, not a cause: it says what tends to come next by itself, not what an offer would bring about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from lohko.outcome import Env
from lohko.value.features import Features, features
from lohko.value.scores import Dimension, classify, dimensions, rank_scores, thresholds, with_measures

LEAST_GROUP = 50  # customers without the dimension then
LEAST_MOVED = 5  # of them, active in it since
LEAST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Activation:
    """Where customers may become active next.

    Attributes
    ----------
    frame : ``n``, ``next_dimension``, ``next_share``, for the customers of whom it can be said; None if of nobody
    figures : the days looked at, and the shares by class and dimension
    """

    frame: pl.DataFrame | None
    figures: dict[str, Any]


def activation(
    tables: Mapping[str, pl.LazyFrame], now: Features, classes: pl.DataFrame, env: Env, *, days: int
) -> Activation:
    """Return each customer's next dimension.

    Parameters
    ----------
    tables : the step's tables
    now : the features as of ``env.as_of``
    classes : ``n`` and ``value_class`` as of ``env.as_of``
    env : as-of day and zone
    days : how long customers had to become active (at most a third of the history)
    """
    span = now.frame["tenure_days"].max()
    window = min(days, int(span) // 3) if isinstance(span, int) else 0
    measured = [d for d in dimensions() if now.measured[d.name]]
    if window < LEAST_DAYS or len(measured) < 2:
        return Activation(None, {"window_days": window})
    then_day = env.as_of - dt.timedelta(days=window)
    earlier = features(tables, replace(env, as_of=then_day), contract_money="auto")
    then = rank_scores(with_measures(earlier.frame)).filter(pl.col("tenure_days").is_not_null())
    then = then.with_columns(classify(then, thresholds(then)))
    became = then.select("customer_id", "value_class", *(d.column for d in measured)).join(
        with_measures(now.frame).select(
            "customer_id", *((pl.col(d.column) > 0).alias(f"{d.name}_now") for d in measured)
        ),
        on="customer_id",
    )
    counts = pl.concat([_counts(became, d) for d in measured])
    wide = counts.group_by(_pattern().alias("value_class"), "dimension").agg(pl.col("without", "moved").sum())
    today = classes.join(with_measures(now.frame).filter(pl.col("tenure_days").is_not_null()), on="n", how="semi")
    found = today.join(_best(counts), on="value_class", how="left").join(
        _best(wide), left_on=_pattern(), right_on="value_class", how="left", suffix="_wide"
    )
    found = found.select(
        "n",
        pl.coalesce("next_dimension", "next_dimension_wide").alias("next_dimension"),
        pl.when(pl.col("next_dimension").is_not_null())
        .then("next_share")
        .otherwise("next_share_wide")
        .alias("next_share"),
    ).filter(pl.col("next_dimension").is_not_null())
    shares = counts.filter(_enough()).sort("value_class", "dimension")
    figures = {
        "window_days": window,
        "shares": [
            {"value_class": c, "dimension": d, "customers": without, "active_since": moved}
            for c, d, without, moved in shares.select("value_class", "dimension", "without", "moved").iter_rows()
        ],
    }
    return Activation(found.sort("n") if found.height else None, figures)


def _counts(became: pl.DataFrame, d: Dimension) -> pl.DataFrame:
    """Return per class: customers without the dimension then, and those of them who have it now."""
    return (
        became.filter(~(pl.col(d.column) > 0))
        .group_by("value_class")
        .agg(
            pl.lit(d.name).alias("dimension").first(),
            pl.len().cast(pl.Int64).alias("without"),
            pl.col(f"{d.name}_now").sum().cast(pl.Int64).alias("moved"),
        )
    )


def _pattern() -> pl.Expr:
    """Return the class with every level above 0 made one: which dimensions there are at all."""
    return pl.col("value_class").str.replace_all("[1-3]", "+")


def _enough() -> pl.Expr:
    return (pl.col("without") >= LEAST_GROUP) & (pl.col("moved") >= LEAST_MOVED)


def _best(counts: pl.DataFrame) -> pl.DataFrame:
    """Return per class the dimension with the largest share; of equal ones the first by name."""
    share = (pl.col("moved") / pl.col("without")).round(6)
    return (
        counts.filter(_enough())
        .with_columns(share.alias("next_share"))
        .sort("value_class", "next_share", "dimension", descending=[False, True, False])
        .group_by("value_class", maintain_order=True)
        .agg(pl.col("dimension").first().alias("next_dimension"), pl.col("next_share").first())
    )
