"""BG/NBD and MBG/NBD: customers buy at a rate of their own and may leave after any purchase.

BG/NBD: Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2). MBG/NBD: Batislam,
Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis, International
Journal of Research in Marketing 24(3): a customer may also leave right after the first purchase, so that one who never
came back need not be alive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln, hyp2f1, psi

from lohko.value.models.fitting import Array, History, Objective, dot, maximise, near, significant


@dataclass(frozen=True, slots=True)
class BetaGeometric:
    """A fitted BG/NBD or MBG/NBD.

    Attributes
    ----------
    r, alpha : shape and scale of the gamma spread of purchase rates (alpha in the time unit of the data)
    a, b : the beta spread of the chance to leave after a purchase
    early : False BG/NBD (nobody leaves right after the first purchase), True MBG/NBD
    log_likelihood : at these parameters
    converged, at_edge : see `lohko.value.models.fitting.Optimum`
    """

    r: float
    alpha: float
    a: float
    b: float
    early: bool
    log_likelihood: float
    converged: bool
    at_edge: bool

    @property
    def name(self) -> str:
        """The model's name in the field."""
        return "MBG/NBD" if self.early else "BG/NBD"

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by their names in the field."""
        return {"r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b}

    def p_alive(self, x: Array, tx: Array, T: Array) -> Array:  # noqa: N803 - the field's own letter
        """Return the probability of being still a customer at T, given the history."""
        return np.asarray(expit(-self._log_odds_gone(x, tx, T)))

    def expected(self, x: Array, tx: Array, T: Array, t: float) -> Array:  # noqa: N803
        """Return the expected number of purchase occasions in (T, T + t], given the history."""
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6  # the formula's limit at a = 1 is approached, not hit
        m = self.b + x + (1 if self.early else 0)
        z = t / (self.alpha + T + t)
        shrunk = np.exp((self.r + x) * np.log1p(-z))
        whole = a + m - 1
        return np.asarray(whole / (a - 1) * (1 - shrunk * hyp2f1(self.r + x, m, whole, z)) * self.p_alive(x, tx, T))

    def draw(self, x: Array, tx: Array, T: Array, t: float, rng: np.random.Generator) -> Array:  # noqa: N803
        """Draw the purchase occasions of each in (T, T + t]: alive or not, then a rate and a chance to leave after each."""
        alive = rng.random(x.size) < self.p_alive(x, tx, T)
        bought = rng.poisson(rng.gamma(self.r + x, 1 / (self.alpha + T)) * t)
        leaving = np.maximum(rng.beta(self.a, self.b + x + (1 if self.early else 0)), 1e-12)
        return np.asarray(np.minimum(bought, rng.geometric(leaving)) * alive.astype(np.float64))

    def _log_odds_gone(self, x: Array, tx: Array, T: Array) -> Array:  # noqa: N803
        m = self.b + x + (1 if self.early else 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = np.log(self.a) - np.log(m - 1) + (self.r + x) * np.log((self.alpha + T) / (self.alpha + tx))
        return np.asarray(odds if self.early else np.where(x > 0, odds, -np.inf))


def fit_beta_geometric(history: History, *, early: bool = False) -> BetaGeometric:
    """Fit BG/NBD (or, with ``early``, MBG/NBD) by maximum likelihood.

    Parameters
    ----------
    history : folded purchase histories (see `lohko.value.models.fitting.fold`)
    early : whether a customer may leave right after the first purchase (MBG/NBD)
    """
    scale = 40.0 / float(np.average(history.T, weights=history.weight))
    scaled = History(history.x, history.tx * scale, history.T * scale, history.weight, history.place)

    def likelihood(some: History) -> Objective:
        return objective(some, early=early)

    starts = near(scaled, likelihood, [(1.0, 10.0, 1.0, 2.0), (0.3, 4.0, 0.6, 2.5)])
    best = maximise(likelihood(scaled), starts, size=history.size)
    r, alpha, a, b = best.parameters
    # the likelihood is of scaled times: x occasions carry scale^x of the density
    value = best.log_likelihood + dot(history.weight, history.x) * np.log(scale)
    return BetaGeometric(r, significant(alpha / scale), a, b, early, float(value), best.converged, best.at_edge)


def objective(history: History, *, early: bool) -> Objective:
    """Return the log-likelihood of a folded history, with its gradient, as a function of r, alpha, a and b."""
    x, tx, T, weight = history.x, history.tx, history.T, history.weight  # noqa: N806
    counts, at = np.unique(x, return_inverse=True)  # gammas are needed once per count, not per customer
    n_counts = np.bincount(at, weights=weight).astype(np.float64)
    # logs are needed once per distinct time
    ends, at_end = np.unique(T, return_inverse=True)
    lasts, at_last = np.unique(tx, return_inverse=True)
    shift = 1 if early else 0
    may_leave = np.ones_like(x, dtype=bool) if early else x > 0
    size = history.size

    def likelihood(p: Array) -> tuple[float, Array]:
        r, alpha, a, b = p
        m = b + counts + shift
        with np.errstate(divide="ignore", invalid="ignore"):  # without a repeat nobody has left: not used below
            log_left = np.log(a) - np.log(m - 1)
            per_left = 1 / (m - 1)
        log_T, log_tx = np.log(alpha + ends)[at_end], np.log(alpha + lasts)[at_last]  # noqa: N806
        rx = r + x
        # odds of having left to having stayed
        odds = np.where(may_leave, log_left[at] + rx * (log_T - log_tx), -np.inf)
        w_left = expit(odds)
        total = -rx * log_T + np.logaddexp(0.0, odds)
        by_count = (
            gammaln(r + counts) - gammaln(r) + r * np.log(alpha)
            + gammaln(a + b) + gammaln(m) - gammaln(b) - gammaln(a + m)
        )  # fmt: skip
        value = dot(n_counts, by_count) + dot(weight, total)
        w_left *= weight
        w_stayed = weight - w_left
        left_by_count = np.bincount(at, weights=w_left).astype(np.float64)
        gone = left_by_count > 0
        d_r = dot(n_counts, psi(r + counts) - psi(r) + np.log(alpha)) - dot(w_stayed, log_T) - dot(w_left, log_tx)
        per_T, per_tx = (1 / (alpha + ends))[at_end], (1 / (alpha + lasts))[at_last]  # noqa: N806
        d_alpha = size * r / alpha - dot(rx, w_stayed * per_T + w_left * per_tx)
        d_a = dot(n_counts, psi(a + b) - psi(a + m)) + float(left_by_count.sum()) / a
        d_b = dot(n_counts, psi(a + b) + psi(m) - psi(b) - psi(a + m)) - dot(left_by_count[gone], per_left[gone])
        return float(value), np.array([d_r, d_alpha, d_a, d_b])

    return likelihood
