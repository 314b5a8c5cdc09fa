"""Intervals of totals, and what contracts are still to bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from lohko.outcome import Env
from lohko.tables.types import schema
from lohko.value.events import scope
from lohko.value.models.bgnbd import BetaGeometric
from lohko.value.models.fitting import Array, fold
from lohko.value.models.gamma_gamma import GammaGamma
from lohko.value.models.nbd import NBD, fit_nbd, objective
from lohko.value.models.pareto import ParetoNBD
from lohko.value.renewals import Renewals, renewals
from lohko.value.retention import contract_rows, period
from lohko.value.totals import covariance, deviation, interval, together

AS_OF = dt.date(2025, 1, 1)
MONTH = 30.436875
MODELS = (
    ParetoNBD(0.6, 11.0, 0.6, 12.0, 0.0, converged=True, at_edge=False),
    BetaGeometric(0.6, 5.0, 0.9, 2.5, False, 0.0, converged=True, at_edge=False),
    BetaGeometric(0.6, 5.0, 0.9, 2.5, True, 0.0, converged=True, at_edge=False),
    NBD(0.6, 11.0, 0.0, converged=True, at_edge=False),
)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
@pytest.mark.parametrize("history", [(0.0, 0.0, 30.0), (5.0, 28.0, 30.0), (5.0, 12.0, 30.0)])
def test_customers_are_drawn_as_the_model_expects_them(
    model: ParetoNBD | BetaGeometric | NBD, history: tuple[float, float, float]
) -> None:
    x, tx, observed = (np.full(40_000, value) for value in history)
    drawn = model.draw(x, tx, observed, 40.0, np.random.default_rng(3))
    expected = model.expected(x[:1], tx[:1], observed[:1], 40.0)[0]
    assert abs(drawn.mean() - expected) < 4 * drawn.std() / np.sqrt(drawn.size)


def test_spend_is_drawn_as_the_model_expects_it() -> None:
    model = GammaGamma(6.0, 8.0, 60.0, 0.0, converged=True, at_edge=False)
    x, mean, occasions = np.full(40_000, 3.0), np.full(40_000, 30.0), np.tile([0.0, 2.0], 20_000)
    drawn = model.draw(x, mean, occasions, np.random.default_rng(4))
    assert (drawn[occasions == 0] == 0).all()
    some = drawn[occasions > 0]
    assert abs(some.mean() - 2 * model.expected(x[:1], mean[:1])[0]) < 4 * some.std() / np.sqrt(some.size)


def test_the_covariance_is_that_of_many_fits() -> None:
    rng = np.random.default_rng(5)

    def drawn() -> tuple[Array, Array]:
        observed = rng.integers(20, 60, 800).astype(np.float64)
        return rng.poisson(rng.gamma(0.8, 1 / 10.0, 800) * observed).astype(np.float64), observed

    def folded(x: Array, observed: Array) -> object:
        return fold(x, np.where(x > 0, observed, 0.0), observed)

    fits = [fit_nbd(folded(*drawn())) for _ in range(16)]  # type: ignore[arg-type]
    spread = np.std([[np.log(f.r), np.log(f.alpha)] for f in fits], axis=0)
    found = covariance(objective(folded(*drawn())), np.array([0.8, 10.0]))  # type: ignore[arg-type]
    assert found is not None
    assert np.sqrt(np.diag(found)) == pytest.approx(spread, rel=0.5)
    assert deviation(lambda p: float(p[0] / p[1]), np.array([0.8, 10.0]), found) == pytest.approx(
        np.std([f.r / f.alpha for f in fits]), rel=0.5
    )


def test_an_interval_reaches_as_far_as_the_holdout_was_off() -> None:
    def told(ratio: float | None, spread: float | None = 3.0, scale: float = 1.0) -> tuple[float, float] | None:
        rng = np.random.default_rng(1)
        found = interval(100.0, rng.normal(50.0, 4.0, 4000), rng, scale=scale, spread=spread, ratio=ratio)
        return None if found is None else (found["low"], found["high"])

    low, high = told(None) or (0, 0)
    assert (high - low) / 2 == pytest.approx(1.96 * 5, rel=0.05)  # four by chance, three by parameters
    assert told(1.0) == (low, high)
    assert told(0.7) == (70.0, high)
    assert told(1.3) == (low, 130.0)
    wide = told(None, 0.0, 4.0) or (0, 0)
    assert (wide[1] - wide[0]) / 2 == pytest.approx(1.96 * 8, rel=0.05)
    assert told(1.0, None) is None
    assert together([{"low": 1.0, "high": 2.0}, {"low": 10.0, "high": 30.0}]) == {
        "level": 0.95,
        "low": 11.0,
        "high": 32.0,
    }
    assert together([{"low": 1.0, "high": 2.0}, None]) is None


def contracts(people: int, *, spread: bool, price: str | None = "10") -> dict[str, pl.LazyFrame]:
    rng = np.random.default_rng(7)
    chance = rng.beta(0.7, 3.0, people) if spread else np.full(people, 0.12)
    rows = []
    for n in range(people):
        start = AS_OF - dt.timedelta(days=int(rng.integers(0, 900)))
        end = start + dt.timedelta(days=round(min(int(rng.geometric(max(chance[n], 1e-6))), 60) * MONTH))
        over = dt.datetime.combine(end, dt.time(12), dt.UTC) if end <= AS_OF else None
        rows.append((f"c{n:04}", dt.datetime.combine(start, dt.time(12), dt.UTC), over, 1.0, price))
    rows.append(("rare", dt.datetime(2024, 12, 1, tzinfo=dt.UTC), None, 5.0, price))
    columns = ("customer_id", "started_at", "ended_at", "period_months", "price")
    kinds = schema("subscriptions", columns)
    frame = pl.DataFrame(rows, schema={**kinds, "price": pl.String}, orient="row")
    return {
        "customers": frame.select("customer_id").lazy(),
        "subscriptions": frame.with_columns(pl.col("price").cast(kinds["price"])).lazy(),
    }


def brought(tables: dict[str, pl.LazyFrame], **more: float) -> Renewals:
    who = scope(tables, Env(as_of=AS_OF))
    terms = {"days": 100, "discount_rate": 0.1, "margin": None, "seed": 1} | more
    return renewals(tables["subscriptions"], who, **terms)  # type: ignore[arg-type]


@pytest.mark.parametrize("spread", [True, False])
def test_renewals_are_what_the_model_says_period_by_period(spread: bool) -> None:
    tables = contracts(600, spread=spread)
    found = brought(tables)
    who = scope(tables, Env(as_of=AS_OF))
    rows = tables["subscriptions"].with_row_index("i").collect()
    part = found.figures["periods"][0]
    assert part["model"] == ("sBG" if spread else part["model"])
    running = rows.filter(pl.col("ended_at").is_null(), pl.col("period_months") == 1)
    assert found.worth.height == part["contracts"] == running.height
    assert found.held.len() == running.height + 1  # the rare period tells nothing
    one = running.row(0, named=True)
    n = who.customers.filter(pl.col("customer_id") == one["customer_id"])["n"][0]
    kept = still(tables)
    age = (AS_OF - one["started_at"].date()).days
    lived = int(age // MONTH)
    due = [(lived + k) * MONTH - age for k in (1, 2, 3, 4)]
    worth = sum(10 * kept(lived, k) / 1.1 ** (day / 365.25) for k, day in enumerate(due, 1) if day <= 100)
    assert found.worth.filter(pl.col("n") == n)["renewals"][0] / 10_000 == pytest.approx(worth, abs=1e-4)
    sure = found.figures["interval"]
    assert sure["low"] < found.figures["total"] < sure["high"]
    assert brought(tables, margin=0.5).figures["total"] == pytest.approx(found.figures["total"] / 2, rel=1e-4)
    assert brought({**tables, "subscriptions": tables["subscriptions"].reverse()}).figures == found.figures


def still(tables: dict[str, pl.LazyFrame]) -> Callable[[int, int], float]:
    who = scope(tables, Env(as_of=AS_OF))
    rows = contract_rows(tables["subscriptions"], who).filter(pl.col("months") == 1)
    fitted = period(rows, 1.0, who, days=100)
    assert fitted is not None
    return lambda age, ahead: float(fitted.still(np.array([float(age)]), np.array([float(ahead)]))[0])


def test_contracts_without_a_price_tell_nothing() -> None:
    found = brought(contracts(400, spread=True, price=None))
    assert found.worth.is_empty()
    assert found.findings == ()
