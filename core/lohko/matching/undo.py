"""Merging taken back: the register as it came, from originals and crosswalk."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lohko.errors import InputRefused
from lohko.matching.repoint import outdated, pointed_back
from lohko.matching.review import FILE as REVIEW
from lohko.outcome import Account, Finding, StepResult

_MADE = ("crosswalk", "originals", "pairs")


def undo(tables: Mapping[str, pl.LazyFrame]) -> StepResult:
    """Return the register as it came to the first dedupe or clean.

    ``customers`` are the rows as they came, with their columns, types and ids, in the order of their sources and lines; other tables
    speak of the ids they came with; ``changes`` keeps what still holds. What dedupe made, and what later steps concluded
    of merged customers, is left out; so is the file of questions about its pairs. Answers are kept.

    Raises
    ------
    InputRefused
        Nothing was merged here (``dedupe_nothing_to_undo``).
    """
    if "crosswalk" not in tables or "originals" not in tables:
        raise InputRefused("dedupe_nothing_to_undo", "the input has no crosswalk and originals")
    current = tables["customers"].collect()
    came = rows_as_they_came(tables["originals"].collect(), tables["crosswalk"].collect(), current)
    made: dict[str, pl.DataFrame | pl.LazyFrame] = {
        "customers": came if "row_id" in current.columns else came.drop("row_id"),
        **pointed_back(tables),
    }
    gone = [name for name in _MADE if name in tables]
    if "changes" in tables:
        left = standing(tables["changes"].collect(), came)
        if left.is_empty():
            gone.append("changes")
        else:
            made["changes"] = left
    old = outdated(tables)
    findings = (
        Finding("dedupe_undone", {"customers": current.height, "rows": came.height}),
        *(Finding("conclusions_undone", {"table": name}, "warning") for name in old),
    )
    account = Account(
        rows_in=current.height,
        derived=max(0, came.height - current.height),
        rows_out=came.height,
        dropped=max(0, current.height - came.height),
    )
    figures = {"customers": current.height, "rows": came.height, "merges_undone": came.height - current.height}
    return StepResult(made, findings, figures, {"customers": account}, outdated=(*gone, *old, REVIEW))


def rows_as_they_came(originals: pl.DataFrame, walk: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """Return the original rows in the order of their files' lines, and after them rows that no run has seen yet."""
    rows = originals.join(walk.select("row_id"), on="row_id", how="semi")
    if "row_id" in current.columns:
        unseen = current.join(walk.select("row_id"), on="row_id", how="anti")
        if unseen.height:
            rows = pl.concat([rows, unseen], how="diagonal_relaxed")
    by = [pl.col("row_id")]
    if "line" in rows.columns:
        # rows of files that were given a source stand one file after the other; lines count within a file
        by = [pl.col("customer_id").str.extract(r"^([^:\s]+):").fill_null(""), pl.col("line"), *by]
    return rows.sort(by, nulls_last=True)


def standing(changes: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """Return the changes that still hold: those that led to the value a cell has.

    What a merge took over is gone with it, and what was mended after the rows were kept as they came is, too.
    """
    parts = [changes.filter(pl.col("table") != "customers")]
    mended = changes.filter((pl.col("table") == "customers") & (pl.col("step") != "dedupe"))
    for column in mended["column"].unique().sort():
        if column in customers.columns:
            part = mended.filter(column=column)
            now = customers.select("row_id", pl.col(column).cast(pl.String).alias("__now"))
            reached = part.join(now, on="row_id", how="inner").with_columns(
                __holds=pl.col("new").eq_missing(pl.col("__now")).any().over("row_id")
            )
            parts.append(reached.filter("__holds").select(changes.columns))
    return pl.concat(parts).sort(["table", "row_id", "column", "step", "old", "new", "rule"])
