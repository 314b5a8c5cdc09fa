"""Feedback: how many answers and service contacts, and the latest mark given."""

from __future__ import annotations

import polars as pl

from lohko.value.events import Scope


def voices(frame: pl.LazyFrame, scope: Scope) -> pl.DataFrame:
    """Return per customer: answers, service contacts, day of the last of either, and the latest NPS mark.

    Several NPS answers at the same instant are averaged.
    """
    names = frame.collect_schema().names()
    events = scope.events(frame, "answered_at", ("measure", "score")).filter(pl.col("n").is_not_null())
    contact = pl.col("measure") == "contact"
    counts = events.group_by("n").agg(
        (~contact).sum().cast(pl.Int64).alias("feedback_answers"),
        contact.sum().cast(pl.Int64).alias("service_contacts"),
        pl.col("day").min().alias("first_feedback"),
        pl.col("day").max().alias("last_feedback"),
    )
    if "score" not in names:
        return counts.collect().sort("n")
    nps = events.filter((pl.col("measure") == "nps") & pl.col("score").is_not_null())
    # whole thousandths: the mean of several marks is then the same in any order
    thousandths = (pl.col("score") * 1000).round().cast(pl.Int64)
    marks = nps.group_by("n", "answered_at").agg(thousandths.sum().alias("marks"), pl.len().alias("answers"))
    last = marks.group_by("n").agg(pl.col("answered_at").max())
    one, two, three = pl.collect_all([counts, marks, last])
    latest = two.join(three, on=["n", "answered_at"], how="semi").select(
        "n", (pl.col("marks") / pl.col("answers") / 1000).round(3).alias("nps_last")
    )
    return one.join(latest, on="n", how="left").sort("n")
