"""Scores from 0 to 1, classes from 0 to 3, and the thresholds that score later data the same way.

A score is the customer's average rank among those with anything at all in the dimension, over their number, so the
best has 1 (if alone at the top), ties are equal, and nothing (or less than nothing) is 0. Classes follow the score: low up
to 0.4, middle up to 0.8, high above it, so high is the top fifth and ties are never torn apart. Thresholds are the
smallest measures of a class, kept in units of the measure, so that new data is classed without the old.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.value.events import MONEY

DIGITS = 9


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension of value: its name, letter, the column ranked, and whether that is money."""

    name: str
    letter: str
    column: str
    money: bool


@cache
def rules() -> dict[str, Any]:
    """Return the definition of scores and classes."""
    return tomllib.loads(resources.files(__package__).joinpath("scores.toml").read_text(encoding="utf-8"))


@cache
def dimensions() -> tuple[Dimension, ...]:
    """Return the three dimensions in order."""
    return tuple(Dimension(d["name"], d["letter"], d["column"], d["money"]) for d in rules()["dimensions"])


def rank_scores(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with a score per dimension (``financial``, ``visits``, ``social``), each 0 to 1.

    Parameters
    ----------
    frame : with the measure columns of ``scores.toml``
    """
    found = []
    for d in dimensions():
        has = pl.col(d.column) > 0
        rank = pl.when(has).then(pl.col(d.column)).rank("average")
        found.append((rank / has.sum()).fill_null(0.0).round(DIGITS).alias(d.name))
    return frame.with_columns(found)


def with_measures(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with a zero column for every measure it lacks (a dimension without any table)."""
    return frame.with_columns(pl.lit(0.0).alias(d.column) for d in dimensions() if d.column not in frame.columns)


def engagement(frame: pl.DataFrame, weights: Mapping[str, float]) -> pl.Expr:
    """Return the weighted mean of the scores named in ``weights`` (those that were measured); 0 if none weighs."""
    total = sum(weights.values())
    if total <= 0:
        return pl.lit(0.0).alias("engagement")
    terms = [pl.col(name) * (weight / total) for name, weight in weights.items() if name in frame.columns]
    return pl.sum_horizontal(terms).round(DIGITS).alias("engagement")


def thresholds(frame: pl.DataFrame) -> dict[str, Any]:
    """Return where the classes begin and how the measures are spread, as plain JSON values.

    Parameters
    ----------
    frame : with the measure columns and the scores of `rank_scores`

    Returns
    -------
    per dimension: ``column``, ``nonzero`` (customers with anything), ``middle`` and ``high`` (smallest measure of the
    class; None where no customer is in it or above) and ``spread`` (pairs of measure and score, rising)
    """
    rule = rules()
    found: dict[str, Any] = {}
    for d in dimensions():
        some = (
            frame.filter(pl.col(d.column) > 0)
            .select(pl.col(d.column).alias("measure"), pl.col(d.name).alias("score"))
            .unique()
            .sort("measure")
        )
        found[d.name] = {
            "column": d.column,
            "nonzero": int((frame[d.column] > 0).sum()),
            "middle": _begin(some, rule["middle_above"], d),
            "high": _begin(some, rule["high_above"], d),
            "spread": _spread(some, rule["grid"], d),
        }
    return {
        "version": rule["version"],
        "score": "average rank among the customers with anything in the dimension, over their number; nothing is 0",
        "classes": f"0 nothing, 1 low, 2 middle (score above {rule['middle_above']}), 3 high (score above {rule['high_above']})",
        "dimensions": found,
    }


def _begin(some: pl.DataFrame, above: float, d: Dimension) -> str | float | None:
    first = some.filter(pl.col("score") > above)["measure"].min()
    if first is None:
        return None
    return str(first) if d.money else float(first)  # type: ignore[arg-type]


def _spread(some: pl.DataFrame, grid: int, d: Dimension) -> list[list[str | float]]:
    places = np.unique(np.linspace(0, max(some.height - 1, 0), min(grid, some.height)).round().astype(int))
    return [[str(measure) if d.money else measure, score] for measure, score in some[places.tolist()].iter_rows()]


def classify(frame: pl.DataFrame, limits: Mapping[str, Any]) -> pl.Series:
    """Return the ``value_class`` of each row by stored thresholds.

    Parameters
    ----------
    frame : with the measure columns
    limits : what `thresholds` returned (or ``value/thresholds.json`` holds)
    """
    parts: list[pl.Expr] = []
    for d in dimensions():
        at = limits["dimensions"][d.name]
        value = pl.col(d.column)
        level = (value > 0).cast(pl.Int8)
        for name in ("middle", "high"):
            if at[name] is not None:
                limit = pl.lit(Decimal(at[name]), MONEY) if d.money else pl.lit(float(at[name]))
                level = level + ((value > 0) & (value >= limit)).cast(pl.Int8)
        parts += [pl.lit(d.letter), level.fill_null(0).cast(pl.String)]
    return frame.select(pl.concat_str(parts).alias("value_class"))["value_class"]


def score(frame: pl.DataFrame, limits: Mapping[str, Any]) -> pl.DataFrame:
    """Return the scores of new rows by the stored spread: between two stored measures the score is interpolated."""
    found = []
    for d in dimensions():
        spread = limits["dimensions"][d.name]["spread"]
        values: NDArray[np.float64] = frame[d.column].cast(pl.Float64).fill_null(0.0).to_numpy()
        if spread:
            xs = np.array([float(x) for x, _ in spread])
            ys = np.array([y for _, y in spread])
            result = np.where(values > 0, np.interp(values, xs, ys), 0.0)
        else:
            result = np.where(values > 0, 1.0, 0.0)
        found.append(pl.Series(d.name, result).round(DIGITS))
    return frame.with_columns(found)
