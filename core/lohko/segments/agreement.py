"""The two views beside each other: how far a customer's segment tells their value class, dimension by dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from lohko.segments.behaviour import DIMENSIONS, Behaviour

if TYPE_CHECKING:
    from lohko.segments.clusters import Labels  # a report shall not wait for scikit-learn

LEVELS = 4  # of a value class in a dimension: none, low, middle, high


@dataclass(frozen=True, slots=True)
class Told:
    """Of how many customers the level is told right by the commonest level of their segment, and by that of all."""

    by_segment: float
    without: float


def told(table: Sequence[Sequence[int]]) -> Told | None:
    """Compare what the segment tells of a level with what is usual anyway (Goodman and Kruskal 1954); None without anybody.

    Parameters
    ----------
    table : customers by segment (rows) and level (columns)
    """
    people = sum(map(sum, table))
    if not people:
        return None
    usual = max(map(sum, zip(*table, strict=True)))
    return Told(round(sum(map(max, table)) / people, 6), round(usual / people, 6))


def agreement(behaviour: Behaviour, labels: Labels, groups: int) -> dict[str, Told]:
    """Compare segments with value classes in each dimension in which these customers differ; empty without classes."""
    if behaviour.classes is None:
        return {}
    found = {}
    for dimension, levels in zip(DIMENSIONS, _levels(behaviour.classes), strict=True):
        known = levels >= 0
        table = np.bincount(labels[known] * LEVELS + levels[known], minlength=groups * LEVELS).reshape(groups, LEVELS)
        measured = told(table.tolist())
        if measured is not None and measured.without < 1:
            found[dimension] = measured
    return found


def _levels(classes: pl.Series) -> list[np.ndarray]:
    """Return the level in each dimension, -1 where a class cannot be read."""
    parts = classes.str.extract_groups(r"^F([0-3])V([0-3])S([0-3])$").struct
    return [parts.field(part).cast(pl.Int64).fill_null(-1).to_numpy() for part in parts.fields]
