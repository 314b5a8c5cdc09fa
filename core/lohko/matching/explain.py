"""Why two rows are, or are not, one customer: field by field, and what blocking had to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from lohko.errors import InputRefused
from lohko.matching.blocking import largest_block
from lohko.matching.ledger import Ledger, open_ledger, surviving_ids
from lohko.matching.match import Beforehand, Matched, guarded, match
from lohko.matching.model import prior_bits, weigh
from lohko.matching.params import DedupeParams
from lohko.matching.paths import Link, path_between
from lohko.matching.patterns import compare_pairs, levels_of
from lohko.outcome import Progress, silent


@dataclass(frozen=True, slots=True)
class FieldReason:
    """What one field said: its name, the level of agreement in words, and the weight in bits (0: missing, no evidence)."""

    field: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class MetKey:
    """A blocking key that both rows hold, how many rows hold it, and whether these were too many to be compared."""

    name: str
    rows: int
    skipped: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two rows: its name, the customer id it came with, and the customer it is in the result."""

    row_id: str
    source_customer_id: str
    customer_id: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two rows are, or are not, one customer.

    Attributes
    ----------
    left, right : the rows
    probability : that they are one customer, after the guard for namesakes
    household_probability : that they are two people of one household
    prior : log2 odds of one customer before looking at the fields
    fields : what each field said
    household : what the household explanation takes away, in bits
    held_back : agreement that tells no namesakes apart was held below any threshold
    threshold, review : probabilities from which pairs are merged, and shown to a person
    decision : ``match``, ``review`` or ``no`` by their own evidence
    together : they are one customer in the result
    path : the pairs that tie the two together, where they are one customer; empty otherwise
    recorded : probability and decision in the package's ``pairs``, where it lists them
    compared : they were compared (every pair is, in small registers)
    every_pair : all possible pairs of the register were compared
    keys : the blocking keys that both rows hold
    keys_tried : how many keys blocking used
    values : per compared column, what the two rows hold (for ``--show-values`` only)
    """

    left: Side
    right: Side
    probability: float
    household_probability: float
    prior: float
    fields: tuple[FieldReason, ...]
    household: float
    held_back: bool
    threshold: float
    review: float
    decision: str
    together: bool
    path: tuple[Link, ...]
    recorded: tuple[float, str] | None
    compared: bool
    every_pair: bool
    keys: tuple[MetKey, ...]
    keys_tried: int
    values: Mapping[str, tuple[str | None, str | None]]

    @property
    def total(self) -> float:
        """Log2 odds of one customer after looking at the fields; the guard aside."""
        return self.prior + sum(reason.weight for reason in self.fields) + self.household

    def as_dict(self, *, show_values: bool = False) -> dict[str, Any]:
        """Return the explanation as plain JSON values; cells only where asked for."""
        content = asdict(self)
        del content["values"]
        content["recorded"] = (
            {"match_probability": self.recorded[0], "decision": self.recorded[1]} if self.recorded else None
        )
        content["match_weight"] = round(self.total - self.prior, 4)
        if show_values:
            content["values"] = {name: {"left": one, "right": other} for name, (one, other) in self.values.items()}
        return content


def explain(
    tables: Mapping[str, pl.LazyFrame], left: str, right: str, params: DedupeParams, progress: Progress = silent
) -> Explanation:
    """Explain a pair of rows, whether it was ever compared or not.

    Parameters
    ----------
    tables : the package's tables, before or after dedupe
    left, right : a ``row_id``, or a customer id as it came (its first row is taken)
    params : as for dedupe
    progress : told how far it is

    Raises
    ------
    InputRefused
        A row is not there (``dedupe_no_such_row``), or both are the same.
    """
    ledger = open_ledger(tables)
    one, other = (_place(ledger.rows, name) for name in (left, right))
    if one == other:
        raise InputRefused(
            "dedupe_no_such_row", "both names stand for the same row", hint="name two rows by their row_id"
        )
    matched = match(ledger.rows.drop("together"), params, Beforehand(ledger.rows["together"]), progress)
    told = _explained(ledger, matched, one, other, params)
    return replace(told, recorded=_recorded(tables, told.left.row_id, told.right.row_id))


def _place(rows: pl.DataFrame, name: str) -> int:
    for column in ("row_id", "customer_id"):
        at = np.flatnonzero((rows[column] == name).to_numpy())
        if len(at):
            return int(at[0])
    raise InputRefused("dedupe_no_such_row", f"there is no customer row named {name}")


def _explained(ledger: Ledger, matched: Matched, one: int, other: int, params: DedupeParams) -> Explanation:
    register, model, rows = matched.register, matched.model, ledger.rows
    low, high = sorted((one, other))
    pair = low << 32 | high
    cells = compare_pairs(register, np.array([pair], dtype=np.int64))
    weights = weigh(model, cells)
    probability = float(guarded(register, model, cells, weights)[0])
    fields = tuple(
        FieldReason(field.name, field.labels[level], round(float(weight), 4))
        for field, level, weight in zip(register.fields, levels_of(cells)[0], weights.fields[0], strict=True)
    )
    found = matched.candidates
    at = int(np.searchsorted(found.pairs, pair))
    compared = found.complete or (at < len(found.pairs) and int(found.pairs[at]) == pair)
    together = bool(matched.clusters[one] == matched.clusters[other])
    survivors = surviving_ids(ledger, pl.Series(matched.clusters))
    decision = "match" if probability >= params.threshold else "review" if probability >= params.review else "no"
    return Explanation(
        left=Side(rows["row_id"][one], rows["customer_id"][one], survivors[one]),
        right=Side(rows["row_id"][other], rows["customer_id"][other], survivors[other]),
        probability=round(probability, 6),
        household_probability=round(float(weights.household[0]), 6),
        prior=round(prior_bits(model), 4),
        fields=fields,
        household=round(float(weights.against_household[0]), 4),
        held_back=bool(probability < float(weights.same[0])),
        threshold=params.threshold,
        review=params.review,
        decision=decision,
        together=together,
        path=path_between(ledger, matched, one, other, params.threshold) if together else (),
        recorded=None,
        compared=compared,
        every_pair=found.complete,
        keys=_met(matched, one, other),
        keys_tried=len(found.keys),
        values=_values(rows, matched, one, other),
    )


def _met(matched: Matched, one: int, other: int) -> tuple[MetKey, ...]:
    """Return the keys both rows hold."""
    views = {view.name: view for view in matched.register.views()}
    met = []
    for key in matched.candidates.keys:
        parts = [(views[name], fine) for name, fine in key.parts]
        codes = [view.codes[fine] for view, fine in parts]
        if all(column[one] == column[other] >= 0 for column in codes):
            rows = int(np.logical_and.reduce([column == column[one] for column in codes]).sum())
            met.append(MetKey(key.name, rows, rows > largest_block(parts)))
    return tuple(met)


def _recorded(tables: Mapping[str, pl.LazyFrame], one: str, other: str) -> tuple[float, str] | None:
    if "pairs" not in tables:
        return None
    low, high = sorted((one, other))
    found = (
        tables["pairs"]
        .filter(left_row_id=low, right_row_id=high)
        .select("match_probability", "decision")
        .collect()
        .rows()
    )
    return found[0] if found else None


def _values(rows: pl.DataFrame, matched: Matched, one: int, other: int) -> dict[str, tuple[str | None, str | None]]:
    columns = list(dict.fromkeys(entry.shown for entry in matched.register.chosen))
    text = rows.select(pl.col(columns).cast(pl.String))
    return {name: (text[name][one], text[name][other]) for name in columns}
