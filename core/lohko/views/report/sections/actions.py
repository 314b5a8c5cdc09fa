"""What to do first: plain rules over the report's own figures, ordered by the money each touches.

Every rule needs a group large enough to show; none adds a number that the package does not hold. The money is what the
customers concerned brought so far, not a promise of what the action would bring.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from lohko.views.report.model import DIMENSIONS, Action, Money, Outlook, Permissions, Register, Segments
from lohko.views.report.sections.outlook import LIKELY, gone
from lohko.views.report.sections.sources import Sources, level
from lohko.views.report.sections.sources import money as total_of

QUIET_DAYS = 180
"""High-value customers without a purchase for longer than this are worth a call."""
BROKEN_POSTCODES = frozenset({"missing", "invalid", "ambiguous", "retired"})
_UNKNOWN_SHARE = Decimal("0.01")
"""Money of unknown customers is worth an action from one hundredth of all money."""


def actions(
    sources: Sources,
    *,
    register: Register | None,
    money: Money | None,
    segments: Segments | None,
    permissions: Permissions | None,
    outlook: Outlook | None,
) -> tuple[Action, ...]:
    """Return what to do, most money first; actions that touch no known money come last, most rows first."""
    found = [
        *_permission_actions(permissions),
        *_value_actions(sources),
        *_growth_actions(outlook),
        *_segment_actions(segments, permissions),
        *_register_actions(register),
        *_money_actions(money),
    ]
    return tuple(
        sorted(
            found,
            key=lambda action: (action.amount is None, -(action.amount or Decimal(0)), -action.customers, action.code),
        )
    )


def _permission_actions(permissions: Permissions | None) -> list[Action]:
    """For each thing that would open a channel, name the channel where it concerns the most money."""
    best: dict[str, Action] = {}
    for channel in permissions.channels if permissions else ():
        for opening in channel.openings:
            action = Action(opening.code, opening.customers, opening.amount, {"channel": channel.channel})
            before = best.get(opening.code)
            if before is None or (action.amount or 0, action.customers) > (before.amount or 0, before.customers):
                best[opening.code] = action
    return list(best.values())


def _value_actions(sources: Sources) -> list[Action]:
    value = sources.valued
    columns = sources.columns("value")
    if value is None:
        return []
    found = []
    if "value_class" in columns:
        best = value.filter(level("financial", columns) >= 3)
        risks = [name for name in ("churn_risk", "p_alive") if name in columns]
        if risks:
            missing = [name for name in ("churn_risk", "p_alive") if name not in columns]
            known = best.with_columns(*(pl.lit(None).alias(name) for name in missing))
            found = _counted(known.filter(gone() >= LIKELY), "keep_at_risk", {}, sources.k)
        if not found and "recency_days" in columns:
            quiet = best.filter(pl.col("recency_days") > QUIET_DAYS)
            found = _counted(quiet, "win_back", {"days": QUIET_DAYS}, sources.k)
    return found


def _growth_actions(outlook: Outlook | None) -> list[Action]:
    """Activate customers in each dimension that is next for a group large enough to show."""
    return [
        Action("activate", cell.customers, cell.amount, {"dimension": cell.key[0]})
        for cell in (outlook.growth if outlook else ())
        if cell.key[0] in DIMENSIONS and isinstance(cell.customers, int) and isinstance(cell.amount, Decimal)
    ]


def _counted(frame: pl.LazyFrame, code: str, data: dict[str, Any], k: int) -> list[Action]:
    customers, amount = frame.select(pl.len(), total_of("worth").alias("amount")).collect().row(0)
    return [Action(code, customers, amount, data)] if customers >= k else []


def _segment_actions(segments: Segments | None, permissions: Permissions | None) -> list[Action]:
    """Name the most valuable segment, and the channel through which most of it may be contacted."""
    if segments is None or not segments.items or segments.items[0].amount <= 0:
        return []
    first = segments.items[0]
    data: dict[str, Any] = {"segment": first.slug}
    ways = [(reach, channel) for channel, reach in first.reach.items() if isinstance(reach, int) and reach > 0]
    if permissions is not None and ways:
        data["reach"], data["channel"] = max(ways, key=lambda way: (way[0], way[1]))
    return [Action("serve_best", first.customers, first.amount, data)]


def _register_actions(register: Register | None) -> list[Action]:
    if register is None:
        return []
    found = []
    if register.pairs_review:
        found.append(Action("review_pairs", register.pairs_review, None, {}))
    broken = sum(status.count for status in register.postcodes if status.code in BROKEN_POSTCODES)
    if broken:
        found.append(Action("mend_postcodes", broken, None, {}))
    if register.rejected_rows:
        found.append(Action("read_rejects", register.rejected_rows, None, {}))
    return found


def _money_actions(money: Money | None) -> list[Action]:
    if money is None or not money.unknown or not money.unknown_rows or money.unknown < money.total * _UNKNOWN_SHARE:
        return []
    return [Action("name_customers", money.unknown_rows, money.unknown, {})]
