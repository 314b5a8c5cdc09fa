"""What to do first: faults by the action that mends them, the dearest first. A customer's letters are counted under one fault only."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from lohko.cleaning.faults import Examined
from lohko.cleaning.origins import Origin
from lohko.views.health.model import Duplicates, Fix, Money
from lohko.views.health.sections.money import per_customer, per_double
from lohko.views.report.model import Count

LIMIT = 10
_EFFORT = ("merge", "clean", "judge", "correct", "address", "ask")
"""Actions, from the least work to the most."""
_WHOLE = frozenset({"clean", "address"})
"""Actions that are done to all fields at once."""
_MOST, _FEWEST = 0.5, 5
"""A source is named with an action where it wrote at least this share of the rows, and so many."""


def fixes(
    examined: Examined, people: pl.DataFrame, doubled: Duplicates, money: Money, origins: Sequence[Origin]
) -> tuple[Fix, ...]:
    """Return the ten things most worth doing: by money where it is priced, then by wasted letters, then what is least work."""
    letters = _letters(examined, people)
    prices, twice = per_customer(money), per_double(money)
    groups: dict[tuple[str, str | None], list[str]] = {}
    for code, fault in examined.found.items():
        if examined.rows[code].any():
            groups.setdefault((fault.fix, None if fault.fix in _WHOLE else fault.field), []).append(code)
    found: list[tuple[Decimal, Fix]] = []
    for (action, field), codes in groups.items():
        wasted = Decimal(sum(letters.get(code, 0) for code in codes))
        mails = any(examined.found[code].post for code in codes)
        rows = examined.rows.filter(pl.any_horizontal(codes))
        counts = sorted(((code, int(rows[code].sum())) for code in codes), key=lambda pair: (-pair[1], pair[0]))
        amount = None
        if prices is not None and mails:
            each = {"sure": prices[0], "suspect": prices[1]}
            amount = sum((letters.get(c, 0) * each[examined.found[c].post or "sure"] for c in codes), Decimal(0))
        faults = tuple(Count(code, count) for code, count in counts)
        found.append((wasted, Fix(action, field, rows.height, faults, amount, *_source(rows, origins))))
    if doubled.looked and round(doubled.expected):
        surplus = Decimal(str(doubled.charged_expected))
        amount = surplus * twice if twice is not None else None
        # what an earlier step did not merge waits for a person
        action = "merge" if doubled.merged is None else "judge"
        found.append((surplus, Fix(action, None, round(doubled.expected), (), amount)))
    found.sort(
        key=lambda item: (
            -(item[1].amount or 0),
            -item[0],
            _EFFORT.index(item[1].action),
            -item[1].rows,
            str(item[1].field),
        )
    )
    return tuple(fix for _, fix in found[:LIMIT])


def _letters(examined: Examined, people: pl.DataFrame) -> dict[str, int]:
    """Count the customers whose letters are touched, each under the first fault of its worst row, so that sums add up."""
    sorts = {0: "sure", 1: "suspect"}
    rows = examined.rows.select(
        "customer_id", *(pl.col(code) for code, fault in examined.found.items() if fault.post)
    ).join(people.select("customer_id", "post"), on="customer_id", how="left")
    found: dict[str, int] = {}
    for level, sort in sorts.items():
        codes = [code for code, fault in examined.found.items() if fault.post == sort]
        if not codes:
            continue
        first = pl.coalesce(pl.when(pl.col(code)).then(pl.lit(code)) for code in codes)
        hit = rows.filter(pl.col("post") == level).select("customer_id", code=first).drop_nulls("code")
        for code, count in hit.group_by("customer_id").agg(pl.col("code").min())["code"].value_counts().iter_rows():
            found[str(code)] = int(count)
    return found


def _source(rows: pl.DataFrame, origins: Sequence[Origin]) -> tuple[str | None, int, str | None]:
    """Return the source that wrote most of the rows, if one did, how many, and the first month of them."""
    named = {origin.name: origin.rows for origin in origins if origin.name is not None}
    everything = sum(origin.rows for origin in origins)
    for name, count in sorted(rows["source"].drop_nulls().value_counts().iter_rows(), key=lambda p: (-p[1], p[0])):
        # more than half of these rows, and clearly more than its part of the register
        if count < _FEWEST or name not in named:
            continue
        if count >= _MOST * rows.height and count * everything > 2 * named[name] * rows.height:
            month = rows.filter(pl.col("source") == name)["month"].drop_nulls().min()
            return str(name), int(count), str(month) if month is not None else None
    return None, 0, None
