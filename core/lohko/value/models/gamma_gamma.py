"""Gamma-Gamma: what a customer spends on an occasion, shrunk towards the others where there are few occasions.

Fader, Hardie & Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis, Journal of Marketing Research
42(4); Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value. It takes spend and frequency to be unrelated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi

from lohko.value.models.fitting import BEYOND, Array, Objective, dot, maximise, significant


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """A fitted Gamma-Gamma.

    Attributes
    ----------
    p, q, gamma : shape of spend per occasion; shape and scale of its spread over customers (gamma in money)
    log_likelihood : at these parameters
    converged, at_edge : see `lohko.value.models.fitting.Optimum`
    edge : why there is no maximum inside: ``few`` (under two customers who spent), ``equal`` (all spent the same), ``within``
        (p without end: a customer spends the same every time), ``between`` (q or gamma without end: customers are alike),
        ``flat`` (none found); None where there is one
    left_out : customers whose mean spend is not above 0, of whom the model can say nothing
    """

    p: float
    q: float
    gamma: float
    log_likelihood: float
    converged: bool
    at_edge: bool
    edge: str | None = None
    left_out: int = 0

    @property
    def usable(self) -> bool:
        """Whether the fit can foretell: a maximum inside, and a mean over customers that exists."""
        return self.converged and self.q > 1

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


@dataclass(frozen=True, slots=True)
class MeanSpend:
    """Everyone spends the same on an occasion: what is left of Gamma-Gamma at its edge.

    Attributes
    ----------
    mean : spend per occasion over all occasions
    error : its standard error
    edge : why Gamma-Gamma has no maximum inside
    """

    mean: float
    error: float
    edge: str

    @property
    def usable(self) -> bool:
        """Whether anything was spent at all."""
        return self.mean > 0

    @property
    def parameters(self) -> dict[str, float]:
        """The mean."""
        return {"mean": self.mean}

    def expected(self, x: Array, mean: Array) -> Array:  # noqa: ARG002 - as Gamma-Gamma is asked
        """Return the mean for each customer."""
        return np.full(np.shape(x), self.mean)

    def draw(self, x: Array, mean: Array, occasions: Array, rng: np.random.Generator) -> Array:  # noqa: ARG002
        """Return what so many occasions bring: nothing is known of how they differ."""
        return np.asarray(self.mean * occasions)


Spend = GammaGamma | MeanSpend


def fit_spend(x: Array, mean: Array) -> Spend:
    """Fit Gamma-Gamma, and where its likelihood has no maximum inside, the mean spend in its place.

    Parameters
    ----------
    x, mean : as `fit_gamma_gamma` takes them
    """
    found = fit_gamma_gamma(x, mean)
    if found.edge is None:
        return found
    occasions = float(np.sum(x))
    if not occasions:
        return MeanSpend(0.0, 0.0, found.edge)
    pooled = dot(x, mean) / occasions
    # of a ratio of sums over customers (Cochran 1977, Sampling Techniques, ch. 6)
    off, size = x * (mean - pooled), x.size
    error = float(np.sqrt(size / (size - 1) * dot(off, off)) / occasions) if size > 1 else 0.0
    return MeanSpend(significant(pooled), significant(error), found.edge)


def fit_gamma_gamma(x: Array, mean: Array) -> GammaGamma:
    """Fit Gamma-Gamma by maximum likelihood.

    Customers whose mean spend is 0 or less (all free, or refunded) have no place in the model and are left out of the fit.

    Parameters
    ----------
    x : occasions per customer, at least 1
    mean : mean spend per occasion, in any unit (the fit is the same in any currency)

    Raises
    ------
    ValueError
        ``x`` and ``mean`` are not of one length, or an ``x`` is below 1, or a cell is not a finite number.
    """
    x, mean = np.asarray(x, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    if x.shape != mean.shape or not np.all(np.isfinite(x) & np.isfinite(mean)) or np.any(x < 1):
        message = "spend needs one mean a customer, finite numbers, and at least one occasion each"
        raise ValueError(message)
    spent = mean > 0
    left_out = int(x.size - spent.sum())
    x, mean = x[spent], mean[spent]
    if x.size < 2 or mean.min() == mean.max():
        return _at_edge(x, mean, left_out)
    unit = float(np.median(mean))
    rows, counts = np.unique(np.column_stack([x, mean]), axis=0, return_counts=True)
    weight = counts.astype(np.float64)
    size = float(weight.sum())
    best = maximise(objective(rows[:, 0], rows[:, 1] / unit, weight), [(2.0, 3.0, 2.0), (6.0, 3.5, 0.5)], size=size)
    p, q, gamma = best.parameters
    value = best.log_likelihood - size * np.log(unit)
    edge = None if best.converged else _which(p, q, gamma)
    return GammaGamma(
        p, q, significant(gamma * unit), float(value), best.converged, best.at_edge, edge=edge, left_out=left_out
    )


def _which(p: float, q: float, gamma: float) -> str:
    """Name the parameter that ran away."""
    if p > BEYOND:
        return "within"
    return "between" if max(q, gamma) > BEYOND else "flat"


def _at_edge(x: Array, mean: Array, left_out: int) -> GammaGamma:
    """Return what the search would run to where all spends are equal, at the edge's own values."""
    at = significant(BEYOND)
    gamma = significant(float(mean[0]) * (at - 1) / at) if mean.size else 0.0
    value = objective(x, mean, np.ones_like(x))(np.array([at, at, gamma]))[0] if mean.size else 0.0
    edge = "equal" if mean.size > 1 else "few"
    return GammaGamma(at, at, gamma, float(value), converged=False, at_edge=True, edge=edge, left_out=left_out)


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
