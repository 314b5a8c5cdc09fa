"""What customers are expected to buy, and what that is worth: gated, chosen on a holdout, with the naive rule beside it.

The models (see `lohko.value.models`) are fitted on the first part of the history and judged on the rest. The one with the
smallest Poisson deviance there is fitted again on all of it, if its squared error is no larger than that of the naive
rate. Where the data is too small, too short or too stale, where a fit runs to its edge, or where no model beats the
naive rate, there is no prediction, and the reason is said. (Mean absolute error is shown but chooses nothing: it is
smallest for a median, so it prefers rules that foretell too little.)
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.outcome import Finding, Progress, silent
from lohko.value.backtest import accuracy, calibration
from lohko.value.histories import Histories, after, histories
from lohko.value.models.bgnbd import BetaGeometric, fit_beta_geometric
from lohko.value.models.fitting import History, fold
from lohko.value.models.gamma_gamma import MeanSpend, Spend, fit_spend
from lohko.value.models.nbd import NBD, fit_nbd
from lohko.value.models.pareto import ParetoNBD, fit_pareto
from lohko.value.params import period_days
from lohko.value.sureness import sureness

Array = NDArray[np.float64]
Model = ParetoNBD | BetaGeometric | NBD
YEAR_DAYS = 365.25
MONTHS = 12
_EPOCH = dt.date(1970, 1, 1)

FITS: dict[str, Callable[[History], Model]] = {
    "Pareto/NBD": fit_pareto,
    "MBG/NBD": lambda history: fit_beta_geometric(history, early=True),
    "BG/NBD": fit_beta_geometric,
    "NBD": fit_nbd,
}


class Terms(Protocol):
    """What a forecast is stated in."""

    @property
    def horizon_days(self) -> int: ...
    @property
    def discount_rate(self) -> float: ...
    @property
    def margin(self) -> float | None: ...
    @property
    def backtest(self) -> str | None: ...
    @property
    def seed(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The forecast, or why there is none.

    Attributes
    ----------
    frame : per buyer ``n`` and those of ``expected_purchases``, ``p_alive``, ``clv`` (Float64) that can be said; None if none
    figures : models, parameters, backtest, terms, totals; plain JSON values
    findings : the reasons
    """

    frame: pl.DataFrame | None
    figures: dict[str, Any]
    findings: tuple[Finding, ...] = field(default=())


@cache
def gates() -> dict[str, Any]:
    """Return when a forecast is made at all."""
    return tomllib.loads(resources.files(__package__).joinpath("gates.toml").read_text(encoding="utf-8"))


def lifetime(
    days: pl.DataFrame, as_of: dt.date, terms: Terms, *, margin: float | None = None, progress: Progress = silent
) -> Lifetime:
    """Forecast every buyer's purchases and their worth over the horizon.

    Parameters
    ----------
    days : purchase occasions ``n``, ``day``, ``total`` (minor units), sorted by ``n`` and ``day``, none after ``as_of``
    as_of : the day the forecast is made
    terms : horizon, yearly discount rate, and the margin share if the user gave one
    margin : the margin share that the transactions tell, if they do
    progress : told of each fit
    """
    end = (as_of - _EPOCH).days
    who = histories(days, end)
    shut = _gate(who)
    if shut:
        return Lifetime(None, {"refused": shut.code, **shut.data}, (shut,))
    span = int(who.T.max())
    hold = min(terms.horizon_days, span // 3)
    asked = period_days(terms.backtest) if terms.backtest else None
    if asked is not None and asked > span // 2:
        long = Finding("backtest_too_long", {"count": asked, "most": span // 2}, "warning")
        return Lifetime(None, {"refused": long.code, **long.data}, (long,))
    hold = asked or hold
    judged = _judge(days, end - hold, end, progress)
    figures: dict[str, Any] = {
        "holdout_days": hold,
        "backtest": judged["purchases"],
        "backtest_spend": judged["money"],
        "calibration": judged["calibration"],
        "backtest_buyers": judged["buyers"],
        "buyers": len(who),
    }
    models: list[str] = judged["order"]
    if not models:
        unfit = Finding("forecast_no_fit", {}, "warning")
        return Lifetime(None, {"refused": unfit.code, **figures}, (unfit,))
    told = (_told(judged, hold),) if terms.backtest else ()
    naive = judged["purchases"]["naive rate"]["rmse"]
    limit = gates()["buying"]["no_worse_than_naive"]
    able = [name for name in models if judged["purchases"][name]["rmse"] <= limit * naive]
    if not able:
        best = min(judged["purchases"][m]["rmse"] for m in models)
        found = Finding("forecast_no_better", {"error": round(best, 3), "naive": round(naive, 3)}, "warning")
        return Lifetime(None, {"refused": found.code, **figures}, (*told, found))
    history = fold(who.x, who.tx, who.T)
    findings: list[Finding] = [*told]
    model = None
    for name in able:
        progress(f"fit {name}", 0, None)
        tried = FITS[name](history)
        if tried.converged:
            model = tried
            break
        findings.append(Finding("model_at_edge", {"model": name}, "warning"))
    if model is None:
        return Lifetime(None, {"refused": "model_at_edge", **figures}, tuple(findings))
    expected = model.expected(history.x, history.tx, history.T, float(terms.horizon_days))[history.place]
    columns: dict[str, Any] = {"n": who.n, "expected_purchases": np.round(expected, 6)}
    if not isinstance(model, NBD):
        columns["p_alive"] = np.round(model.p_alive(history.x, history.tx, history.T), 6)[history.place]
    figures |= {
        "model": model.name,
        "parameters": model.parameters,
        "log_likelihood": round(model.log_likelihood, 3),
        "time_unit": "day",
        "horizon_days": terms.horizon_days,
        "expected_purchases": round(float(expected.sum()), 2),
    }
    findings.append(
        Finding(
            "purchases_expected",
            {
                "model": model.name,
                "days": terms.horizon_days,
                "expected": round(float(expected.sum())),
                "error": round(judged["purchases"][model.name]["rmse"], 3),
                "naive": round(naive, 3),
            },
        )
    )
    share = terms.margin if terms.margin is not None else margin
    spend, payer, worth, reasons = _worth(model, who, terms, share, judged["money"])
    figures["spend"] = spend
    sure = sureness(model, who, terms.horizon_days, payer, worth, seed=terms.seed, judged=judged)
    figures["intervals"] = sure
    if sure["purchases"] is not None:
        findings.append(Finding("purchases_between", _between(sure["purchases"], "{:,.0f}")))
    if worth is not None:
        columns["clv"] = worth
        figures["clv"] = round(float(worth.sum()), 2)
        if sure["clv"] is not None:
            findings.append(Finding("clv_between", _between(sure["clv"], "{:,.0f}")))
    findings += reasons
    return Lifetime(pl.DataFrame(columns, schema_overrides={"n": pl.UInt32}), figures, tuple(findings))


def _told(judged: dict[str, Any], days: int) -> Finding:
    """Return the best model of the backtest beside the naive rate, in one sentence."""
    best, naive = judged["order"][0], judged["purchases"]["naive rate"]
    ours = judged["purchases"][best]
    return Finding(
        "backtest_judged",
        {
            "days": days,
            "buyers": judged["buyers"],
            "model": best,
            **_in_words("", ours),
            **_in_words("naive_", naive),
        },
    )


def _between(found: dict[str, Any], form: str) -> dict[str, str]:
    return {name: form.format(found[name]) for name in ("low", "high")} | {"level": f"{found['level']:.0%}"}


def _in_words(before: str, found: dict[str, float | None]) -> dict[str, str]:
    bias, top = found["bias"], found["top_tenth"]
    return {
        f"{before}mae": f"{found['mae']:.3f}",
        f"{before}bias": "unknown" if bias is None else f"{bias:+.1%}",
        f"{before}top": "unknown" if top is None else f"{top:.1%}",
    }


def _gate(who: Histories) -> Finding | None:
    """Return the first gate that the data does not pass."""
    gate = gates()["buying"]
    if len(who) < gate["buyers"]:
        return Finding("forecast_few_buyers", {"count": len(who), "need": gate["buyers"]})
    span = int(who.T.max())
    if span < gate["history_days"]:
        return Finding("forecast_short_history", {"count": span, "need": gate["history_days"]})
    silent_days = int((who.T - who.tx).min())
    if silent_days > gate["silent_days"]:
        return Finding("forecast_stale", {"count": silent_days, "need": gate["silent_days"]})
    three = int((who.x >= 2).sum())
    if three < gate["buyers_with_three"]:
        return Finding("forecast_few_repeats", {"count": three, "need": gate["buyers_with_three"]})
    return None


def _judge(days: pl.DataFrame, cut: int, end: int, progress: Progress) -> dict[str, Any]:
    """Fit all models on what was known at ``cut``, judge them on what followed, the naive rules beside them.

    Returns ``purchases`` and ``money`` (accuracy by rule) and ``order``: the models that have a maximum inside, best first.
    """
    who = histories(days, cut)
    then, money = after(days, who, cut, end)
    t = float(end - cut)
    observed = np.maximum(who.T, 1.0)  # bought on the last day: observed for a day
    rate = who.x / observed * t
    silent_long = who.T - who.tx > t / 3
    result = {
        "naive rate": accuracy(rate, then).as_dict(),
        "naive rate, silent ones none": accuracy(np.where(silent_long, 0.0, rate), then).as_dict(),
    }
    spent = np.where(who.x > 0, who.mean * who.x, 0.0) / observed * t
    moneys = {"past spend rate": accuracy(spent, money, counts=False).as_dict()}
    history = fold(who.x, who.tx, who.T)
    repeat = who.x > 0
    spend = fit_spend(who.x[repeat], who.mean[repeat]) if repeat.sum() > 1 else None
    tables = {name: calibration(who.x, said, then) for name, said in (("naive rate", rate),)}
    found = []
    for step, (name, fit) in enumerate(FITS.items()):
        progress("backtest of models", step, len(FITS))
        model = fit(history)
        if not model.converged:
            continue
        foretold = model.expected(history.x, history.tx, history.T, t)[history.place]
        result[name] = accuracy(foretold, then).as_dict()
        tables[name] = calibration(who.x, foretold, then)
        found.append(name)
        if spend is not None and spend.usable:
            each = spend.expected(who.x, np.where(repeat, who.mean, 0.0))
            moneys[name] = accuracy(foretold * each, money, counts=False).as_dict()
    order = sorted(found, key=lambda name: (result[name]["deviance"], name))
    return {"purchases": result, "money": moneys, "order": order, "calibration": tables, "buyers": len(who)}


def _worth(
    model: Model, who: Histories, terms: Terms, share: float | None, judged: dict[str, dict[str, float | None]]
) -> tuple[dict[str, Any], Spend | None, Array | None, list[Finding]]:
    """Return the spend figures, the model of spend, the lifetime value per buyer (to the cent), and the findings."""
    gate = gates()["spend"]
    repeat = who.x > 0
    figures: dict[str, Any] = {"repeaters": int(repeat.sum()), "backtest": judged}
    if repeat.sum() < gate["repeaters"]:
        return (
            figures,
            None,
            None,
            [Finding("spend_few_repeaters", {"count": int(repeat.sum()), "need": gate["repeaters"]})],
        )
    correlation = _correlation(who.x[repeat], who.mean[repeat])
    figures["correlation"] = correlation
    if abs(correlation) > gate["correlation"]:
        return figures, None, None, [Finding("spend_tied_to_frequency", {"correlation": correlation}, "warning")]
    spend = fit_spend(who.x[repeat], who.mean[repeat])
    if not spend.usable:
        return figures, None, None, [Finding("spend_without_mean", {}, "warning")]
    figures["parameters"] = spend.parameters
    simpler: list[Finding] = []
    if isinstance(spend, MeanSpend):
        figures["edge"] = spend.edge
        simpler = [Finding("spend_alike", {"mean": f"{spend.mean:,.2f}"})]
    else:
        figures["log_likelihood"] = round(spend.log_likelihood, 3)
    ours, naive = (judged.get(name, {}).get("rmse") for name in (model.name, "past spend rate"))
    if ours is None or naive is None:
        return figures, None, None, [Finding("spend_without_mean", {}, "warning")]
    if ours > gate["no_worse_than_naive"] * naive:
        data = {"error": round(ours, 2), "naive": round(naive, 2)}
        return figures, None, None, [Finding("spend_no_better", data, "warning")]
    each = spend.expected(who.x, np.where(repeat, who.mean, 0.0))
    history = fold(who.x, who.tx, who.T)
    monthly = (1 + terms.discount_rate) ** (1 / MONTHS)
    ends = np.append(np.arange(1, int(terms.horizon_days / (YEAR_DAYS / MONTHS)) + 1) * YEAR_DAYS / MONTHS, np.inf)
    ends = np.unique(np.minimum(ends, terms.horizon_days))
    before, discounted = np.zeros(history.x.size), np.zeros(history.x.size)
    for end in ends:
        upto = model.expected(history.x, history.tx, history.T, float(end))
        discounted += (upto - before) / monthly ** (end / (YEAR_DAYS / MONTHS))
        before = upto
    worth = np.round((1.0 if share is None else share) * each * discounted[history.place], 2)
    figures |= {"margin": share, "discount_rate": terms.discount_rate, "horizon_days": terms.horizon_days}
    stated = {"days": terms.horizon_days, "rate": terms.discount_rate, "margin": share}
    code = "clv_of_turnover" if share is None else "clv_of_margin"
    return figures, spend, worth, [Finding(code, stated), *simpler]


def _correlation(x: Array, mean: Array) -> float:
    if x.std() == 0 or mean.std() == 0:
        return 0.0
    return round(float(np.corrcoef(x, mean)[0, 1]), 6)
