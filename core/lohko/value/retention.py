"""How many contracts will still run: sBG beside constant retention, both judged on the last part of the history."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from lohko.outcome import Finding
from lohko.value.contracts import MONTH_DAYS
from lohko.value.events import MONEY, Scope, local_day
from lohko.value.lifetime import gates
from lohko.value.models.fitting import Array
from lohko.value.models.sbg import ShiftedBetaGeometric, fit_sbg

AHEAD = 12  # periods that survival is told for
REFUSED = "retention_few"


@dataclass(frozen=True, slots=True)
class Period:
    """How contracts of one period are kept.

    Attributes
    ----------
    months : the period
    contracts : how many of it there ever were
    rule : ``sBG`` or ``constant retention``: the one nearer to what came in the part held back
    model : the sBG of the whole history (None where it has no maximum inside)
    rate : constant retention of the whole history
    left, stayed : contracts left at the end of period 1, 2, …; contracts running that have lived 0, 1, 2, … whole periods
    holdout : periods held back, contracts running then, still running after, and what each rule said
    running : whole periods that the running contracts have lived
    """

    months: float
    contracts: int
    rule: str
    model: ShiftedBetaGeometric | None
    rate: float
    left: Array
    stayed: Array
    holdout: dict[str, Any]
    running: Array

    @property
    def days(self) -> float:
        """The period in days."""
        return self.months * MONTH_DAYS

    @property
    def lived(self) -> float:
        """Contract periods lived through in all."""
        return _lived(self.left, self.stayed)

    def still(self, age: Array, ahead: Array) -> Array:
        """Return the chance that a contract of ``age`` whole periods runs on for ``ahead`` more."""
        if self.rule == "sBG" and self.model is not None:
            return np.asarray(self.model.survival(age + ahead) / self.model.survival(age))
        return np.asarray(self.rate ** np.asarray(ahead, dtype=np.float64))


def retention(subscriptions: pl.LazyFrame, scope: Scope, *, days: int) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Return the retention figures of the contracts with the commonest period, and what to say of them.

    Parameters
    ----------
    subscriptions : the table
    scope : the customers and the time
    days : the longest time to hold back (at most a third of the history)
    """
    rows = contract_rows(subscriptions, scope)
    months = by_commonness(rows)
    some = rows.filter(pl.col("months") == months[0]) if months else rows
    found = period(some, months[0], scope, days=days) if months else None
    if found is None:
        return {"contracts": some.height, "refused": REFUSED}, ()
    return told(found)


def told(found: Period) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Return the figures of one period's contracts, and what to say of them."""
    ahead = np.arange(1, AHEAD + 1, dtype=np.float64)
    expected = [float(found.still(found.running, np.full_like(found.running, k)).sum()) for k in ahead]
    holdout, running = found.holdout, int(found.running.size)
    figures = {
        "contracts": found.contracts,
        "period_months": found.months,
        "model": found.rule,
        "parameters": found.model.parameters if found.model else None,
        "constant_retention": round(found.rate, 6),
        "holdout": {**holdout, "said": _rounded(holdout["said"])},
        "running": running,
        "expected_running": [round(value, 2) for value in expected],
    }
    words = {"running": running, "expected": round(expected[-1]), "periods": AHEAD, "model": found.rule}
    said = round(holdout["said"].get(found.rule, 0.0))
    seen = {"came": holdout["came"], "said": said, "months": f"{found.months:g}"}
    return figures, (Finding("retention_told", words | seen),)


def period(rows: pl.DataFrame, months: float, scope: Scope, *, days: int) -> Period | None:
    """Fit how contracts of one period are kept; None where there are too few to tell.

    Parameters
    ----------
    rows : the contracts of that period (`contract_rows`)
    days : the longest time to hold back (at most a third of the history)
    """
    gate = gates()["retention"]
    if rows.height < gate["contracts"]:
        return None
    unit = months * MONTH_DAYS
    span = (scope.as_of - rows["day"].min()).days  # type: ignore[operator,union-attr]
    periods = int(min(days, span // 3) // unit)
    cut = scope.as_of - dt.timedelta(days=round(periods * unit))
    left, stayed = _counts(rows, cut, unit)
    if not periods or min(left.sum(), stayed.sum()) < gate["each_way"]:
        return None
    age, came = _still(rows, cut, scope.as_of, unit)
    said = {"constant retention": float((_constant(left, stayed) ** periods) * age.size)}
    model = fit_sbg(left, stayed)
    if model.converged and not model.at_edge:
        said["sBG"] = float((model.survival(age + periods) / model.survival(age)).sum())
    best = min(said, key=lambda name: (abs(said[name] - came), name))
    whole_left, whole_stayed = _counts(rows, scope.as_of, unit)
    now = fit_sbg(whole_left, whole_stayed)
    fits = now.converged and not now.at_edge
    return Period(
        months=months,
        contracts=rows.height,
        rule=best if fits else "constant retention",
        model=now if fits else None,
        rate=_constant(whole_left, whole_stayed),
        left=whole_left,
        stayed=whole_stayed,
        holdout={"periods": periods, "running": int(age.size), "came": came, "said": said},
        running=_running(rows, scope.as_of, unit),
    )


def _rounded(said: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in sorted(said.items())}


def contract_rows(subscriptions: pl.LazyFrame, scope: Scope) -> pl.DataFrame:
    """Return the contracts as ``n``, ``day``, ``ended``, ``months`` and ``price``; without a period noted it is a month."""
    columns = ("ended_at", "period_months", "price")
    frame = scope.events(subscriptions, "started_at", columns).filter(pl.col("n").is_not_null()).collect()
    kinds = (("ended_at", pl.Datetime("us", "UTC")), ("period_months", pl.Float64()), ("price", MONEY))
    for name, kind in kinds:
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, kind).alias(name))
    ended = pl.when(pl.col("ended_at") < scope.end).then(local_day("ended_at", scope.timezone))
    months = pl.when(pl.col("period_months") > 0).then("period_months").fill_null(1.0)
    return frame.select("n", "day", ended.alias("ended"), months.alias("months"), "price")


def by_commonness(rows: pl.DataFrame) -> list[float]:
    """Return the periods in months, that of most contracts first; of equally many the shortest."""
    counts = rows["months"].value_counts().sort("count", "months", descending=[True, False])
    return [float(months) for months in counts["months"]]


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
    gone, lived = float(left.sum()), _lived(left, stayed)
    return 1 - gone / lived if lived > gone else 0.0


def _lived(left: Array, stayed: Array) -> float:
    return float((left * np.arange(1, left.size + 1)).sum() + (stayed * np.arange(stayed.size)).sum())
