"""Who is who from one register to the next: customers merged or parted since are told from those who came or left.

Every customer counts as the newest register has them. Two packages share a customer where they share a source's number, by
the table ``crosswalk`` or as the customer's own id.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Matched:
    """An older package's customers as customers of the newest register.

    Attributes
    ----------
    links : columns customer_id (older) and person (newest; the older id itself where the customer is no more)
    found : older customers who are in the newest register
    merged : how many older customers have become one with another since
    parted : how many newest customers were one with another then
    """

    links: pl.DataFrame
    found: int
    merged: int
    parted: int


def match(
    older: pl.Series, older_crosswalk: pl.LazyFrame | None, newest: pl.Series, newest_crosswalk: pl.LazyFrame | None
) -> Matched:
    """Match the ids of an older package's customers to those of the newest."""
    pairs = (
        _numbers(older, older_crosswalk)
        .join(_numbers(newest, newest_crosswalk).rename({"customer_id": "person"}), on="number")
        .select("customer_id", "person")
        .unique()
    )
    alone = pl.DataFrame({"customer_id": older.unique()}).join(pairs, on="customer_id", how="anti")
    links = pl.concat([pairs, alone.with_columns(person=pl.col("customer_id"))]).sort("customer_id", "person")
    found, persons = pairs["customer_id"].n_unique(), pairs["person"].n_unique()
    groups = pairs.group_by("person").len()["len"]
    splits = pairs.group_by("customer_id").len()["len"]
    return Matched(
        links,
        found,
        merged=int((groups - 1).sum()) if persons else 0,
        parted=int((splits - 1).sum()) if found else 0,
    )


def _numbers(ids: pl.Series, crosswalk: pl.LazyFrame | None) -> pl.DataFrame:
    """Return the numbers each of these customers goes by: their own id, and those of the sources."""
    own = pl.DataFrame({"number": ids, "customer_id": ids})
    if crosswalk is None:
        return own.unique()
    sources = (
        crosswalk.select(number="source_customer_id", customer_id="customer_id")
        .join(pl.LazyFrame({"customer_id": ids}), on="customer_id", how="semi")
        .collect()
    )
    # a number that a source gave to one customer is not another's id
    taken = own.join(sources, on="number", how="anti")
    return pl.concat([taken, sources]).unique()
