"""What sets each cluster apart in money, visits and social acts: the facts behind names and hints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from lohko.segments.behaviour import DIMENSIONS, Behaviour, Bools, Floats, vocabulary
from lohko.segments.transform import Preparation

if TYPE_CHECKING:
    from lohko.segments.clusters import Labels

Level = Literal["none", "few", "low", "middle", "high"]
Freshness = Literal["recent", "middle", "lapsed"]

NOT_DOING: tuple[Level, ...] = ("none", "few")

MOSTLY = 0.5  # a segment "does" what at least this share of it does
WITHOUT = 0.05  # a segment is "without" what at most this share of it does; between the two, few of it do
APART = 0.5  # of the interquartile range: a median this far from the overall one sets a segment apart
HALF = 0.5  # of the average buyer's money: buyers worth less are light ones, however many they are
LONG_AGO = 365  # days since the last purchase after which buyers have lapsed, however usual that is
LATE = 0.75  # quantile of days since the last purchase among all buyers; beyond it a buyer is late
LAPSING = 1 / 3  # share of late buyers (a quarter is usual) from which a segment is about to lapse
ONCE = 0.75  # share with a single purchase that makes one-time buyers


@dataclass(frozen=True, slots=True)
class Facets:
    """One cluster's facts.

    Attributes
    ----------
    levels : by dimension of the model, how much the cluster does there, against all who do something there;
        "none" and "few" where most of it does nothing there
    apart : by dimension, whether that differs from what is usual
    freshness : how long ago it bought; middle where nothing is known
    once : whether nearly all of it bought only once, and not everybody did
    active : by dimension, the share of the cluster that did anything there
    typical : by feature, the cluster's median standing (standard deviations, more is better)
    lapsing : whether unusually many of its buyers have not bought for long
    contracts : the share of the cluster with a contract running
    """

    levels: Mapping[str, Level]
    apart: Mapping[str, bool]
    freshness: Freshness
    once: bool
    active: Mapping[str, float]
    typical: Mapping[str, float]
    lapsing: bool = False
    contracts: float = 0.0

    def does(self, dimension: str) -> bool:
        """Tell whether most of the cluster does anything in a dimension."""
        return self.levels.get(dimension, "none") not in NOT_DOING


def describe(behaviour: Behaviour, preparation: Preparation, matrix: Floats, labels: Labels, k: int) -> list[Facets]:
    """Describe each of k clusters of these customers."""
    standing = _standing(preparation, matrix)
    modelled = [d for d in DIMENSIONS if any(c.dimension == d for c in preparation.columns)]
    scores = {d: _dimension_score(d, preparation, standing) for d in modelled}
    buyers = behaviour.active["financial"]
    worth = behaviour.money.cast(float).to_numpy()
    frequency = behaviour.values.get("frequency")
    single = np.zeros(len(labels), dtype=np.bool_) if frequency is None else (frequency <= 1) & buyers
    once_overall = bool(buyers.any()) and float(single[buyers].mean()) >= ONCE
    found = []
    for cluster in range(k):
        own = labels == cluster
        levels: dict[str, Level] = {}
        apart: dict[str, bool] = {}
        active: dict[str, float] = {}
        for dimension in modelled:
            doing = behaviour.active[dimension]
            active[dimension] = float(doing[own].mean())
            overall = float(doing.mean())
            if active[dimension] < MOSTLY:
                levels[dimension] = "none" if active[dimension] <= WITHOUT else "few"
                apart[dimension] = overall >= MOSTLY
            else:
                levels[dimension] = _level(scores[dimension][doing], scores[dimension][doing & own])
                apart[dimension] = levels[dimension] == "high" or overall < MOSTLY
        mine = own & buyers
        if levels.get("financial") == "middle" and worth[mine].mean() <= HALF * worth[buyers].mean():
            levels["financial"] = "low"
        found.append(
            Facets(
                levels=levels,
                apart=apart,
                freshness=_freshness(behaviour, standing, mine),
                once=not once_overall and bool(mine.any()) and float(single[mine].mean()) >= ONCE,
                active=active,
                typical={f: round(float(np.median(z[own])), 6) for f, z in standing.items()},
                lapsing=_lapsing(behaviour, mine),
                contracts=0.0 if behaviour.contracts is None else float(behaviour.contracts[own].mean()),
            )
        )
    return found


def _freshness(behaviour: Behaviour, standing: Mapping[str, Floats], own: Bools) -> Freshness:
    """Tell how long ago these buyers bought, against all buyers."""
    fresh, buyers = standing.get("recency_days"), behaviour.active["financial"]
    if fresh is None or not own.any():
        return "middle"
    days = behaviour.values["recency_days"][own]
    if np.isfinite(days).any() and float(np.nanmedian(days)) >= LONG_AGO:
        return "lapsed"
    found: dict[Level, Freshness] = {"high": "recent", "low": "lapsed"}
    return found.get(_level(fresh[buyers], fresh[own]), "middle")


def _lapsing(behaviour: Behaviour, own: Bools) -> bool:
    """Tell whether many of these buyers have been away for longer than most buyers are."""
    days = behaviour.values.get("recency_days")
    if days is None or not np.isfinite(days[own]).any():
        return False
    known = days[behaviour.active["financial"] & np.isfinite(days)]
    return float((days[own] > np.quantile(known, LATE)).mean()) >= LAPSING


def _standing(preparation: Preparation, matrix: Floats) -> dict[str, Floats]:
    """Return the matrix's columns by feature, unweighted, with more always better."""
    known = vocabulary("features")
    return {
        c.feature: matrix[:, i] / c.weight * (-1.0 if known.get(c.feature, {}).get("better") == "less" else 1.0)
        for i, c in enumerate(preparation.columns)
    }


def _dimension_score(dimension: str, preparation: Preparation, standing: Mapping[str, Floats]) -> Floats:
    """Return one standing per customer: money is the total spent, the others the mean of their features."""
    own = [c.feature for c in preparation.columns if c.dimension == dimension]
    known = vocabulary("features")
    amounts = [f for f in own if known[f]["better"] == "more"] or own
    money = [f for f in own if f in {"money_total", "monetary"}]
    amounts = money[:1] or amounts
    return np.asarray(np.mean([standing[f] for f in amounts], axis=0))


def _level(everybody: Floats, own: Floats) -> Level:
    low, middle, high = np.quantile(everybody, (0.25, 0.5, 0.75))
    distance = round(float(np.median(own) - middle), 9)
    margin = max(round(APART * float(high - low), 9), 1e-9)
    return "high" if distance >= margin else "low" if distance <= -margin else "middle"
