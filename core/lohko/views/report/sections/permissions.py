"""Permissions: per channel who may be contacted, who could be, who may not, and what they are worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import cast

import numpy as np
import polars as pl

from lohko.cleaning.permission_repairs import FILE
from lohko.disclosure import tells, veiled
from lohko.tables import tables
from lohko.views.report.model import HIDDEN, Cell, Shown
from lohko.views.report.privacy import Group, cells, veil
from lohko.views.report.reaching import Channel, Opening, Permissions
from lohko.views.report.sections.gaps import gaps
from lohko.views.report.sections.sources import Sources

DECISIONS = ("may", "ask_again", "screen_first", "review", "may_not")
_Row = tuple[str, str, str, int, Decimal | None, int]
"""Channel, decision, reason; customers; their net amount; how many of them it came from."""
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
    decisions = sources.decisions
    if decisions is None:
        return None
    worth = sources.worth
    valued = worth is not None
    decided, reached = np.zeros(len(sources.numbered), bool), np.zeros(len(sources.numbered), bool)
    counted: list[_Row] = []
    everybody = True
    for (channel, decision, reason), listed in zip(
        decisions.select("channel", "decision", "reason").iter_rows(), decisions["who"], strict=True
    ):
        who = listed.filter(sources.speaks_of.gather(listed))
        everybody = everybody and len(who) == len(listed)
        if who.is_empty():
            continue
        decided[who.to_numpy()] = True
        if decision == "may":
            reached[who.to_numpy()] = True
        own = None if worth is None else worth.gather(who)
        money = (None, 0) if own is None else (Decimal(own.sum()), int((own != 0).sum()))
        counted.append((channel, decision, reason, len(who), *money))
    customers, may = int(decided.sum()), int(reached.sum())
    told = "as_of" in sources.columns("permissions")
    day = sources.tables["permissions"].select(pl.col("as_of").max()).collect().item() if told else None
    channels = tuple(_channel(name, counted, valued, sources.k) for name in _channels({row[0] for row in counted}))
    ways = [channel.decisions["may"] for channel in channels if channel.decisions["may"] != 0]
    return Permissions(
        customers=customers,
        channels=channels,
        # where one channel is the only way, all who may be reached are those it reaches
        reachable=HIDDEN if ways == [HIDDEN] else veil([may, customers - may], sources.k)[0],
        as_of=cast("dt.date | None", day),
        # Of all less those the report speaks of, a few others could be told.
        gaps=gaps(sources.files.get(FILE), {c.channel: c.reasons for c in channels}, sources.k) if everybody else (),
    )


def _channels(found: set[str]) -> list[str]:
    """Order channels as the contract lists them; unknown ones last, by name."""
    column = tables()["permissions"].column("channel")
    known = column.values if column else ()
    return sorted(found, key=lambda name: (known.index(name) if name in known else len(known), name))


def _channel(name: str, counted: list[_Row], valued: bool, k: int) -> Channel:
    rows = [row for row in counted if row[0] == name]
    by_decision = [[row for row in rows if row[1] == decision] for decision in DECISIONS]
    shown, _ = cells(
        [Group((d,), *_sums(chosen)) for d, chosen in zip(DECISIONS, by_decision, strict=True)],
        k,
    )
    return Channel(
        channel=name,
        decisions={cell.key[0]: cell.customers for cell in shown},
        amounts={cell.key[0]: cell.amount if valued or cell.customers is HIDDEN else None for cell in shown},
        reasons=_reasons(dict(zip(DECISIONS, by_decision, strict=True)), {c.key[0]: c.customers for c in shown}, k),
        openings=tuple(_openings(rows, {cell.key[0]: cell for cell in shown}, valued, k)),
    )


def _sums(rows: list[_Row]) -> tuple[int, Decimal, int]:
    """Return customers, their net amount, and how many it came from."""
    return sum(row[3] for row in rows), sum((row[4] or Decimal(0) for row in rows), Decimal(0)), sum(r[5] for r in rows)


def _reasons(by_decision: Mapping[str, list[_Row]], decisions: Mapping[str, Shown], k: int) -> dict[str, Shown]:
    """Count reasons; those of a hidden decision are hidden, since they would add up to it."""
    found: dict[str, Shown] = {}
    for decision, rows in by_decision.items():
        if decision == "may":
            continue
        counts = [row[3] for row in rows]
        hidden = (True,) * len(rows) if decisions[decision] is HIDDEN else veiled(counts, k)
        for row, hide in zip(rows, hidden, strict=True):
            if row[2]:
                before = found.get(row[2], 0)
                found[row[2]] = HIDDEN if hide or before is HIDDEN else before + row[3]
    return dict(sorted(found.items()))


def _openings(rows: list[_Row], decisions: Mapping[str, Cell], valued: bool, k: int) -> Iterator[Opening]:
    """Count what would open the channel, as far as neither it nor the rest of its decision is too small to show."""
    for code in _OPENINGS:
        chosen = [row for row in rows if opening(row[1], row[2]) == code]
        if not chosen:
            continue
        cell = decisions[chosen[0][1]]
        customers, amount, paid = _sums(chosen)
        _, _, all_paid = _sums([row for row in rows if row[1] == chosen[0][1]])
        if customers < k or not isinstance(cell.customers, int) or not tells(customers, cell.customers, k):
            continue
        told = cell.amount is not HIDDEN and tells(paid, all_paid, k)
        yield Opening(code, customers, (amount if told else HIDDEN) if valued else None)
