"""First and last names of people: nicknames, initials, further names, double and changed surnames, swapped columns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import polars as pl

from lohko.matching.coding import MISSING, Coded, Codes, IntArray, derive
from lohko.matching.compare.base import Comparison, Observed, Rows, observed, plain_field, rarity_of
from lohko.matching.settings import Kind, vocabulary
from lohko.matching.similarity import Levels, edits, on_distinct, texts, winkler
from lohko.matching.text import sound


@cache
def nickname_pairs() -> frozenset[tuple[str, str]]:
    """Return pairs of names, in alphabetical order, that may stand for each other."""
    pairs: set[tuple[str, str]] = set()
    for group in vocabulary()["nicknames"]:
        for one in group:
            pairs.update((min(one, other), max(one, other)) for other in group if other != one)
    return frozenset(pairs)


class _Tokens:
    """The first three words of each value of several columns, as codes of one shared list of words."""

    def __init__(self, columns: tuple[Coded, ...]) -> None:
        split = [c.values.cast(pl.String).str.split(" ") for c in columns]
        words = pl.concat([s.explode() for s in split]).drop_nulls().unique().sort() if columns else pl.Series([])
        self.words = words.cast(pl.String)
        self.tables = [
            np.stack([self._codes(s.list.get(k, null_on_oob=True)) for k in range(3)], axis=1) for s in split
        ]
        self.initial = self.words.str.slice(0, 1).rank("dense").to_numpy().astype(np.int64)
        self.single = (self.words.str.len_chars() == 1).to_numpy()
        self.nicknames = self._nicknames()

    def _codes(self, series: pl.Series) -> Codes:
        frame = pl.DataFrame({"word": series}).with_row_index("at")
        known = pl.DataFrame({"word": self.words}).with_row_index("code")
        joined = frame.join(known, on="word", how="left").sort("at")
        return joined["code"].cast(pl.Int32).fill_null(MISSING).to_numpy()

    def _nicknames(self) -> IntArray:
        place = {word: code for code, word in enumerate(self.words.to_list())}
        packed = [
            min(place[a], place[b]) << 32 | max(place[a], place[b])
            for a, b in nickname_pairs()
            if a in place and b in place
        ]
        return np.array(sorted(packed), dtype=np.int64)

    def same(self, a: Codes, b: Codes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return where two words are the same or stand for each other; never where one is missing."""
        both = (a >= 0) & (b >= 0)
        low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
        found: np.ndarray[tuple[int], np.dtype[np.bool_]] = both & (
            (a == b) | np.isin(low << 32 | high, self.nicknames)
        )
        return found


class NamesComparison(Comparison):
    """Compare first and last name together, so that swapped columns are seen.

    Either may be missing from the register (``None``).
    """

    def __init__(self, given: tuple[str, Kind, Coded], surname: tuple[str, Kind, Coded]) -> None:
        (given_name, given_kind, self.given), (surname_name, surname_kind, self.surname) = given, surname
        self.tokens = _Tokens((self.given, self.surname))
        given_rate, self.given_rarity = rarity_of(self.given, given_kind)
        surname_rate, self.surname_rarity = rarity_of(self.surname, surname_kind)
        self.fields = (
            plain_field(given_name, given_kind, given_rate),
            plain_field(surname_name, surname_kind, surname_rate),
        )

    def compare(self, left: Rows, right: Rows) -> tuple[Observed, ...]:
        """Return the levels of first and last name."""
        a, b = self.given.codes[left], self.given.codes[right]
        c, d = self.surname.codes[left], self.surname.codes[right]
        first = self._column(a, b, 6, self._given_levels)
        last = self._column(c, d, 5, self._surname_levels)
        swapped = self._swapped(a, b, c, d) & (first + last < 8)
        first[swapped] = 5
        last[swapped] = 4
        return (observed(first, 6, self.given_rarity, a), observed(last, 5, self.surname_rarity, c))

    @staticmethod
    def _column(a: Codes, b: Codes, exact: int, unequal: object) -> Levels:
        levels = np.zeros(len(a), dtype=np.int16)
        both = (a >= 0) & (b >= 0)
        levels[both & (a == b)] = exact
        open_ = np.flatnonzero(both & (a != b))
        if len(open_):
            levels[open_] = on_distinct(a[open_], b[open_], unequal)  # type: ignore[arg-type]
        return levels

    def _given_levels(self, a: Codes, b: Codes) -> Levels:
        table, tokens = self.tokens.tables[0], self.tokens
        x, y = table[a], table[b]
        levels = _likeness(texts(self.given.values, a), texts(self.given.values, b), weak=2, near=4)
        one, other = x[:, 0], y[:, 0]
        initial = (tokens.initial[one] == tokens.initial[other]) & (tokens.single[one] | tokens.single[other])
        levels[initial] = 3
        variant = tokens.same(one, other)
        for place in (1, 2):
            variant |= tokens.same(one, y[:, place]) | tokens.same(x[:, place], other)
        levels[variant & ~(tokens.single[one] & tokens.single[other] & (one != other))] = 5
        return levels

    def _surname_levels(self, a: Codes, b: Codes) -> Levels:
        table = self.tokens.tables[1]
        x, y = table[a], table[b]
        levels = _likeness(texts(self.surname.values, a), texts(self.surname.values, b), weak=2, near=3)
        part = np.zeros(len(a), dtype=np.bool_)
        for i in range(3):
            for j in range(3):
                part |= (x[:, i] >= 0) & (x[:, i] == y[:, j]) & ~self.tokens.single[x[:, i]]
        levels[part] = 4
        return levels

    def _swapped(self, a: Codes, b: Codes, c: Codes, d: Codes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        given = np.vstack([self.tokens.tables[0], np.full((1, 3), MISSING)])
        surname = np.vstack([self.tokens.tables[1], np.full((1, 3), MISSING)])
        x, y, u, v = given[a][:, 0], given[b][:, 0], surname[c][:, 0], surname[d][:, 0]
        found: np.ndarray[tuple[int], np.dtype[np.bool_]] = (x >= 0) & (u >= 0) & (x == v) & (u == y) & (x != u)
        return found

    def blocks(self) -> Mapping[str, Codes]:
        """Return first word, sound and initial of the first name; whole, sound and last word of the last name."""
        first = self.fields[0].name
        last = self.fields[1].name
        return {
            first: derive(self.given, _head),
            f"{first}_sound": derive(self.given, lambda value: sound(_head(value))),
            f"{first}_initial": derive(self.given, lambda value: value.str.slice(0, 1)),
            last: self.surname.codes,
            f"{last}_sound": derive(self.surname, sound),
            f"{last}_word": derive(self.surname, lambda value: value.str.split(" ").list.last()),
        }


def _likeness(left: list[str], right: list[str], *, weak: int, near: int) -> Levels:
    likeness = winkler(left, right)
    distance = edits(left, right)
    length = np.minimum(
        pl.Series(left, dtype=pl.String).str.len_chars().to_numpy(),
        pl.Series(right, dtype=pl.String).str.len_chars().to_numpy(),
    )
    levels = np.ones(len(left), dtype=np.int16)
    levels[likeness >= 0.8] = weak
    levels[(likeness >= 0.92) | ((distance <= 1) & (length >= 3)) | ((distance <= 2) & (length >= 7))] = near
    return levels


def _head(value: pl.Expr) -> pl.Expr:
    return value.str.split(" ").list.first()
