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
    values = series.drop_nulls().unique().sort()
    places = pl.DataFrame({"value": values, "code": np.arange(len(values), dtype=np.int32)})
    rows = pl.DataFrame({"value": series}).join(places, on="value", how="left", maintain_order="left")
    codes = rows["code"].fill_null(MISSING).to_numpy()
    counts = np.bincount(codes[codes >= 0], minlength=len(values)).astype(np.int64)
    return Coded(codes, values, counts)


def recode(raw: Coded, normalised: pl.Series) -> Coded:
    """Return the column whose distinct values became ``normalised`` (nulls are missing)."""
    inner = encode(normalised)
    lookup = np.append(inner.codes, MISSING).astype(np.int32)
    codes = lookup[raw.codes]
    counts = np.bincount(codes[codes >= 0], minlength=len(inner.values)).astype(np.int64)
    return Coded(codes, inner.values, counts)


def encode_as(series: pl.Series, normalise: Callable[[pl.Expr], pl.Expr]) -> Coded:
    """Return a column as codes of its normalised values; the work is done once per distinct value."""
    raw = encode(series)
    return recode(raw, applied(raw.values, normalise))


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
