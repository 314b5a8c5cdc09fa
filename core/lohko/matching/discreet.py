"""Whose address is under a non-disclosure order: questions to people leave it out, whatever stage the register is at.

Trades do not import each other: this reads the contract's tables (``address_updates``, ``customers.address_status``) itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lohko.matching.text import fold

PRIVATE = ("street", "postcode", "city", "municipality")
_HELD = "protected"


def protected_rows(rows: pl.DataFrame, tables: Mapping[str, pl.LazyFrame]) -> pl.Series:
    """Tell of each row whether its customer's address is protected.

    Parameters
    ----------
    rows : all rows to match (``Ledger.rows``); ``together`` names the customer a row became earlier
    tables : the package's tables
    """
    ids: list[pl.Series] = []
    held = pl.lit(value=False)
    if "address_status" in tables["customers"].collect_schema():
        noted = tables["customers"].filter(pl.col("address_status") == _HELD).select("customer_id").collect()
        ids.append(noted["customer_id"].cast(pl.String))
    if "address_status" in rows.columns:
        held = held | pl.col("address_status").eq_missing(pl.lit(_HELD))
    if "address_updates" in tables and "status" in tables["address_updates"].collect_schema():
        told = tables["address_updates"].filter(pl.col("status") == _HELD).collect()
        if "customer_id" in told.columns:
            ids.append(told["customer_id"].drop_nulls().cast(pl.String))
        key = ("last_name", "postcode")
        if set(key) <= set(told.columns) and set(key) <= set(rows.columns):
            # an entry that names a person and a place: all of that name there, rather one too many
            people = told.select(_person()).to_series().drop_nulls()
            held = held | _person().is_in(people.implode()).fill_null(value=False)
    named = pl.concat([pl.Series([], dtype=pl.String), *ids]).unique().implode()
    for column in ("customer_id", "together"):
        if column in rows.columns:
            held = held | pl.col(column).cast(pl.String).is_in(named).fill_null(value=False)
    return rows.select(held.alias(_HELD))[_HELD]


def _person() -> pl.Expr:
    code = pl.col("postcode").cast(pl.String).str.replace_all(r"\D", "").str.strip_chars_start("0")
    return (fold(pl.col("last_name")) + pl.lit("|") + code).alias(_HELD)
