"""Customers as small integers, so that a report of millions joins on text once a table and not once a section."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from lohko.value.events import Scope


@dataclass(frozen=True, slots=True)
class Numbered:
    """Distinct customers in the order of their ids: the place of an id is its customer's number (UInt32, from 0)."""

    scope: Scope

    @classmethod
    def of(cls, frames: Sequence[pl.LazyFrame]) -> Numbered:
        """Return the numbers of everybody in the frames' ``customer_id``."""
        known: list[pl.Series] = []
        for frame in frames:
            ids = frame.select("customer_id").collect()["customer_id"].drop_nulls()
            if not any(
                ids.equals(other) for other in known
            ):  # most often the tables hold the same customers in the same order
                known.append(ids)
        ids = pl.concat(known) if known else pl.Series("customer_id", [], pl.String)
        if len(known) != 1 or not (ids > ids.shift()).all():
            ids = ids.unique().sort()
        customers = ids.to_frame("customer_id").with_row_index("n")
        hashed = ids.hash().n_unique() == len(ids)
        return cls(Scope(customers, dt.date.max, "UTC", hashed=hashed))

    def __len__(self) -> int:
        return self.scope.customers.height

    def of_ids(self, ids: pl.Series) -> pl.Series:
        """Return the number of each id, in its place; null for one that has none."""
        if ids.equals(self.scope.customers["customer_id"]):
            return self.scope.customers["n"].alias(ids.name)
        # tables sorted by customer repeat an id row after row: each run is looked up once
        run = ids.rle_id()
        starts = ids.filter((run != run.shift()).fill_null(value=True))
        found = self.scope.placed(pl.LazyFrame({"customer_id": starts}).with_row_index("run")).sort("run").collect()
        return found["n"].gather(run).alias(ids.name)

    def of_all(self, ids: pl.Series) -> pl.Series:
        """Return the number of each id; one that has none gets a further one, the same wherever it stands in this series."""
        numbers = self.of_ids(ids)
        strange = numbers.is_null() & ids.is_not_null()
        if not strange.any():
            return numbers
        further = ids.set(~strange, None).rank("dense").cast(pl.Int64) + (len(self) - 1)
        return numbers.fill_null(further.cast(pl.UInt32))

    def aligned(self, frame: pl.LazyFrame) -> pl.DataFrame:
        """Return a table with one row a customer in the order of the numbers, without their ids; null for those it lacks."""
        rows = frame.collect()
        numbers = self.of_ids(rows["customer_id"]).alias("n")
        rows = rows.drop("customer_id")
        everybody = self.scope.customers["n"]
        if numbers.equals(everybody):
            return rows
        known = rows.insert_column(0, numbers).drop_nulls("n")
        return everybody.to_frame().join(known, on="n", how="left", maintain_order="left").drop("n")

    def flags(self, ids: pl.Series | None) -> pl.Series:
        """Return one flag a number: whether its id is among these (None: all are)."""
        found = np.full(len(self), ids is None)
        if ids is not None:
            found[self.of_ids(ids).drop_nulls().to_numpy()] = True
        return pl.Series(found)


def among(flags: pl.Series, numbers: pl.Series) -> pl.Series:
    """Tell of each number whether its flag is set; one beyond the flags, or none, is not."""
    padded = np.append(flags.to_numpy(), False)
    return pl.Series(padded[numbers.fill_null(len(flags)).to_numpy().clip(max=len(flags))])


def distinct(numbers: pl.Series) -> int:
    """Count the distinct numbers."""
    known = numbers.drop_nulls()
    if known.is_empty():
        return 0
    places = known.to_numpy()
    seen = np.zeros(int(places.max()) + 1, dtype=np.bool_)
    seen[places] = True
    return int(seen.sum())
