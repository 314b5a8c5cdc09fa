"""What to do first: plain rules over the report's own figures, ordered by the money each touches.

Every rule needs a group large enough to show; none adds a number that the package does not hold. The money is what the
customers concerned brought so far, not a promise of what the action would bring.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from lohko.views.report.model import Action, Money, Permissions, Register, Segments
from lohko.views.report.sections.outlook import LIKELY
from lohko.views.report.sections.sources import Sources, level
from lohko.views.report.sections.sources import money as total_of

QUIET_DAYS = 180
"""High-value customers without a purchase for longer than this are worth a call."""
BROKEN_POSTCODES = frozenset({"missing", "invalid", "ambiguous", "retired"})
_UNKNOWN_SHARE = Decimal("0.01")
"""Money of unknown customers is worth an action from one hundredth of all money."""


def actions(
    sources: Sources,
    register: Register | None,
    money: Money | None,
    segments: Segments | None,
    permissions: Permissions | None,
) -> tuple[Action, ...]:
    """Return what to do, most money first; actions that touch no known money come last, most rows first."""
    found = [
        *_permission_actions(permissions, sources.k),
        *_value_actions(sources),
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


def _permission_actions(permissions: Permissions | None, k: int) -> list[Action]:
    """For each thing that would open a channel, name the channel where it concerns the most money."""
    if permissions is None:
        return []
    found = []
    for decision, code in (
        ("ask_again", "ask_again"),
        ("screen_first", "screen_first"),
        ("review", "review_permission"),
    ):
        best: Action | None = None
        for channel in permissions.channels:
            customers, amount = channel.decisions[decision], channel.amounts[decision]
            if not isinstance(customers, int) or customers < k:
                continue
            action = Action(
                code, customers, amount if isinstance(amount, Decimal) else None, {"channel": channel.channel}
            )
            if best is None or (action.amount or 0, action.customers) > (best.amount or 0, best.customers):
                best = action
        if best is not None:
            found.append(best)
    return found


def _value_actions(sources: Sources) -> list[Action]:
    value = sources.tables.get("value")
    columns = sources.columns("value")
    if value is None or "monetary" not in columns:
        return []
    best = value.filter(level("financial", columns) >= 3) if "value_class" in columns else None
    found = []
    if best is not None and "churn_risk" in columns:
        found += _counted(best.filter(pl.col("churn_risk").cast(pl.Float64) >= LIKELY), "keep_at_risk", {}, sources.k)
    if best is not None and not found and "recency_days" in columns:
        quiet = best.filter(pl.col("recency_days") > QUIET_DAYS)
        found += _counted(quiet, "win_back", {"days": QUIET_DAYS}, sources.k)
    if "next_dimension" in columns:
        for dimension in ("financial", "visits", "social"):
            open_to = value.filter(pl.col("next_dimension") == dimension)
            found += _counted(open_to, "activate", {"dimension": dimension}, sources.k)
    return found


def _counted(frame: pl.LazyFrame, code: str, data: dict[str, Any], k: int) -> list[Action]:
    customers, amount = frame.select(pl.len(), total_of("monetary").alias("amount")).collect().row(0)
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
