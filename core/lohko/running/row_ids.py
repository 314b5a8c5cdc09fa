"""Row ids of customers that join a package: those that are there stay, new ones never meet them."""

from __future__ import annotations

import polars as pl

from lohko.reading.customers import content, row_ids
from lohko.tables import tables

_ROW = "__row"
_ASIDE = ("row_id", "line", "source")  # where a row stands and came from is not what it says


def join_customers(old: pl.LazyFrame, new: pl.LazyFrame) -> pl.LazyFrame:
    """Put new customer rows after old ones.

    A new row whose customer id is in the package already gets the suffixed form of row id that repeated ids have. A
    row id that is taken is numbered on.

    Parameters
    ----------
    old, new : customers as ``ingest`` makes them; ``row_id`` is unique in each
    """
    schema = new.collect_schema()
    own = [(name, dtype) for name, dtype in schema.items() if name not in _ASIDE]
    numbered = new.with_row_index(_ROW)
    known = old.select("customer_id").unique().with_columns(__known=pl.lit(value=True))
    taken = old.select("row_id").with_columns(__taken=pl.lit(value=True))
    plain = pl.col("row_id") == pl.col("customer_id")
    touched = (
        numbered.join(known, on="customer_id", how="left")
        .join(taken, on="row_id", how="left")
        .filter((pl.col("__known") & plain) | pl.col("__taken"))
        .select(_ROW, "customer_id", "row_id", plain.alias("__plain"), content(own).alias("__content"))
        .sort(_ROW)
        .collect()
    )
    if touched.is_empty():
        return _together(old, new)
    suffixed = row_ids(touched["customer_id"].to_list(), touched["__content"].to_list())
    wanted = [
        fresh if is_plain else given
        for fresh, given, is_plain in zip(suffixed, touched["row_id"], touched["__plain"], strict=True)
    ]
    used = _near(old, numbered.join(touched.lazy().select(_ROW), on=_ROW, how="anti"), wanted)
    made = []
    for base in wanted:
        fresh, number = base, 1
        while fresh in used:
            number += 1
            fresh = f"{base}.{number}"
        used.add(fresh)
        made.append(fresh)
    fresh_ids = pl.LazyFrame({_ROW: touched[_ROW], "__id": made})
    renamed = (
        numbered.join(fresh_ids, on=_ROW, how="left", maintain_order="left")
        .with_columns(pl.coalesce("__id", "row_id").alias("row_id"))
        .select(schema.names())
    )
    return _together(old, renamed)


def _together(old: pl.LazyFrame, new: pl.LazyFrame) -> pl.LazyFrame:
    """Put rows after rows, the columns in the order of reading: those of the table, others, the line."""
    rows = pl.concat([old, new], how="diagonal_relaxed")
    names = rows.collect_schema().names()
    known = [column.name for column in tables()["customers"].columns]
    return rows.select(
        *(name for name in known if name in names),
        *(name for name in names if name not in known and name != "line"),
        *(name for name in names if name == "line"),
    )


def _near(old: pl.LazyFrame, others: pl.LazyFrame, wanted: list[str]) -> set[str]:
    """Return the row ids that could meet a wanted one, numbered on or not."""
    starts = pl.LazyFrame({"__start": wanted}).unique()
    rows = pl.concat([old.select("row_id"), others.select("row_id")])
    start = pl.col("row_id").str.replace(r"\.\d+$", "")
    met = pl.concat(
        [
            rows.join(starts, left_on="row_id", right_on="__start", how="semi"),
            rows.with_columns(start.alias("__start")).join(starts, on="__start", how="semi").select("row_id"),
        ]
    )
    return set(met.collect().to_series().to_list())
