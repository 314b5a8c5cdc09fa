"""On how many days customers are expected to do something again: the models of buying, chosen on a holdout.

Visits and social acts come in bursts of habit just as purchases do, and those who did them leave without saying so; so the
same family is fitted on days with one, and used only where its squared error is no larger than the naive rate's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from lohko.outcome import Progress, silent
from lohko.value.backtest import accuracy
from lohko.value.histories import Array, Histories, after, histories
from lohko.value.lifetime import FITS, Model
from lohko.value.models.fitting import fold


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is expected, and how the rules did on the holdout.

    Attributes
    ----------
    model : the model used; None where none is as good as the naive rate
    expected : days expected of each within the horizon; None without a model
    judged : accuracy on the holdout, by rule
    """

    model: Model | None
    expected: Array | None
    judged: dict[str, dict[str, float | None]]

    def figures(self, days: int) -> dict[str, Any]:
        """Return model, parameters and total as plain JSON values (`days`: the horizon); empty without a model."""
        if self.model is None or self.expected is None:
            return {}
        return {
            "model": self.model.name,
            "parameters": self.model.parameters,
            "log_likelihood": round(self.model.log_likelihood, 3),
            "horizon_days": days,
        }

    def words(self, days: int) -> dict[str, Any]:
        """Return what a finding says of the model used."""
        assert self.model is not None
        assert self.expected is not None
        return {
            "model": self.model.name,
            "days": days,
            "expected": round(float(self.expected.sum())),
            "error": round(self.judged[self.model.name]["rmse"] or 0.0, 3),
            "naive": round(self.judged["naive rate"]["rmse"] or 0.0, 3),
        }


def days_ahead(
    days: pl.DataFrame, who: Histories, end: int, *, hold: int, horizon: int, limit: float, progress: Progress = silent
) -> Ahead:
    """Forecast on how many days each of ``who`` is active within the horizon.

    Parameters
    ----------
    days : distinct active days ``n``, ``day``, sorted, with a ``total`` that is not used
    who : their histories up to ``end``, in days since 1970
    hold, horizon : days held back to judge the models, and days to look ahead
    limit : a model may have at most so many times the naive rate's root mean squared error
    progress : told of each fit
    """
    judged = _judge(days, end - hold, end, progress)
    most = limit * (judged["naive rate"]["rmse"] or 0.0)
    able = [name for name in FITS if name in judged and (judged[name]["rmse"] or 0.0) <= most]
    history = fold(who.x, who.tx, who.T)
    for name in sorted(able, key=lambda name: (judged[name]["deviance"] or 0.0, name)):
        progress(f"fit {name}", 0, None)
        model = FITS[name](history)
        if model.converged:
            expected = model.expected(history.x, history.tx, history.T, float(horizon))[history.place]
            return Ahead(model, np.round(expected, 6), judged)
    return Ahead(None, None, judged)


def _judge(days: pl.DataFrame, cut: int, end: int, progress: Progress) -> dict[str, dict[str, float | None]]:
    """Return how far each model, and the naive rate, were from the active days after ``cut``, fitted on those before."""
    who = histories(days, cut)
    came, _ = after(days, who, cut, end)
    ahead = float(end - cut)
    result = {"naive rate": accuracy(who.x / np.maximum(who.T, 1.0) * ahead, came).as_dict()}
    history = fold(who.x, who.tx, who.T)
    for step, (name, fit) in enumerate(FITS.items()):
        progress("backtest of models", step, len(FITS))
        model = fit(history)
        if model.converged:
            foretold = model.expected(history.x, history.tx, history.T, ahead)[history.place]
            result[name] = accuracy(foretold, came).as_dict()
    return result
