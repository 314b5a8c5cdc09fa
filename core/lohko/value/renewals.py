"""What running contracts are still to bring: every renewal to come, times the chance that the contract gets there.

Fader & Hardie (2010), Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring Heterogeneity, Marketing
Science 29(1): the longer a contract has run, the likelier its next renewal. The period under way is paid already.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.outcome import Finding
from lohko.value.events import MINOR, Scope, minor
from lohko.value.models import sbg
from lohko.value.models.fitting import Array
from lohko.value.retention import Period, by_commonness, contract_rows, period
from lohko.value.totals import DRAWS, covariance, deviation, interval, sampled, together

YEAR_DAYS = 365.25
_BLOCK = 50_000
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Renewals:
    """What renewals are expected to bring.

    Attributes
    ----------
    worth : ``n`` and ``renewals`` (Int64 minor units): customers all of whose running contracts can be told
    held : customers (``n``) with a running contract
    figures : total, interval, terms, and each period's rule; plain JSON values
    findings : what to say
    """

    worth: pl.DataFrame
    held: pl.Series
    figures: dict[str, Any]
    findings: tuple[Finding, ...]


def renewals(
    subscriptions: pl.LazyFrame, scope: Scope, *, days: int, discount_rate: float, margin: float | None, seed: int
) -> Renewals:
    """Return what the running contracts are expected to bring within ``days``, discounted.

    A contract of age t whole periods renews for the k-th time with S(t + k) / S(t), at the end of its period, and pays its
    price then. Periods with too few contracts to tell (`lohko.value.retention.period`), and contracts without a price, tell
    nothing of their customer.

    Parameters
    ----------
    subscriptions : the table
    scope : the customers and the time
    days, discount_rate : the horizon, and the yearly rate
    margin : the share of the price that counts; None: all of it
    seed : of the draws behind the interval
    """
    rows = contract_rows(subscriptions, scope)
    running = rows.filter(pl.col("ended").is_null())
    rng = np.random.default_rng(seed)
    parts: list[pl.DataFrame] = []
    told: list[dict[str, Any]] = []
    for months in by_commonness(running):
        fitted = period(rows.filter(pl.col("months") == months), months, scope, days=days)
        own = running.filter((pl.col("months") == months) & pl.col("price").is_not_null()).sort("n", "day", "price")
        if fitted is None or own.is_empty():
            continue
        share = 1.0 if margin is None else margin
        book = _Book(own, fitted, scope.as_of, days=days, rate=discount_rate, share=share)
        minors = np.round(book.worth(fitted) * MINOR).astype(np.int64)
        parts.append(own.select("n").with_columns(pl.Series("renewals", minors)))
        told.append(
            {
                "period_months": months,
                "contracts": own.height,
                "model": fitted.rule,
                "total": round(int(minors.sum()) / MINOR, 2),
                "interval": _interval(book, fitted, int(minors.sum()) / MINOR, rng),
            }
        )
    terms = {"horizon_days": days, "discount_rate": discount_rate, "margin": margin}
    return _together(parts, running, told, terms)


def _together(
    parts: list[pl.DataFrame], running: pl.DataFrame, told: list[dict[str, Any]], terms: dict[str, Any]
) -> Renewals:
    """Add up each customer's contracts; who has one that cannot be told is left out."""
    held = running["n"].unique().sort()
    if not parts:
        none = pl.DataFrame(schema={"n": pl.UInt32, "renewals": pl.Int64})
        return Renewals(none, held, {**terms, "periods": [], "total": None, "interval": None}, ())
    every = pl.concat(parts)
    whole = every.group_by("n").agg(pl.col("renewals").sum(), pl.len().alias("told"))
    count = running.group_by("n").agg(pl.len().alias("contracts"))
    worth = whole.join(count, on="n").filter(pl.col("told") == pl.col("contracts")).select("n", "renewals").sort("n")
    total = sum(part["total"] for part in told)
    sure = together([part["interval"] for part in told])
    figures = {**terms, "periods": told, "total": round(total, 2), "interval": sure}
    data = {"customers": worth.height, "amount": f"{total:,.0f}", "days": terms["horizon_days"]}
    data |= {"low": f"{sure['low']:,.0f}", "high": f"{sure['high']:,.0f}"} if sure else {"low": "?", "high": "?"}
    return Renewals(worth, held, figures, (Finding("renewals_expected", data),))


def _interval(book: _Book, fitted: Period, total: float, rng: np.random.Generator) -> dict[str, Any] | None:
    """Return the interval of what all contracts of a period will bring (see `lohko.value.totals`)."""
    at = sampled(book.price.size, rng)
    paid = np.concatenate([np.zeros((at.size, 1)), np.cumsum(book.discounts(at), axis=1)], axis=1)
    model = fitted.model if fitted.rule == "sBG" else None
    rows, draws = np.arange(at.size), np.empty(DRAWS)
    for i in range(DRAWS):
        if model is None:
            leaving = np.full(at.size, 1 - fitted.rate)
        else:
            leaving = rng.beta(model.alpha, model.beta + book.age[at])
        renewed = np.minimum(rng.geometric(np.maximum(leaving, 1e-12)) - 1, book.most)
        draws[i] = (book.price[at] * paid[rows, renewed]).sum()
    scale = book.price.size / at.size
    said, came = fitted.holdout["said"].get(fitted.rule), fitted.holdout["came"]
    ratio = came / said if said else None
    if model is None:
        step = math.sqrt(fitted.rate * (1 - fitted.rate) / fitted.lived)
        ends = [
            float(book.worth(dataclasses.replace(fitted, rate=min(max(rate, 0.0), 1.0)), at).sum())
            for rate in (fitted.rate - step, fitted.rate + step)
        ]
        spread: float | None = abs(ends[1] - ends[0]) / 2
    else:
        parameters = np.array([model.alpha, model.beta])

        def moved(p: Array) -> float:
            other = dataclasses.replace(model, alpha=float(p[0]), beta=float(p[1]))
            return float(book.worth(dataclasses.replace(fitted, model=other), at).sum())

        spread = deviation(moved, parameters, covariance(sbg.objective(fitted.left, fitted.stayed), parameters))
    known = None if spread is None else spread * scale
    return interval(total, draws, rng, scale=scale, spread=known, ratio=ratio)


class _Book:
    """The running contracts of one period: their price, age, and when their renewals fall due within the horizon."""

    def __init__(
        self, own: pl.DataFrame, fitted: Period, as_of: dt.date, *, days: int, rate: float, share: float
    ) -> None:
        age = (pl.Series([as_of]) - own["day"]).dt.total_days().cast(pl.Float64).to_numpy()
        self.price = own.select(minor("price"))["price"].to_numpy() / MINOR * share
        self.age = np.floor(age / fitted.days)
        self.next = (self.age + 1) * fitted.days - age  # days to the next renewal
        self.unit, self.days, self.rate = fitted.days, days, rate
        self.most = int(days // fitted.days) + 1

    def discounts(self, at: Places) -> Array:
        """Return contracts × renewals: what a unit paid then is worth today; 0 beyond the horizon."""
        due = self.next[at][:, None] + np.arange(self.most) * self.unit
        return np.asarray(np.where(due <= self.days, (1 + self.rate) ** (-due / YEAR_DAYS), 0.0))

    def worth(self, fitted: Period, at: Places | None = None) -> Array:
        """Return what each contract (or those at some places) is expected to bring."""
        places = np.arange(self.price.size) if at is None else at
        ahead = np.arange(1, self.most + 1, dtype=np.float64)
        found = np.empty(places.size)
        for start in range(0, places.size, _BLOCK):
            some = places[start : start + _BLOCK]
            chance = fitted.still(self.age[some][:, None], ahead[None, :])
            found[start : start + some.size] = self.price[some] * (chance * self.discounts(some)).sum(axis=1)
        return found
