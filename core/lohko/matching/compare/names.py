"""First and last names of people: nicknames, initials, further names, double and changed surnames, swapped columns."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from lohko.matching.coding import MISSING, Coded, Codes, IntArray, derive
from lohko.matching.compare.base import (
    RARITY_RANGE,
    Comparison,
    FieldModel,
    Observed,
    Rarity,
    Rows,
    View,
    plain_field,
    seen_share,
)
from lohko.matching.compare.columns import column_levels
from lohko.matching.letters import Letters
from lohko.matching.settings import Kind, kinds, limits, vocabulary
from lohko.matching.similarity import Levels, edits, on_distinct, texts, winkler
from lohko.matching.text import sound

Flags = npt.NDArray[np.bool_]
_GIVEN = {label: level for level, label in enumerate(kinds()["given"].levels, 1)}
_SURNAME = {label: level for level, label in enumerate(kinds()["surname"].levels, 1)}
_UNLIKE_GIVEN = np.array(
    [label in {"different", "weak", "known other"} for label in ("missing", *kinds()["given"].levels)]
)
_UNLIKE_SURNAME = np.array(
    [label in {"different", "weak", "known other"} for label in ("missing", *kinds()["surname"].levels)]
)


@cache
def nickname_pairs() -> frozenset[tuple[str, str]]:
    """Return pairs of names, in alphabetical order, that may stand for each other."""
    pairs: set[tuple[str, str]] = set()
    for name, forms in vocabulary()["nicknames"].items():
        pairs.update((min(name, form), max(name, form)) for form in forms.split())
    return frozenset(pairs)


@cache
def given_names() -> list[str]:
    """Return first names that are names whether many of the register bear them or not."""
    return sorted({name for pair in nickname_pairs() for name in pair} | set(vocabulary()["first_names"].split()))


class _Values:
    """Distinct texts with what tells quickly which of them may be alike."""

    def __init__(self, values: pl.Series) -> None:
        self.texts = values
        self.size = values.str.len_chars().to_numpy()
        self.letters = Letters(values)


class _Tokens:
    """The first three words of each value of several columns, as codes of one shared list of words."""

    def __init__(self, columns: tuple[Coded, ...]) -> None:
        split = [c.values.cast(pl.String).str.split(" ") for c in columns]
        words = pl.concat([s.explode() for s in split]).drop_nulls().unique().sort() if columns else pl.Series([])
        self.words = words.cast(pl.String)
        self.values = _Values(self.words)
        self.tables = [
            np.stack([self._codes(s.list.get(k, null_on_oob=True)) for k in range(3)], axis=1) for s in split
        ]
        self.initial = self.words.str.slice(0, 1).rank("dense").to_numpy().astype(np.int64)
        self.single = (self.words.str.len_chars() == 1).to_numpy()
        self.nicknames = self._nicknames()
        self.has_nickname = np.zeros(len(self.words) + 1, dtype=np.bool_)  # the last place is that of a missing word
        self.has_nickname[np.concatenate([self.nicknames >> 32, self.nicknames & 0xFFFFFFFF])] = True

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

    def same(self, a: Codes, b: Codes) -> Flags:
        """Return where two words are the same or stand for each other; never where one is missing."""
        found: Flags = (a == b) & (a >= 0)
        at = np.flatnonzero(self.has_nickname[a] & self.has_nickname[b])
        low, high = np.minimum(a[at], b[at]).astype(np.int64), np.maximum(a[at], b[at]).astype(np.int64)
        found[at] |= np.isin(low << 32 | high, self.nicknames)
        return found


class NamesComparison(Comparison):
    """Compare first and last name together, so that swapped columns are seen.

    Either may be missing from the register (``None``).
    """

    def __init__(self, given: tuple[str, Kind, Coded], surname: tuple[str, Kind, Coded]) -> None:
        (given_name, given_kind, self.given), (surname_name, surname_kind, self.surname) = given, surname
        self.tokens = _Tokens((self.given, self.surname))
        self._given_values, self._surname_values = _Values(self.given.values), _Values(self.surname.values)
        self.known = tuple(_known(column, k, self.tokens) for k, column in enumerate((self.given, self.surname)))
        first, self.given_rarity = _model(given_name, given_kind, self.given, self.known[0])
        last, self.surname_rarity = _model(surname_name, surname_kind, self.surname, self.known[1])
        self.fields = (first, last)

    def compare(self, left: Rows, right: Rows) -> tuple[Observed, ...]:
        """Return the levels of first and last name."""
        a, b = self.given.codes[left], self.given.codes[right]
        c, d = self.surname.codes[left], self.surname.codes[right]
        first = column_levels(self.given, left, right, _GIVEN["exact"], self._given_levels)
        last = column_levels(self.surname, left, right, _SURNAME["exact"], self._surname_levels)
        first[(first == _GIVEN["exact"]) & self.known[0][a]] = _GIVEN["known exact"]
        last[(last == _SURNAME["exact"]) & self.known[1][c]] = _SURNAME["known exact"]
        swapped = self._swapped(a, b, c, d, _UNLIKE_GIVEN[first] & _UNLIKE_SURNAME[last])
        # A swap is agreement on two names that may be common: never rarer than the commoner way round.
        first[swapped] = np.where(self.known[0][a] | self.known[0][b], _GIVEN["known variant"], _GIVEN["variant"])[
            swapped
        ]
        last[swapped] = np.where(self.known[1][c] | self.known[1][d], _SURNAME["known variant"], _SURNAME["variant"])[
            swapped
        ]
        return (_seen(first, _GIVEN, self.given_rarity, a), _seen(last, _SURNAME, self.surname_rarity, c))

    def _given_levels(self, _values: pl.Series, a: Codes, b: Codes) -> Levels:
        table, tokens = self.tokens.tables[0], self.tokens
        x, y = table[a], table[b]
        one, other = x[:, 0], y[:, 0]
        both = self.known[0][a] & self.known[0][b]
        levels = _likeness(self._given_values, a, b, both, _GIVEN)
        longer = np.flatnonzero((x[:, 1] >= 0) | (y[:, 1] >= 0))
        levels[longer] = _likeness(tokens.values, one[longer], other[longer], both[longer], _GIVEN)
        single = tokens.single[one] | tokens.single[other]
        initial = (tokens.initial[one] == tokens.initial[other]) & single
        levels[single] = _GIVEN["different"]
        levels[initial] = _GIVEN["initial"]
        variant = tokens.same(one, other)
        for place in (1, 2):
            variant[longer] |= tokens.same(one[longer], y[longer, place]) | tokens.same(x[longer, place], other[longer])
        levels[variant & ~both] = _GIVEN["variant"]
        levels[variant & both] = _GIVEN["known variant"]
        return levels

    def _surname_levels(self, _values: pl.Series, a: Codes, b: Codes) -> Levels:
        table = self.tokens.tables[1]
        x, y = table[a], table[b]
        both = self.known[1][a] & self.known[1][b]
        levels = _likeness(self._surname_values, a, b, both, _SURNAME)
        part = np.zeros(len(a), dtype=np.bool_)
        longer = np.flatnonzero((x[:, 1] >= 0) | (y[:, 1] >= 0))  # unequal names of one word have none in common
        x, y = x[longer], y[longer]
        for i in range(3):
            for j in range(3):
                part[longer] |= (x[:, i] >= 0) & (x[:, i] == y[:, j]) & ~self.tokens.single[x[:, i]]
        levels[part & ~both] = _SURNAME["variant"]
        levels[part & both] = _SURNAME["known variant"]
        return levels

    def _swapped(self, a: Codes, b: Codes, c: Codes, d: Codes, where: Flags) -> Flags:
        """Return where one row's first name is the other's last name, and what is left is alike, too."""
        found = where & (a >= 0) & (b >= 0) & (c >= 0) & (d >= 0)
        given, surname = self.tokens.tables
        at = np.flatnonzero(found)
        x, y, u, v = given[a[at], 0], given[b[at], 0], surname[c[at], 0], surname[d[at], 0]
        found[:] = False
        # both halves must be alike, and one of them the same or next to it
        one = self._alike(x, v)
        half = np.flatnonzero((one > 0) & (x != u))
        other = self._alike(u[half], y[half])
        found[at[half[one[half] + other >= 3]]] = True
        return found

    def _alike(self, a: Codes, b: Codes) -> Levels:
        """Return 2 where two words are the same or next to it, 1 where they are alike, else 0."""
        words = self.tokens.words

        def judge(low: Codes, high: Codes) -> Levels:
            likeness = winkler(texts(words, low), texts(words, high))
            return (1 * (likeness >= 0.8) + (likeness >= 0.92)).astype(np.int16)

        levels = np.zeros(len(a), dtype=np.int16)
        at = np.flatnonzero(self.tokens.values.letters.alike(a, b, 0.8))
        levels[at] = on_distinct(a[at], b[at], judge)
        single = self.tokens.single[a] | self.tokens.single[b]
        levels[single] = 1 * (self.tokens.initial[a] == self.tokens.initial[b])[single]
        levels[self.tokens.same(a, b)] = 2
        return levels

    def views(self) -> tuple[View, ...]:
        """Return the first name by initial, sound and word; the last name by sound and whole, and its last word."""
        first, last = (field.name for field in self.fields)
        return (
            View(
                first,
                first,
                (
                    derive(self.given, lambda value: value.str.slice(0, 1)),
                    derive(self.given, lambda value: sound(_head(value))),
                    derive(self.given, _head),
                ),
                is_name=True,
            ),
            View(last, last, (derive(self.surname, sound), self.surname.codes), is_name=True),
            View(
                f"{last} word",
                last,
                (derive(self.surname, lambda value: value.str.split(" ").list.last()),),
                is_name=True,
            ),
        )


def _known(coded: Coded, column: int, tokens: _Tokens) -> Flags:
    """Return which values start with a name that many bear, and that is no slip of another name; initials are none."""
    heads = np.append(tokens.tables[column][:, 0], MISSING)
    counts = np.bincount(heads[:-1], weights=coded.counts, minlength=len(tokens.words) + 1)
    often = counts >= max(float(limits().established_rows), limits().established_share * coded.filled)
    if column == 0:
        often |= np.append(tokens.words.is_in(given_names()).to_numpy(), False)
    often &= ~np.append(tokens.single, True)
    found: Flags = often[heads]
    found[-1] = False
    return found


def _model(name: str, kind: Kind, coded: Coded, known: Flags) -> tuple[FieldModel, Rarity]:
    """Return the model of a name in two groups of levels, and the rarity of each value within its group."""
    plain = plain_field(name, kind, 0.5, seen_share(coded, kind))
    group = np.array([-1, *(0 if label.startswith("known") else 1 for label in kind.levels)])
    counted = np.array([False, *(label.endswith("exact") for label in kind.levels)])
    counts = coded.counts.astype(np.float64)
    filled = max(coded.filled, 1)
    rates = (np.maximum(counts - 1.0, 0.0) + kind.rows * kind.rate) / (filled - 1.0 + kind.rows)
    held = float(counts[known[:-1]].sum()) / filled
    rarity = np.zeros(len(counts) + 1, dtype=np.int8)
    strangers = np.array([0.0, *kind.strangers])
    for number, some, scale in ((0, known[:-1], max(held, 0.01)), (1, ~known[:-1], 1.0 + held)):
        # Given the group, agreement on a value is likelier than in the whole register.
        within = np.minimum(rates / scale, 0.9)
        share = counts[some] / max(float(counts[some].sum()), 1.0)
        average = max(float((share * within[some]).sum()), 1e-9) if some.any() else kind.rate
        if number == 1:
            # Two rows with rare names mostly have a known one between them: then they cannot agree.
            average = min(average, 0.5)
        strangers[counted & (group == number)] = average
        rarity[:-1][some] = np.clip(np.rint(np.log2(within[some] / average)), -RARITY_RANGE, RARITY_RANGE)
    strong = np.zeros(plain.size, dtype=np.bool_)
    agree = np.array([False, *(label.endswith("exact") for label in kind.levels)])
    against = np.array([False, *(label in {"different", "known other"} for label in kind.levels)])
    related = (strangers,) * len(plain.related) if plain.personal else plain.related
    model = FieldModel(
        name,
        kind,
        plain.labels,
        plain.same,
        strangers,
        related,
        group,
        counted,
        agree,
        strong,
        ~against & (np.arange(plain.size) > 0),
        against,
        plain.personal,
        plain.seen,
    )
    return model, rarity


def _seen(levels: Levels, level: dict[str, int], rarity: Rarity, codes: Codes) -> Observed:
    exact = (levels == level["exact"]) | (levels == level["known exact"])
    return Observed(levels, np.where(exact, rarity[codes], 0).astype(np.int8))


def _likeness(values: _Values, a: Codes, b: Codes, both: Flags, level: dict[str, int]) -> Levels:
    levels = np.where(both, level["known other"], level["different"]).astype(np.int16)
    at = np.flatnonzero(values.letters.alike(a, b, 0.8) | values.letters.within(a, b, 2))
    a, b, both = a[at], b[at], both[at]
    left, right = texts(values.texts, a), texts(values.texts, b)
    likeness = winkler(left, right)
    distance = edits(left, right)
    length = np.minimum(values.size[a], values.size[b])
    near = (likeness >= 0.92) | ((distance <= 1) & (length >= 3)) | ((distance <= 2) & (length >= 7))
    found = levels[at]
    found[(likeness >= 0.8) & ~both] = level["weak"]
    found[near & ~both] = level["near"]
    found[near & both] = level["known alike"]
    levels[at] = found
    return levels


def _head(value: pl.Expr) -> pl.Expr:
    return value.str.split(" ").list.first()
