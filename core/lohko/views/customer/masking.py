"""What of a customer's contacts may be seen: masked unless asked, and a protected address never."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from lohko.cleaning.address_updates import STATUS
from lohko.tables.text import folded

ADDRESS = ("street", "postcode", "city", "municipality")
CONTACTS = ("email", "phone", *ADDRESS, "country")
HIDDEN = "•••"


def is_protected(tables: Mapping[str, pl.LazyFrame], ids: Collection[str], row: Mapping[str, Any]) -> bool:
    """Tell whether a register protects the customer's address: by what ``clean`` noted, by id, or by name alone.

    A namesake's address is hidden with it: one hidden too many costs a look elsewhere, one too few may cost a life.
    """
    if row.get(STATUS) == "protected":
        return True
    if "address_updates" not in tables:
        return False
    updates = tables["address_updates"]
    has = updates.collect_schema().names()
    if "status" not in has:
        return False
    hit = pl.lit(value=False)
    if "customer_id" in has:
        hit = hit | pl.col("customer_id").is_in(list(ids)).fill_null(value=False)
    if {"first_name", "last_name"} <= set(has) and row.get("last_name"):
        first, last = (_plain(pl.lit(str(row.get(c) or ""))) for c in ("first_name", "last_name"))
        given = _plain(pl.col("first_name"))
        hit = hit | ((_plain(pl.col("last_name")) == last) & ((given == first) | (given == "") | (first == "")))
    return bool(updates.filter((pl.col("status") == "protected") & hit).head(1).collect().height)


def _plain(name: pl.Expr) -> pl.Expr:
    return folded(name).fill_null("")


def contacts(row: Mapping[str, Any], *, protected: bool, show: bool) -> dict[str, str]:
    """Return the contacts that are there, as they may be shown."""
    found = {}
    for column in CONTACTS:
        value = row.get(column)
        if protected and column in ADDRESS:
            continue
        if value is not None and str(value):
            found[column] = str(value) if show else masked(column, str(value))
    return found


def masked(column: str, value: str) -> str:
    """Return as much of a contact as tells which one it is, not what it is."""
    if column == "email":
        box, at, host = value.rpartition("@")
        return f"{box[:1]}{HIDDEN}{at}{host}" if at else HIDDEN
    if column == "phone":
        return f"{HIDDEN}{value[-2:]}" if len(value) > 4 else HIDDEN
    return HIDDEN if column == "street" else value
