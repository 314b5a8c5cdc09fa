"""Mixed columns as a matrix: numbers as cubic splines, words one by one, gaps marked. Learnt once, applied to new rows.

What a column is, is seen from its cells: text whose cells read as numbers is a number; a column in which (nearly) every
cell is another text names the rows and is left out; a column without two values says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KNOTS = 5  # at quantiles, so that a long tail does not take them all
FEW = 5  # numbers with fewer distinct values are straight lines: there is nothing to bend
RARE = 20  # a word seen less often joins the other rare ones
WORDS = 50  # at most so many words a column, the commonest
NUMBER_SHARE = 0.95  # of the cells that are not blank, so many must read as numbers
NAME_SHARE = 0.9  # text with more distinct cells than this share of the rows names the rows


@dataclass(frozen=True, slots=True)
class Column:
    """How one column is read.

    Attributes
    ----------
    name : of the column
    words : the words with a column of the matrix each; empty for a number
    middle : the median, which stands in for a gap
    gaps : whether gaps were seen, so that they have a column of their own
    spline : the basis learnt; None for a straight line or words
    low, high : the range seen; numbers beyond it are taken as its ends
    """

    name: str
    words: tuple[str, ...] = ()
    middle: float = 0.0
    gaps: bool = False
    spline: Any = None
    low: float = 0.0
    high: float = 0.0

    def matrix(self, cells: pl.Series) -> Floats:
        """Return this column's part of the matrix."""
        if self.words:
            text = _text(cells)
            return np.column_stack([(text == word).fill_null(value=False).to_numpy() for word in self.words]).astype(
                np.float64
            )
        numbers = _numbers(cells)
        missing = np.isnan(numbers)
        filled = np.clip(np.where(missing, self.middle, numbers), self.low, self.high)[:, None]
        part = self.spline.transform(filled) if self.spline is not None else filled
        return np.hstack([part, missing[:, None].astype(np.float64)]) if self.gaps else np.asarray(part)


@dataclass(frozen=True, slots=True)
class Design:
    """The columns used, with the mean and spread of each column of the matrix, and the names of those left out."""

    columns: tuple[Column, ...]
    mean: Floats
    spread: Floats
    owner: NDArray[np.intp]
    left_out: tuple[str, ...]

    def matrix(self, frame: pl.DataFrame) -> Floats:
        """Return the standardised matrix of a frame with these columns."""
        return (_stack(self.columns, frame) - self.mean) / self.spread


def learn(frame: pl.DataFrame) -> tuple[Design, Floats]:
    """Learn the design of a frame's columns, and return it with the frame's own matrix.

    Raises
    ------
    ValueError
        No column tells rows apart.
    """
    found = {name: _learn(frame[name]) for name in frame.columns}
    columns = tuple(column for column in found.values() if column is not None)
    if not columns:
        message = "no column tells rows apart"
        raise ValueError(message)
    parts = [column.matrix(frame[column.name]) for column in columns]
    raw = np.hstack(parts)
    owner = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
    mean, spread = raw.mean(axis=0), raw.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    left_out = tuple(name for name, column in found.items() if column is None)
    return Design(columns, mean, spread, owner, left_out), (raw - mean) / spread


def _stack(columns: tuple[Column, ...], frame: pl.DataFrame) -> Floats:
    return np.hstack([column.matrix(frame[column.name]) for column in columns])


def _learn(cells: pl.Series) -> Column | None:
    """Return how a column is read; None where it says nothing."""
    numbers = _as_numbers(cells)
    if numbers is None:
        return _learn_words(cells)
    seen = numbers[~np.isnan(numbers)]
    distinct = np.unique(seen).size
    gaps = seen.size < numbers.size
    if distinct < 2 and not (gaps and distinct):
        return None
    middle, low, high = float(np.median(seen)), float(seen.min()), float(seen.max())
    spline = None
    if distinct >= FEW:
        from sklearn.preprocessing import SplineTransformer  # a second to import: most small files carry no model

        spline = SplineTransformer(n_knots=KNOTS, degree=3, knots="quantile", include_bias=False)
        try:
            spline.fit(seen[:, None])
        except ValueError:  # the quantiles coincide: one value has nearly all rows
            spline = None
    return Column(cells.name, (), middle, gaps, spline, low, high)


def _learn_words(cells: pl.Series) -> Column | None:
    text = _text(cells)
    counts = text.drop_nulls().value_counts().sort("count", cells.name, descending=[True, False])
    if counts.height < 2 and not text.null_count():
        return None
    if counts.height > NAME_SHARE * max(len(cells), 1) and counts.height > FEW:
        return None
    common = counts.filter(pl.col("count") >= min(RARE, len(cells) // 20 + 1)).head(WORDS)[cells.name].to_list()
    return Column(cells.name, tuple(common)) if common else None


def _text(cells: pl.Series) -> pl.Series:
    text = cells.cast(pl.String).str.strip_chars()
    return text.to_frame().select(pl.when(text != "").then(text).alias(cells.name))[cells.name]


def _as_numbers(cells: pl.Series) -> Floats | None:
    """Return the cells as numbers (NaN: a gap), or None where they are words."""
    if cells.dtype.is_numeric() or cells.dtype == pl.Boolean:
        return _numbers(cells)
    if cells.dtype != pl.String:
        return None
    text = _text(cells)
    filled = len(text) - text.null_count()
    numbers = text.cast(pl.Float64, strict=False)
    read = len(numbers) - numbers.null_count()
    return _numbers(cells) if filled and read >= NUMBER_SHARE * filled else None


def _numbers(cells: pl.Series) -> Floats:
    numbers = _text(cells).cast(pl.Float64, strict=False) if cells.dtype == pl.String else cells.cast(pl.Float64)
    found = numbers.fill_null(float("nan")).to_numpy().astype(np.float64)
    return np.where(np.isfinite(found), found, np.nan)


def parameters(design: Design) -> Mapping[str, str]:
    """Return how each column is read, for people: ``curve``, ``line`` or ``words``."""
    return {c.name: "words" if c.words else "line" if c.spline is None else "curve" for c in design.columns}
