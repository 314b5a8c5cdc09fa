"""Pareto/NBD: customers buy at a rate of their own and leave at an instant of their own, unseen.

Schmittlein, Morrison & Colombo (1987), Counting Your Customers, Management Science 33(1). The likelihood's two Gaussian
hypergeometric functions are replaced by the integral they stand for, a sum of positive terms at 24 Gauss-Legendre
nodes over the log of the time since the last purchase, cut where the integrand has fallen by e^-40: nothing cancels, and
against adaptive quadrature the log of the integral is right to 1e-12 at any x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi

from lohko.value.models.fitting import Array, History, dot, maximise, near, significant

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2
_FALL = 40.0
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class ParetoNBD:
    """A fitted Pareto/NBD.

    Attributes
    ----------
    r, alpha : shape and scale of the gamma spread of purchase rates
    s, beta : shape and scale of the gamma spread of leaving rates (alpha and beta in the time unit of the data)
    log_likelihood : at these parameters
    converged, at_edge : see `lohko.value.models.fitting.Optimum`
    """

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float
    converged: bool
    at_edge: bool

    @property
    def name(self) -> str:
        """The model's name in the field."""
        return "Pareto/NBD"

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by their names in the field."""
        return {"r": self.r, "alpha": self.alpha, "s": self.s, "beta": self.beta}

    def p_alive(self, x: Array, tx: Array, T: Array) -> Array:  # noqa: N803 - the field's own letter
        """Return the probability of being still a customer at T, given the history."""
        found = np.empty(np.shape(x))
        p = np.array([self.r, self.alpha, self.s, self.beta])
        for part in _blocks(found.size):
            terms = _terms(p, x[part], tx[part], T[part])
            found[part] = np.exp(terms.stayed - _total(terms))
        return found

    def expected(self, x: Array, tx: Array, T: Array, t: float) -> Array:  # noqa: N803
        """Return the expected number of purchase occasions in (T, T + t], given the history."""
        grown = np.log1p(t / (self.beta + T))
        power = self.s - 1
        # [1 - ((beta+T)/(beta+T+t))^(s-1)] / (s-1), and its limit at s = 1
        span = grown if abs(power) < 1e-9 else -np.expm1(-power * grown) / power
        rate = (self.r + x) * (self.beta + T) / (self.alpha + T)
        return np.asarray(self.p_alive(x, tx, T) * rate * span)

    def draw(self, x: Array, tx: Array, T: Array, t: float, rng: np.random.Generator) -> Array:  # noqa: N803
        """Draw the purchase occasions of each in (T, T + t]: alive or not, then a rate, a leaving rate and a lifetime."""
        alive = rng.random(x.size) < self.p_alive(x, tx, T)
        rate = rng.gamma(self.r + x, 1 / (self.alpha + T))
        with np.errstate(divide="ignore", over="ignore"):
            life = rng.standard_exponential(x.size) / rng.gamma(self.s, 1 / (self.beta + T))
        return np.asarray(rng.poisson(rate * np.minimum(life, t)) * alive.astype(np.float64))


def fit_pareto(history: History) -> ParetoNBD:
    """Fit Pareto/NBD by maximum likelihood.

    Parameters
    ----------
    history : folded purchase histories (see `lohko.value.models.fitting.fold`)
    """
    scale = 40.0 / float(np.average(history.T, weights=history.weight))
    scaled = History(history.x, history.tx * scale, history.T * scale, history.weight, history.place)
    starts = near(scaled, Likelihood, [(1.0, 10.0, 1.0, 10.0), (0.5, 10.0, 0.6, 12.0)])
    best = maximise(Likelihood(scaled), starts, size=history.size)
    r, alpha, s, beta = best.parameters
    # the likelihood is of scaled times: x occasions carry scale^x of the density
    value = best.log_likelihood + dot(history.weight, history.x) * np.log(scale)
    return ParetoNBD(
        r, significant(alpha / scale), s, significant(beta / scale), float(value), best.converged, best.at_edge
    )


def _blocks(size: int) -> list[slice]:
    return [slice(start, min(start + _BLOCK, size)) for start in range(0, size, _BLOCK)]


@dataclass(frozen=True, slots=True)
class _Terms:
    """What may have happened to n customers since their last purchase: stayed (n), or left at one of the nodes (n × 24).

    Attributes
    ----------
    stayed, left : logs of the two, up to what they share
    a, b, log_a, log_b : alpha + y and beta + y at the nodes' times y, and their logs
    """

    stayed: Array
    left: Array
    a: Array
    b: Array
    log_a: Array
    log_b: Array


def _terms(p: Array, x: Array, tx: Array, T: Array) -> _Terms:  # noqa: N803
    r, alpha, s, beta = p
    stayed = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    # In v = log((m + y) / (m + tx)), m = min(alpha, beta), the integrand falls at least as fast as exp(-slowest * v).
    # m must be the smaller: with a larger one the integrand would bend too sharply for the nodes.
    m = min(alpha, beta)
    slowest = (r + x) * (m + tx) / (alpha + tx) + (s + 1) * (m + tx) / (beta + tx) - 1
    whole = np.log((m + T) / (m + tx))
    length = np.where(slowest > 0, np.minimum(whole, _FALL / np.where(slowest > 0, slowest, 1.0)), whole)
    v = length[:, None] * _NODES
    log_near = v + np.log(m + tx)[:, None]  # log(m + y)
    near = np.exp(v)
    near *= (m + tx)[:, None]
    far = near + (max(alpha, beta) - m)
    log_far = np.log(far)
    (a, log_a), (b, log_b) = ((near, log_near), (far, log_far)) if alpha <= beta else ((far, log_far), (near, log_near))
    with np.errstate(divide="ignore"):
        scale = np.log(length)
    left = log_near + np.log(s * _WEIGHTS)
    left += scale[:, None]
    left -= (r + x)[:, None] * log_a
    left -= (s + 1) * log_b
    return _Terms(stayed, left, a, b, log_a, log_b)


def _total(terms: _Terms) -> Array:
    top = np.maximum(terms.stayed, terms.left.max(axis=1))
    return np.asarray(top + np.log(np.exp(terms.stayed - top) + np.exp(terms.left - top[:, None]).sum(axis=1)))


class Likelihood:
    """The log-likelihood of a folded history and its gradient, at natural parameters."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.counts, self.at = np.unique(history.x, return_inverse=True)
        self.n_counts = np.bincount(self.at, weights=history.weight).astype(np.float64)

    def __call__(self, p: Array) -> tuple[float, Array]:
        r, alpha, s, beta = p
        h = self.history
        size = h.size
        value = dot(self.n_counts, gammaln(r + self.counts) - gammaln(r))
        value += size * (r * np.log(alpha) + s * np.log(beta))
        gradient = np.array(
            [
                dot(self.n_counts, psi(r + self.counts) - psi(r)) + size * np.log(alpha),
                size * r / alpha,
                size * np.log(beta),
                size * s / beta,
            ]
        )
        for part in _blocks(h.x.size):
            x, T, weight = h.x[part], h.T[part], h.weight[part]  # noqa: N806
            terms = _terms(p, x, h.tx[part], T)
            top = np.maximum(terms.stayed, terms.left.max(axis=1))
            q0 = np.exp(terms.stayed - top)
            q = np.exp(np.subtract(terms.left, top[:, None], out=terms.left), out=terms.left)
            whole = q0 + q.sum(axis=1)
            value += dot(weight, top + np.log(whole))
            q0 *= weight / whole
            q *= (weight / whole)[:, None]
            rx = r + x
            gradient[0] -= dot(q0, np.log(alpha + T)) + dot(q, terms.log_a)
            gradient[1] -= dot(rx, q0 / (alpha + T) + (q / terms.a).sum(axis=1))
            gradient[2] += float(q.sum()) / s - dot(q0, np.log(beta + T)) - dot(q, terms.log_b)
            gradient[3] -= s * dot(q0, 1 / (beta + T)) + (s + 1) * float((q / terms.b).sum())
        return float(value), gradient
