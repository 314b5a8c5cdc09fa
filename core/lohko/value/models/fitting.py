"""What all fits share: customers folded to unique rows with weights, and a search over log-parameters.

The folding costs one sort and saves most of the likelihood's time: a company's customers share few distinct
histories in days. The search is L-BFGS with analytic gradients, from several starts, then Newton steps on the
gradient until it is flat, so that the result depends on the data and not on where the search came from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]
Objective = Callable[[Array], tuple[float, Array]]

DIGITS = 7  # significant digits to which parameters are kept: what a flat gradient pins down on any machine
_WARM = 20_000  # customers in the sample that large data starts from
_EDGE = 8.0  # log-parameters beyond this (1/3000, 3000) are at the edge: the likelihood has no maximum inside
BEYOND = float(np.exp(_EDGE))  # the same in the parameters themselves


@dataclass(frozen=True, slots=True)
class History:
    """Purchase histories, folded: row i stands for ``weight[i]`` customers.

    Attributes
    ----------
    x : repeat purchase occasions (occasions less one)
    tx : time from the first to the last occasion; 0 where x is 0
    T : time from the first occasion to the end of observation, in the unit of tx
    weight : number of customers with this history
    place : for each customer given, its row
    """

    x: Array
    tx: Array
    T: Array
    weight: Array
    place: NDArray[np.intp]

    @property
    def size(self) -> float:
        """Number of customers."""
        return float(self.weight.sum())


@dataclass(frozen=True, slots=True)
class Optimum:
    """Where a search ended.

    Attributes
    ----------
    parameters : natural (positive) parameters, rounded to `DIGITS` significant digits
    log_likelihood : the largest found
    converged : whether the gradient is flat there
    at_edge : whether a parameter ran to the edge of what is sensible, so there is no maximum inside
    """

    parameters: tuple[float, ...]
    log_likelihood: float
    converged: bool
    at_edge: bool


def dot(a: Array, b: Array) -> float:
    """Return the sum of products, in an order that depends on neither BLAS nor the number of threads."""
    return float(np.sum(a * b))


def fold(x: Array, tx: Array, T: Array) -> History:  # noqa: N803 - the field's own letter
    """Return the unique rows of (x, tx, T) in rising order, with how often each occurs.

    Raises
    ------
    ValueError
        Some history is impossible: negative, tx after T, or a repeat purchase without time.
    """
    x, tx, T = (np.asarray(a, dtype=np.float64) for a in (x, tx, T))  # noqa: N806
    if np.any((x < 0) | (tx < 0) | (tx > T)) or np.any((x == 0) & (tx != 0)):
        message = "a history needs 0 <= x, 0 <= tx <= T, and tx = 0 where x = 0"
        raise ValueError(message)
    # one integer a history, in the order of (x, tx, T): sorting it is several times quicker than sorting rows
    (xs, at_x), (lasts, at_last), (ends, at_end) = (np.unique(a, return_inverse=True) for a in (x, tx, T))
    key = (at_x.astype(np.int64) * lasts.size + at_last) * ends.size + at_end
    keys, place, count = np.unique(key, return_inverse=True, return_counts=True)
    rest, end = np.divmod(keys, ends.size)
    first, last = np.divmod(rest, lasts.size)
    return History(xs[first], lasts[last], ends[end], count.astype(np.float64), place)


def maximise(likelihood: Objective, starts: Sequence[Sequence[float]], *, size: float) -> Optimum:
    """Maximise a log-likelihood over positive parameters.

    Parameters
    ----------
    likelihood : natural parameters → log-likelihood and its gradient
    starts : natural parameters to start from
    size : number of customers; the gradient is judged per customer
    """

    def objective(log_p: Array) -> tuple[float, Array]:
        p = np.exp(log_p)
        value, gradient = likelihood(p)
        return -value / size, -gradient * p / size

    best = None
    for start in starts:
        found = minimize(
            objective,
            np.log(np.asarray(start, dtype=np.float64)),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-_EDGE - 2, _EDGE + 2)] * len(start),
            options={"maxiter": 500, "ftol": 1e-11, "gtol": 1e-8, "maxcor": 20},
        )
        if best is None or found.fun < best.fun - 1e-10 or not np.isfinite(best.fun):
            best = found
    assert best is not None
    log_p = _polish(objective, np.asarray(best.x))
    value, gradient = objective(log_p)
    at_edge = bool(np.any(np.abs(log_p) > _EDGE))
    converged = bool(np.max(np.abs(gradient)) < 1e-6) and not at_edge
    return Optimum(tuple(significant(v) for v in np.exp(log_p)), -value * size, converged, at_edge)


def near(
    history: History, likelihood: Callable[[History], Objective], starts: Sequence[Sequence[float]]
) -> list[tuple[float, ...]]:
    """Return where to start on large data: the optimum of a sample of its customers (fixed seed, canonical order).

    The sample is multinomial over customers. (Drawing unique histories instead would make every rare one common, and has
    sent the search to the edge.) Small data keeps the starts given.
    """
    if history.weight.size <= 2 * _WARM:
        return [tuple(start) for start in starts]
    drawn = np.random.default_rng(20_261).multinomial(_WARM, history.weight / history.weight.sum())
    some = drawn > 0
    place = np.arange(int(some.sum()))
    sample = History(history.x[some], history.tx[some], history.T[some], drawn[some].astype(np.float64), place)
    found = maximise(likelihood(sample), starts, size=float(_WARM))
    return [tuple(float(v) for v in np.clip(found.parameters, np.exp(-_EDGE - 1), np.exp(_EDGE + 1)))]


def _polish(objective: Objective, log_p: Array) -> Array:
    """Take Newton steps on the gradient (its slope by central differences) while they flatten it."""
    value, gradient = objective(log_p)
    for _ in range(6):
        if not np.all(np.isfinite(gradient)) or np.max(np.abs(gradient)) < 1e-11 or np.any(np.abs(log_p) > _EDGE):
            break
        step = 1e-4
        slope = np.empty((log_p.size, log_p.size))
        for i in range(log_p.size):
            move = np.zeros_like(log_p)
            move[i] = step
            slope[i] = (objective(log_p + move)[1] - objective(log_p - move)[1]) / (2 * step)
        slope = (slope + slope.T) / 2
        if not np.all(np.isfinite(slope)) or np.min(np.linalg.eigvalsh(slope)) <= 0:
            break
        trial = log_p - np.linalg.solve(slope, gradient)
        new_value, new_gradient = objective(trial)
        if new_value > value + 1e-12 or np.max(np.abs(new_gradient)) >= np.max(np.abs(gradient)):
            break
        log_p, value, gradient = trial, new_value, new_gradient
    return log_p


def significant(number: float, digits: int = DIGITS) -> float:
    """Round to significant digits."""
    return float(f"{number:.{digits - 1}e}")
