"""Which rows there ever were, which customer each became, and under which id: crosswalk and originals over several runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from lohko.matching.coding import repeats
from lohko.tables.types import POLARS_TYPES, schema


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows to match, as they came at first.

    Attributes
    ----------
    rows : every customer row ever, sorted by content; column ``together`` names the customer it already belongs to
    current : the customers table as it is now, every row with a ``row_id``
    originals : the rows as they came (those of earlier runs stand as they are)
    kept_ids : surviving ids of an earlier run
    named_rows : the table that came had row ids
    register_ids : ids of the register that the rows are compared with, where there is one
    """

    rows: pl.DataFrame
    current: pl.DataFrame
    originals: pl.DataFrame
    kept_ids: pl.Series
    named_rows: bool
    register_ids: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))


def open_ledger(tables: Mapping[str, pl.LazyFrame]) -> Ledger:
    """Return the rows to match.

    On the first run these are the customers. Later runs match the original rows of merged customers, not the merged
    values: so the same rows give the same result, and a value taken over in a merge is not used as evidence for the next one.
    """
    customers = in_order(tables["customers"].collect())
    named = "row_id" in customers.columns
    current = with_row_ids(customers)
    if "crosswalk" not in tables:
        before = tables["originals"].collect() if "originals" in tables else None
        rows = current.with_columns(together=pl.col("customer_id"))  # in order already
        return Ledger(rows, current, _originals(before, current), pl.Series([], dtype=pl.String), named)
    walk = tables["crosswalk"].collect()
    before = tables["originals"].collect() if "originals" in tables else current.clear()
    before = before.join(walk.select("row_id"), on="row_id", how="semi")
    # A customer that is still one row may have been mended since: its present values count.
    alone = walk.filter(pl.len().over("customer_id") == 1).select("row_id")
    present = current.join(alone, on="row_id", how="semi")
    new = current.join(walk.select("row_id"), on="row_id", how="anti")
    former = before.join(present.select("row_id"), on="row_id", how="anti")
    rows = pl.concat([former, present, new], how="diagonal_relaxed")
    to = dict(zip(walk["source_customer_id"], walk["customer_id"], strict=True))
    at = dict(zip(walk["row_id"], walk["customer_id"], strict=True))
    known = pl.col("row_id").replace_strict(at, default=None, return_dtype=pl.String)
    moved = pl.col("customer_id").replace(to)
    rows = rows.with_columns(together=pl.coalesce(known, moved))
    originals = _originals(before, new)
    return Ledger(in_order(rows), current, originals, walk["customer_id"].unique().sort(), named)


def _originals(before: pl.DataFrame | None, new: pl.DataFrame) -> pl.DataFrame:
    if before is None:
        return new if new["row_id"].is_sorted() else new.sort("row_id")
    fresh = new.join(before.select("row_id"), on="row_id", how="anti")
    return pl.concat([before, fresh], how="diagonal_relaxed").sort("row_id")


def in_order(customers: pl.DataFrame) -> pl.DataFrame:
    """Return the rows sorted by their content: the id, then all other columns, the row's name last."""
    by_id = customers.sort("customer_id", nulls_last=True)
    if not repeats(by_id["customer_id"]):
        return by_id  # the rest decides nothing
    rest = sorted(name for name in customers.columns if name not in {"customer_id", "row_id"})
    names = ["customer_id", *rest, *(["row_id"] if "row_id" in customers.columns else [])]
    return by_id.sort(names, nulls_last=True)


def with_row_ids(customers: pl.DataFrame) -> pl.DataFrame:
    """Return the table with a ``row_id``: the customer id, numbered by content where it repeats."""
    if "row_id" in customers.columns and customers["row_id"].null_count() == 0:
        return customers
    if "row_id" not in customers.columns and not repeats(customers["customer_id"]):
        return customers.with_columns(row_id=pl.col("customer_id"))
    number = pl.int_range(pl.len()).over("customer_id")
    name = pl.when(number == 0).then(pl.col("customer_id")).otherwise(pl.format("{}#{}", "customer_id", number + 1))
    if "row_id" in customers.columns:
        return customers.with_columns(row_id=pl.coalesce("row_id", name))
    return customers.with_columns(row_id=name)


def surviving_ids(ledger: Ledger, clusters: pl.Series) -> pl.Series:
    """Return per row of the ledger the id its customer goes by.

    The id of the register stands; an id that an earlier run let survive keeps surviving; then the oldest ``created_at`` decides, then the smallest id.
    All of it is read from the cluster's own rows, so rows that have nothing to do with it change nothing.
    """
    rows = ledger.rows
    label = clusters.to_numpy()
    shared = np.bincount(label, minlength=rows.height)[label] > 1  # whoever is alone keeps the id
    at = np.flatnonzero(shared)
    survivor = rows["together"].clone()
    if not len(at):
        return survivor.alias("survivor")
    few = rows[at]
    created = few["created_at"] if "created_at" in rows.columns else [None] * len(at)
    frame = pl.DataFrame(
        {"cluster": label[at], "id": few["together"], "created": created},
        schema_overrides={} if "created_at" in rows.columns else {"created": POLARS_TYPES["timestamp"]},
    ).with_columns(
        kept=pl.col("id").is_in(ledger.kept_ids.implode()), known=pl.col("id").is_in(ledger.register_ids.implode())
    )
    first = (
        frame.sort(
            ["cluster", "known", "kept", "created", "id"], descending=[False, True, True, False, False], nulls_last=True
        )
        .unique("cluster", keep="first", maintain_order=True)
        .select("cluster", survivor="id")
    )
    chosen = frame.select("cluster").join(first, on="cluster", how="left", maintain_order="left")["survivor"]
    return survivor.scatter(at, chosen).alias("survivor")


def crosswalk(
    rows: pl.DataFrame,
    survivors: pl.Series,
    probability: pl.Series,
    households: pl.Series,
    own: npt.NDArray[np.bool_] | None = None,
) -> pl.DataFrame:
    """Return the crosswalk: one row per row that ever came (``own``: those that did, where others stand beside them)."""
    types = schema("crosswalk")
    return (
        pl.DataFrame(
            {
                "row_id": rows["row_id"],
                "source_customer_id": rows["customer_id"],
                "customer_id": survivors,
                "match_probability": probability,
                "household_id": households,
            }
        )
        .filter(True if own is None else pl.Series(own))
        .cast({name: kind for name, kind in types.items() if name != "row_id"})
        .sort("row_id")
    )
