"""Frames as steps take and give them: columns of known types in, rows in the contract's order out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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


def not_blank(texts: pl.Series) -> pl.Series:
    """Return whether each text says anything: white space does not, and a missing text neither."""
    texts = texts.cast(pl.String)
    # Most texts begin with a plain letter: only the others are looked into.
    says = ((texts >= "!") & (texts < "\x7f")).fill_null(value=False)
    others = (~says & texts.is_not_null()).arg_true()
    return says.scatter(others, texts.gather(others).str.strip_chars_start() != "") if others.len() else says


def of_distinct(texts: pl.Series, said: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Return what is said of each text (null: of a missing one), each distinct one looked at once: for columns with few of them."""
    words = texts.unique().drop_nulls()
    places = texts.cast(pl.Enum(words), strict=False).to_physical()
    return said(words).gather(places)
