"""One row a segment: how many, how much, how sure, what rule, what to do, and what is typical."""

from __future__ import annotations

import numpy as np
import polars as pl

from lohko.segments.behaviour import DIMENSIONS, Behaviour, Floats, exact_sum
from lohko.segments.clusters import Labels
from lohko.segments.model import Model


def profiles_table(model: Model, behaviour: Behaviour, labels: Labels, lang: str) -> pl.DataFrame:
    """Return the table ``segment_profiles``: the model's segments that have customers, by value, then the new and the inactive.

    Counts, money and medians are of these customers; names, rules (and how well they fit), stability and hints are the model's.

    Parameters
    ----------
    labels : each customer's segment (its place in ``model.known``)
    """
    everybody, total = max(len(behaviour.ids), 1), exact_sum(behaviour.money)
    rows = []
    for i, segment in enumerate(model.known):
        own = np.flatnonzero(labels == i)
        if not len(own):
            continue
        members = behaviour.subset(own)
        money = exact_sum(members.money)
        rows.append(
            {
                "segment": segment.slug,
                "segment_name": segment.names[lang],
                "customers": len(own),
                "share": round(len(own) / everybody, 6),
                "rule": segment.rule[lang],
                "treatment_hint": segment.hint,
                "stability": segment.stability,
                "goal": segment.goal,
                "next_dimension": segment.next_dimension,
                "next_share_customers": segment.next_share_customers,
                "next_share": segment.next_share,
                "rule_covers": segment.rule_covers,
                "rule_right": segment.rule_right,
                "monetary_total": exact_sum(members.purchases),
                "value_total": money,
                "value_share": float(round(money / total, 6)) if total > 0 else None,
                **{f"active_{d}": round(float(members.active[d].mean()), 6) for d in DIMENSIONS},
                **{f"median_{f}": _median(members.values[f]) for f in model.features},
            }
        )
    return pl.DataFrame(rows, schema=_schema(model))


def _schema(model: Model) -> dict[str, pl.DataType]:
    text, number = pl.String(), pl.Float64()
    return {
        "segment": text,
        "segment_name": text,
        "customers": pl.Int64(),
        "share": number,
        "rule": text,
        "treatment_hint": text,
        "stability": number,
        "goal": text,
        "next_dimension": text,
        "next_share_customers": number,
        "next_share": number,
        "rule_covers": number,
        "rule_right": number,
        "monetary_total": pl.Decimal(18, 4),
        "value_total": pl.Decimal(18, 4),
        "value_share": number,
        **{f"active_{d}": number for d in DIMENSIONS},
        **{f"median_{f}": number for f in model.features},
    }


def _median(x: Floats) -> float | None:
    known = x[~np.isnan(x)]
    return round(float(np.median(known)), 6) if known.size else None
