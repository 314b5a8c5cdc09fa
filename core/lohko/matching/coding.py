"""Columns as whole numbers: one code per distinct value, so that pairs are compared without touching text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

IntArray = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]

MISSING = -1


@dataclass(frozen=True, slots=True)
class Coded:
    """A text column as codes.

    Attributes
    ----------
    codes : code of each row's value, -1 where it is missing
    values : the distinct values, sorted; the code is the place in this list
    counts : rows holding each value
    """

    codes: Codes
    values: pl.Series
    counts: IntArray

    @property
    def filled(self) -> int:
        """How many rows hold a value."""
        return int(self.counts.sum())

    def only(self, keep: npt.NDArray[np.bool_]) -> Coded:
        """Return the column with the values whose flag is off taken as missing."""
        lookup = np.append(keep, False)
        codes = np.where(lookup[self.codes], self.codes, MISSING).astype(np.int32)
        return Coded(codes, self.values, np.where(keep, self.counts, 0))


def encode(series: pl.Series) -> Coded:
    """Return a text column as codes; codes follow the order of the text, so they don't depend on the order of rows."""
    values, place, seed = _numbered(series)
    ordered = values.sort()
    # values are in the order of their hashes: that of the sorted ones says where each of them stands
    rank = np.append(np.argsort(ordered.hash(seed).to_numpy()), MISSING).astype(np.int32)
    return _coded(rank[place], ordered)


def _coded(codes: Codes, values: pl.Series) -> Coded:
    counts = np.bincount(codes[codes >= 0], minlength=len(values)).astype(np.int64)
    return Coded(codes, values, counts)


def distinct_values(series: pl.Series) -> tuple[pl.Series, npt.NDArray[np.intp]]:
    """Return the distinct values in any order, and for every row the place of its value among them (-1 where it is missing)."""
    values, place, _ = _numbered(series)
    return values, place


def _numbered(series: pl.Series, seed: int = 0) -> tuple[pl.Series, npt.NDArray[np.intp], int]:
    """Return the distinct values by their hash, for every row the place of its value among them (-1 where it is missing), and the seed.

    Hashes are sorted in place of texts, since sorting numbers is far faster. Where two texts have one hash, the next seed is taken.
    """
    place = np.full(len(series), MISSING, dtype=np.intp)
    rows = np.flatnonzero(series.is_not_null().to_numpy())
    hashes = series.hash(seed).to_numpy()[rows]
    order = np.argsort(hashes)
    rows, hashes = rows[order], hashes[order]
    new = np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)]
    place[rows] = np.cumsum(new) - 1
    values, again = series.gather(rows[new]), rows[~new]
    if not values.gather(place[again]).equals(series.gather(again)):
        return _numbered(series, seed + 1)
    return values, place, seed


def encode_as(series: pl.Series, *steps: Callable[[pl.Expr], pl.Expr]) -> Coded:
    """Return a column as codes of its values normalised step by step; the work is done once per distinct value."""
    values, place = distinct_values(series)
    for step in steps:
        values = applied(values, step)
    inner = encode(values)
    return _coded(np.append(inner.codes, MISSING).astype(np.int32)[place], inner.values)


def applied(values: pl.Series, transform: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """Return the transformed values. Lazily, since eager frames work out each part of an expression as often as it occurs."""
    frame = pl.LazyFrame({"value": values}, schema={"value": pl.String})
    return frame.select(transform(pl.col("value")).alias("value")).collect()["value"]


def derive(coded: Coded, transform: Callable[[pl.Expr], pl.Expr]) -> Codes:
    """Return codes of something made of each value (a sound, a first token), per row; -1 where there is nothing."""
    inner = encode(applied(coded.values, transform))
    return np.append(inner.codes, MISSING).astype(np.int32)[coded.codes]


def distinct(numbers: IntArray) -> IntArray:
    """Return distinct numbers, sorted. Sorting beats hashing by far on tens of millions of numbers."""
    ordered = np.sort(numbers)
    if len(ordered) < 2:
        return ordered
    kept: IntArray = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    return kept


def repeats(series: pl.Series) -> bool:
    """Return whether a value stands twice; quick where they are sorted."""
    if series.null_count() == 0 and series.is_sorted():
        return bool((series == series.shift()).any())
    return series.n_unique() < len(series)
