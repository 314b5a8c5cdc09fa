"""Gamma-Gamma: what a customer spends on an occasion, shrunk towards the others where there are few occasions.

Fader, Hardie & Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis, Journal of Marketing Research
42(4); Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value. It takes spend and frequency to be unrelated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi

from lohko.value.models.fitting import Array, Objective, dot, maximise, significant


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """A fitted Gamma-Gamma.

    Attributes
    ----------
    p, q, gamma : shape of spend per occasion; shape and scale of its spread over customers (gamma in money)
    log_likelihood : at these parameters
    converged, at_edge : see `lohko.value.models.fitting.Optimum`
    """

    p: float
    q: float
    gamma: float
    log_likelihood: float
    converged: bool
    at_edge: bool

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by their names in the field."""
        return {"p": self.p, "q": self.q, "gamma": self.gamma}

    def expected(self, x: Array, mean: Array) -> Array:
        """Return the expected spend per occasion of customers with ``x`` occasions of mean spend ``mean``.

        Needs q > 1: below, the mean over customers does not exist.
        """
        return np.asarray(self.p * (self.gamma + x * mean) / (self.p * x + self.q - 1))

    def draw(self, x: Array, mean: Array, occasions: Array, rng: np.random.Generator) -> Array:
        """Draw what each spends on so many occasions to come: a scale of their own, then the sum of the spends."""
        scale = rng.gamma(self.q + self.p * x, 1 / (self.gamma + x * mean))
        return np.asarray(rng.gamma(self.p * occasions) / scale)


def fit_gamma_gamma(x: Array, mean: Array) -> GammaGamma:
    """Fit Gamma-Gamma by maximum likelihood.

    Parameters
    ----------
    x : occasions per customer, at least 1
    mean : mean spend per occasion, above 0, in any unit (the fit is the same in any currency)
    """
    unit = float(np.median(mean))
    rows, counts = np.unique(np.column_stack([x, mean]), axis=0, return_counts=True)
    weight = counts.astype(np.float64)
    size = float(weight.sum())
    best = maximise(objective(rows[:, 0], rows[:, 1] / unit, weight), [(2.0, 3.0, 2.0), (6.0, 3.5, 0.5)], size=size)
    p, q, gamma = best.parameters
    value = best.log_likelihood - size * np.log(unit)
    return GammaGamma(p, q, significant(gamma * unit), float(value), best.converged, best.at_edge)


def objective(n: Array, m: Array, weight: Array) -> Objective:
    """Return the log-likelihood of ``weight`` customers with ``n`` occasions of mean spend ``m``, with its gradient, as a function of p, q, gamma."""
    log_m, log_n = np.log(m), np.log(n)

    def likelihood(at: Array) -> tuple[float, Array]:
        p, q, gamma = at
        whole = np.log(gamma + m * n)
        value = dot(
            weight,
            gammaln(p * n + q) - gammaln(p * n) - gammaln(q) + q * np.log(gamma)
            + (p * n - 1) * log_m + p * n * log_n - (p * n + q) * whole
        )  # fmt: skip
        gradient = np.array(
            [
                dot(weight, n * (psi(p * n + q) - psi(p * n) + log_m + log_n - whole)),
                dot(weight, psi(p * n + q) - psi(q) + np.log(gamma) - whole),
                dot(weight, q / gamma - (p * n + q) / (gamma + m * n)),
            ]
        )
        return float(value), gradient

    return likelihood
