"""The address as one comparison: street, number, postcode and city go together, so their agreement counts once."""

from __future__ import annotations

from functools import partial
from itertools import product

import numpy as np
import numpy.typing as npt
import polars as pl

from lohko.matching.coding import Coded, Codes, FloatArray, encode
from lohko.matching.compare.base import RARITY_RANGE, Comparison, FieldModel, Observed, Rarity, Rows, View
from lohko.matching.compare.columns import column_levels, postcode_levels
from lohko.matching.letters import Letters
from lohko.matching.settings import Kind, address_parts
from lohko.matching.similarity import Levels, edits, texts, winkler
from lohko.matching.text import sound

_SIZES = (4, 4, 4, 3)  # levels of street, number, postcode, city, missing included
_PARTS = ("street", "number", "postcode", "city")


def street_levels(values: pl.Series, a: Codes, b: Codes) -> Levels:
    """Return 1 different, 2 near: a slip, an abbreviation, an ending left out, a remark after it ("near the park")."""
    left, right = texts(values, a), texts(values, b)
    near = (winkler(left, right) >= 0.92) | (edits(left, right) <= 2) | _goes_on(values, a, b)
    shorter = np.minimum(values.str.len_chars().gather(a).to_numpy(), values.str.len_chars().gather(b).to_numpy())
    return np.where(near & (shorter >= 4), 2, 1).astype(np.int16)


def _goes_on(values: pl.Series, a: Codes, b: Codes) -> npt.NDArray[np.bool_]:
    """Return where one text is the other and further words; one of several words, or of seven letters."""
    both = pl.DataFrame({"low": values.gather(np.minimum(a, b)), "high": values.gather(np.maximum(a, b))})
    low, high = pl.col("low"), pl.col("high")  # codes follow the text, so what goes on stands higher
    telling = low.str.contains(" ", literal=True) | (low.str.len_bytes() >= 7)
    return both.lazy().select(telling & high.str.starts_with(low + " ")).collect().to_series().to_numpy()


def city_levels(values: pl.Series, a: Codes, b: Codes) -> Levels:
    """Return 1 different, 2 the same but for slips."""
    left, right = texts(values, a), texts(values, b)
    return np.where((winkler(left, right) >= 0.92) | (edits(left, right) <= 1), 2, 1).astype(np.int16)


class AddressConfig:
    """Coded parts of the addresses; each may be all missing."""

    def __init__(self, street: Coded, number: Codes, entrance: Codes, postcode: Coded, city: Coded) -> None:
        self.street, self.number, self.entrance, self.postcode, self.city = street, number, entrance, postcode, city


class AddressComparison(Comparison):
    """Compare addresses part by part; the level is the pattern of the parts."""

    def __init__(self, name: str, kind: Kind, parts: AddressConfig) -> None:
        self.parts = parts
        self.fields = (_model(name, kind),)
        self.rarity = {
            "door": _bits(_joined(parts.street.codes, parts.number), kind),
            "street": _bits(parts.street.codes, kind),
            "postcode": _bits(parts.postcode.codes, kind),
            "city": _bits(parts.city.codes, kind),
        }
        self._streets, self._cities = Letters(parts.street.values), Letters(parts.city.values)
        self._postcode_maybe = partial(Letters(parts.postcode.values).within, edits=1)

    def compare(self, left: Rows, right: Rows) -> tuple[Observed, ...]:
        """Return the pattern of each pair, and the rarity of the most telling part that agrees."""
        p = self.parts
        street = column_levels(p.street, left, right, 3, street_levels, maybe=self._street_maybe)
        a, b = p.number[left], p.number[right]
        number = np.where((a < 0) | (b < 0), 0, np.where(a == b, 3, 1)).astype(np.int16)
        x, y = p.entrance[left], p.entrance[right]
        number[(number == 3) & (x >= 0) & (y >= 0) & (x != y)] = 2
        postcode = column_levels(p.postcode, left, right, 3, postcode_levels, maybe=self._postcode_maybe)
        city = column_levels(p.city, left, right, 2, city_levels, maybe=self._city_maybe)
        city[(city > 0) & (postcode == 3)] = 2  # one postcode, two names of its place
        pattern = ((street * 4 + number) * 4 + postcode) * 3 + city
        bits = np.zeros(len(left), dtype=np.int8)
        for part, where in (
            ("city", city == 2),
            ("postcode", postcode == 3),
            ("street", street == 3),
            ("door", (street == 3) & (number >= 2)),
        ):
            bits = np.where(where, self.rarity[part][left], bits)
        return (Observed(pattern.astype(np.int16), bits),)

    def _street_maybe(self, a: Codes, b: Codes) -> npt.NDArray[np.bool_]:
        return self._streets.alike(a, b, 0.92) | self._streets.within(a, b, 2) | self._streets.inside(a, b)

    def _city_maybe(self, a: Codes, b: Codes) -> npt.NDArray[np.bool_]:
        return self._cities.alike(a, b, 0.92) | self._cities.within(a, b, 1)

    def views(self) -> tuple[View, ...]:
        """Return door, street, number, postcode and city."""
        p = self.parts
        name = self.fields[0].name
        street_sound = _sounds(p.street)
        return (
            View("door", name, (_joined(street_sound, p.number), _joined(p.street.codes, p.number))),
            View("street", name, (street_sound,)),
            View("postcode", name, (p.postcode.codes,)),
            View("city", name, (_sounds(p.city),)),
        )


def _sounds(coded: Coded) -> Codes:
    frame = pl.DataFrame({"value": coded.values}, schema={"value": pl.String})
    inner = encode(frame.select(sound(pl.col("value")))["value"])
    return np.append(inner.codes, -1).astype(np.int32)[coded.codes]


def _joined(one: Codes, other: Codes) -> Codes:
    both = (one >= 0) & (other >= 0)
    packed = one.astype(np.int64) << 32 | np.maximum(other, 0)
    codes = np.full(len(one), -1, dtype=np.int32)
    if both.any():
        codes[both] = np.unique(packed[both], return_inverse=True)[1]
    return codes


def _bits(codes: Codes, kind: Kind) -> Rarity:
    """Return per row by how many bits the row's value is commoner than the average agreement of strangers."""
    counts = np.bincount(codes[codes >= 0], minlength=1).astype(np.float64)
    filled = max(counts.sum(), 1.0)
    rates = (np.maximum(counts - 1.0, 0.0) + kind.rows * kind.rate) / (filled - 1.0 + kind.rows)
    average = max(float(np.sum(counts / filled * rates)), 1e-12)
    bits = np.clip(np.rint(np.log2(np.maximum(rates, 1e-12) / average)), -RARITY_RANGE, RARITY_RANGE).astype(np.int8)
    return np.append(bits, np.int8(0))[np.where(codes >= 0, codes, len(bits))]


def _model(name: str, kind: Kind) -> FieldModel:
    beliefs = address_parts()
    size = int(np.prod(_SIZES))
    levels = list(product(*(range(n) for n in _SIZES)))
    same_door, strangers = np.ones(size), np.ones(size)
    unlike = {
        "street": (0.985, 0.01, 0.005),
        "number": (0.93, 0.02, 0.05),
        "postcode": (0.97, 0.02, 0.01),
        "city": (0.9, 0.1),
    }
    labels = []
    for place, pattern in enumerate(levels):
        words = []
        for part, level in zip(_PARTS, pattern, strict=True):
            if level:
                same_door[place] *= beliefs[f"same_{part}"][level - 1]
                strangers[place] *= unlike[part][level - 1]
                words.append(f"{part} {beliefs[part][level - 1]}")
        labels.append(", ".join(words) or "missing")
    masks = np.array([sum((level > 0) << k for k, level in enumerate(pattern)) for pattern in levels]) - 1
    stay, home = beliefs["stay_same"], beliefs["stay_household"]
    street, number, postcode, city = (np.array(column) for column in zip(*levels, strict=True))
    door = (street >= 2) & (number >= 2)
    missing = masks < 0
    home_shares = _zero(home * same_door + (1 - home) * strangers, missing)
    return FieldModel(
        name,
        kind,
        tuple(labels),
        _zero(stay * same_door + (1 - stay) * strangers, missing),
        _zero(strangers, missing),
        (home_shares,) * 3,
        masks.astype(np.int64),
        np.zeros(size, dtype=np.bool_),
        door | ((street == 3) & (postcode != 1) & (city != 1)),
        door,
        (postcode >= 2) | (street >= 2),
        ((street == 1) | (number == 1)) & ~missing | ((street == 0) & ((postcode == 1) | (city == 1))),
        personal=False,
    )


def _zero(values: FloatArray, where: npt.NDArray[np.bool_]) -> FloatArray:
    return np.where(where, 0.0, values)
