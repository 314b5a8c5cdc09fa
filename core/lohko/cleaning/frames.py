"""Frames as steps take and give them: columns of known types in, rows in the contract's order out."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lohko.tables.types import schema


def taken(tables_in: Mapping[str, pl.LazyFrame], table: str) -> pl.LazyFrame:
    """Return a table of the input; a column of nulls only, to which polars gave no type, gets the contract's.

    A table that is not there is empty.
    """
    types = schema(table)
    if table not in tables_in:
        return pl.LazyFrame(schema=types)
    frame = tables_in[table]
    untyped = [name for name, kind in frame.collect_schema().items() if kind == pl.Null]
    return frame.with_columns(pl.col(name).cast(types.get(name, pl.String())) for name in untyped)


def in_order(customers: pl.DataFrame) -> pl.DataFrame:
    """Return the customers sorted by their key; rows without a ``row_id`` may share an id, so their content breaks the tie."""
    if "row_id" in customers.columns:
        return customers.sort("customer_id", "row_id")
    rest = [name for name in customers.columns if name != "customer_id"]
    return customers.sort("customer_id", *rest)
