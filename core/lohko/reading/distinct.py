"""Ids, each once, from however many rows: in memory that grows with the ids and not with the rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import polars as pl

_SLICE = 1_048_576
_RUN = 16_384  # rows looked up at a time, few enough for the cache: an id met first within them may come twice
_PLACES = 22  # bits: 32 MiB of hashes


def distinct_ids(table: pl.LazyFrame) -> pl.Series:
    """Return the customer ids of a table, each once.

    Ids are looked up in a table of hashes first, so that of an id which comes often nearly all rows are passed over before any grouping, and
    the rest is grouped by and by: grouping holds on to some 40 bytes a row, however few the customers are. Where two ids share
    a place, both go on to the grouping; an id would be passed over wrongly only if 86 bits of two hashes were alike. The next slice
    is read and hashed while one is looked up.
    """
    met = _Met()
    known = pl.Series("customer_id", [], dtype=pl.String)
    fresh: list[pl.Series] = []
    ids = pl.col("customer_id")
    place = (ids.hash(2) & ((1 << _PLACES) - 1)).cast(pl.Int64)

    def hashed(start: int) -> pl.DataFrame:
        rows = table.select(ids).slice(start, _SLICE).filter(ids.is_not_null())
        return rows.with_columns(mark=ids.hash(1), place=place).collect()

    starts = range(0, table.select(pl.len()).collect().item(), _SLICE)
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(hashed, 0)
        for start in starts:
            some = coming.result()
            coming = ahead.submit(hashed, start + _SLICE)  # after the last there is none: an empty slice
            strange = met.strange(some["mark"].to_numpy(), some["place"].to_numpy())
            fresh.append(some["customer_id"].rechunk().gather(pl.Series(strange)))
            if sum(map(len, fresh)) > max(_SLICE, len(known)):  # so that what is held stays within what is known
                known = pl.concat([known, *fresh]).unique()
                fresh.clear()
    return pl.concat([known, *fresh]).unique()


class _Met:
    """The hashes met so far, each at the place that another hash of the same id gives; a newer one takes the place of an older."""

    def __init__(self) -> None:
        self._marks = np.zeros(1 << _PLACES, dtype=np.uint64)

    def strange(self, marks: npt.NDArray[np.uint64], places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return where marks stand that are not at their places; after that, they are."""
        found = [np.empty(0, dtype=np.int64)]
        for start in range(0, len(marks), _RUN):
            mark, place = marks[start : start + _RUN], places[start : start + _RUN]
            strange = np.flatnonzero(
                np.take(self._marks, place, mode="clip") != mark
            )  # clip: places are not checked again
            self._marks[place[strange]] = mark[strange]
            found.append(strange + start)
        return np.concatenate(found)
