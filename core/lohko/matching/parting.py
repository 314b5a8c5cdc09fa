"""Customers whose rows people said are two: their merging is taken back, so that their rows are matched anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from lohko.matching.answers import Answer, grouped
from lohko.matching.undo import rows_as_they_came, standing


def torn_customers(walk: pl.DataFrame, answers: Sequence[Answer]) -> list[str]:
    """Return the customers of an earlier run that answers take apart.

    Parameters
    ----------
    walk : the crosswalk: ``row_id``, ``customer_id``
    answers : all answers; rows an answer says are one bring their customers together first
    """
    at = {name: place for place, name in enumerate(walk["row_id"])}
    known = [(at[a.left], at[a.right], a.same) for a in answers if a.left in at and a.right in at]
    group = grouped(walk["customer_id"].to_list(), [(one, other) for one, other, same in known if same])
    torn = {group[one] for one, other, same in known if not same and group[one] == group[other]}
    inside = pl.Series([first in torn for first in group], dtype=pl.Boolean)
    return walk.filter(inside)["customer_id"].unique().sort().to_list()


def parted(tables: Mapping[str, pl.LazyFrame], torn: Sequence[str]) -> dict[str, pl.LazyFrame]:
    """Return the tables with the rows of these customers as they came, as if no run had seen them yet."""
    customers = tables["customers"].collect()
    walk = tables["crosswalk"].collect()
    gone = pl.col("customer_id").is_in(list(torn))
    part = walk.filter(gone)
    came = rows_as_they_came(tables["originals"].collect(), part, customers.clear())
    names = customers.columns
    if "row_id" in names:
        rest = customers.join(part.select("row_id"), on="row_id", how="anti")
        rows = pl.concat([rest, came], how="diagonal_relaxed")
    else:
        rows = pl.concat([customers.filter(~gone), came.drop("row_id")], how="diagonal_relaxed")
    made = {"customers": rows.select(*names, pl.exclude(names)).lazy(), "crosswalk": walk.filter(~gone).lazy()}
    if "changes" in tables:
        changes = tables["changes"].collect()
        theirs = pl.col("row_id").is_in(part["row_id"].implode()) & (pl.col("table") == "customers")
        kept = [changes.filter(~theirs), standing(changes.filter(theirs), came)]
        made["changes"] = pl.concat(kept).lazy()
    return {**tables, **made}
