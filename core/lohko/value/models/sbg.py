"""Shifted-beta-geometric: under contract everyone renews with a chance of their own, so those who stay are ever more loyal.

Fader & Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, psi

from lohko.value.models.fitting import Array, Objective, dot, maximise


@dataclass(frozen=True, slots=True)
class ShiftedBetaGeometric:
    """A fitted sBG: the beta spread (``alpha``, ``beta``) of the chance not to renew at the end of a period."""

    alpha: float
    beta: float
    log_likelihood: float
    converged: bool
    at_edge: bool

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by their names in the field."""
        return {"alpha": self.alpha, "beta": self.beta}

    def survival(self, t: Array) -> Array:
        """Return the share of a cohort still there after ``t`` periods: B(alpha, beta + t) / B(alpha, beta)."""
        return np.asarray(np.exp(betaln(self.alpha, self.beta + t) - betaln(self.alpha, self.beta)))


def fit_sbg(left: Array, stayed: Array) -> ShiftedBetaGeometric:
    """Fit sBG by maximum likelihood.

    Parameters
    ----------
    left : customers who left at the end of period 1, 2, …
    stayed : customers seen for 0, 1, 2, … whole periods and still there
    """
    best = maximise(objective(left, stayed), [(1.0, 1.0), (0.7, 3.0)], size=float(left.sum() + stayed.sum()))
    alpha, beta = best.parameters
    return ShiftedBetaGeometric(alpha, beta, best.log_likelihood, best.converged, best.at_edge)


def objective(left: Array, stayed: Array) -> Objective:
    """Return the log-likelihood with its gradient, as a function of alpha and beta (see `fit_sbg`)."""
    gone = np.arange(1, left.size + 1, dtype=np.float64)
    seen = np.arange(stayed.size, dtype=np.float64)

    def likelihood(at: Array) -> tuple[float, Array]:
        a, b = at
        start = betaln(a, b)
        value = dot(left, betaln(a + 1, b + gone - 1) - start) + dot(stayed, betaln(a, b + seen) - start)
        whole_left, whole_stayed = psi(a + b) - psi(a + b + gone), psi(a + b) - psi(a + b + seen)
        gradient = np.array(
            [
                dot(left, 1 / a + whole_left) + dot(stayed, whole_stayed),
                dot(left, psi(b + gone - 1) - psi(b) + whole_left) + dot(stayed, psi(b + seen) - psi(b) + whole_stayed),
            ]
        )
        return float(value), gradient

    return likelihood
