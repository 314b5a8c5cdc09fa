"""How many contracts will still run: sBG beside constant retention, both judged on the last part of the history."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from lohko.outcome import Finding
from lohko.value.contracts import MONTH_DAYS
from lohko.value.events import Scope, local_day
from lohko.value.lifetime import gates
from lohko.value.models.fitting import Array
from lohko.value.models.sbg import fit_sbg

AHEAD = 12  # periods that survival is told for


def retention(subscriptions: pl.LazyFrame, scope: Scope, *, days: int) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Return the retention figures of the contracts with the commonest period, and what to say of them.

    Parameters
    ----------
    subscriptions : the table
    scope : the customers and the time
    days : the longest time to hold back (at most a third of the history)
    """
    rows, months = _commonest(subscriptions, scope)
    gate = gates()["retention"]
    if rows.height < gate["contracts"]:
        return {"contracts": rows.height, "refused": "retention_few"}, ()
    unit = months * MONTH_DAYS
    span = (scope.as_of - rows["day"].min()).days  # type: ignore[operator,union-attr]
    periods = int(min(days, span // 3) // unit)
    cut = scope.as_of - dt.timedelta(days=round(periods * unit))
    left, stayed = _counts(rows, cut, unit)
    if not periods or min(left.sum(), stayed.sum()) < gate["each_way"]:
        return {"contracts": rows.height, "refused": "retention_few"}, ()
    age, came = _still(rows, cut, scope.as_of, unit)
    said = {"constant retention": float((_constant(left, stayed) ** periods) * age.size)}
    model = fit_sbg(left, stayed)
    if model.converged and not model.at_edge:
        said["sBG"] = float((model.survival(age + periods) / model.survival(age)).sum())
    best = min(said, key=lambda name: (abs(said[name] - came), name))
    whole_left, whole_stayed = _counts(rows, scope.as_of, unit)
    now = fit_sbg(whole_left, whole_stayed)
    if not now.converged or now.at_edge:
        best = "constant retention"
    running, ahead = _running(rows, scope.as_of, unit), np.arange(1, AHEAD + 1, dtype=np.float64)
    rate = _constant(whole_left, whole_stayed)
    expected = [
        float((now.survival(running + k) / now.survival(running)).sum()) if best == "sBG" else rate**k * running.size
        for k in ahead
    ]
    figures = {
        "contracts": rows.height,
        "period_months": months,
        "model": best,
        "parameters": now.parameters if now.converged and not now.at_edge else None,
        "constant_retention": round(rate, 6),
        "holdout": {"periods": periods, "running": int(age.size), "came": came, "said": _rounded(said)},
        "running": int(running.size),
        "expected_running": [round(value, 2) for value in expected],
    }
    told = {"running": int(running.size), "expected": round(expected[-1]), "periods": AHEAD, "model": best}
    seen = {"came": came, "said": round(said[best]) if best in said else 0, "months": f"{months:g}"}
    return figures, (Finding("retention_told", told | seen),)


def _rounded(said: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in sorted(said.items())}


def _commonest(subscriptions: pl.LazyFrame, scope: Scope) -> tuple[pl.DataFrame, float]:
    """Return the contracts (``day``, ``ended``) with the period most have; without a period noted it is a month."""
    rows = scope.events(subscriptions, "started_at", ("ended_at", "period_months")).filter(pl.col("n").is_not_null())
    frame = rows.collect()
    for name, kind in (("ended_at", pl.Datetime("us", "UTC")), ("period_months", pl.Float64())):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, kind).alias(name))
    ended = pl.when(pl.col("ended_at") < scope.end).then(local_day("ended_at", scope.timezone))
    frame = frame.with_columns(
        ended.alias("ended"), pl.when(pl.col("period_months") > 0).then("period_months").fill_null(1.0).alias("months")
    ).select("day", "ended", "months")
    if frame.is_empty():
        return frame, 1.0
    counts = frame["months"].value_counts().sort("count", "months", descending=[True, False])
    months = float(counts["months"][0])
    return frame.filter(pl.col("months") == months), months


def _ages(rows: pl.DataFrame, cut: dt.date, unit: float) -> tuple[Array, Array]:
    """Return, as of a day, the period at whose end each ended contract left, and the whole periods the running ones have."""
    begun = rows.filter(pl.col("day") <= cut)
    gone = begun.filter(pl.col("ended") <= cut)
    runs = begun.filter(pl.col("ended").is_null() | (pl.col("ended") > cut))
    lasted = (gone["ended"] - gone["day"]).dt.total_days().cast(pl.Float64).to_numpy()
    run = (pl.Series([cut]) - runs["day"]).dt.total_days().cast(pl.Float64).to_numpy()
    return np.maximum(np.round(lasted / unit), 1.0), np.floor(run / unit)


def _counts(rows: pl.DataFrame, cut: dt.date, unit: float) -> tuple[Array, Array]:
    gone, run = (part.astype(np.int64) for part in _ages(rows, cut, unit))
    left = np.bincount(gone, minlength=2)[1:].astype(np.float64)
    return left, np.bincount(run, minlength=1).astype(np.float64)


def _running(rows: pl.DataFrame, cut: dt.date, unit: float) -> Array:
    return _ages(rows, cut, unit)[1]


def _still(rows: pl.DataFrame, cut: dt.date, end: dt.date, unit: float) -> tuple[Array, int]:
    """Return the ages of those who ran on a day, and how many of them still did on a later one."""
    known = rows.filter((pl.col("day") <= cut) & (pl.col("ended").is_null() | (pl.col("ended") > cut)))
    came = known.filter(pl.col("ended").is_null() | (pl.col("ended") > end)).height
    return _running(rows, cut, unit), came


def _constant(left: Array, stayed: Array) -> float:
    """Return the share of renewals among all ends of a period: one rate for everyone and ever."""
    gone = float(left.sum())
    lived = float((left * np.arange(1, left.size + 1)).sum() + (stayed * np.arange(stayed.size)).sum())
    return 1 - gone / lived if lived > gone else 0.0
