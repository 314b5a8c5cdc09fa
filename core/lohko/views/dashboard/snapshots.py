"""One package as the dashboard sees it: who was valued, what each was last seen to do, and in which segment of the model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from lohko.errors import InputRefused
from lohko.segments.assign import read_for
from lohko.segments.model import Model
from lohko.segments.scoring import score, segments_table

EVENTS: Final = ("purchases", "visits", "social")
CONTRACTS: Final = "contracts"
KINDS: Final = (*EVENTS, CONTRACTS)
_DAYS: Final = {
    "purchases": ("first_purchase", "last_purchase"),
    "visits": ("first_visit", "last_visit"),
    "social": ("first_social", "last_social"),
    CONTRACTS: ("first_subscription", "last_subscription_end"),
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A package to compare.

    Attributes
    ----------
    name, step, sha256 : of the package
    as_of : the day it was valued as of
    tables : ``value``, and ``crosswalk`` where there is one
    model : the saved model in it, if any
    """

    name: str
    step: str
    sha256: str
    as_of: dt.date
    tables: Mapping[str, pl.LazyFrame]
    model: bytes | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A snapshot, read.

    Attributes
    ----------
    frame : customer_id, money, segment (null without a model), and by kind of activity ``last:KIND``, the last day of it
    spans : by kind, the first and the last day the package knows of it; kinds it knows nothing of are missing
    """

    frame: pl.DataFrame
    spans: Mapping[str, tuple[dt.date, dt.date]]


def read_state(snapshot: Snapshot, model: Model | None) -> State:
    """Read a snapshot, each customer scored with the model.

    Raises
    ------
    InputRefused
        The value table tells of no activity (``compare_activity``), or lacks a feature of the model.
    """
    value = snapshot.tables["value"]
    columns = frozenset(value.collect_schema().names())
    day = pl.lit(snapshot.as_of)
    lasts, firsts = {}, {}
    for kind, (first, last) in _DAYS.items():
        if kind == CONTRACTS:
            if "active_subscriptions" not in columns or last not in columns:
                continue
            # a contract that runs is activity to this day
            running = pl.col("active_subscriptions").fill_null(0) > 0
            lasts[kind] = pl.when(running).then(day).otherwise(pl.col(last))
        elif last in columns:
            lasts[kind] = pl.col(last)
        elif kind == "purchases" and "recency_days" in columns:
            lasts[kind] = day - pl.duration(days=pl.col("recency_days"))
        else:
            continue
        firsts[kind] = pl.col(first) if first in columns else lasts[kind]
    if not lasts:
        raise InputRefused("compare_activity", f"the value table of {snapshot.name} tells no day of any activity")
    money = next((name for name in ("money_total", "monetary") if name in columns), None)
    frame = value.select(
        "customer_id",
        (pl.col(money) if money else pl.lit(0)).cast(pl.Decimal(18, 4)).fill_null(0).alias("money"),
        *(last.cast(pl.Date).alias(f"last:{kind}") for kind, last in lasts.items()),
        *(first.cast(pl.Date).alias(f"first:{kind}") for kind, first in firsts.items()),
    ).collect()
    if not (frame["customer_id"] > frame["customer_id"].shift()).all():  # `value` writes it in this order
        frame, value = frame.unique("customer_id").sort("customer_id"), value.unique("customer_id")
    spans: dict[str, tuple[dt.date, dt.date]] = {}
    for kind in lasts:
        edges = frame[f"first:{kind}"].min(), frame[f"last:{kind}"].max()
        if isinstance(edges[0], dt.date) and isinstance(edges[1], dt.date):
            spans[kind] = (edges[0], edges[1])
    missing = [pl.lit(None, pl.Date).alias(f"last:{kind}") for kind in KINDS if kind not in lasts]
    frame = frame.select("customer_id", "money", *(f"last:{kind}" for kind in lasts)).with_columns(missing)
    return State(frame.with_columns(segment=_segments(value, model, frame)), spans)


def _segments(value: pl.LazyFrame, model: Model | None, frame: pl.DataFrame) -> pl.Series:
    """Return each customer's segment, in the order of the frame; ``value`` has a row a customer."""
    if model is None:
        return pl.Series("segment", [None] * frame.height, dtype=pl.String)
    behaviour = read_for(value, model)
    return segments_table(model, behaviour, *score(model, behaviour), "en")["segment"]
