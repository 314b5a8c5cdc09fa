"""Ids, each once, from however many rows: in memory that grows with the ids and not with the rows."""

from __future__ import annotations

from threading import Lock

import numpy as np
import polars as pl

_SLICE = 2_097_152
_RUN = 65_536  # rows looked up at a time: an id met first within them may come twice
_PLACES = 21  # bits: 16 MiB of hashes


class DistinctIds:
    """Takes ids in pieces, from several threads, and keeps each once.

    Ids are looked up in a table of hashes first, so that of an id which comes often nearly all rows are passed over before any grouping:
    grouping holds on to some 40 bytes a row, however few the ids are. Where two ids share a place, both go on to the grouping; an id
    would be passed over wrongly only if 85 bits of two hashes were alike.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._marks = np.zeros(1 << _PLACES, dtype=np.uint64)
        self._found: list[pl.Series] = []
        self._waiting = 0  # ids found since they were last grouped
        self._grouped = 0

    def see(self, ids: pl.Series) -> pl.Series:
        """Take some ids, empty ones aside; returns them as they came, so that they can be seen on their way."""
        some = ids.drop_nulls()
        marks, places = some.hash(1).to_numpy(), (some.hash(2) & ((1 << _PLACES) - 1)).to_numpy()
        fresh = np.empty(len(some), dtype=np.bool_)
        with self._lock:
            for at in range(0, len(some), _RUN):
                mark, place = marks[at : at + _RUN], places[at : at + _RUN]
                fresh[at : at + _RUN] = self._marks[place] != mark
                self._marks[place] = mark
            self._found.append(some.filter(pl.Series(fresh)))
            self._waiting += int(np.count_nonzero(fresh))
            if self._waiting > max(self._grouped, _SLICE):
                self._group()
        return ids

    def all(self) -> pl.Series:
        """Return the ids seen so far, each once, in no order."""
        with self._lock:
            return self._group() if self._waiting or not self._found else self._found[0]

    def _group(self) -> pl.Series:
        ids = pl.concat([pl.Series("customer_id", [], dtype=pl.String), *(s.alias("customer_id") for s in self._found)])
        ids = ids.unique()
        self._found, self._waiting, self._grouped = [ids], 0, len(ids)
        return ids


def distinct_ids(table: pl.LazyFrame) -> pl.Series:
    """Return the customer ids of a table, each once."""
    found = DistinctIds()
    size = table.select(pl.len()).collect().item()
    for start in range(0, size, _SLICE):
        found.see(table.select("customer_id").slice(start, _SLICE).collect()["customer_id"])
    return found.all()
