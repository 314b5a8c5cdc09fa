"""How sure a total is: an interval that carries what the model does not know of its parameters, and what chance will do.

- Parameters: their covariance is the inverse of the observed information (in log-parameters, Efron & Hinkley 1978,
  Biometrika 65(3)); its effect on the total by the delta method.
- Chance: customers drawn from the model given their histories, with fixed seed, `DRAWS` times.
- The model itself: no formula knows how wrong it is. So the interval reaches at least as far as the total was off on the
  holdout: a total that came out 20 % too low there may be 20 % too low again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lohko.value.models.fitting import Array, Objective, significant

LEVEL = 0.95
DRAWS = 400
SAMPLE = 4_000  # customers who are drawn; more add nothing to what their sum's spread tells
DIGITS = 4
_STEP = 1e-4


def covariance(objective: Objective, parameters: Array) -> Array | None:
    """Return the covariance of log-parameters at a maximum; None where the likelihood is not curved there."""
    at = np.log(parameters)

    def gradient(log_p: Array) -> Array:
        p = np.exp(log_p)
        return objective(p)[1] * p

    size = at.size
    slope = np.empty((size, size))
    for i in range(size):
        move = np.zeros(size)
        move[i] = _STEP
        slope[i] = (gradient(at + move) - gradient(at - move)) / (2 * _STEP)
    information = -(slope + slope.T) / 2
    if not np.all(np.isfinite(information)) or np.min(np.linalg.eigvalsh(information)) <= 0:
        return None
    return np.asarray(np.linalg.inv(information))


def deviation(total: Callable[[Array], float], parameters: Array, spread: Array | None) -> float | None:
    """Return the standard deviation of a total that its parameters' covariance brings (delta method)."""
    if spread is None:
        return None
    at = np.log(parameters)
    slope = np.empty(at.size)
    for i in range(at.size):
        move = np.zeros(at.size)
        move[i] = 1e-3
        slope[i] = (total(np.exp(at + move)) - total(np.exp(at - move))) / 2e-3
    return float(np.sqrt(max(float(slope @ spread @ slope), 0.0)))


def sampled(size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the places of the customers who are drawn: all, or `SAMPLE` of them by lot."""
    if size <= SAMPLE:
        return np.arange(size)
    return np.sort(rng.choice(size, SAMPLE, replace=False))


def interval(
    total: float, draws: Array, rng: np.random.Generator, *, scale: float, spread: float | None, ratio: float | None
) -> dict[str, Any] | None:
    """Return the interval of a total: ``level``, ``low``, ``high``, and the ``holdout_ratio`` it reaches to.

    Parameters
    ----------
    total : what is expected
    draws : totals of the customers drawn
    scale : customers over customers drawn; sums spread by its root
    spread : standard deviation that the parameters bring; None: not known, then there is no interval
    ratio : on the holdout, what came over what was expected; None where nothing was expected
    """
    if spread is None or not np.isfinite(total) or total <= 0:
        return None
    off = (draws - draws.mean()) * np.sqrt(scale) + rng.standard_normal(draws.size) * spread
    low, high = np.quantile(total + off, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    reach = total if ratio is None else total * ratio
    return {
        "level": LEVEL,
        "low": significant(max(float(min(low, reach)), 0.0), DIGITS),
        "high": significant(float(max(high, reach)), DIGITS),
        "holdout_ratio": None if ratio is None else round(ratio, 4),
    }


def together(parts: Sequence[dict[str, Any] | None]) -> dict[str, Any] | None:
    """Return the interval of a sum: the bounds added, as if all parts erred the same way, which is the widest they can.

    None where a part has none.
    """
    if not parts or any(part is None for part in parts):
        return None
    low, high = (sum(part[name] for part in parts if part) for name in ("low", "high"))
    return {"level": LEVEL, "low": significant(low, DIGITS) if low else 0.0, "high": significant(high, DIGITS)}
