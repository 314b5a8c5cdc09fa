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

from lohko.value.models.fitting import Array, History, maximise, near, significant

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2
_FALL = 40.0
_BLOCK = 32_768


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
            stayed, left, _ = _terms(p, x[part], tx[part], T[part])
            found[part] = np.exp(stayed - _total(stayed, left))
        return found

    def expected(self, x: Array, tx: Array, T: Array, t: float) -> Array:  # noqa: N803
        """Return the expected number of purchase occasions in (T, T + t], given the history."""
        grown = np.log1p(t / (self.beta + T))
        power = self.s - 1
        # [1 - ((beta+T)/(beta+T+t))^(s-1)] / (s-1), and its limit at s = 1
        span = grown if abs(power) < 1e-9 else -np.expm1(-power * grown) / power
        rate = (self.r + x) * (self.beta + T) / (self.alpha + T)
        return np.asarray(self.p_alive(x, tx, T) * rate * span)


def fit_pareto(history: History) -> ParetoNBD:
    """Fit Pareto/NBD by maximum likelihood.

    Parameters
    ----------
    history : folded purchase histories (see `lohko.value.models.fitting.fold`)
    """
    scale = 40.0 / float(np.average(history.T, weights=history.weight))
    scaled = History(history.x, history.tx * scale, history.T * scale, history.weight, history.place)
    starts = near(scaled, _likelihood, [(1.0, 10.0, 1.0, 10.0), (0.5, 10.0, 0.6, 12.0)])
    best = maximise(_likelihood(scaled), starts, size=history.size)
    r, alpha, s, beta = best.parameters
    # the likelihood is of scaled times: x occasions carry scale^x of the density
    value = best.log_likelihood + float(history.weight @ history.x) * np.log(scale)
    return ParetoNBD(
        r, significant(alpha / scale), s, significant(beta / scale), float(value), best.converged, best.at_edge
    )


def _blocks(size: int) -> list[slice]:
    return [slice(start, min(start + _BLOCK, size)) for start in range(0, size, _BLOCK)]


def _terms(p: Array, x: Array, tx: Array, T: Array) -> tuple[Array, Array, Array]:  # noqa: N803
    """Return the logs of having stayed (n), of having left at each node (n × 24), and the nodes' times (n × 24)."""
    r, alpha, s, beta = p
    stayed = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    # In v = log((m + y) / (m + tx)), m = min(alpha, beta), the integrand falls at least as fast as exp(-slowest * v).
    # m must be the smaller: with a larger one the integrand would bend too sharply for the nodes.
    m = min(alpha, beta)
    slowest = (r + x) * (m + tx) / (alpha + tx) + (s + 1) * (m + tx) / (beta + tx) - 1
    whole = np.log((m + T) / (m + tx))
    length = np.where(slowest > 0, np.minimum(whole, _FALL / np.where(slowest > 0, slowest, 1.0)), whole)
    past = (m + tx)[:, None] * np.exp(length[:, None] * _NODES)  # m + y
    y = past - m
    with np.errstate(divide="ignore"):
        left = (
            np.log(s * _WEIGHTS)[None, :]
            + np.log(length * past.T).T
            - (r + x)[:, None] * np.log(alpha + y)
            - (s + 1) * np.log(beta + y)
        )
    return stayed, left, y


def _total(stayed: Array, left: Array) -> Array:
    top = np.maximum(stayed, left.max(axis=1))
    return np.asarray(top + np.log(np.exp(stayed - top) + np.exp(left - top[:, None]).sum(axis=1)))


class _likelihood:  # noqa: N801 - a function with something kept between calls
    """The log-likelihood of a folded history and its gradient, at natural parameters."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.counts, self.at = np.unique(history.x, return_inverse=True)
        self.n_counts = np.bincount(self.at, weights=history.weight)

    def __call__(self, p: Array) -> tuple[float, Array]:
        r, alpha, s, beta = p
        h = self.history
        size = h.size
        value = self.n_counts @ (gammaln(r + self.counts) - gammaln(r)) + size * (r * np.log(alpha) + s * np.log(beta))
        gradient = np.array(
            [
                self.n_counts @ (psi(r + self.counts) - psi(r)) + size * np.log(alpha),
                size * r / alpha,
                size * np.log(beta),
                size * s / beta,
            ]
        )
        for part in _blocks(h.x.size):
            x, T, weight = h.x[part], h.T[part], h.weight[part]  # noqa: N806
            stayed, left, y = _terms(p, x, h.tx[part], T)
            total = _total(stayed, left)
            value += weight @ total
            q0 = np.exp(stayed - total)
            q = np.exp(left - total[:, None])
            gradient[0] -= weight @ (q0 * np.log(alpha + T) + (q * np.log(alpha + y)).sum(axis=1))
            gradient[1] -= weight @ ((r + x) * (q0 / (alpha + T) + (q / (alpha + y)).sum(axis=1)))
            gradient[2] += weight @ (q.sum(axis=1) / s - q0 * np.log(beta + T) - (q * np.log(beta + y)).sum(axis=1))
            gradient[3] -= weight @ (s * q0 / (beta + T) + (s + 1) * (q / (beta + y)).sum(axis=1))
        return float(value), gradient
