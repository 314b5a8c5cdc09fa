"""NBD: customers buy at a rate of their own and do not leave. What the others become at their edge.

Ehrenberg (1959), The Pattern of Consumer Purchases, Applied Statistics 8(1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi

from lohko.value.models.fitting import Array, History, Objective, dot, maximise, significant


@dataclass(frozen=True, slots=True)
class NBD:
    """A fitted NBD: ``r`` and ``alpha``, shape and scale of the gamma spread of purchase rates."""

    r: float
    alpha: float
    log_likelihood: float
    converged: bool
    at_edge: bool

    @property
    def name(self) -> str:
        """The model's name in the field."""
        return "NBD"

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by their names in the field."""
        return {"r": self.r, "alpha": self.alpha}

    def expected(self, x: Array, tx: Array, T: Array, t: float) -> Array:  # noqa: ARG002, N803 - all models take the same
        """Return the expected number of purchase occasions in (T, T + t], given the history."""
        return np.asarray((self.r + x) / (self.alpha + T) * t)

    def draw(self, x: Array, tx: Array, T: Array, t: float, rng: np.random.Generator) -> Array:  # noqa: ARG002, N803
        """Draw the purchase occasions of each in (T, T + t]."""
        return rng.poisson(rng.gamma(self.r + x, 1 / (self.alpha + T)) * t).astype(np.float64)


def fit_nbd(history: History) -> NBD:
    """Fit NBD by maximum likelihood to folded purchase histories."""
    scale = 40.0 / float(np.average(history.T, weights=history.weight))
    scaled = History(history.x, history.tx * scale, history.T * scale, history.weight, history.place)
    best = maximise(objective(scaled), [(1.0, 10.0)], size=history.size)
    r, alpha = best.parameters
    value = best.log_likelihood + dot(history.weight, history.x) * np.log(scale)
    return NBD(r, significant(alpha / scale), float(value), best.converged, best.at_edge)


def objective(history: History) -> Objective:
    """Return the log-likelihood of a folded history, with its gradient, as a function of r and alpha."""
    x, T, weight = history.x, history.T, history.weight  # noqa: N806

    def likelihood(p: Array) -> tuple[float, Array]:
        r, alpha = p
        log_T = np.log(alpha + T)  # noqa: N806
        value = dot(weight, gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * log_T)
        gradient = np.array(
            [
                dot(weight, psi(r + x) - psi(r) + np.log(alpha) - log_T),
                dot(weight, r / alpha - (r + x) / (alpha + T)),
            ]
        )
        return float(value), gradient

    return likelihood
