"""Knowledge: what comments and reviews add for others, in points, fresh ones counting for more.

There is no accepted way to price it (Kumar et al. 2010, Journal of Service Research 13(3), name it; Tomczyk 2016 finds none
that estimates it), so it is told in points; the user may price a point. Points = sum over contributions of
2^(-age / half-life), times the customer's votes per contribution, shrunk towards everyone's where there are few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from lohko.value.acts import weights
from lohko.value.events import Scope


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Knowledge points, and what their measure of quality was.

    Attributes
    ----------
    points : ``n`` and ``knowledge_points``, for customers with a contribution
    mean_votes : votes per contribution over everyone; None where no votes are noted (then every contribution counts alike)
    """

    points: pl.DataFrame
    mean_votes: float | None


def knowledge(frame: pl.LazyFrame, scope: Scope) -> Knowledge:
    """Return the knowledge points of every customer with a comment or review by as-of."""
    rule = weights()["knowledge"]
    rows = scope.events(frame, "occurred_at", ("action", "votes")).filter(
        pl.col("n").is_not_null() & pl.col("action").is_in(rule["actions"])
    )
    if "votes" not in rows.collect_schema().names():
        rows = rows.with_columns(pl.lit(0, pl.Int64).alias("votes"))
    daily = (
        rows.group_by("n", "day")
        .agg(
            pl.len().cast(pl.Int64).alias("posts"),
            pl.col("votes").clip(lower_bound=0).fill_null(0).cast(pl.Int64).sum().alias("votes"),
        )
        .collect()
        .sort("n", "day")
    )
    if daily.is_empty():
        return Knowledge(pl.DataFrame(schema={"n": pl.UInt32, "knowledge_points": pl.Float64}), None)
    age = (pl.Series([scope.as_of]) - daily["day"]).dt.total_days().cast(pl.Float64).to_numpy()
    fresh = daily["posts"].to_numpy() * np.exp2(-age / rule["half_life_days"])
    n = daily["n"].to_numpy()
    first = np.flatnonzero(np.r_[True, n[1:] != n[:-1]])
    posts, votes = (np.add.reduceat(daily[c].to_numpy(), first).astype(np.float64) for c in ("posts", "votes"))
    whole = float(votes.sum())
    mean = whole / float(posts.sum())
    k = rule["shrink"]
    quality = (votes + k * mean) / (posts + k) if whole else np.ones_like(posts)
    points = np.round(np.add.reduceat(fresh, first) * quality, 6)
    found = pl.DataFrame({"n": n[first], "knowledge_points": points}, schema_overrides={"n": pl.UInt32})
    return Knowledge(found, round(mean, 6) if whole else None)
