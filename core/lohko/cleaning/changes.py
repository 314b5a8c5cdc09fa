"""The table of changes: every value a step rewrote, with the value it had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from lohko.tables import tables
from lohko.tables.types import schema

_ORDER = (*tables()["changes"].key, "old", "new", "rule")


def row_name(columns: Sequence[str]) -> str:
    """Return the column that names a customer row: ``row_id``, or ``customer_id`` on frames that were not ingested."""
    return "row_id" if "row_id" in columns else "customer_id"


def changed_rows(
    frame: pl.DataFrame, *, column: str, old: str, rule: pl.Expr, confidence: pl.Expr, step: str
) -> pl.DataFrame:
    """Return the rows of ``changes`` for one column of ``customers``.

    Parameters
    ----------
    frame : the customers with the new values in ``column`` and the former ones in ``old``
    rule, confidence : expressions over the frame
    """
    return frame.filter(pl.col(column).ne_missing(pl.col(old))).select(
        table=pl.lit("customers"),
        row_id=pl.col(row_name(frame.columns)),
        column=pl.lit(column),
        old=pl.col(old),
        new=pl.col(column),
        rule=rule.cast(pl.String),
        confidence=confidence.cast(pl.Float64),
        step=pl.lit(step),
    )


def appended(tables_in: Mapping[str, pl.LazyFrame], made: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the input's changes and those made now, sorted by the table's key."""
    types = schema("changes")
    parts = [pl.DataFrame(schema=types), *(part.select(list(types)) for part in made)]
    if "changes" in tables_in:
        before = tables_in["changes"].collect()
        kept = [
            pl.col(name).cast(kind) if name in before.columns else pl.lit(None, kind).alias(name)
            for name, kind in types.items()
        ]
        parts.append(before.select(kept))
    return pl.concat(parts).sort(_ORDER, nulls_last=False)
