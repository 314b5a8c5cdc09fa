"""Churn risk of today's customers: learnt from earlier days, tested on what came after them, refused where it cannot be told.

With W the days looked ahead: a model learns from what was known 2 W before the as-of day and who had left by W before it (where
few left, also from 3 W, 4 W and 5 W before; a row per customer and look, Allison 1982, *Sociological Methodology* 13). It is tested
on what was known W before and who had left by the as-of day. Where it passes, it is fitted again on all looks and
applied to today. A customer's risk is thus the chance to have left (or to have stayed silent) in the next W days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.outcome import Env, Finding
from lohko.value.churn.judging import Judgement, judge
from lohko.value.churn.model import ChurnModel, fit
from lohko.value.churn.panel import KINDS, Kind, Look, left, look
from lohko.value.features import Features, features
from lohko.value.lifetime import gates

DRIVERS = 3
MOST_LOOKS = 5
PLENTY = 500  # who left, and who stayed: with so many, no earlier look back is taken
_DRIVES = 0.1  # log-odds: a column that moves them less drives nothing
_LEAST_RISK, _MOST_RISK = 0.0001, 0.9999


Cases = tuple[pl.DataFrame, NDArray[np.bool_]]  # what was known, and who left


@dataclass(frozen=True, slots=True)
class Period:
    """A look back: the day, and per kind of customer what was known then and who had left ``days`` later."""

    day: dt.date
    cases: dict[Kind, Cases]


@dataclass(frozen=True, slots=True)
class Risk:
    """The risks, or why there are none.

    Attributes
    ----------
    frame : ``n``, ``churn_kind``, ``churn_risk`` and ``churn_drivers``, for customers of whom it can be said; None if of none
    figures : per kind the judgement, the columns and what they weigh; plain JSON values
    findings : what was found or refused
    """

    frame: pl.DataFrame | None
    figures: dict[str, Any]
    findings: tuple[Finding, ...] = ()


def churn(tables: Mapping[str, pl.LazyFrame], now: Features, env: Env, *, days: int) -> Risk:
    """Return each customer's churn risk over the next ``days``.

    Parameters
    ----------
    tables : the step's tables
    now : the features as of ``env.as_of``
    env : as-of day and zone
    days : how far ahead; also how far apart the looks back are
    """
    gate = gates()["churn"]
    today = look(tables, now, days, gate["active_days"])
    kinds = [kind for kind in KINDS if today[kind].known.height]
    if not kinds:
        return Risk(None, {})
    span = now.frame["tenure_days"].max()
    if not isinstance(span, int) or span < 3 * days:
        short = Finding("churn_short_history", {"count": span or 0, "need": 3 * days})
        return Risk(None, {"refused": short.code}, (short,))
    few = {kind: _few(kind, count) for kind in kinds if (count := today[kind].known.height) < gate["customers"] // 2}
    if len(few) == len(kinds):
        return Risk(None, {kind: {"refused": f.code, **f.data} for kind, f in few.items()}, tuple(few.values()))
    tested, *learnt = _looks_back(tables, now, env, tuple(kinds), days=days, most=min(MOST_LOOKS, span // days - 1))
    figures: dict[str, Any] = {
        "days": days,
        "learnt_on": [period.day.isoformat() for period in reversed(learnt)],
        "tested_on": tested.day.isoformat(),
    }
    findings: list[Finding] = []
    frames: list[pl.DataFrame] = []
    for kind in kinds:
        one, two = _pooled([period.cases[kind] for period in learnt]), tested.cases[kind]
        shut = few.get(kind) or _gate(kind, one[1], two[1])
        if shut:
            figures[kind] = {"refused": shut.code, **shut.data}
            findings.append(shut)
            continue
        judged = _test(one, two)
        figures[kind] = {
            "learnt_from": int(one[1].size),
            "base_rate": round(float(one[1].mean()), 6),
            **judged.as_dict(),
        }
        shut = _verdict(kind, judged)
        if shut:
            figures[kind]["refused"] = shut.code
            findings.append(shut)
            continue
        model = fit(*_pooled([one, two]))
        frame = _say(kind, model, today[kind])
        figures[kind] |= {"said_of": frame.height, "importance": _importance(model, today[kind])}
        findings += _tell(kind, judged, days, gate["drift"])
        frames.append(frame)
    found = pl.concat(frames).sort("n") if frames else None
    return Risk(found, figures, tuple(findings))


def _looks_back(
    tables: Mapping[str, pl.LazyFrame], now: Features, env: Env, kinds: tuple[Kind, ...], *, days: int, most: int
) -> list[Period]:
    """Return the looks back, the latest first: two, and earlier ones as long as too few have left or stayed."""
    found: list[Period] = []
    later = now
    for back in range(1, most + 1):
        env.progress("churn risk", back - 1, None)
        day = env.as_of - dt.timedelta(days=back * days)
        made = features(tables, replace(env, as_of=day))
        looks = look(tables, made, days, gates()["churn"]["active_days"])
        cases = {kind: (looks[kind].known, left(looks[kind], kind, later, day).to_numpy()) for kind in kinds}
        found.append(Period(day, cases))
        later = made
        if back > 1 and all(_plenty([period.cases[kind][1] for period in found[1:]]) for kind in kinds):
            break
    return found


def _plenty(labels: list[NDArray[np.bool_]]) -> bool:
    gone = sum(int(label.sum()) for label in labels)
    return min(gone, sum(label.size for label in labels) - gone) >= PLENTY


def _pooled(parts: list[Cases]) -> Cases:
    return pl.concat([known for known, _ in parts]), np.concatenate([label for _, label in parts])


def _few(kind: Kind, count: int) -> Finding:
    return Finding("churn_few_customers", {"kind": _WORD[kind], "count": count, "need": gates()["churn"]["customers"]})


def _gate(kind: Kind, learnt: NDArray[np.bool_], tested: NDArray[np.bool_]) -> Finding | None:
    """Return the first gate that the looks back do not pass."""
    gate = gates()["churn"]
    if min(learnt.size, tested.size) < gate["customers"]:
        return _few(kind, min(learnt.size, tested.size))
    for label, need, when in ((learnt, gate["to_learn"], "learn"), (tested, gate["to_test"], "test")):
        for code, count in (("churn_few_left", int(label.sum())), ("churn_few_stayed", int((~label).sum()))):
            if count < need:
                return Finding(code, {"kind": _WORD[kind], "count": count, "need": need, "when": when})
    return None


def _test(one: Cases, two: Cases) -> Judgement:
    """Learn from the earlier looks, foretell the later one."""
    return judge(fit(*one).predict(two[0]), two[1], float(one[1].mean()))


def _verdict(kind: Kind, judged: Judgement) -> Finding | None:
    """Refuse a model that does not rank better than by lot, or says worse percentages than the base rate."""
    if judged.auc_low <= 0.5:
        data = {"kind": _WORD[kind], "auc": round(judged.auc, 3), "low": round(judged.auc_low, 3)}
        return Finding("churn_by_lot", data, "warning")
    if judged.brier >= judged.brier_base:
        data = {"kind": _WORD[kind], "brier": round(judged.brier, 4), "base": round(judged.brier_base, 4)}
        return Finding("churn_no_better", data, "warning")
    return None


def _tell(kind: Kind, judged: Judgement, days: int, drift: float) -> list[Finding]:
    found = [
        Finding(
            "churn_told",
            {
                "kind": _WORD[kind],
                "days": days,
                "auc": round(judged.auc, 3),
                "lift": round(judged.lift_tenth, 1),
                "brier": round(judged.brier, 3),
                "base": round(judged.brier_base, 3),
            },
        )
    ]
    ratio = judged.predicted / judged.observed
    spread = np.sqrt(judged.observed * (1 - judged.observed) / judged.customers)
    if max(ratio, 1 / ratio) > drift and abs(judged.predicted - judged.observed) > 3 * spread:
        data = {"kind": _WORD[kind], "said": f"{judged.predicted:.1%}", "came": f"{judged.observed:.1%}"}
        found.append(Finding("churn_drifted", data, "warning"))
    return found


def _say(kind: Kind, model: ChurnModel, today: Look) -> pl.DataFrame:
    """Return the risk of each customer and what drives it."""
    parts = model.contributions(today.known)
    odds = parts.sum(axis=1) + model.intercept
    risk = np.clip(1 / (1 + np.exp(-odds)), _LEAST_RISK, _MOST_RISK)
    return today.who.select("n").with_columns(
        pl.Series("churn_kind", [kind] * today.who.height, dtype=pl.String),
        pl.Series("churn_risk", risk).round(4),
        pl.Series("churn_drivers", _drivers(model, today.known, np.round(parts, 6)), dtype=pl.String),
    )


def _drivers(model: ChurnModel, known: pl.DataFrame, parts: NDArray[np.float64]) -> list[str | None]:
    """Return per customer the columns that raise the risk most: ``column:high``, ``:low``, ``:none`` or ``:is``, by ``;``."""
    sides = []
    for column in model.design.columns:
        cells = known[column.name]
        if column.words:
            side = np.where(cells.is_null().to_numpy(), "none", "is")
        else:
            number = cells.cast(pl.Float64).fill_null(float("nan")).to_numpy()
            side = np.where(np.isnan(number), "none", np.where(number > column.middle, "high", "low"))
        sides.append(side)
    order = np.argsort(-parts, axis=1, kind="stable")[:, :DRIVERS]
    names = model.columns
    found: list[str | None] = []
    for row, places in enumerate(order):
        told = [f"{names[p]}:{sides[p][row]}" for p in places if parts[row, p] >= _DRIVES]
        found.append(";".join(told) or None)
    return found


def _importance(model: ChurnModel, today: Look) -> list[dict[str, Any]]:
    """Return how far each column moves the log-odds of today's customers (standard deviation), most first."""
    spread = np.round(model.contributions(today.known).std(axis=0), 4)
    order = sorted(zip(model.columns, spread.tolist(), strict=True), key=lambda item: (-item[1], item[0]))
    return [{"column": name, "log_odds": value} for name, value in order]


_WORD: dict[Kind, str] = {"contract": "customers under contract", "silent": "customers who buy without a contract"}
