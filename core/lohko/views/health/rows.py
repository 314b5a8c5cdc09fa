"""Lists of failures: which row has which fault. Ids, places and codes only; no value of a cell."""

from __future__ import annotations

import polars as pl

from lohko.cleaning.faults import Examined


def failures(examined: Examined) -> pl.DataFrame:
    """Return one row a customer row and fault: ``customer_id``, ``row_id``, ``source``, ``line``, ``field``, ``code``.

    Sorted by field, code and row, as they are best worked off.
    """
    parts = [
        examined.rows.filter(pl.col(code)).select(
            "customer_id", "row_id", "source", "line", field=pl.lit(fault.field), code=pl.lit(code)
        )
        for code, fault in examined.found.items()
    ]
    order = {name: place for place, name in enumerate(examined.tested)}
    if not parts:
        kinds = {"customer_id": pl.String, "row_id": pl.String, "source": pl.String, "line": pl.Int64}
        return pl.DataFrame(schema=kinds | {"field": pl.String, "code": pl.String})
    listed = pl.concat(parts)
    place = pl.col("field").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    return listed.sort(place, "code", "customer_id", "row_id", maintain_order=True)
