"""The polars types behind the contract's column types."""

from __future__ import annotations

import polars as pl

from lohko.tables import ColumnType, tables

MONEY = pl.Decimal(18, 4)
TIMESTAMP = pl.Datetime("us", "UTC")

POLARS_TYPES: dict[ColumnType, pl.DataType] = {
    "id": pl.String(),
    "text": pl.String(),
    "enum": pl.String(),
    "postcode": pl.String(),
    "country": pl.String(),
    "decimal": MONEY,
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "timestamp": TIMESTAMP,
    "date": pl.Date(),
    "boolean": pl.Boolean(),
}


def schema(table: str, columns: tuple[str, ...] | None = None) -> dict[str, pl.DataType]:
    """Return the polars types of a table's columns (all, or those named; unknown names are text)."""
    known = {c.name: POLARS_TYPES[c.type] for c in tables()[table].columns}
    if columns is None:
        return known
    return {name: known.get(name, pl.String()) for name in columns}


def empty(table: str) -> pl.DataFrame:
    """Return the table with its needed columns and no rows."""
    return pl.DataFrame(schema=schema(table, tables()[table].needed))
