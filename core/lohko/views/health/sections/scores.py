"""Scores: of each field the mean of its rows' points, of the register the weighted mean of its parts."""

from __future__ import annotations

import polars as pl

from lohko.cleaning.faults import STATES, Examined
from lohko.views.health.model import Ages, Duplicates, Field, Score
from lohko.views.health.settings import PARTS, scoring
from lohko.views.report.model import Count


def fields(examined: Examined) -> tuple[Field, ...]:
    """Return the state of every field that was tested."""
    return tuple(_field(examined, name) for name in examined.tested)


def _field(examined: Examined, name: str) -> Field:
    codes, rows = examined.codes(name), examined.scope[name]
    by_state = {state: [pl.col(code) for code in codes if examined.found[code].state == state] for state in STATES}
    # the worst that is said of the field, from missing to mendable
    hit = [pl.any_horizontal(columns) if columns else pl.lit(value=False) for columns in by_state.values()]
    earlier = pl.lit(value=False)
    exprs = []
    for state, expr in zip(STATES, hit, strict=True):
        exprs.append((expr & ~earlier).sum().alias(state))
        earlier = earlier | expr
    counts = {state: int(count or 0) for state, count in examined.rows.select(exprs).row(0, named=True).items()}
    sound = rows - sum(counts.values())
    points = scoring()["points"]
    total = sound * points["sound"] + sum(count * points[state] for state, count in counts.items())
    sums = examined.rows.select(pl.col(code).sum() for code in codes).row(0, named=True)
    listed = sorted(((code, int(count)) for code, count in sums.items() if count), key=lambda pair: (-pair[1], pair[0]))
    return Field(
        name=name,
        rows=rows,
        sound=sound,
        score=round(100 * total / rows, 1) if rows else None,
        weight=float(scoring()["weights"].get(name, 0)),
        faults=tuple(Count(code, count) for code, count in listed),
        mendable=counts["mendable"],
        doubtful=counts["doubtful"],
        wrong=counts["wrong"],
        missing=counts["missing"],
    )


def score(parts: tuple[Field, ...], doubled: Duplicates, ages: Ages, customers: int) -> Score:
    """Return the register's score from its fields, uniqueness and freshness, as far as tested; none where no field was."""
    weights = scoring()["weights"]
    found = [(part.name, part.score, part.weight) for part in parts if part.score is not None and part.weight]
    if not found:  # that nothing is doubled or old says nothing of a register without fields
        return Score(None, None, (), tuple(weights))
    untested = []
    if doubled.looked and customers:
        found.append(("uniqueness", round(100 * (1 - doubled.expected / customers), 1), float(weights["uniqueness"])))
    else:
        untested.append("uniqueness")
    if ages.changed:  # the day a row was made says nothing of when it was last looked at
        # rows without a day have not been shown to be fresh
        share = ages.fresh / (ages.known + ages.unknown)
        found.append(("freshness", round(100 * share, 1), float(weights["freshness"])))
    else:
        untested.append("freshness")
    known = {name for name, _, _ in found}
    untested = [name for name in weights if name not in known and name not in PARTS] + untested
    weight = sum(entry[2] for entry in found)
    value = round(sum(value * part for _, value, part in found) / weight, 1)
    grade = next(name for name, least in scoring()["grades"].items() if value >= least)
    return Score(value, grade, tuple(found), tuple(untested))
