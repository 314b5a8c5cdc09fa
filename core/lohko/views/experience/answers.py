"""The answers that count: each customer's latest on a measure, within a period, on the measure's scale."""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from lohko.cleaning.recipients import vocabulary
from lohko.value.events import local_day

YEAR: Final = 365
"""Days that the report looks back."""


def scales() -> dict[str, tuple[float, float]]:
    """Return the lowest and the highest score of each measure that has a scale, in the vocabulary's order."""
    known: dict[str, list[float]] = vocabulary()["feedback_scales"]
    return {name: (float(ends[0]), float(ends[1])) for name, ends in known.items() if ends}


def within(feedback: pl.LazyFrame, first: dt.date, last: dt.date, timezone: str) -> pl.LazyFrame:
    """Return the feedback of a period, with the local ``day`` and every optional column there."""
    names = feedback.collect_schema().names()
    absent = [
        pl.lit(None, kind()).alias(name)
        for name, kind in (("score", pl.Float64), ("text", pl.String), ("touchpoint", pl.String))
        if name not in names
    ]
    return (
        feedback.with_columns(local_day("answered_at", timezone).alias("day"), *absent)
        .filter(pl.col("day").is_between(first, last))
        .with_columns(pl.col("score").cast(pl.Float64, strict=False))
    )


def answers(
    feedback: pl.LazyFrame,
    first: dt.date,
    last: dt.date,
    timezone: str,
    *,
    by_touchpoint: bool = False,
) -> pl.DataFrame:
    """Return the latest answer of each customer on each measure.

    One answer a customer: an interval takes answers to be independent, and those of one person are not.

    Parameters
    ----------
    feedback : the table ``feedback``
    first, last : the days that count, both included
    by_touchpoint : the latest at each touchpoint instead

    Returns
    -------
    ``customer_id``, ``measure``, ``touchpoint``, ``score``, ``text``, sorted
    """
    limits = pl.DataFrame([(name, *ends) for name, ends in scales().items()], ["measure", "low", "high"], orient="row")
    key = ["customer_id", "measure", *(["touchpoint"] if by_touchpoint else [])]
    rows = (
        within(feedback, first, last, timezone)
        .join(limits.lazy(), on="measure", how="inner")
        .filter(pl.col("score").is_between("low", "high") & pl.col("customer_id").is_not_null())
        .select("customer_id", "measure", "touchpoint", "answered_at", "score", "text")
        .collect()
    )
    return (
        rows.sort(*key, "answered_at", "score", "touchpoint", "text")
        .unique(key, keep="last", maintain_order=True)
        .select("customer_id", "measure", "touchpoint", "score", "text")
    )


def counted(rows: pl.DataFrame) -> dict[float, int]:
    """Return answers by score."""
    return {float(score): int(count) for score, count in rows.group_by("score").len().sort("score").rows()}
