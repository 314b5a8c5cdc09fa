"""The table of pairs: what was compared, how sure, and what each field said."""

from __future__ import annotations

import numpy as np
import polars as pl

from lohko.matching.blocking import left_of, right_of
from lohko.matching.match import Matched, among
from lohko.matching.model import prior_bits
from lohko.matching.params import DedupeParams
from lohko.matching.settings import limits

DIGITS = 6


def pairs_table(rows: pl.DataFrame, matched: Matched, params: DedupeParams) -> pl.DataFrame:
    """Return the pairs worth telling, sorted by row ids.

    Pairs below a probability of ``kept_probability`` are left out, and so are the least likely ones beyond
    ``kept_per_row`` pairs per row, so that the table stays bounded. ``match_weight`` is the sum of the field weights and of
    ``weight_household`` (what the explanation "two people of one household" takes away), in bits.
    """
    keep = np.arange(len(matched.pairs))
    most = limits().kept_per_row * max(rows.height, 100)
    if len(keep) > most:
        keep = np.sort(np.lexsort((matched.pairs, -matched.same))[:most])
    ids = rows.select("row_id", "customer_id")
    left, right = ids[left_of(matched.pairs[keep])], ids[right_of(matched.pairs[keep])]
    prior = prior_bits(matched.model)
    same = matched.same[keep]
    bound = (left["customer_id"] == right["customer_id"]).to_numpy()
    merged = matched.clusters[left_of(matched.pairs[keep])] == matched.clusters[right_of(matched.pairs[keep])]
    match = ((same >= matched.threshold) & merged) | bound | among(matched.pairs[keep], matched.verdicts.same)
    apart = among(matched.pairs[keep], matched.verdicts.different)
    decision = np.where(match, "match", np.where((same >= params.review) & ~apart, "review", "no"))
    frame = pl.DataFrame(
        {
            "left_row_id": left["row_id"],
            "right_row_id": right["row_id"],
            "left_id": left["customer_id"],
            "right_id": right["customer_id"],
            "match_probability": np.round(same, DIGITS),
            "match_weight": np.round(matched.bits[keep] - prior, DIGITS),
            "decision": decision,
            **{
                f"weight_{field.name}": np.round(matched.field_bits[keep, column], DIGITS)
                for column, field in enumerate(matched.register.fields)
            },
            "weight_household": np.round(matched.household_bits[keep], DIGITS),
        },
        schema_overrides={"decision": pl.String},
    )
    # The smaller row id stands left, whatever the order of the rows.
    swap = pl.col("left_row_id") > pl.col("right_row_id")
    sides = [
        pl.when(swap).then(other).otherwise(one).alias(one)
        for one, other in (
            ("left_row_id", "right_row_id"),
            ("right_row_id", "left_row_id"),
            ("left_id", "right_id"),
            ("right_id", "left_id"),
        )
    ]
    return frame.with_columns(sides).sort("left_row_id", "right_row_id")
