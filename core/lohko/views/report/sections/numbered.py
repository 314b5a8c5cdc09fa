"""Customers as small integers, so that a report of millions joins on text once a table and not once a section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl


@dataclass(frozen=True)
class Numbered:
    """Distinct customers, most often in the order of their ids: the place of an id is its customer's number (UInt32, from 0)."""

    ids: pl.Series

    @classmethod
    def of(cls, frames: Sequence[pl.LazyFrame]) -> Numbered:
        """Return the numbers of everybody in the frames' ``customer_id``, in the order of their ids."""
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
        return cls(ids.rechunk())

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def everybody(self) -> pl.Series:
        """Every number, in order."""
        return pl.int_range(len(self), dtype=pl.UInt32, eager=True).alias("n")

    def of_ids(self, ids: pl.Series) -> pl.Series:
        """Return the number of each id, in its place; null for one that has none."""
        if ids.equals(self.ids):
            return self.everybody.alias(ids.name)
        # tables sorted by customer repeat an id row after row: each run is looked up once
        one = pl.col(ids.name)
        begins = ids.to_frame().select(one.ne_missing(one.shift()) | (pl.int_range(pl.len()) == 0)).to_series()
        starts = ids.filter(begins)
        if len(starts) > len(ids) // 2:
            return self._placed(ids)
        found = self.everybody if starts.equals(self.ids) else self._placed(starts)
        return found.gather(begins.cum_sum() - 1).alias(ids.name)

    def _placed(self, ids: pl.Series) -> pl.Series:
        """Look each id up by its hash, then compare the ids: half the time of a join on text."""
        hashed = pl.LazyFrame({"hash": ids.hash()}).with_row_index("row")
        known = pl.LazyFrame({"hash": self.ids.hash(), "n": self.everybody})
        found = hashed.join(known, on="hash").select("row", "n").collect()
        if self._ambiguous:
            found = found.filter(self.ids.gather(found["n"]) == ids.gather(found["row"]))
        numbers = np.full(len(ids), len(self), dtype=np.uint32)
        numbers[found["row"].to_numpy()] = found["n"].to_numpy()
        same = self.ids.extend_constant(None, 1).rechunk().gather(numbers) == ids
        return pl.Series(ids.name, numbers).set(~same.fill_null(value=False), None)

    @cached_property
    def _ambiguous(self) -> bool:
        """Whether two ids have one hash."""
        return self.ids.hash().n_unique() < len(self)

    def aligned(self, frame: pl.LazyFrame) -> pl.DataFrame:
        """Return a table with one row a customer in the order of the numbers, without their ids; null for those it lacks."""
        rows = frame.collect()
        numbers = self.of_ids(rows["customer_id"]).alias("n")
        rows = rows.drop("customer_id")
        if not numbers.equals(self.everybody):
            known = rows.insert_column(0, numbers).drop_nulls("n")
            rows = self.everybody.to_frame().join(known, on="n", how="left", maintain_order="left").drop("n")
        return rows.rechunk()  # places are looked up in one piece twenty times as fast

    def flags(self, ids: pl.Series | None) -> pl.Series:
        """Return one flag a number: whether its id is among these (None: all are)."""
        found = np.full(len(self), ids is None)
        if ids is not None:
            found[self.of_ids(ids).drop_nulls().to_numpy()] = True
        return pl.Series(found)


class Numbering:
    """Reads tables with numbers in place of ids; customers who have none get further ones, the same in every table."""

    def __init__(self, numbered: Numbered) -> None:
        self.numbered = numbered
        self.strangers = pl.Series("customer_id", [], pl.String)

    def __call__(self, rows: pl.LazyFrame) -> pl.DataFrame:
        frame = rows.collect()
        ids = frame["customer_id"].cast(pl.String)
        numbers = self.numbered.of_ids(ids)
        if (strange := numbers.is_null() & ids.is_not_null()).any():
            own = ids.filter(strange)
            fresh = own.unique().sort()
            self.strangers = self.strangers.append(fresh.filter(~fresh.is_in(self.strangers.implode())))
            further = Numbered(self.strangers).of_ids(own) + len(self.numbered)
            numbers = numbers.scatter(strange.arg_true(), further)
        return frame.with_columns(numbers.alias("customer_id"))


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
