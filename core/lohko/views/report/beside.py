"""Segments beside other views of the customers, as plain values: value classes, and columns kept out of the segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lohko.views.report.model import Ratio, Shown


@dataclass(frozen=True, slots=True)
class Cross:
    """Customers by segment (slug) and level of one dimension, none to high.

    ``by_segment`` is the share whose level is the commonest one of their segment, ``without`` the share at the commonest level of all.
    """

    dimension: str
    by_segment: float
    without: float
    rows: tuple[tuple[str, tuple[Shown, ...]], ...]


@dataclass(frozen=True, slots=True)
class Uneven:
    """A segment's share in one group of a column, beside its share of all, where the two differ more than chance explains."""

    group: str
    name: str
    names: Mapping[str, str]
    share: Ratio
    overall: float
    ratio: Ratio


@dataclass(frozen=True, slots=True)
class Fairness:
    """The check of one column that was kept out of the segments: so many shares looked at, and the uneven ones."""

    column: str
    looked_at: int
    uneven: tuple[Uneven, ...]
