"""String distances, once per distinct pair of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler

from lohko.matching.coding import Codes, IntArray

Levels = npt.NDArray[np.int16]
Texts = list[str]
Compare = Callable[[Codes, Codes], Levels]


def on_distinct(left: Codes, right: Codes, compare: Compare) -> Levels:
    """Return ``compare`` for every pair of codes, evaluated once per distinct unordered pair."""
    low = np.minimum(left, right).astype(np.int64)
    high = np.maximum(left, right).astype(np.int64)
    distinct, where = _distinct(low, high)
    found = compare((distinct >> 32).astype(np.int32), (distinct & 0xFFFFFFFF).astype(np.int32))
    return found[where]


def _distinct(low: IntArray, high: IntArray) -> tuple[IntArray, IntArray]:
    """Return distinct pairs of codes (the low one in the upper half), sorted, and for every pair its place among them."""
    wide, deep = int(high.max(initial=0)).bit_length(), len(low).bit_length()
    if 2 * wide + deep > 63:
        return np.unique(low << 32 | high, return_inverse=True)
    # The place rides in the lower bits: sorting numbers beats sorting places by far.
    ordered = np.sort((low << wide | high) << deep | np.arange(len(low)))
    pair, at = ordered >> deep, ordered & ((1 << deep) - 1)
    new = np.append(True, pair[1:] != pair[:-1])[: len(pair)]
    where = np.empty(len(pair), dtype=np.int64)
    where[at] = np.cumsum(new) - 1
    pair = pair[new]
    return pair >> wide << 32 | (pair & ((1 << wide) - 1)), where


def texts(values: pl.Series, codes: Codes) -> Texts:
    """Return the values of these codes as a list."""
    return values.gather(codes).to_list()


def _cpdist(left: Texts, right: Texts, scorer: Any, dtype: Any, **more: Any) -> npt.NDArray[Any]:
    if not left:
        return np.empty(0, dtype=dtype)
    found: npt.NDArray[Any] = process.cpdist(left, right, scorer=scorer, dtype=dtype, **more)
    return found


def winkler(left: Texts, right: Texts) -> npt.NDArray[np.float32]:
    """Return Jaro-Winkler similarity, 0 to 1 (Winkler 1990)."""
    return _cpdist(left, right, JaroWinkler.normalized_similarity, np.float32)


def edits(left: Texts, right: Texts) -> npt.NDArray[np.uint16]:
    """Return edits between texts: insert, delete, replace, swap of neighbours (Damerau 1964, restricted)."""
    return _cpdist(left, right, OSA.distance, np.uint16)


def token_sort(left: Texts, right: Texts) -> npt.NDArray[np.float32]:
    """Return similarity of texts with their words sorted, 0 to 100."""
    return _cpdist(left, right, fuzz.token_sort_ratio, np.float32)


def token_set(left: Texts, right: Texts) -> npt.NDArray[np.float32]:
    """Return similarity of the sets of words: 100 if one text's words all stand in the other's."""
    return _cpdist(left, right, fuzz.token_set_ratio, np.float32)
