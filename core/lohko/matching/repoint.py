"""All other tables speak of the surviving customers."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

OWN = frozenset({"customers", "crosswalk", "originals", "pairs", "changes"})
#: What steps concluded about each customer. Of two customers who turn out to be one, neither conclusion holds.
CONCLUSIONS = ("permissions", "segment_profiles", "segments", "value")
COLUMNS = ("customer_id", "referred_customer_id")


def repointed(tables: Mapping[str, pl.LazyFrame], moved: pl.DataFrame) -> dict[str, pl.LazyFrame]:
    """Return the tables in which a customer id is replaced, lazily and in their row order.

    Parameters
    ----------
    tables : the package's tables
    moved : ``old`` and ``new`` ids, only those that differ; ``old`` is unique
    """
    if moved.is_empty():
        return {}
    changed = {}
    for name in sorted(set(tables) - OWN - set(CONCLUSIONS)):
        frame = tables[name]
        columns = frame.collect_schema().names()
        touched = [column for column in COLUMNS if column in columns and _touches(frame, column, moved)]
        for column in touched:
            lookup = moved.lazy().select(pl.col("old").alias(column), pl.col("new").alias("__new"))
            frame = (
                frame.join(lookup, on=column, how="left", maintain_order="left")
                .with_columns(pl.coalesce("__new", column).alias(column))
                .drop("__new")
            )
        if touched:
            changed[name] = frame
    return changed


def outdated(tables: Mapping[str, pl.LazyFrame], moved: pl.DataFrame) -> tuple[str, ...]:
    """Return the tables that no longer hold once customers were merged, and must be made again."""
    return () if moved.is_empty() else tuple(name for name in CONCLUSIONS if name in tables)


def _touches(frame: pl.LazyFrame, column: str, moved: pl.DataFrame) -> bool:
    old = moved.lazy().select(pl.col("old").alias(column))
    return bool(frame.select(column).join(old, on=column, how="semi").select(pl.len()).collect().item())
