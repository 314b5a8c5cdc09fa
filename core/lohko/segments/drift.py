"""How far behaviour has moved since a model was made: the population stability index, feature by feature."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lohko.segments.behaviour import Behaviour, Floats, dimension_of
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


def psi(
    behaviour: Behaviour, preparation: Preparation, bands: Mapping[str, Mapping[str, list[float]]]
) -> dict[str, float]:
    """Return the population stability index of each feature against the bands (Siddiqi 2006).

    The sum over bands of (share now − share then) · ln(share now / share then).
    """
    found = {}
    for column in preparation.columns:
        then = np.maximum(np.array(bands[column.feature]["shares"]), LEAST)
        edges = np.array(bands[column.feature]["edges"], dtype=np.float64)
        now = np.maximum(np.array(_shares(behaviour, column.feature, column.fill, edges)), LEAST)
        found[column.feature] = round(float(((now - then) * np.log(now / then)).sum()), 6)
    return found


def _shares(behaviour: Behaviour, feature: str, fill: float, edges: Floats) -> list[float]:
    n = max(len(behaviour.ids), 1)
    active = behaviour.active.get(dimension_of(feature), np.ones(len(behaviour.ids), dtype=np.bool_))
    x = clean(behaviour.values[feature], fill)[active]
    counts = np.bincount(np.searchsorted(edges, x, side="left"), minlength=len(edges) + 1)
    return [round(float(c) / n, 9) for c in (*counts, n - int(active.sum()))]
