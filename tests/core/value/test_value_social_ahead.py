"""Social acts to come: told where enough acted and the holdout allows it, and what their days are worth."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from lohko.value.events import Scope
from lohko.value.lifetime import Lifetime
from lohko.value.params import ValueParams
from lohko.value.social_ahead import social_ahead, worth_of_days

FIRST = dt.date(2024, 1, 1)
AS_OF = FIRST + dt.timedelta(days=540)


def acts(people: int, *, later: int = 0) -> pl.DataFrame:
    """Simulate customers who act at a rate of their own until they leave."""
    rng = np.random.default_rng(3)
    rows: list[tuple[str, dt.datetime]] = []
    for n in range(people):
        start, rate, life = rng.integers(0, 300), rng.gamma(0.9, 1 / 30), rng.exponential(250)
        days = start + np.r_[0.0, rng.exponential(1 / rate, 80).cumsum()]
        rows += [
            (f"c{n:04}", dt.datetime.combine(FIRST, dt.time(), dt.UTC) + dt.timedelta(days=float(day)))
            for day in days[(days - start < life) & (days < 540 + later)]
        ]
    kinds: dict[str, Any] = {"customer_id": pl.String, "occurred_at": pl.Datetime("us", "UTC")}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def told(frame: pl.DataFrame) -> Lifetime:
    ids = frame["customer_id"].unique().sort()
    who = pl.DataFrame({"n": range(ids.len()), "customer_id": ids}, schema_overrides={"n": pl.UInt32})
    return social_ahead(frame.lazy(), Scope(who, AS_OF, "UTC"), ValueParams())


def test_days_to_come_are_foretold_from_the_past_alone() -> None:
    frame = acts(300, later=90)
    found = told(frame)
    assert found.frame is not None
    assert found.frame.columns == ["n", "expected_social_days"]
    assert found.figures["backtest"][found.figures["model"]]["rmse"] <= found.figures["backtest"]["naive rate"]["rmse"]
    past = frame.filter(pl.col("occurred_at") < dt.datetime.combine(AS_OF + dt.timedelta(days=1), dt.time(), dt.UTC))
    assert past.height < frame.height
    assert told(past.reverse()).figures == found.figures


def test_too_little_is_said_with_what_is_needed() -> None:
    found = told(acts(50))
    assert found.frame is None
    (said,) = found.findings
    assert (said.code, said.data["need_customers"]) == ("social_too_little", 200)
    assert said.text


@pytest.mark.parametrize(
    ("points", "days", "worth"),
    [(30.0, 3, 2 * (30 + 3 * 4) / 6), (2.0, 5, 2 * (2 + 3 * 4) / 8), (None, 0, None)],
)
def test_a_day_is_worth_what_it_was_shrunk_towards_everyone(points: Any, days: int, worth: float | None) -> None:
    frame = pl.DataFrame(
        {"points": [30.0, 2.0, None], "days": [3, 5, 0], "ahead": [2.0, 2.0, None]}
    )  # 32 points on 8 days
    row = frame.with_columns(pl.int_range(pl.len()).alias("i")).filter(pl.col("points").eq_missing(points))["i"][0]
    found = worth_of_days(frame, "points", "days", "ahead")[row]
    assert found == (worth if worth is None else pytest.approx(worth))
    assert frame["days"][row] == days
