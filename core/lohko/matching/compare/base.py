"""What every comparison gives: levels of agreement, and how rare the value agreed on is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lohko.matching.coding import Coded, Codes, FloatArray, IntArray
from lohko.matching.settings import Kind
from lohko.matching.similarity import Levels

Rows = npt.NDArray[np.int32]
Rarity = npt.NDArray[np.int8]
_BELIEF = 0.04  # of a kind's ``rows``
RARITY_RANGE = 24  # rarity is kept within ± this many bits of the field's average


@dataclass(frozen=True, slots=True)
class FieldModel:
    """One field of the pair model: its levels and what is believed of them beforehand. Level 0 is "missing".

    Attributes
    ----------
    name : the field's name, as in ``weight_<name>``
    kind : its kind
    labels : names of the levels, by level
    same, strangers : shares of pairs by level (0 at level 0), before the register is seen
    related : the same for the sorts of household: plain, with a common mailbox or number, born on one day
    group : levels whose shares add up to one have one group number; -1 at level 0
    counted : levels whose share among strangers is known by counting values, not learnt from pairs
    agree : levels that count as the same value
    strong : levels that tell namesakes apart
    beyond_town : levels that say more than a name and a town do
    against : levels that speak against one person
    personal : people of one household are strangers in this field
    seen : how much of the rates of counted levels was counted on the register; the rest is belief
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    same: FloatArray
    strangers: FloatArray
    related: tuple[FloatArray, ...]
    group: IntArray
    counted: npt.NDArray[np.bool_]
    agree: npt.NDArray[np.bool_]
    strong: npt.NDArray[np.bool_]
    beyond_town: npt.NDArray[np.bool_]
    against: npt.NDArray[np.bool_]
    personal: bool
    seen: float = 1.0

    @property
    def size(self) -> int:
        """How many levels there are, missing included."""
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a field for blocking.

    Attributes
    ----------
    name : what it is called in findings (``email``, ``door``)
    field : the field it belongs to; two views of one field are never joined to a key
    codes : per row, from coarse to fine (initial, sound, name); -1 where there is none
    is_name : a part of the name: a bare name is common, so its blocks are kept small
    """

    name: str
    field: str
    codes: tuple[Codes, ...]
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """What pairs show in one field: the level, and by how many bits the agreed value is commoner than the average."""

    levels: Levels
    rarity: Rarity


class Comparison(ABC):
    """One comparison of rows; most look at one field, names look at two that may be swapped."""

    fields: tuple[FieldModel, ...]

    @abstractmethod
    def compare(self, left: Rows, right: Rows) -> tuple[Observed, ...]:
        """Return what the pairs (left[k], right[k]) show, one entry per field."""

    @abstractmethod
    def views(self) -> tuple[View, ...]:
        """Return the ways in which rows may be brought together by this comparison."""


def seen_share(coded: Coded, kind: Kind) -> float:
    """Return how much of a value's rate is counted on the register.

    Less is taken for belief than its ``rows`` would say: in registers where many rows are one person's, the rates are too high rather than too low.
    """
    others = max(coded.filled - 1.0, 0.0)
    return others / (others + _BELIEF * kind.rows)


def plain_field(name: str, kind: Kind, exact_rate: float, seen: float) -> FieldModel:
    """Return the model of a field with the levels of its kind, the last of which is "exact" and counted."""
    size = len(kind.levels) + 1
    strangers = np.array([0.0, *kind.strangers])
    strangers[1:-1] *= (1.0 - exact_rate) / strangers[1:-1].sum()
    strangers[-1] = exact_rate
    same = np.array([0.0, *kind.same])
    related = tuple(
        strangers if shares is None else np.array([0.0, *shares])
        for shares in (kind.household, kind.sharing, kind.sharing)
    )
    flags = np.zeros(size, dtype=np.bool_)
    exact, agree, strong, against = flags.copy(), flags.copy(), flags.copy(), flags.copy()
    exact[-1] = True
    agree[-1] = True
    against[1] = True
    if kind.strong:
        strong[[level for level, label in enumerate(kind.levels, 1) if label in {"near", "exact"}]] = True
    return FieldModel(
        name,
        kind,
        ("missing", *kind.levels),
        same,
        strangers,
        related,
        np.array([-1, *([0] * (size - 1))]),
        exact,
        agree,
        strong,
        ~against & (np.arange(size) > 0),
        against,
        kind.household is None,
        seen,
    )


def rarity_of(coded: Coded, kind: Kind) -> tuple[float, Rarity]:
    """Return how often strangers agree on this column, and per value how many bits commoner than that it is.

    A value's rate is counted without the row that holds it, together with the kind's belief (``rate`` on ``rows`` rows),
    so that a value seen twice in a register of five rows is not taken for a rare one. After Winkler (1989).
    """
    filled = max(coded.filled, 1)
    counts = coded.counts.astype(np.float64)
    rates = (np.maximum(counts - 1.0, 0.0) + kind.rows * kind.rate) / (filled - 1.0 + kind.rows)
    average = float(np.sum(counts / filled * rates)) if len(counts) else kind.rate
    average = max(average, 1e-12)
    bits = np.rint(np.log2(np.maximum(rates, 1e-12) / average))
    table = np.clip(bits, -RARITY_RANGE, RARITY_RANGE).astype(np.int8)
    return min(average, 0.9), np.append(table, np.int8(0))


def observed(levels: Levels, exact: int, rarity: Rarity, codes: Codes) -> Observed:
    """Return levels with the rarity of the values at level ``exact`` (``codes``: of the left rows)."""
    bits = np.where(levels == exact, rarity[codes], 0).astype(np.int8)
    return Observed(levels, bits)
