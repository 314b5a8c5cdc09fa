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


def match(older: pl.DataFrame, newest: pl.DataFrame) -> Matched:
    """Match an older package's customers to those of the newest.

    Parameters
    ----------
    older, newest : the numbers of both (see :func:`numbers`)
    """
    customers = older.select("customer_id").unique()
    pairs = older.join(newest.rename({"customer_id": "person"}), on="number").select("customer_id", "person").unique()
    alone = customers.join(pairs, on="customer_id", how="anti")
    found = customers.height - alone.height
    return Matched(
        pl.concat([pairs, alone.with_columns(person=pl.col("customer_id"))]),
        found,
        merged=pairs.height - pairs["person"].n_unique(),
        parted=pairs.height - found,
    )


def themselves(newest: pl.Series) -> Matched:
    """Return the newest register matched to itself."""
    return Matched(pl.DataFrame({"customer_id": newest, "person": newest}), len(newest), 0, 0)


def numbers(ids: pl.Series, crosswalk: pl.LazyFrame | None) -> pl.DataFrame:
    """Return the numbers (column number) each of these customers (customer_id) goes by: their own id, and those of the sources."""
    own = pl.DataFrame({"number": ids, "customer_id": ids})
    if crosswalk is None:
        return own
    given = crosswalk.select(number="source_customer_id", customer_id="customer_id").collect()
    itself = pl.col("number") == pl.col("customer_id")
    others = given.filter(~itself).join(ids.to_frame("customer_id"), on="customer_id", how="semi").unique()
    # a number that a source gave to one customer is not another's id
    clashes = own.join(others, on="number", how="semi")
    if not clashes.is_empty():
        kept = clashes.join(given.filter(itself), on="number", how="semi")
        own = pl.concat([own.join(clashes, on="number", how="anti"), kept])
    return pl.concat([own, others])
