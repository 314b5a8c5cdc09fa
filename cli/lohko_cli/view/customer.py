"""One customer on the terminal: plain lines under short titles, and no cell that does anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.text import Text

from lohko_cli.view.console import make_console
from lohko_cli.view.tables import clean, table

if TYPE_CHECKING:
    from lohko.views.customer.view import Customer
    from lohko.views.report.words import Words

#: Columns with a vocabulary of their own, and the group of texts it stands in.
_VOCABULARIES = {
    "customer_type": "customer_type",
    "address_status": "address_status",
    "media": "media",
    "action": "act",
    "arm": "arm",
    "measure": "measure",
}


def show_customer(found: Customer, words: Words, limit: int | None, timezone: str, *, masked: bool) -> None:
    """Show a customer.

    Parameters
    ----------
    limit : how many of the newest events; None for all
    timezone : the zone in which times are shown
    masked : whether contacts are masked, to say so
    """
    console = make_console(stderr=False)
    zone = ZoneInfo(timezone)

    def title(key: str) -> None:
        console.print(Text(f"\n{words(f'customer.{key}')}", style="bold"))

    def lines(texts: Iterable[str]) -> None:
        for text in texts:
            console.print(Text(f"  {clean(text)}"))

    def field(column: str) -> str:
        return words.code("field", column)

    def cell(value: Any, column: str = "") -> str:
        if column in _VOCABULARIES:
            return words.code(_VOCABULARIES[column], str(value))
        if isinstance(value, dt.datetime):
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
        if isinstance(value, Decimal):
            return words.money(value, exact=True)
        if isinstance(value, float):
            return words.number(value, 0 if value.is_integer() else 2)
        return str(value)

    def named(column: str, value: Any) -> str:
        bare = isinstance(value, (int, float))  # a number alone does not say what it counts
        return f"{field(column)} {cell(value)}" if bare else cell(value, column)

    console.print(Text(f"{clean(found.customer_id)}  ({found.as_of})", style="bold"))
    title("identity")
    console.print(table(("", ""), [(f"  {field(c)}", cell(v, c)) for c, v in found.identity.items()]))
    title("rows")
    for row in found.rows:
        same = row.get("source_customer_id") == row.get("row_id")
        told = {c: v for c, v in row.items() if c != "source_customer_id" or not same}
        lines([" · ".join(f"{field(c)} {cell(v)}" for c, v in told.items())])
    title("contacts")
    if found.contacts:
        console.print(table(("", ""), [(f"  {field(c)}", v) for c, v in found.contacts.items()]))
    if found.protected:
        lines([words("customer.protected")])
    if masked and found.contacts:
        console.print(Text(f"  {words('customer.masked')}", style="dim"))
    if found.permissions:
        title("permissions")
        rows = [
            (
                f"  {words.code('channel', p['channel'])}",
                words.code("decision", p["decision"]),
                words.code("reason", p["reason"]),
            )
            for p in found.permissions
        ]
        console.print(table(("", "", ""), rows))
    title("value")
    lines([r.text for r in found.reasons] if found.value is not None else [words("customer.no_value")])
    title("segment")
    if found.segment is None:
        lines([words("customer.no_segment")])
    else:
        own = found.segment
        lines([str(own.get("segment_name") or own["segment"])])
        if own.get("confidence") is not None:
            lines([words("customer.sure", confidence=words.number(own["confidence"]))])
        if own.get("rule"):
            lines([words("customer.rule", rule=own["rule"])])
    if found.suggestions:
        title("suggestions")
        lines(found.suggestions)
    title("timeline")
    shown = found.events[:limit]
    happened = [
        (
            f"  {cell(e.at) if e.at else '-'}",
            words(f"event.{e.table}"),
            " · ".join(named(c, v) for c, v in e.cells.items()),
        )
        for e in shown
    ]
    console.print(table(("", "", ""), happened)) if happened else lines(
        [words("customer.no_events")] * (not found.events)
    )
    if older := len(found.events) - len(shown):
        lines([words("customer.more", older)])
