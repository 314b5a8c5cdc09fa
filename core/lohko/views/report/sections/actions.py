"""What to do first: plain rules over the report's own figures.

What can be done at once with the most valuable customers comes first, then where customers could grow, then what would
open a channel, last what mends the register; within each, most money first. Every rule needs a group large enough to
show and takes its number from another chapter. The money is what the customers concerned brought so far, not a promise
of what the action would bring.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lohko.views.report.model import DIMENSIONS, Action, Money, Register, Segments
from lohko.views.report.outlook import Outlook
from lohko.views.report.reaching import Permissions

BROKEN_POSTCODES = frozenset({"missing", "invalid", "ambiguous", "retired"})
_UNKNOWN_SHARE = Decimal("0.01")
"""Money of unknown customers is worth an action from one hundredth of all money."""


def actions(
    *,
    register: Register | None,
    money: Money | None,
    segments: Segments | None,
    permissions: Permissions | None,
    outlook: Outlook | None,
) -> tuple[Action, ...]:
    """Return what to do, in order."""
    stages = (
        [*_segment_actions(segments), *_best_actions(outlook)],
        _growth_actions(outlook),
        _permission_actions(permissions),
        [*_money_actions(money), *_register_actions(register)],
    )
    return tuple(action for stage in stages for action in sorted(stage, key=_order))


def _order(action: Action) -> tuple[bool, Decimal, int, str]:
    known = isinstance(action.amount, Decimal)
    return not known, -_amount(action), -action.customers, action.code


def _amount(action: Action) -> Decimal:
    return action.amount if isinstance(action.amount, Decimal) else Decimal(0)


def _segment_actions(segments: Segments | None) -> list[Action]:
    """Name the most valuable segment, and the channel through which most of it may be contacted."""
    first = segments.items[0] if segments and segments.items else None
    if first is None or not isinstance(first.amount, Decimal) or first.amount <= 0:
        return []
    data: dict[str, Any] = {"segment": first.slug, "share": first.amount_share}
    ways = [(reach, channel) for channel, reach in first.reach.items() if isinstance(reach, int) and reach > 0]
    if ways:
        data["reach"], data["channel"] = max(ways, key=lambda way: (way[0], way[1]))
    return [Action("serve_best", first.customers, first.amount, data)]


def _best_actions(outlook: Outlook | None) -> list[Action]:
    best = outlook.best if outlook else None
    return [Action(best.code, best.customers, best.amount, {"days": best.days or 0})] if best else []


def _growth_actions(outlook: Outlook | None) -> list[Action]:
    """Activate customers in each dimension that is next for a group large enough to show."""
    return [
        Action("activate", cell.customers, cell.amount, {"dimension": cell.key[0]})
        for cell in (outlook.growth if outlook else ())
        if cell.key[0] in DIMENSIONS and isinstance(cell.customers, int)
    ]


def _permission_actions(permissions: Permissions | None) -> list[Action]:
    """For each thing that would open a channel, name the channel where it concerns the most money."""
    best: dict[str, Action] = {}
    for channel in permissions.channels if permissions else ():
        for opening in channel.openings:
            action = Action(opening.code, opening.customers, opening.amount, {"channel": channel.channel})
            before = best.get(opening.code)
            if before is None or (_amount(action), action.customers) > (_amount(before), before.customers):
                best[opening.code] = action
    return list(best.values())


def _money_actions(money: Money | None) -> list[Action]:
    if money is None or not isinstance(money.unknown, Decimal) or not isinstance(money.total, Decimal):
        return []
    if not isinstance(money.unknown_rows, int) or not money.unknown_rows or money.unknown <= 0:
        return []
    if money.unknown < money.total * _UNKNOWN_SHARE:
        return []
    return [Action("name_customers", money.unknown_rows, money.unknown, {})]


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
