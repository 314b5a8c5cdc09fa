"""Gives each customer the segment of a model; segment and assign both do it here, so they cannot differ."""

from __future__ import annotations

import numpy as np
import polars as pl

from lohko.segments.behaviour import Behaviour, Floats
from lohko.segments.clusters import Labels
from lohko.segments.model import Model
from lohko.segments.newcomers import newcomers


def score(model: Model, behaviour: Behaviour) -> tuple[Labels, Floats]:
    """Return each customer's segment (its place in ``model.known``) and the confidence in it.

    The confidence is 0 on the border between two segments and 1 at the heart of one (:meth:`Clusters.place`). Those who have done
    nothing, and the new, are told by that alone: 1.
    """
    somewhere = behaviour.somewhere(model.dimensions)
    labels = np.full(len(somewhere), len(model.known) - 1, dtype=np.intp)
    confidence = np.ones(len(somewhere))
    if model.new is not None:
        new = newcomers(behaviour, model.new_events, model.new_days)
        labels[new] = model.k
        somewhere = somewhere & ~new
    if model.k and somewhere.any():
        matrix = model.preparation.apply(behaviour)[somewhere]
        labels[somewhere], confidence[somewhere] = model.clusters.place(matrix)
    return labels, confidence


def segments_table(model: Model, behaviour: Behaviour, labels: Labels, confidence: Floats, lang: str) -> pl.DataFrame:
    """Return the table ``segments``, sorted by customer_id."""
    known = model.known
    return pl.DataFrame(
        {
            "customer_id": behaviour.ids,
            "segment": pl.Series([s.slug for s in known], dtype=pl.String).gather(labels),
            "segment_name": pl.Series([s.names[lang] for s in known], dtype=pl.String).gather(labels),
            "confidence": pl.Series(confidence, dtype=pl.Float64),
        }
    )
