"""What to do first: every fault as a thing to mend, the dearest first. A customer's letters are counted under one fault only."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from lohko.views.health.checks import Examined
from lohko.views.health.model import Duplicates, Fix, Money, Origin
from lohko.views.health.sections.money import per_customer, per_double
from lohko.views.health.settings import faults

LIMIT = 10
_MOST = 0.5
"""A source is named with a fix where it wrote at least this share of the faulty rows."""


def fixes(
    examined: Examined, people: pl.DataFrame, doubled: Duplicates, money: Money, origins: Sequence[Origin]
) -> tuple[Fix, ...]:
    """Return the ten things most worth doing: by money where it is priced, then by wasted letters, then by rows."""
    letters = _letters(examined, people)
    share = money.inputs.get("suspect_share")
    suspected = Decimal(str(share)) if share is not None else Decimal(1)
    each, twice = per_customer(money), per_double(money)
    found: list[tuple[Decimal, Fix]] = []
    for code, fault in examined.found.items():
        rows = int(examined.rows[code].sum())
        if not rows:
            continue
        people_hit = Decimal(letters.get(code, 0)) * (suspected if fault.post == "suspect" else 1)
        amount = (people_hit * each) if each is not None and fault.post else None
        source, written, since = _source(code, rows, origins)
        found.append((people_hit, Fix(code, fault.fix, rows, amount, source, written, since)))
    if doubled.looked and round(doubled.expected):
        surplus = Decimal(str(doubled.charged_expected))
        amount = surplus * twice if twice is not None else None
        found.append((surplus, Fix("duplicates", "merge", round(doubled.expected), amount)))
    order = list(faults())
    found.sort(key=lambda item: (-(item[1].amount or 0), -item[0], -item[1].rows, _place(order, item[1].code)))
    return tuple(fix for _, fix in found[:LIMIT])


def _place(order: list[str], code: str) -> int:
    return order.index(code) if code in order else -1


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


def _source(code: str, rows: int, origins: Sequence[Origin]) -> tuple[str | None, int, str | None]:
    for origin in origins:
        written = next((fault.count for fault in origin.faults if fault.code == code), 0)
        if origin.name is not None and written >= _MOST * rows and origin.top == code and len(origins) > 1:
            return origin.name, written, origin.since
    return None, 0, None
