"""Contracts: sBG against the published figures, and the forecast of how many still run."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from lohko.outcome import Env
from lohko.tables.types import schema
from lohko.value.events import scope
from lohko.value.models.sbg import fit_sbg
from lohko.value.retention import retention

# Fader & Hardie (2007), table 1: of 1,000 customers, those still there after 1 to 7 years
REGULAR = (1000, 631, 468, 382, 326, 289, 262, 241)
HIGH_END = (1000, 869, 743, 653, 593, 551, 517, 491)
AS_OF = dt.date(2025, 1, 1)


@pytest.mark.parametrize(
    ("kept", "alpha", "beta", "likelihood"), [(REGULAR, 0.704, 1.182, -1680.3), (HIGH_END, 0.668, 3.806, -1611.2)]
)
def test_published_fits(kept: tuple[int, ...], alpha: float, beta: float, likelihood: float) -> None:
    left = -np.diff(np.array(kept, dtype=np.float64))
    stayed = np.zeros(len(kept))
    stayed[-1] = kept[-1]
    model = fit_sbg(left, stayed)
    assert (round(model.alpha, 3), round(model.beta, 3), round(model.log_likelihood, 1)) == (alpha, beta, likelihood)
    assert model.converged
    assert model.survival(np.array([0.0]))[0] == 1


def contracts(people: int, seed: int = 1, *, spread: bool = True) -> dict[str, pl.LazyFrame]:
    rng = np.random.default_rng(seed)
    chance = rng.beta(0.7, 3.0, people) if spread else np.full(people, 0.15)
    rows: list[Any] = []
    for n in range(people):
        start = AS_OF - dt.timedelta(days=int(rng.integers(0, 900)))
        end = start + dt.timedelta(days=round(int(rng.geometric(max(chance[n], 1e-6))) * 30.436875))
        begun, over = (dt.datetime.combine(d, dt.time(12), dt.UTC) for d in (start, min(end, AS_OF + dt.timedelta(99))))
        rows.append((f"c{n:04}", begun, over if end <= AS_OF + dt.timedelta(days=60) else None, 1.0))
    columns = ("customer_id", "started_at", "ended_at", "period_months")
    return {
        "customers": pl.DataFrame({"customer_id": [row[0] for row in rows]}).lazy(),
        "subscriptions": pl.DataFrame(rows, schema=schema("subscriptions", columns), orient="row").lazy(),
    }


def told(tables: dict[str, pl.LazyFrame]) -> dict[str, Any]:
    return retention(tables["subscriptions"], scope(tables, Env(as_of=AS_OF)), days=365)[0]


def test_the_loyal_stay_so_constant_retention_is_too_low() -> None:
    found = told(contracts(2000))
    assert found["model"] == "sBG"
    holdout = found["holdout"]
    assert abs(holdout["said"]["sBG"] / holdout["came"] - 1) < 0.1
    assert holdout["said"]["constant retention"] < holdout["said"]["sBG"]
    assert found["expected_running"] == sorted(found["expected_running"], reverse=True)
    assert found["expected_running"][0] <= found["running"]


def test_ends_after_the_as_of_day_leave_no_trace() -> None:
    tables = contracts(400)
    end = dt.datetime.combine(AS_OF + dt.timedelta(days=1), dt.time(), dt.UTC)
    known = pl.when(pl.col("ended_at") < end).then(pl.col("ended_at")).alias("ended_at")
    assert told(tables) == told({**tables, "subscriptions": tables["subscriptions"].with_columns(known)})


def test_few_contracts_are_refused() -> None:
    assert told(contracts(60))["refused"] == "retention_few"
