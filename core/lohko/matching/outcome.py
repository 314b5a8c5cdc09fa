"""What dedupe tells: figures for reports and findings in plain words."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from lohko.matching.ledger import Ledger
from lohko.matching.match import TELLING, Matched
from lohko.matching.model import prior_bits
from lohko.matching.settings import limits
from lohko.outcome import Finding


def figures_of(
    ledger: Ledger, walk: pl.DataFrame, matched: Matched, pairs: pl.DataFrame, customers: int
) -> dict[str, Any]:
    """Return the figures of a run, as plain JSON values."""
    decisions = dict(pairs["decision"].value_counts().iter_rows())
    groups = walk.group_by("customer_id").len().filter(pl.col("len") > 1).height
    # a household goes by the id of one of its customers: if it has others, some row's customer has another id
    homes = walk.filter(pl.col("household_id") != pl.col("customer_id"))["household_id"].unique().implode()
    people = (
        walk.filter(pl.col("household_id").is_in(homes))
        .group_by("household_id")
        .agg(n=pl.col("customer_id").n_unique())
    )
    return {
        "rows": walk.height,
        "rows_in": ledger.current.height,
        "customers": customers,
        "merged": ledger.current.height - customers,
        "groups": groups,
        "pairs_compared": matched.compared,
        "pairs_match": decisions.get("match", 0),
        "pairs_review": decisions.get("review", 0),
        "pairs_listed": pairs.height,
        "pairs_listed_from": limits().kept_probability,
        "households": people.filter(pl.col("n") > 1).height,
        "threshold": round(matched.threshold, 9),
        "expected_precision": matched.expected_precision,
        "answers": {"same": len(matched.verdicts.same), "different": len(matched.verdicts.different)},
        "calibration": calibration(matched),
        "converged": matched.model.converged,
        "iterations": matched.model.rounds,
        "prior": float(f"{matched.model.rates[0]:.6g}"),
        "prior_household": float(f"{sum(matched.model.rates[1:]):.6g}"),
        "prior_weight": round(prior_bits(matched.model), 4),
        "blocking": {
            "complete": matched.candidates.complete,
            "keys": len(matched.candidates.keys),
            "skipped_blocks": sum(key.skipped_blocks for key in matched.candidates.keys),
        },
        "model": {
            field.name: {
                "kind": field.kind.name,
                "levels": {
                    field.labels[level]: {
                        "same": float(f"{share.kinds[0][level]:.4g}"),
                        "household": float(f"{share.kinds[1][level]:.4g}"),
                        "strangers": float(f"{share.strangers[level]:.4g}"),
                    }
                    for level in range(1, field.size)
                    if field.size < 20 or share.kinds[0][level] > 0.005
                },
            }
            for field, share in zip(matched.register.fields, matched.model.shares, strict=True)
        },
        "left_out": {entry.column: entry.why for entry in matched.register.left_out},
    }


_BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0)


def calibration(matched: Matched) -> list[dict[str, Any]]:
    """Compare what a model without answers told of the answered pairs with the answers, by bins of probability.

    People were asked about uncertain pairs, so this speaks of those, not of all merges.
    """
    right = np.repeat([True, False], [len(matched.verdicts.same), len(matched.verdicts.different)])
    place = np.clip(np.searchsorted(_BINS, matched.told, side="right") - 1, 0, len(_BINS) - 2)
    return [
        {
            "from": _BINS[n],
            "to": _BINS[n + 1],
            "pairs": int((place == n).sum()),
            "told": round(float(matched.told[place == n].mean()), 4),
            "right": round(float(right[place == n].mean()), 4),
        }
        for n in range(len(_BINS) - 1)
        if (place == n).any()
    ]


def findings_of(matched: Matched, figures: dict[str, Any]) -> tuple[Finding, ...]:
    """Return what is worth telling, the result first, then what limits it."""
    register = matched.register
    found = [
        Finding(
            "dedupe_merged",
            {"rows": figures["rows_in"], "customers": figures["customers"], "merged": figures["merged"]},
        )
        if figures["merged"]
        else Finding("dedupe_none", {"rows": figures["rows_in"]})
    ]
    if figures["precision"] is not None:
        data = {"precision": figures["precision"], "expected": figures["expected_precision"]}
        found.append(Finding("dedupe_precision", data | {"threshold": round(figures["threshold"], 3)}))
    if figures["pairs_review"]:
        found.append(Finding("dedupe_review", {"count": figures["pairs_review"]}))
    if figures["questions"]:
        found.append(Finding("dedupe_questions", {"count": figures["questions"]}))
    if figures["households"]:
        found.append(Finding("dedupe_households", {"count": figures["households"]}))
    fields = register.fields
    if not any(entry.kind in TELLING for entry in register.chosen):
        found.append(Finding("dedupe_little_evidence", {}, "warning"))
    further = list(dict.fromkeys(c.shown for c in register.chosen if c.shown not in _CONTRACT))
    if further:
        found.append(Finding("dedupe_columns_compared", {"columns": ", ".join(further)}))
    if register.left_out:
        words = ", ".join(f"{entry.column} ({entry.why})" for entry in register.left_out)
        found.append(Finding("dedupe_columns_left_out", {"columns": words}))
    found += [
        Finding("dedupe_crowd", {"column": crowd.column, "values": crowd.values, "rows": crowd.rows}, "warning")
        for crowd in register.crowds
    ]
    telling = {field.name for field in fields if field.kind.strong} | {"door"}
    skewed = [key for key in matched.candidates.keys if key.skipped_blocks and key.name in telling]
    if skewed:
        worst = max(skewed, key=lambda key: (key.largest, key.parts))
        found.append(
            Finding("dedupe_skewed", {"key": worst.name, "rows": worst.largest, "blocks": worst.skipped_blocks})
        )
    if not matched.model.converged and matched.compared:
        found.append(Finding("dedupe_not_converged", {"rounds": matched.model.rounds}, "warning"))
    return tuple(found)


_CONTRACT = {
    "first_name", "last_name", "company_name", "business_id", "email", "phone", "birth_date", "street", "postcode", "city",
    "municipality",
}  # fmt: skip
