"""Customer rows: their source, and a ``row_id`` that depends on what a row says and not on where it stands."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from lohko.tables import tables

_ROW = "__row"
_DIGITS = 12


def content(columns: Iterable[tuple[str, pl.DataType]]) -> pl.Expr:
    """Write a row's content as one text: filled columns by name, so that neither their order nor the file's dialect matters."""
    pieces = []
    for name, dtype in sorted(columns):
        value = pl.col(name)
        text = value.cast(pl.Int64).cast(pl.String) if dtype == pl.Datetime("us", "UTC") else value.cast(pl.String)
        pieces.append(
            pl.when(value.is_not_null())
            .then(pl.concat_str(pl.lit(name + "\x1f"), text, pl.lit("\x1e")))
            .otherwise(pl.lit(""))
        )
    return pl.concat_str(pieces)


def row_ids(bases: Sequence[str], contents: Sequence[str], *, always: bool = False) -> list[str]:
    """Make row ids for customer rows whose ids repeat.

    Parameters
    ----------
    bases : the customer id of each row
    contents : what each row says
    always : there is no id: the digest stands alone
    """
    seen: Counter[str] = Counter()
    made = []
    for base, text in zip(bases, contents, strict=True):
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
        fresh = f"{base}{digest}" if always else f"{base}~{digest}"
        seen[fresh] += 1
        made.append(fresh if seen[fresh] == 1 else f"{fresh}.{seen[fresh]}")
    return made


def finish_customers(parts: Sequence[tuple[pl.LazyFrame, str, str | None]], scratch: Path) -> tuple[Path, int]:
    """Put the customer files together, with ``source`` and ``row_id``.

    Parameters
    ----------
    parts : for each file its typed rows, the source of rows that name none, and the prefix of ids made for rows without one

    Returns
    -------
    The Parquet file of the table, and how many ids were made from content.
    """
    frames = []
    made = 0
    for rows, source, prefix in parts:
        schema = rows.collect_schema()
        own = [(n, t) for n, t in schema.items() if n not in ("line", "row_id")]
        fallback = pl.lit(source)
        named = pl.coalesce(pl.col("source"), fallback) if "source" in schema else fallback
        frame = rows.with_columns(content(own).alias("__content"), named.alias("source"))
        if "customer_id" not in schema:
            base = f"{prefix}:r" if prefix else "r"
            texts = frame.select("__content").collect()["__content"].to_list()
            ids = pl.LazyFrame({"customer_id": row_ids([base] * len(texts), texts, always=True)})
            frame = pl.concat([ids, frame], how="horizontal")
            made += len(texts)
        frames.append(frame)
    rows = pl.concat(frames, how="diagonal").with_row_index(_ROW)
    repeated = rows.group_by("customer_id").agg(n=pl.len()).filter(pl.col("n") > 1).select("customer_id")
    several = (
        rows.join(repeated, on="customer_id", how="semi").select(_ROW, "customer_id", "__content").sort(_ROW).collect()
    )
    given = _given(rows)
    fresh = pl.LazyFrame(
        {_ROW: several[_ROW], "__id": row_ids(several["customer_id"].to_list(), several["__content"].to_list())},
        schema={_ROW: several[_ROW].dtype, "__id": pl.String()},
    )
    names = list(rows.collect_schema())
    known = [c.name for c in tables()["customers"].columns]
    order = [n for n in known if n in names or n == "row_id"] + [
        n for n in names if n not in known and not n.startswith("__") and n != "line"
    ]
    path = scratch / "customers.parquet"
    (
        rows.join(fresh, on=_ROW, how="left", maintain_order="left")
        .with_columns((pl.col("row_id") if given else pl.coalesce("__id", "customer_id")).alias("row_id"))
        .select(*order, "line")
        .sink_parquet(path)
    )
    return path, made


def _given(rows: pl.LazyFrame) -> bool:
    """Tell whether every row brings a ``row_id`` of its own, as rows do that lohko wrote."""
    if "row_id" not in rows.collect_schema():
        return False
    ids = pl.col("row_id")
    return bool(rows.select((ids.null_count() == 0) & (ids.n_unique() == pl.len())).collect().item())


def customers_from(ids: Sequence[pl.Series], scratch: Path) -> tuple[Path, int]:
    """Take the customers from the other tables: every customer id that stands in them, each table's given once; sorted."""
    found = ids[0] if len(ids) == 1 else pl.concat([pl.Series("customer_id", [], dtype=pl.String), *ids]).unique()
    found = found.sort()
    path = scratch / "customers.parquet"
    pl.DataFrame({"customer_id": found, "row_id": found}).write_parquet(path)
    return path, len(found)
