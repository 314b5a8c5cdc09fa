"""The intervals of the totals that the models of buying foretell (see `lohko.value.totals`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lohko.value.histories import Histories
from lohko.value.models import bgnbd, gamma_gamma, nbd, pareto
from lohko.value.models.fitting import Array, History, Objective, fold
from lohko.value.totals import DRAWS, covariance, deviation, interval, sampled

Model = pareto.ParetoNBD | bgnbd.BetaGeometric | nbd.NBD


def sureness(
    model: Model,
    who: Histories,
    days: int,
    spend: gamma_gamma.Spend | None,
    worth: Array | None,
    *,
    seed: int,
    judged: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the intervals of the totals: ``purchases``, and ``clv`` where ``spend`` and ``worth`` tell one.

    Parameters
    ----------
    model, spend : as fitted on all of the history
    days : the horizon
    worth : lifetime value per buyer
    seed : of the draws
    judged : the accuracy on the holdout, by ``purchases`` and ``money``, then by model
    """
    rng = np.random.default_rng(seed)
    at = sampled(len(who), rng)
    x, tx, T = who.x[at], who.tx[at], who.T[at]  # noqa: N806
    mean = np.where(x > 0, who.mean[at], 0.0)
    scale, t = len(who) / at.size, float(days)
    expected = model.expected(x, tx, T, t)
    each = spend.expected(x, mean) if spend is not None else np.ones_like(x)
    value = np.zeros_like(x)  # money kept of a unit spent; of those who are surely gone, nothing
    if worth is not None:
        np.divide(worth[at], expected * each, out=value, where=expected * each > 0)
    counts, moneys = np.empty(DRAWS), np.empty(DRAWS)
    for i in range(DRAWS):
        bought = model.draw(x, tx, T, t, rng)
        counts[i] = bought.sum()
        moneys[i] = (value * spend.draw(x, mean, bought, rng)).sum() if spend is not None else 0.0

    def buying(p: Array) -> Array:
        return np.asarray(_moved(model, p).expected(x, tx, T, t))

    def spending(p: Array) -> Array:
        return np.asarray(_moved(spend, p).expected(x, mean))

    parameters = np.array(list(model.parameters.values()))
    spread = covariance(_objective(model, fold(who.x, who.tx, who.T)), parameters)
    whole = float(model.expected(who.x, who.tx, who.T, t).sum())
    off = deviation(lambda p: float(buying(p).sum()), parameters, spread)
    found = {
        "purchases": interval(
            whole,
            counts,
            rng,
            scale=scale,
            spread=None if off is None else off * scale,
            ratio=_ratio(judged["purchases"], model.name),
        ),
        "clv": None,
    }
    if worth is None or spend is None:
        return found
    of_buying = deviation(lambda p: float((buying(p) * value * each).sum()), parameters, spread)
    of_spend = _of_spend(spend, who, lambda p: float((expected * value * spending(p)).sum()))
    known = None if of_buying is None or of_spend is None else float(np.hypot(of_buying, of_spend)) * scale
    ratio = _ratio(judged["money"], model.name)
    found["clv"] = interval(float(worth.sum()), moneys, rng, scale=scale, spread=known, ratio=ratio)
    return found


def _of_spend(spend: gamma_gamma.Spend, who: Histories, total: Callable[[Array], float]) -> float | None:
    """Return how far the total is off as the parameters of spend are not known exactly."""
    own = np.array(list(spend.parameters.values()))
    if isinstance(spend, gamma_gamma.MeanSpend):
        return deviation(total, own, np.array([[(spend.error / spend.mean) ** 2]]))
    repeat = who.x > 0
    likelihood = gamma_gamma.objective(who.x[repeat], who.mean[repeat], np.ones(int(repeat.sum())))
    return deviation(total, own, covariance(likelihood, own))


def _moved(model: Any, parameters: Array) -> Any:
    """Return the model at other parameters."""
    named = zip(model.parameters, map(float, parameters), strict=True)
    return dataclasses.replace(model, **dict(named))


def _objective(model: Model, history: History) -> Objective:
    if isinstance(model, pareto.ParetoNBD):
        return pareto.Likelihood(history)
    if isinstance(model, bgnbd.BetaGeometric):
        return bgnbd.objective(history, early=model.early)
    return nbd.objective(history)


def _ratio(judged: Mapping[str, Mapping[str, float | None]], name: str) -> float | None:
    """Return what came on the holdout over what was expected."""
    bias = judged.get(name, {}).get("bias")
    return None if bias is None or bias <= -1 else 1 / (1 + bias)
