"""What customers were worth so far in money: counted from the value table, where the step found prices."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from lohko.views.report.model import HIDDEN, Part, Priced
from lohko.views.report.sections.sources import Sources, decimal
from lohko.views.report.sections.sources import money as total_of

_COLUMNS = {"visits": "visit_value", "social": "social_value"}


def priced(sources: Sources) -> Priced | None:
    """Return the parts of engagement value; None where the step priced nothing and nothing is missing."""
    figures = sources.figures("value").get("engagement") or {}
    totals, missing = figures.get("totals") or {}, tuple(figures.get("missing") or ())
    columns = sources.columns("value")
    if not totals or not columns:
        return None
    own = {code: column for code, column in _COLUMNS.items() if column in columns}
    if not own and not missing:
        return None  # money is all there is, and it is told already
    names = [*own.values(), *(c for c in ("engagement_value", "clv_passed_on") if c in columns)]
    base = "money_total" if "money_total" in columns else "monetary"
    counted = (
        sources.tables["value"]
        .select(
            *((pl.col(c).fill_null(0) != 0).sum().alias(f"{c}_n") for c in (*names, base)),
            *(total_of(c).alias(c) for c in names),
        )
        .collect()
        .row(0, named=True)
    )
    k = sources.k
    parts = [("money", int(counted[f"{base}_n"]), decimal(totals.get("money")) or Decimal(0))]
    parts += [(code, int(counted[f"{column}_n"]), Decimal(str(counted[column]))) for code, column in own.items()]
    total = counted.get("engagement_value") if "engagement_value" in columns else None
    if total is not None:
        moved = total - sum((amount for _, _, amount in parts), Decimal(0))
        if moved:
            parts.append(("moved", int((figures.get("referrals") or {}).get("brought") or 0), moved))
    few = any(0 < customers < k for _, customers, _ in parts)
    ties = int(counted.get("clv_passed_on_n") or 0)
    return Priced(
        parts=() if few else tuple(Part(*part) for part in parts),
        total=HIDDEN if few and total is not None else total,
        missing=missing,
        margin=figures.get("margin"),
        passed_on=counted["clv_passed_on"] if ties >= k else None,
        passed_on_by=ties if ties >= k else None,
    )
