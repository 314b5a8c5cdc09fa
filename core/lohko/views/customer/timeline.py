"""What a customer did and was sent, newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

#: By table: the column of the time, and the columns worth telling, in this order.
TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "transactions": ("occurred_at", ("amount", "currency", "product", "category", "channel")),
    "subscriptions": ("started_at", ("product", "price", "period_months", "ended_at")),
    "visits": ("occurred_at", ("page_views", "downloads", "channel", "device", "content_id")),
    "social": ("occurred_at", ("action", "network", "reach", "votes", "content_id")),
    "touchpoints": ("occurred_at", ("media", "channel", "action", "campaign_id", "content_id")),
    "contacts": ("contacted_at", ("campaign_id", "name", "arm")),
    "feedback": ("answered_at", ("measure", "score", "touchpoint", "text")),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One event: when (UTC; None: unknown), from which table, and its cells by column."""

    at: dt.datetime | None
    table: str
    cells: Mapping[str, Any]


def timeline(
    tables: Mapping[str, pl.LazyFrame], ids: Collection[str], as_of: dt.date, timezone: str
) -> tuple[Event, ...]:
    """Return all events of a customer up to the end of a day, newest first, undated ones last.

    Parameters
    ----------
    tables : the package's tables, any of which may be missing
    ids : every id the customer goes by
    as_of, timezone : the last day that counts, and the zone it is counted in
    """
    end = dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time(), ZoneInfo(timezone)).astimezone(dt.UTC)
    visitors = _visitors(tables, ids)
    found = []
    for name, (time, columns) in TABLES.items():
        if name not in tables:
            continue
        frame = tables[name]
        if name == "contacts" and "campaigns" in tables:
            frame = _named(frame, tables["campaigns"])
        has = frame.collect_schema().names()
        own = pl.lit(value=False)
        if "customer_id" in has:
            own = own | pl.col("customer_id").is_in(list(ids)).fill_null(value=False)
        if visitors and "visitor_id" in has:
            own = own | (pl.col("visitor_id").is_in(visitors).fill_null(value=False) & _unnamed(has))
        shown = [column for column in columns if column in has]
        when = pl.col(time) if time in has else pl.lit(None, pl.Datetime("us", "UTC"))
        rows = (
            frame.filter(own)
            .select(when.alias("__at"), *shown)
            .filter(pl.col("__at").is_null() | (pl.col("__at") < end))
        )
        found += [
            Event(row.pop("__at"), name, {c: v for c, v in row.items() if v is not None})
            for row in rows.collect().to_dicts()
        ]
    least = dt.datetime.min.replace(tzinfo=dt.UTC)
    found.sort(key=lambda e: (e.table, str(sorted(e.cells.items()))))
    found.sort(key=lambda e: e.at or least, reverse=True)
    return tuple(found)


def _visitors(tables: Mapping[str, pl.LazyFrame], ids: Collection[str]) -> list[str]:
    if "visitors" not in tables:
        return []
    own = tables["visitors"].filter(pl.col("customer_id").is_in(list(ids)))
    return sorted(own.select("visitor_id").collect()["visitor_id"].drop_nulls().unique().to_list())


def _unnamed(has: list[str]) -> pl.Expr:
    """Tell whether a row names no customer: one that does is that customer's, whatever the visitor."""
    return pl.col("customer_id").is_null() if "customer_id" in has else pl.lit(value=True)


def _named(contacts: pl.LazyFrame, campaigns: pl.LazyFrame) -> pl.LazyFrame:
    if "name" not in campaigns.collect_schema().names():
        return contacts
    return contacts.join(campaigns.select("campaign_id", "name").unique("campaign_id"), on="campaign_id", how="left")
