"""All that a customer is still to bring, in one column: lifetime value, visits and social acts to come, in money.

Customer engagement value is the sum of its parts (Kumar et al. 2010, Journal of Service Research 13(3)); a sum that left a part
out would be too low for those who live by that part, so then there is none, and it is told which part is missing and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from lohko.outcome import Finding
from lohko.value.events import minor, money
from lohko.value.explain import lacking

COLUMN = "expected_engagement_value"
_PARTS = (("visits", "visit_count", "visit_value"), ("social", "social_acts", "social_value"))
_AHEAD = {"visits": "expected_visit_value", "social": "expected_social_value"}


@dataclass(frozen=True, slots=True)
class Prospects:
    """The value table with the column where nothing is missing, its figures (plain JSON values), and what to say."""

    frame: pl.DataFrame
    figures: dict[str, Any]
    findings: tuple[Finding, ...]


def prospects(frame: pl.DataFrame) -> Prospects:
    """Add ``expected_engagement_value``: ``clnv`` (else ``clv``) + ``expected_visit_value`` + ``expected_social_value``.

    A dimension in which nobody ever did anything has no part in it. A customer who never bought adds no money to come, since
    nothing is known of it; one who bought, or has a contract, and has no ``clv`` has no sum either.

    Parameters
    ----------
    frame : the value table in the making
    """
    columns = set(frame.columns)
    worth = next((c for c in ("clnv", "clv") if c in columns), None)
    money_seen = any(_any(frame, c) for c in ("frequency", "active_subscriptions"))
    parts: list[str] = [worth] if worth else []
    missing = ["money_unforeseen"] if money_seen and not worth else []
    for name, seen, priced in _PARTS:
        if not _any(frame, seen):
            continue
        if _AHEAD[name] in columns:
            parts.append(_AHEAD[name])
        else:
            missing.append(f"{name}_{'unforeseen' if priced in columns else 'unpriced'}")
    if missing or not parts:
        told = (Finding("prospects_untold", {"missing": lacking(missing)}),) if missing else ()
        return Prospects(frame, {"total": None, "customers": 0, "parts": parts, "missing": missing}, told)
    known = pl.any_horizontal(pl.col(c).is_not_null() for c in parts)
    if worth:
        known &= pl.col(worth).is_not_null() | ~_has_money(columns)
    whole = pl.sum_horizontal(minor(c).fill_null(0) for c in parts)
    found = frame.with_columns(pl.when(known).then(whole).alias(COLUMN)).with_columns(money(COLUMN).alias(COLUMN))
    total, count = found.select(
        pl.col(COLUMN).cast(pl.Decimal(38, 4)).sum(), pl.col(COLUMN).count().alias("customers")
    ).row(0)
    figures = {"total": str(total), "customers": count, "parts": parts, "missing": []}
    told = (Finding("prospects_told", {"amount": f"{float(total):,.2f}", "customers": count}),)
    return Prospects(found, figures, told)


def _any(frame: pl.DataFrame, column: str) -> bool:
    return column in frame.columns and bool((frame[column] > 0).any())


def _has_money(columns: set[str]) -> pl.Expr:
    seen = [pl.col(c).fill_null(0) > 0 for c in ("frequency", "active_subscriptions") if c in columns]
    return pl.any_horizontal(seen) if seen else pl.lit(value=False)
