"""Ids, each once, from however many rows: in memory that grows with the ids and not with the rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl

_SLICE = 1_048_576
_RUN = 65_536  # rows looked up at a time: an id met first within them may come twice
_PLACES = 21  # bits: 16 MiB of hashes


def distinct_ids(table: pl.LazyFrame) -> pl.Series:
    """Return the customer ids of a table, each once.

    Ids are looked up in a table of hashes first, so that of an id which comes often nearly all rows are passed over before any grouping, and
    the rest is grouped by slices: grouping holds on to some 40 bytes a row, however few the customers are. Where two ids share
    a place, both go on to the grouping; an id would be passed over wrongly only if 85 bits of two hashes were alike. The next slice
    is read and hashed while one is looked up.
    """
    seen = np.zeros(1 << _PLACES, dtype=np.uint64)
    known = pl.Series("customer_id", [], dtype=pl.String)
    ids = pl.col("customer_id")

    def hashed(start: int) -> pl.DataFrame:
        rows = table.select(ids).slice(start, _SLICE).filter(ids.is_not_null())
        return rows.with_columns(mark=ids.hash(1), place=ids.hash(2) & ((1 << _PLACES) - 1)).collect()

    starts = range(0, table.select(pl.len()).collect().item(), _SLICE)
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(hashed, 0)
        for start in starts:
            some = coming.result()
            coming = ahead.submit(hashed, start + _SLICE)  # after the last there is none: an empty slice
            marks, places = some["mark"].to_numpy(), some["place"].to_numpy()
            fresh = np.empty(len(some), dtype=np.bool_)
            for at in range(0, len(some), _RUN):
                mark, place = marks[at : at + _RUN], places[at : at + _RUN]
                fresh[at : at + _RUN] = seen[place] != mark
                seen[place] = mark
            known = pl.concat([known, some["customer_id"].filter(pl.Series(fresh)).unique()])
    return known.unique()
