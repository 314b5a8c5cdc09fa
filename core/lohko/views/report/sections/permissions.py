"""Permissions: per channel who may be contacted, who could be, who may not, and what they are worth."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import cast

import polars as pl

from lohko.tables import tables
from lohko.views.report.model import HIDDEN, Amount, Channel, Opening, Permissions, Shown
from lohko.views.report.privacy import veil
from lohko.views.report.sections.sources import Sources
from lohko.views.report.sections.sources import money as total_of

DECISIONS = ("may", "ask_again", "screen_first", "review", "may_not")


_OPENINGS = ("renew", "screen", "inform", "decide")


def opening(decision: str, reason: str) -> str | None:
    """Return what would open the channel after such a decision. Where nothing is on record, there is nothing to renew."""
    if decision == "ask_again":
        return None if reason == "unknown_default_deny" else "renew"
    if decision == "screen_first":
        return {"screen_first": "screen", "informed_unknown": "inform"}.get(reason)
    return "decide" if decision == "review" else None


def permissions(sources: Sources) -> Permissions | None:
    """Count decisions by channel; None where nothing was decided."""
    frame = sources.tables.get("permissions")
    if frame is None:
        return None
    rows = frame.select("customer_id", "channel", "decision", "reason")
    value = sources.valued
    valued = value is not None
    if value is not None:
        rows = rows.join(value.select("customer_id", "worth"), on="customer_id", how="left")
    counted = (
        rows.group_by("channel", "decision", "reason")
        .agg(
            pl.len().alias("customers"),
            total_of("worth").alias("amount") if valued else pl.lit(None).alias("amount"),
        )
        .sort("channel", "decision", "reason")
        .collect()
        .rows()
    )
    customers = int(frame.select(pl.col("customer_id").n_unique()).collect().item())
    may = int(frame.filter(pl.col("decision") == "may").select(pl.col("customer_id").n_unique()).collect().item())
    day = frame.select(pl.col("as_of").max()).collect().item() if "as_of" in sources.columns("permissions") else None
    return Permissions(
        customers=customers,
        channels=tuple(_channel(name, counted, valued, sources.k) for name in _channels({row[0] for row in counted})),
        reachable=veil([may, customers - may], sources.k)[0],
        as_of=cast("dt.date | None", day),
    )


def _channels(found: set[str]) -> list[str]:
    """Order channels as the contract lists them; unknown ones last, by name."""
    column = tables()["permissions"].column("channel")
    known = column.values if column else ()
    return sorted(found, key=lambda name: (known.index(name) if name in known else len(known), name))


def _channel(name: str, counted: list[tuple[str, str, str, int, Decimal | None]], valued: bool, k: int) -> Channel:
    rows = [row for row in counted if row[0] == name]
    people = [sum(row[3] for row in rows if row[1] == decision) for decision in DECISIONS]
    decisions: dict[str, Shown] = dict(zip(DECISIONS, veil(people, k), strict=True))
    amounts: dict[str, Amount] = {}
    for decision in DECISIONS:
        amount = sum((row[4] or Decimal(0) for row in rows if row[1] == decision), Decimal(0))
        amounts[decision] = HIDDEN if decisions[decision] is HIDDEN else amount if valued else None
    reasons: dict[str, int] = {}
    for _, decision, reason, customers, _ in rows:
        if decision != "may" and reason:
            reasons[reason] = reasons.get(reason, 0) + customers
    listed = sorted(reasons.items())
    openings = []
    for code in _OPENINGS:
        chosen = [row for row in rows if opening(row[1], row[2]) == code]
        customers = sum(row[3] for row in chosen)
        if customers >= k:
            money = sum((row[4] or Decimal(0) for row in chosen), Decimal(0))
            openings.append(Opening(code, customers, money if valued else None))
    return Channel(
        channel=name,
        decisions=decisions,
        amounts=amounts,
        reasons=dict(zip(dict(listed), veil([count for _, count in listed], k), strict=True)),
        openings=tuple(openings),
    )
