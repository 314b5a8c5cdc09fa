"""A spline logistic regression on mixed columns: calibrated by its likelihood, explained column by column.

Cubic splines in a logistic regression (Hastie, Tibshirani & Friedman 2009, *The Elements of Statistical Learning*, ch. 5) were
as good at telling churners as tuned boosted trees and better calibrated on the public data tried (``benchmarks/churn.py``).
No classes are reweighted: that would raise every probability.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from lohko.value.churn.design import Design, Floats, learn

PENALTY = 1.0  # inverse strength of the ridge, scikit-learn's C


@dataclass(frozen=True, slots=True)
class ChurnModel:
    """A fitted model.

    Attributes
    ----------
    design : how columns become a matrix
    weights : log-odds per column of the matrix
    intercept : log-odds of a customer who is average in everything
    """

    design: Design
    weights: Floats
    intercept: float

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns used."""
        return tuple(column.name for column in self.design.columns)

    def predict(self, frame: pl.DataFrame) -> Floats:
        """Return the probability of the label for each row."""
        return np.asarray(1 / (1 + np.exp(-(self.contributions(frame).sum(axis=1) + self.intercept))))

    def contributions(self, frame: pl.DataFrame) -> Floats:
        """Return how much each column (in the order of `columns`) moves a row's log-odds against the average row."""
        parts = self.design.matrix(frame) * self.weights
        found = np.zeros((parts.shape[0], len(self.design.columns)))
        for place, owner in enumerate(self.design.owner):  # in the order of columns: the same sum on any machine
            found[:, owner] += parts[:, place]
        return found


def fit(frame: pl.DataFrame, label: NDArray[np.bool_]) -> ChurnModel:
    """Fit the model.

    Parameters
    ----------
    frame : one row per customer; numbers, booleans and text, gaps allowed (see `lohko.value.churn.design`)
    label : whether the customer left

    Raises
    ------
    ValueError
        All labels are alike, or no column tells rows apart.
    """
    from sklearn.linear_model import LogisticRegression  # a second to import: most small files carry no model

    if np.unique(label).size < 2:
        message = "all labels are alike: there is nothing to tell apart"
        raise ValueError(message)
    design, matrix = learn(frame)
    with threadpool_limits(limits=1):  # sums in one order, whatever the machine
        found = LogisticRegression(C=PENALTY, solver="newton-cholesky", tol=1e-8, max_iter=200).fit(matrix, label)
    return ChurnModel(design, found.coef_[0].astype(np.float64), float(found.intercept_[0]))


def cross_validate(
    frame: pl.DataFrame, label: NDArray[np.bool_], *, folds: int = 5, repeats: int = 2, seed: int = 0
) -> list[tuple[NDArray[np.intp], Floats]]:
    """Return, per fold and repeat, the rows left out and the probabilities a model of the others gives them.

    For labels without a time. With a time, train on the earlier and test on the later (`lohko.value.churn.risk`).
    """
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(repeats):
        fold = np.empty(label.size, dtype=np.intp)
        for value in (False, True):  # each fold has its share of both labels
            rows = rng.permutation(np.flatnonzero(label == value))
            fold[rows] = np.arange(rows.size) % folds
        for number in range(folds):
            out = np.flatnonzero(fold == number)
            rest = np.flatnonzero(fold != number)
            model = fit(frame[rest], label[rest])
            found.append((out, model.predict(frame[out])))
    return found
