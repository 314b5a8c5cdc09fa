"""Why two rows are, or are not, one customer: field by field, and what blocking had to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from lohko.errors import InputRefused
from lohko.matching.ledger import open_ledger
from lohko.matching.match import Matched, guarded, match
from lohko.matching.model import prior_bits, weigh
from lohko.matching.params import DedupeParams
from lohko.matching.patterns import compare_pairs, levels_of


@dataclass(frozen=True, slots=True)
class FieldReason:
    """What one field said: its name, the level of agreement in words, and the weight in bits (0: missing, no evidence)."""

    field: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two rows are, or are not, one customer.

    Attributes
    ----------
    left_row_id, right_row_id : the rows
    probability : that they are one customer, after the guard for namesakes
    household_probability : that they are two people of one household
    prior : log2 odds of one customer before looking at the fields
    fields : what each field said
    household : what the household explanation takes away, in bits
    held_back : agreement that tells no namesakes apart was held below any threshold
    keys : blocking keys that brought the two together; empty if none did
    compared : they were compared at all (every pair is, in small registers)
    together : they are one customer in the result
    decision : ``match``, ``review`` or ``no`` by their own evidence
    """

    left_row_id: str
    right_row_id: str
    probability: float
    household_probability: float
    prior: float
    fields: tuple[FieldReason, ...]
    household: float
    held_back: bool
    keys: tuple[str, ...]
    compared: bool
    together: bool
    decision: str

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as plain JSON values."""
        return {
            "left_row_id": self.left_row_id,
            "right_row_id": self.right_row_id,
            "probability": self.probability,
            "household_probability": self.household_probability,
            "prior": self.prior,
            "fields": [{"field": f.field, "level": f.level, "weight": f.weight} for f in self.fields],
            "household": self.household,
            "held_back": self.held_back,
            "keys": list(self.keys),
            "compared": self.compared,
            "together": self.together,
            "decision": self.decision,
        }


def explain(tables: Mapping[str, pl.LazyFrame], left: str, right: str, params: DedupeParams) -> Explanation:
    """Explain a pair of rows, whether it was ever compared or not.

    Parameters
    ----------
    tables : the package's tables, before or after dedupe
    left, right : a ``row_id``, or a customer id as it came (its first row is taken)
    params : as for dedupe

    Raises
    ------
    InputRefused
        A row is not there (``dedupe_no_such_row``), or both are the same.
    """
    ledger = open_ledger(tables)
    one, other = sorted((_place(ledger.rows, left), _place(ledger.rows, right)))
    if one == other:
        raise InputRefused(
            "dedupe_no_such_row", "both names stand for the same row", hint="name two rows by their row_id"
        )
    matched = match(ledger.rows.drop("together"), params, ledger.rows["together"])
    return _explained(ledger.rows, matched, one, other, params)


def _place(rows: pl.DataFrame, name: str) -> int:
    for column in ("row_id", "customer_id"):
        at = np.flatnonzero((rows[column] == name).to_numpy())
        if len(at):
            return int(at[0])
    raise InputRefused("dedupe_no_such_row", f"there is no customer row named {name}")


def _explained(rows: pl.DataFrame, matched: Matched, one: int, other: int, params: DedupeParams) -> Explanation:
    register, model = matched.register, matched.model
    cells = compare_pairs(register, np.array([one << 32 | other], dtype=np.int64))
    weights = weigh(model, cells)
    probability = float(guarded(register, model, cells, weights)[0])
    names = {view.name: view for view in register.views()}
    met = [
        key
        for key in matched.candidates.keys
        if all(names[name].codes[fine][one] == names[name].codes[fine][other] >= 0 for name, fine in key.parts)
    ]
    fields = tuple(
        FieldReason(field.name, field.labels[level], round(float(weight), 4))
        for field, level, weight in zip(register.fields, levels_of(cells)[0], weights.fields[0], strict=True)
    )
    together = bool(matched.clusters[one] == matched.clusters[other])
    decision = "match" if probability >= params.threshold else "review" if probability >= params.review else "no"
    return Explanation(
        rows["row_id"][one],
        rows["row_id"][other],
        round(probability, 6),
        round(float(weights.household[0]), 6),
        round(prior_bits(model), 4),
        fields,
        round(float(weights.against_household[0]), 4),
        bool(probability < float(weights.same[0])),
        tuple(key.name for key in met),
        matched.candidates.complete or bool(met),
        together,
        decision,
    )
