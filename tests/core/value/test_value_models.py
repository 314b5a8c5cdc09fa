"""The models against what was published, against their own definitions by brute force, and against simulated customers."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import gamma as gamma_law

from lohko.value.backtest import accuracy
from lohko.value.histories import Histories, after, histories
from lohko.value.models.bgnbd import BetaGeometric, fit_beta_geometric
from lohko.value.models.bgnbd import objective as beta_geometric_likelihood
from lohko.value.models.fitting import fold
from lohko.value.models.gamma_gamma import GammaGamma, fit_gamma_gamma
from lohko.value.models.nbd import NBD, fit_nbd
from lohko.value.models.pareto import ParetoNBD, fit_pareto

Array = NDArray[np.float64]
SEPTEMBER = (dt.date(1997, 9, 30) - dt.date(1970, 1, 1)).days


def one(x: float, tx: float, t_end: float) -> tuple[Array, Array, Array]:
    return np.array([x]), np.array([tx]), np.array([t_end])


# ---- published -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def occasions() -> pl.DataFrame:
    """The 1/10 sample of CDNOW, where a development package brings it along."""
    spec = find_spec("lifetimes")
    places = (
        [Path(p) / "datasets" / "CDNOW_sample.txt" for p in (spec.submodule_search_locations or [])] if spec else []
    )
    found = next((p for p in places if p.exists()), None)
    if found is None:
        assert not os.environ.get("LOHKO_SKIP_NOTHING"), "the CDNOW sample is missing (`make test` installs it)"
        pytest.skip("the CDNOW sample is not installed (it comes inside the development package lifetimes)")
    rows = [line.split() for line in found.read_text().splitlines() if line.strip()]
    frame = pl.DataFrame(
        {
            "n": [int(r[1]) for r in rows],
            "day": [dt.datetime.strptime(r[2], "%Y%m%d").date() for r in rows],  # noqa: DTZ007 - days without a zone
            "total": [round(float(r[4]) * 10_000) for r in rows],
        }
    )
    return frame.group_by("n", "day").agg(pl.col("total").sum()).sort("n", "day")


@pytest.fixture(scope="module")
def cdnow(occasions: pl.DataFrame) -> Histories:
    """The histories to the end of September 1997, in weeks."""
    h = histories(occasions, SEPTEMBER)
    return Histories(h.n, h.x, h.tx / 7, h.T / 7, h.mean)


def test_bgnbd_is_the_published_one(cdnow: Histories) -> None:
    model = fit_beta_geometric(fold(cdnow.x, cdnow.tx, cdnow.T))
    assert [round(v, 3) for v in (model.r, model.alpha, model.a, model.b)] == [0.243, 4.414, 0.793, 2.426]
    assert round(model.log_likelihood, 1) == -9582.4


def test_pareto_nbd_is_the_published_one(cdnow: Histories) -> None:
    model = fit_pareto(fold(cdnow.x, cdnow.tx, cdnow.T))
    assert [round(v, 3) for v in (model.r, model.alpha, model.s, model.beta)] == [0.553, 10.578, 0.606, 11.669]
    assert round(model.log_likelihood, 1) == -9595.0


def test_gamma_gamma_is_the_published_one(cdnow: Histories) -> None:
    repeat = (cdnow.x > 0) & (cdnow.mean > 0)
    model = fit_gamma_gamma(cdnow.x[repeat], cdnow.mean[repeat])
    assert repeat.sum() == 946
    assert [round(v, 2) for v in (model.p, model.q, model.gamma)] == [6.25, 3.74, 15.44]


def test_holdout_figures_are_those_measured_elsewhere(occasions: pl.DataFrame, cdnow: Histories) -> None:
    count, money = after(occasions, cdnow, SEPTEMBER, SEPTEMBER + 7 * 39)
    assert count.sum() == 1882
    history = fold(cdnow.x, cdnow.tx, cdnow.T)
    repeat = (cdnow.x > 0) & (cdnow.mean > 0)
    spend = fit_gamma_gamma(cdnow.x[repeat], cdnow.mean[repeat])
    each = spend.expected(np.where(repeat, cdnow.x, 0), np.where(repeat, cdnow.mean, 0))
    for fit, figures in ((fit_beta_geometric, (0.626, 0.785, -0.121)), (fit_pareto, (0.630, 0.755, -0.115))):
        expected = fit(history).expected(cdnow.x, cdnow.tx, cdnow.T, 39.0)
        found = accuracy(expected, count)
        assert [found.correlation, found.mae, found.bias] == pytest.approx(figures, abs=0.0006)
    worth = accuracy(expected * each, money, counts=False)
    assert [worth.correlation, worth.mae, worth.bias] == pytest.approx([0.572, 29.45, -0.148], abs=0.006)


# ---- by definition ---------------------------------------------------------------------------------------------------


def mixture(parameters: dict[str, float], history: tuple[float, float, float], *, early: bool) -> tuple[float, float]:
    """Return log-likelihood and p_alive of BG/NBD or MBG/NBD with the beta mixture done by quadrature."""
    r, alpha, a, b = parameters.values()
    x, tx, t_end = history
    stays = x + 1 if early else x
    log_rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    ahead = (r + x) * np.log((alpha + t_end) / (alpha + tx)) if early or x > 0 else -np.inf

    def still(p: float) -> float:
        return float(p ** (a - 1) * (1 - p) ** (b - 1 + stays))

    def gone(p: float) -> float:
        return float(p**a * (1 - p) ** (b - 1 + stays - 1) * np.exp(ahead)) if early or x > 0 else 0.0

    kept, left = quad(still, 0, 1, epsrel=1e-10)[0], quad(gone, 0, 1, epsrel=1e-10)[0]
    norm = np.exp(gammaln(a) + gammaln(b) - gammaln(a + b))
    value = log_rate - (r + x) * np.log(alpha + t_end) + np.log((kept + left) / norm)
    return float(value), kept / (kept + left)


@pytest.mark.parametrize("early", [False, True])
def test_beta_geometric_is_the_mixture_it_stands_for(early: bool) -> None:
    x, tx, t_end, _ = geometric_customers(300, 1.0, 51, early=early)
    model = fit_beta_geometric(fold(x, tx, t_end), early=early)
    slow = [mixture(model.parameters, h, early=early) for h in zip(x, tx, t_end, strict=True)]
    assert model.log_likelihood == pytest.approx(sum(value for value, _ in slow), abs=1e-4)
    given = {"r": 0.8, "alpha": 6.0, "a": 1.4, "b": 2.5}
    model = BetaGeometric(**given, early=early, log_likelihood=0.0, converged=True, at_edge=False)
    slow = [mixture(given, h, early=early) for h in zip(x, tx, t_end, strict=True)]
    assert model.p_alive(x, tx, t_end) == pytest.approx([alive for _, alive in slow], rel=1e-7)


@pytest.mark.parametrize("x", [0.0, 1.0, 5.0, 29.0, 400.0])
@pytest.mark.parametrize("scales", [(10.0, 12.0), (0.3, 80.0), (90.0, 0.4)])
def test_pareto_p_alive_against_adaptive_quadrature(x: float, scales: tuple[float, float]) -> None:
    alpha, beta = scales
    r, s, t_end = 0.6, 0.7, 70.0
    tx = 0.0 if x == 0 else 41.0
    model = ParetoNBD(r, alpha, s, beta, 0.0, converged=True, at_edge=False)

    def left(y: float) -> float:
        start = (r + x) * np.log(alpha + t_end) + s * np.log(beta + t_end)
        return float(s * np.exp(start - (r + x) * np.log(alpha + y) - (s + 1) * np.log(beta + y)))

    near = tx + (alpha + tx) * np.array([0, 0.01, 0.1, 0.5, 2, 8]) / (1 + x / 4)
    edges = np.unique(np.minimum(np.append(near, t_end), t_end))
    gone = sum(quad(left, lo, hi, epsrel=1e-11)[0] for lo, hi in itertools.pairwise(edges))
    assert model.p_alive(*one(x, tx, t_end))[0] == pytest.approx(1 / (1 + gone), rel=1e-9)


def test_gamma_gamma_likelihood_is_the_mixture_it_stands_for() -> None:
    x, mean = np.array([1.0, 2.0, 5.0]), np.array([4.0, 9.0, 6.5])
    rng = np.random.default_rng(3)
    size = 4000
    n = rng.integers(1, 8, size).astype(float)
    rate = rng.gamma(4.0, 1 / 16.0, size)
    model = fit_gamma_gamma(n, rng.gamma(6.0 * n, 1 / (rate * n)))
    assert model.converged
    assert [model.p, model.q, model.gamma] == pytest.approx([6.0, 4.0, 16.0], rel=0.15)
    p, q, g = model.p, model.q, model.gamma
    for k, m, expected in zip(x, mean, model.expected(x, mean), strict=True):

        def density(v: float, k: float = k, m: float = m) -> float:
            seen = p * k * np.log(v * k) + (p * k - 1) * np.log(m) - v * k * m - gammaln(p * k)
            return float(np.exp(seen) * gamma_law.pdf(v, q, scale=1 / g))

        below = quad(density, 0, np.inf)[0]
        above = quad(lambda v: density(v) * p / v, 0, np.inf)[0]
        assert expected == pytest.approx(above / below, rel=1e-6)


def test_gamma_gamma_is_the_same_in_any_currency() -> None:
    rng = np.random.default_rng(5)
    n = rng.integers(1, 6, 800).astype(float)
    mean = rng.gamma(6.0 * n, 1 / (rng.gamma(4.0, 1 / 16.0, 800) * n))
    here, there = fit_gamma_gamma(n, mean), fit_gamma_gamma(n, mean * 10.7)
    assert [there.p, there.q, there.gamma / 10.7] == pytest.approx([here.p, here.q, here.gamma], rel=1e-5)
    assert isinstance(here, GammaGamma)


# ---- simulated customers ---------------------------------------------------------------------------------------------


def pareto_customers(size: int, t: float, seed: int) -> tuple[Array, Array, Array, Array]:
    """Simulate r .6, alpha 11, s .6, beta 12 (weeks): x, tx, T and the purchases in the t weeks after."""
    rng = np.random.default_rng(seed)
    rate, leaving = rng.gamma(0.6, 1 / 11, size), rng.gamma(0.6, 1 / 12, size)
    observed = rng.integers(20, 60, size).astype(float)
    life = rng.exponential(1 / leaving)
    seen = np.minimum(life, observed)
    x = rng.poisson(rate * seen).astype(float)
    # the latest of x uniform instants
    tx = np.where(x > 0, seen * rng.random(size) ** (1 / np.maximum(x, 1)), 0.0)
    then = rng.poisson(rate * (np.clip(life, observed, observed + t) - observed)).astype(float)
    return x, tx, observed, then


def geometric_customers(size: int, t: float, seed: int, *, early: bool) -> tuple[Array, Array, Array, Array]:
    """Simulate r .6, alpha 5, a .9, b 2.5 (weeks), leaving after a purchase (early: also after the first)."""
    rng = np.random.default_rng(seed)
    rate, p = rng.gamma(0.6, 1 / 5, size), rng.beta(0.9, 2.5, size)
    observed = rng.integers(20, 60, size).astype(float)
    x, tx, then, now = (np.zeros(size) for _ in range(4))
    alive = rng.random(size) >= p if early else np.ones(size, dtype=bool)
    while alive.any():
        now = np.where(alive, now + rng.exponential(1 / rate), np.inf)
        seen = alive & (now <= observed)
        x += seen
        tx = np.where(seen, now, tx)
        then += alive & (now > observed) & (now <= observed + t)
        alive &= (now <= observed + t) & (rng.random(size) >= p)
    return x, tx, observed, then


def agree(model: ParetoNBD | BetaGeometric, sample: tuple[Array, Array, Array, Array], t: float) -> None:
    """Check that what the model expects is what happened, in groups by history, within four standard errors."""
    x, tx, observed, then = sample
    expected = model.expected(x, tx, observed, t)
    groups = np.minimum(x, 4) * 2 + (tx > observed / 2)
    for group in np.unique(groups):
        there = groups == group
        error = (then[there] - expected[there]).std() / np.sqrt(there.sum())
        assert abs(then[there].mean() - expected[there].mean()) < 4 * error


def test_pareto_expects_what_happens() -> None:
    model = ParetoNBD(0.6, 11.0, 0.6, 12.0, 0.0, converged=True, at_edge=False)
    agree(model, pareto_customers(60_000, 40.0, 11), 40.0)


@pytest.mark.parametrize("early", [False, True])
def test_beta_geometric_expects_what_happens(early: bool) -> None:
    model = BetaGeometric(0.6, 5.0, 0.9, 2.5, early, 0.0, converged=True, at_edge=False)
    agree(model, geometric_customers(60_000, 40.0, 12, early=early), 40.0)


def test_fits_find_the_parameters_that_made_the_customers() -> None:
    x, tx, observed, _ = pareto_customers(15_000, 1.0, 21)
    found = fit_pareto(fold(x, np.round(tx), observed))
    assert found.converged
    assert [found.r, found.alpha, found.s] == pytest.approx([0.6, 11.0, 0.6], rel=0.2)
    for early in (False, True):
        x, tx, observed, _ = geometric_customers(30_000, 1.0, 22, early=early)
        model = fit_beta_geometric(fold(x, np.round(tx), observed), early=early)
        assert model.converged
        assert [model.r, model.alpha, model.a, model.b] == pytest.approx([0.6, 5.0, 0.9, 2.5], rel=0.2)


def test_the_unit_of_time_plays_no_part() -> None:
    x, tx, observed, _ = pareto_customers(4000, 1.0, 31)
    weeks, days = fold(x, tx, observed), fold(x, tx * 7, observed * 7)
    for fit in (fit_pareto, fit_beta_geometric, fit_nbd):
        one_, other = fit(weeks), fit(days)
        assert other.alpha / 7 == pytest.approx(one_.alpha, rel=1e-5)
        in_weeks = one_.expected(weeks.x, weeks.tx, weeks.T, 10.0)
        in_days = other.expected(days.x, days.tx, days.T, 70.0)
        assert in_days == pytest.approx(in_weeks, rel=1e-5)
        # densities per unit of time: x occasions carry 7^-x
        assert other.log_likelihood + x.sum() * np.log(7) == pytest.approx(one_.log_likelihood, abs=1e-3)


def test_customers_who_never_leave_are_an_edge_and_nbd_says_it() -> None:
    rng = np.random.default_rng(41)
    rate, observed = rng.gamma(2.0, 1 / 20, 3000), np.full(3000, 52.0)
    x = rng.poisson(rate * observed).astype(float)
    tx = np.where(x > 0, observed * rng.random(3000) ** (1 / np.maximum(x, 1)), 0.0)
    history = fold(x, tx, observed)
    stayers = fit_nbd(history)
    assert isinstance(stayers, NBD)
    assert stayers.converged
    assert [stayers.r, stayers.alpha] == pytest.approx([2.0, 20.0], rel=0.15)
    assert fit_pareto(history).at_edge or fit_pareto(history).log_likelihood - stayers.log_likelihood < 4


def test_folding_keeps_every_customer() -> None:
    history = fold(np.array([0.0, 1.0, 0.0]), np.array([0.0, 2.0, 0.0]), np.array([5.0, 6.0, 5.0]))
    assert history.size == 3
    assert history.x.tolist() == [0, 1]
    assert history.weight[history.place].tolist() == [2, 1, 2]


@pytest.mark.parametrize("bad", [(-1.0, 0.0, 5.0), (1.0, 6.0, 5.0), (0.0, 1.0, 5.0)])
def test_impossible_histories_are_refused(bad: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="history needs"):
        fold(*one(*bad))


@pytest.mark.parametrize("early", [False, True])
def test_a_likelihood_where_most_leave_at_once_is_finite_and_without_a_warning(early: bool) -> None:
    history = fold(np.array([0.0, 1.0, 3.0]), np.array([0.0, 5.0, 20.0]), np.full(3, 30.0))
    value, gradient = beta_geometric_likelihood(history, early=early)(np.array([0.5, 10.0, 0.8, 0.4]))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
