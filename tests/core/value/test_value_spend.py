"""Spend per occasion where Gamma-Gamma has no maximum inside: the edge has a name and the mean takes its place."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.value.test_value_step import START, buyers, run

from lohko.value.models.gamma_gamma import GammaGamma, MeanSpend, fit_gamma_gamma, fit_spend


def numbers(*cells: float) -> np.ndarray:
    return np.array(cells, dtype=np.float64)


@pytest.mark.parametrize(
    ("x", "mean", "edge", "left_out", "pooled"),
    [
        (numbers(), numbers(), "few", 0, 0.0),
        (numbers(3), numbers(10), "few", 0, 10.0),
        (numbers(2, 1), numbers(0, 0), "few", 2, 0.0),
        (numbers(1, 2, 5), numbers(9.9, 9.9, 9.9), "equal", 0, 9.9),
        (numbers(1, 2, 1), numbers(6, 6, -6), "equal", 1, 3.0),
        (numbers(1, 3), numbers(0, 8), "few", 1, 6.0),
    ],
)
def test_an_edge_has_a_name_and_the_mean_takes_its_place(
    x: np.ndarray, mean: np.ndarray, edge: str, left_out: int, pooled: float
) -> None:
    found = fit_gamma_gamma(x, mean)
    assert (found.edge, found.left_out, found.converged, found.at_edge, found.usable) == (
        edge,
        left_out,
        False,
        True,
        False,
    )
    simpler = fit_spend(x, mean)
    assert isinstance(simpler, MeanSpend)
    assert simpler.mean == pytest.approx(pooled)
    assert simpler.usable == (pooled > 0)
    assert simpler.expected(x, mean).tolist() == [simpler.mean] * x.size


def test_customers_alike_run_to_the_edge_between() -> None:
    rng = np.random.default_rng(4)
    n = rng.integers(1, 9, 400).astype(np.float64)
    alike = 20 * (1 + 0.5 / n * np.where(np.arange(400) % 2, 1, -1))  # spread falls faster than chance has it fall
    assert fit_gamma_gamma(n, alike).edge == "between"
    found = fit_spend(n, alike)
    assert isinstance(found, MeanSpend)
    assert abs(found.mean - 20) < 4 * found.error


def test_customers_who_spend_the_same_every_time_run_to_the_edge_within() -> None:
    rng = np.random.default_rng(4)
    n = rng.integers(1, 9, 400).astype(np.float64)
    constant = rng.gamma(5.0, 4.0, 400) * np.where(n > 4, 3.0, 1.0) ** rng.choice([-1, 1], 400)  # spread rises with n
    assert fit_gamma_gamma(n, constant).edge == "within"


def test_what_is_no_history_is_refused() -> None:
    for x, mean in ((numbers(0), numbers(1)), (numbers(1, 2), numbers(1)), (numbers(1), numbers(float("nan")))):
        with pytest.raises(ValueError, match="one mean a customer"):
            fit_gamma_gamma(x, mean)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.sampled_from([0.0, -3.5, 0.01, 5.0, 5.0, 9.99, 1e6]) | st.floats(0.01, 1e5)),
        max_size=15,
    ),
    st.randoms(),
)
def test_whatever_comes_in_a_fit_comes_out_the_same_in_any_order(rows: list[tuple[int, float]], lot: object) -> None:
    def fit(some: list[tuple[int, float]]) -> GammaGamma | MeanSpend:
        return fit_spend(numbers(*(x for x, _ in some)), numbers(*(m for _, m in some)))

    found = fit(rows)
    shuffled = list(rows)
    lot.shuffle(shuffled)  # type: ignore[attr-defined]
    again = fit(shuffled)
    assert type(again) is type(found)
    assert again.parameters == pytest.approx(found.parameters, rel=1e-6)
    x = numbers(1, 4)
    if found.usable:
        each = found.expected(x, numbers(2.0, 2.0))
        assert np.all(np.isfinite(each))
        assert np.all(each > 0)
    if isinstance(found, GammaGamma):
        assert found.edge is None
        assert found.converged


def test_a_company_with_one_price_has_a_lifetime_value_at_that_price() -> None:
    tables = buyers()
    once_a_day = tables["transactions"].unique(["customer_id", pl.col("occurred_at").dt.date()], maintain_order=True)
    same = tables | {"transactions": once_a_day.with_columns(amount=Decimal(12))}
    result = run(same, START.date() + dt.timedelta(days=729), churn_days=0, next_days=0)
    spend = result.figures["lifetime"]["spend"]
    assert (spend["parameters"], spend["edge"]) == ({"mean": 12.0}, "equal")
    assert [f.data for f in result.findings if f.code == "spend_alike"] == [{"mean": "12.00"}]
    sure = result.figures["lifetime"]["intervals"]["clv"]
    assert sure["low"] < result.figures["lifetime"]["clv"] < sure["high"]
