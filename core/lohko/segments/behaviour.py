"""Reads the value table into arrays: who, how they behaved, and in which dimensions they did anything at all."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Container, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.errors import UsageFault

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MIN_ACTIVE = 10  # customers a dimension needs before it is looked at
DIMENSIONS = ("financial", "visits", "social")
EVENTS = ("frequency", "subscriptions", "visit_days", "social_acts")  # what a customer is known by


@cache
def vocabulary(name: str) -> dict[str, Any]:
    """Return one of this room's data files (``features``, ``names``, ``hints``, ``rules``)."""
    return tomllib.loads(resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Customers in the order of their ids, and what they did.

    Attributes
    ----------
    ids : n customer ids, ascending
    values : raw values by feature, n each, NaN where there is none (days since a purchase that never was)
    active : by dimension, n booleans: whether the customer did anything in it
    money : n net totals, exact: what the customer is worth so far (contracts included, where value counted them)
    purchases : n net totals of purchases alone, exact
    contracts : n booleans, whether a contract was running; None where value tells of none
    advice : n dimensions value says come next most often, null where it says nothing; None where it was not asked
    odds : n shares of customers alike for whom that dimension came next, as value counted them
    events : n numbers of purchase occasions, contracts, visit days and social acts, as far as the table counts them
    classes : n value classes (``F2V3S0``); None where there are none
    tenure : n days since the first thing known of the customer, NaN where there is none; None where value tells of none
    """

    ids: pl.Series
    values: Mapping[str, Floats]
    active: Mapping[str, Bools]
    money: pl.Series
    purchases: pl.Series
    contracts: Bools | None = None
    advice: pl.Series | None = None
    odds: pl.Series | None = None
    events: Floats | None = None
    tenure: Floats | None = None
    classes: pl.Series | None = None

    def dimensions(self) -> tuple[str, ...]:
        """Return the dimensions in which enough customers did something to speak of it."""
        counts = {d: int(self.active[d].sum()) for d in DIMENSIONS}
        return tuple(d for d in DIMENSIONS if counts[d] >= MIN_ACTIVE) or tuple(d for d in DIMENSIONS if counts[d])

    def somewhere(self, dimensions: tuple[str, ...]) -> Bools:
        """Tell whether each customer did anything in any of these dimensions."""
        nowhere = np.zeros(len(self.ids), dtype=np.bool_)
        return np.asarray(np.logical_or.reduce([nowhere, *(self.active[d] for d in dimensions)]))

    def subset(self, rows: NDArray[Any]) -> Behaviour:
        """Return these customers only: a mask or sorted row numbers."""
        picked = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return Behaviour(
            ids=self.ids.gather(picked),
            values={f: x[picked] for f, x in self.values.items()},
            active={d: x[picked] for d, x in self.active.items()},
            money=self.money.gather(picked),
            purchases=self.purchases.gather(picked),
            contracts=None if self.contracts is None else self.contracts[picked],
            advice=None if self.advice is None else self.advice.gather(picked),
            odds=None if self.odds is None else self.odds.gather(picked),
            events=None if self.events is None else self.events[picked],
            tenure=None if self.tenure is None else self.tenure[picked],
            classes=None if self.classes is None else self.classes.gather(picked),
        )


def exact_sum(money: pl.Series) -> Decimal:
    """Sum a decimal column exactly (an empty one is 0)."""
    return cast("Decimal | None", money.sum()) or Decimal("0.0000")


def dimension_of(feature: str) -> str:
    """Return the dimension a feature belongs to; a column this room has no words for is a block of its own."""
    entry = vocabulary("features").get(feature)
    return cast("str", entry["dimension"]) if entry else feature


def there(feature: str, columns: Container[str]) -> bool:
    """Tell whether a feature can be read from these columns: it is one, or parts of its sum are."""
    parts = vocabulary("features").get(feature, {}).get("sum", ())
    return feature in columns or any(part in columns for part in parts)


def choose_features(columns: Mapping[str, pl.DataType], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the features to read: those asked for, else the defaults; a dimension without any falls back on its score.

    Raises
    ------
    UsageFault
        A feature is not a number of the value table (code ``segment_feature_unknown``).
    """
    known = vocabulary("features")
    if wanted:
        possible = [n for n, kind in columns.items() if kind.is_numeric()]
        possible += [n for n in known if n not in possible and there(n, columns)]
        for name in wanted:
            if name not in possible:
                near = difflib.get_close_matches(name, possible, 1)
                raise UsageFault(
                    "segment_feature_unknown",
                    f"the value table has no number called '{name}'",
                    hint=f"did you mean '{near[0]}'?" if near else None,
                )
        return tuple(dict.fromkeys(wanted))
    chosen = [
        n for n, entry in known.items() if entry["default"] and there(n, columns) and entry.get("unless") not in columns
    ]
    have = {dimension_of(name) for name in chosen}
    return (*chosen, *(d for d in DIMENSIONS if d in columns and d not in have))


def read(value: pl.LazyFrame, features: tuple[str, ...]) -> Behaviour:
    """Read the value table in the order of customer ids; columns beyond the contract's may be text (a pipe, a CSV).

    Activity in a dimension is what its score says (0 is nothing, as in the value class); without the score
    column, any feature of the dimension above zero.
    """
    schema = value.collect_schema()
    known = vocabulary("features")
    exprs: list[pl.Expr] = [pl.col("customer_id")]
    exprs += [_number(name, schema).alias(f"raw:{name}") for name in features]
    counted = [_number(name, schema) for name in EVENTS if there(name, schema)]
    exprs.append(pl.sum_horizontal(*counted, pl.lit(0.0)).alias("events"))
    for dimension in DIMENSIONS:
        if dimension in schema:
            exprs.append(
                (pl.col(dimension).cast(pl.Float64, strict=False).fill_null(0) > 0).alias(f"active:{dimension}")
            )
        else:
            own = [n for n in features if dimension_of(n) == dimension and known.get(n, {}).get("better") == "more"]
            some = [pl.col(n).cast(pl.Float64, strict=False).fill_null(0) > 0 for n in own if n in schema]
            exprs.append((pl.any_horizontal(*some) if some else pl.lit(value=False)).alias(f"active:{dimension}"))
    for name, sources in (("money", ("money_total", "monetary")), ("purchases", ("monetary",))):
        source = next((pl.col(c) for c in sources if c in schema), pl.lit(Decimal(0)))
        exprs.append(source.cast(pl.Decimal(18, 4), strict=False).fill_null(0).alias(name))
    for name, column, kind in (
        ("tenure", "tenure_days", pl.Float64()),
        ("contracts", "active_subscriptions", pl.Float64()),
        ("advice", "next_dimension", pl.String()),
        ("odds", "next_share", pl.Float64()),
        ("classes", "value_class", pl.String()),
    ):
        if column in schema:
            exprs.append(pl.col(column).cast(kind, strict=False).alias(name))
    frame = value.select(exprs).sort("customer_id").collect()
    return Behaviour(
        ids=frame["customer_id"],
        values={n: frame[f"raw:{n}"].fill_null(float("nan")).to_numpy().astype(np.float64) for n in features},
        active={d: frame[f"active:{d}"].to_numpy().astype(np.bool_) for d in DIMENSIONS},
        money=frame["money"],
        purchases=frame["purchases"],
        events=frame["events"].to_numpy().astype(np.float64),
        tenure=frame["tenure"].fill_null(float("nan")).to_numpy() if "tenure" in frame.columns else None,
        contracts=(frame["contracts"].fill_null(0) > 0).to_numpy() if "contracts" in frame.columns else None,
        advice=frame["advice"] if "advice" in frame.columns else None,
        odds=frame["odds"] if "odds" in frame.columns else None,
        classes=frame["classes"] if "classes" in frame.columns else None,
    )


def _number(feature: str, schema: Container[str]) -> pl.Expr:
    """Return a feature as a number: its column, else the sum of its parts that are there."""
    if feature in schema:
        return pl.col(feature).cast(pl.Float64, strict=False)
    parts = [part for part in vocabulary("features")[feature]["sum"] if part in schema]
    return pl.sum_horizontal(*(pl.col(part).cast(pl.Float64, strict=False) for part in parts))
