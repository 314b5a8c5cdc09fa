"""All other tables speak of the surviving customers, and can be made to speak of those who came again."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lohko.errors import InputRefused
from lohko.tables import tables as contract

OWN = frozenset({"customers", "crosswalk", "originals", "pairs", "changes"})
#: What steps concluded. Of two customers who turn out to be one, neither conclusion holds, and the other way round.
CONCLUSIONS = tuple(sorted(name for name, table in contract().items() if table.made_by and name not in OWN))
COLUMNS = ("customer_id", "referred_customer_id")


def source_of(column: str) -> str:
    """Return the column that keeps the ids by which rows came, where they now go by another."""
    return f"source_{column}"


def check_free(tables: Mapping[str, pl.LazyFrame]) -> None:
    """Refuse a column of the user's that has the name under which ids are kept.

    Raises
    ------
    InputRefused
        ``dedupe_reserved_column``.
    """
    if "crosswalk" in tables:
        return
    for name in sorted(set(tables) - OWN):
        for column in COLUMNS:
            if source_of(column) in tables[name].collect_schema():
                raise InputRefused("dedupe_reserved_column", f"{name} has a column {source_of(column)} of its own")


def repointed(tables: Mapping[str, pl.LazyFrame], now: pl.DataFrame) -> dict[str, pl.LazyFrame]:
    """Return the tables in which a customer id changes, lazily and in their row order.

    The id a row came with is kept beside it (``source_customer_id``) where it is another, so that nothing is lost.

    Parameters
    ----------
    tables : the package's tables
    now : ``old`` (unique) and ``new`` ids
    """
    changed = {}
    for name, frame, columns in _pointing(tables):
        current, touched = frame, False
        for column in columns:
            moved = _moved(current, column, now)
            if moved.select((pl.col(column) != pl.col("__new")).any()).collect().item():
                source = pl.when(pl.col("__source") != pl.col("__new")).then(pl.col("__source"))
                current = moved.with_columns(pl.col("__new").alias(column), source.alias(source_of(column))).drop(
                    "__source", "__new"
                )
                touched = True
        if touched:
            changed[name] = current
    return changed


def _moved(frame: pl.LazyFrame, column: str, now: pl.DataFrame) -> pl.LazyFrame:
    """Return the rows with the id each came with (``__source``) and the one it goes by now (``__new``)."""
    kept = source_of(column)
    came = pl.coalesce(kept, column) if kept in frame.collect_schema() else pl.col(column)
    lookup = now.lazy().select(pl.col("old").alias("__source"), pl.col("new").alias("__new"))
    return (
        frame.with_columns(came.alias("__source"))
        .join(lookup, on="__source", how="left", maintain_order="left")
        .with_columns(pl.coalesce("__new", "__source").alias("__new"))
    )


def pointed_back(tables: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """Return the tables with kept ids, with these in their place again."""
    changed = {}
    for name, frame, columns in _pointing(tables):
        kept = [column for column in columns if source_of(column) in frame.collect_schema()]
        if kept:
            back = [pl.coalesce(source_of(column), column).alias(column) for column in kept]
            changed[name] = frame.with_columns(back).drop(map(source_of, kept))
    return changed


def _pointing(tables: Mapping[str, pl.LazyFrame]) -> list[tuple[str, pl.LazyFrame, list[str]]]:
    """Return the tables that name customers: name, rows, columns that do."""
    found = []
    for name in sorted(set(tables) - OWN - set(CONCLUSIONS)):
        names = tables[name].collect_schema().names()
        found.append((name, tables[name], [column for column in COLUMNS if column in names]))
    return found


def outdated(tables: Mapping[str, pl.LazyFrame]) -> tuple[str, ...]:
    """Return the tables that no longer hold once customers were merged or parted, and must be made again."""
    return tuple(name for name in CONCLUSIONS if name in tables)
