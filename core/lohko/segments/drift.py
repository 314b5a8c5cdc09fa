"""How far customers have moved since a model was made: the population stability index of each feature, and of the segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from lohko.segments.behaviour import Behaviour, Floats, dimension_of
from lohko.segments.clusters import Labels
from lohko.segments.model import Model
from lohko.segments.transform import Preparation, clean

BANDS = 10
MOVED = 0.25  # the usual call: under 0.1 is calm, over 0.25 is another population
LEAST = 1e-4  # an empty band counts as this share, or the index would be infinite


def learn_bands(behaviour: Behaviour, preparation: Preparation) -> dict[str, dict[str, list[float]]]:
    """Return, by feature, edges of about ten equal bands among the active and the shares of customers in them.

    The last share is of those not active in the feature's dimension. Ties stay in one band.
    """
    found = {}
    for column in preparation.columns:
        active = behaviour.active.get(column.dimension, np.ones(len(behaviour.ids), dtype=np.bool_))
        x = clean(behaviour.values[column.feature], column.fill)[active]
        edges = np.unique(np.round(np.quantile(x, np.arange(1, BANDS) / BANDS, method="inverted_cdf"), 6))
        found[column.feature] = {
            "edges": edges.tolist(),
            "shares": _shares(behaviour, column.feature, column.fill, edges),
        }
    return found


@dataclass(frozen=True, slots=True)
class Drift:
    """How far customers have moved since training.

    Attributes
    ----------
    features : population stability index by feature
    segments : the same of the shares of the segments
    shift : share of customers that would have to change segments to have the shares of then (total variation distance)
    chance : by feature, and under ``segments``, what samples of one population stay under 19 times in 20
    """

    features: Mapping[str, float]
    segments: float
    shift: float
    chance: Mapping[str, float]

    @property
    def highest(self) -> float:
        """The highest index of all."""
        return max((*self.features.values(), self.segments))

    def over(self, limit: float) -> tuple[str, ...]:
        """Return what has an index over the limit, and more than chance would give: features, or ``segments``."""
        found = {**self.features, "segments": self.segments}
        return tuple(name for name, index in found.items() if index > max(limit, self.chance[name]))


def drift(behaviour: Behaviour, model: Model, labels: Labels) -> Drift:
    """Compare these customers with those of the training.

    Parameters
    ----------
    labels : each customer's segment (its place in ``model.known``)

    The population stability index (Siddiqi 2006) is the sum over bands of (share now − share then) · ln(share now / share then).
    Few customers differ by chance alone: for two samples of one population it is about (1/n + 1/m) · chi² with a degree of
    freedom less than bands (Yurdakul 2018).
    """
    found, chance = {}, {}
    sizes = 1 / max(model.customers, 1) + 1 / max(len(labels), 1)
    for column in model.preparation.columns:
        then = np.array(model.bands[column.feature]["shares"])
        edges = np.array(model.bands[column.feature]["edges"], dtype=np.float64)
        now = np.array(_shares(behaviour, column.feature, column.fill, edges))
        found[column.feature] = _psi(then, now)
        chance[column.feature] = _chance(len(then), sizes)
    then = np.array([segment.share for segment in model.known])
    now = np.bincount(labels, minlength=len(model.known)) / max(len(labels), 1)
    chance["segments"] = _chance(len(then), sizes)
    # The model keeps shares to the sixth decimal, so the sum of their differences is good to the fifth.
    return Drift(found, _psi(then, now), round(float(np.abs(now - then).sum()) / 2, 5), chance)


def _psi(then: Floats, now: Floats) -> float:
    before, after = np.maximum(then, LEAST), np.maximum(now, LEAST)
    return round(float(((after - before) * np.log(after / before)).sum()), 6) + 0.0


def _chance(bands: int, sizes: float) -> float:
    return round(float(chdtri(max(bands - 1, 1), 0.05)) * sizes, 6)


def _shares(behaviour: Behaviour, feature: str, fill: float, edges: Floats) -> list[float]:
    n = max(len(behaviour.ids), 1)
    active = behaviour.active.get(dimension_of(feature), np.ones(len(behaviour.ids), dtype=np.bool_))
    x = clean(behaviour.values[feature], fill)[active]
    counts = np.bincount(np.searchsorted(edges, x, side="left"), minlength=len(edges) + 1)
    return [round(float(c) / n, 9) for c in (*counts, n - int(active.sum()))]
