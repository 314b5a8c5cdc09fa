"""Comparisons of one column: e-mail, phone, date, id, postcode, category, number, free text."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from lohko.matching.coding import Coded, Codes, derive
from lohko.matching.compare.base import Comparison, Observed, Rows, View, observed, plain_field, rarity_of, seen_share
from lohko.matching.settings import Kind
from lohko.matching.similarity import Levels, edits, on_distinct, texts, token_set, token_sort, winkler
from lohko.matching.text import sound

Unequal = Callable[[pl.Series, Codes, Codes], Levels]
Maybe = Callable[[Codes, Codes], npt.NDArray[np.bool_]]


class ColumnComparison(Comparison):
    """Compare one coded column: equal codes are exact, unequal ones are judged by ``unequal``, where ``maybe`` does not tell that they are different."""

    def __init__(
        self,
        name: str,
        kind: Kind,
        coded: Coded,
        unequal: Unequal,
        parts: Mapping[str, Codes],
        *,
        maybe: Maybe | None = None,
    ) -> None:
        self.coded = coded
        self.unequal = unequal
        self.maybe = maybe
        self.parts = parts
        rate, self.rarity = rarity_of(coded, kind)
        self.fields = (plain_field(name, kind, rate, seen_share(coded, kind)),)
        self.exact = len(kind.levels)

    def compare(self, left: Rows, right: Rows) -> tuple[Observed, ...]:
        """Return the level of each pair."""
        levels = column_levels(self.coded, left, right, self.exact, self.unequal, maybe=self.maybe)
        return (observed(levels, self.exact, self.rarity, self.coded.codes[left]),)

    def views(self) -> tuple[View, ...]:
        """Return the value itself and what the kind derives from it."""
        name = self.fields[0].name
        is_name = self.fields[0].kind.is_name
        whole = View(name, name, (self.coded.codes,), is_name)
        return (whole, *(View(f"{name} {part}", name, (codes,), is_name) for part, codes in self.parts.items()))


def column_levels(
    coded: Coded, left: Rows, right: Rows, exact: int, unequal: Unequal, *, maybe: Maybe | None = None
) -> Levels:
    """Return 0 where a value is missing, ``exact`` where both are equal, else what ``unequal`` says.

    ``maybe`` names the pairs worth asking, cheaply; the others are at level 1.
    """
    a, b = coded.codes[left], coded.codes[right]
    both = (a >= 0) & (b >= 0)
    equal = a == b
    levels = both.astype(np.int16)
    levels[both & equal] = exact
    open_ = np.flatnonzero(both & ~equal)
    if maybe is not None and len(open_):
        open_ = open_[maybe(a[open_], b[open_])]
    if len(open_):
        levels[open_] = on_distinct(a[open_], b[open_], lambda low, high: unequal(coded.values, low, high))
    return levels


def phone_levels(values: pl.Series, a: Codes, b: Codes) -> Levels:
    """Return 1 different, 2 one digit wrong, lost or swapped."""
    return np.where(edits(texts(values, a), texts(values, b)) <= 1, 2, 1).astype(np.int16)


def identifier_levels(values: pl.Series, a: Codes, b: Codes) -> Levels:
    """Return 1 different, 2 two slips, 3 one slip (on ids of at least five characters)."""
    distance = edits(texts(values, a), texts(values, b))
    length = np.minimum(values.str.len_chars().gather(a).to_numpy(), values.str.len_chars().gather(b).to_numpy())
    levels = np.ones(len(a), dtype=np.int16)
    levels[(distance == 2) & (length >= 6)] = 2
    levels[(distance <= 1) & (length >= 5)] = 3
    return levels


class DateComparison(ColumnComparison):
    """Compare days of eight digits, year first: 1 different, 2 the same year or two digits off, 3 one slip.

    A slip is a digit, swapped neighbours, or day and month swapped. Digits are compared eight at a time, as the bytes of one number.
    """

    def __init__(self, name: str, kind: Kind, coded: Coded, parts: Mapping[str, Codes]) -> None:
        super().__init__(name, kind, coded, category_levels, parts)
        text = "".join(coded.values.to_list()).encode("ascii", "replace")
        self.days = np.frombuffer(text, dtype="<u8")  # the first digit in the lowest byte

    def compare(self, left: Rows, right: Rows) -> tuple[Observed, ...]:
        """Return the level of each pair."""
        a, b = self.coded.codes[left], self.coded.codes[right]
        both = (a >= 0) & (b >= 0)
        levels = both.astype(np.int16)
        levels[both & (a == b)] = self.exact
        open_ = np.flatnonzero(both & (a != b))
        if len(open_):
            levels[open_] = day_levels(self.days[a[open_]], self.days[b[open_]])
        return (observed(levels, self.exact, self.rarity, a),)


def day_levels(left: npt.NDArray[np.uint64], right: npt.NDArray[np.uint64]) -> Levels:
    """Return the levels of unequal days: see :class:`DateComparison`."""
    unlike = left ^ right
    low = unlike | unlike >> np.uint64(1)
    low |= low >> np.uint64(2)  # a digit's four bits in the lowest one
    wrong = np.bitwise_count(low & np.uint64(0x0101010101010101))
    same_year = (unlike & np.uint64(0xFFFFFFFF)) == 0
    levels = np.ones(len(left), dtype=np.int16)
    levels[same_year | (wrong == 2)] = 2
    levels[wrong == 1] = 3
    at = np.flatnonzero((wrong == 2) | same_year)
    one, other = (side[at].view(np.uint8).reshape(-1, 8) for side in (left, right))
    crossed = np.zeros(len(at), dtype=np.bool_)
    for place in range(7):
        crossed |= (
            (one[:, place] != other[:, place])
            & (one[:, place] == other[:, place + 1])
            & (one[:, place + 1] == other[:, place])
        )
    day_month = same_year[at] & (one[:, 4:6] == other[:, 6:8]).all(axis=1) & (one[:, 6:8] == other[:, 4:6]).all(axis=1)
    levels[at[(crossed & (wrong[at] == 2)) | day_month]] = 3
    return levels


def postcode_levels(values: pl.Series, a: Codes, b: Codes) -> Levels:
    """Return 1 different, 2 one slip."""
    return np.where(edits(texts(values, a), texts(values, b)) <= 1, 2, 1).astype(np.int16)


def category_levels(values: pl.Series, a: Codes, b: Codes) -> Levels:  # noqa: ARG001 - one shape for all kinds
    """Return 1: unequal categories are different."""
    return np.ones(len(a), dtype=np.int16)


def number_levels(values: pl.Series, a: Codes, b: Codes) -> Levels:
    """Return 1 different, 2 close: within one, or within one part in a hundred."""
    numbers = values.str.replace(",", ".").cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    left, right = numbers[a], numbers[b]
    gap = np.abs(left - right)
    close = (gap <= 1.0) | (gap <= 0.01 * np.maximum(np.abs(left), np.abs(right)))
    return np.where(close, 2, 1).astype(np.int16)


def text_levels(values: pl.Series, a: Codes, b: Codes) -> Levels:
    """Return 1 different, 2 alike, 3 one text's words stand in the other, 4 the same but for slips or the order of words."""
    left, right = texts(values, a), texts(values, b)
    by_set = token_set(left, right)
    levels = np.ones(len(a), dtype=np.int16)
    levels[by_set >= 70] = 2
    levels[by_set >= 97] = 3
    sorted_ = token_sort(left, right)
    levels[sorted_ >= 75] = np.maximum(levels[sorted_ >= 75], 2)
    near = (sorted_ >= 87) | (winkler(left, right) >= 0.93)
    levels[near] = 4
    return levels


def text_parts(coded: Coded) -> dict[str, Codes]:
    """Return the sound of the whole, of its first word and of its longest word."""
    return {
        "sound": derive(coded, sound),
        "first": derive(coded, lambda value: sound(value.str.split(" ").list.first())),
        "longest": derive(coded, _longest_word),
    }


def _longest_word(value: pl.Expr) -> pl.Expr:
    longest_first = pl.element().sort_by([pl.element().str.len_chars(), pl.element()], descending=[True, False])
    return value.str.split(" ").list.eval(longest_first).list.first()
