"""Answers and service contacts checked like the rest: scores within their scale, measures that are known, scores that are missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from lohko.cleaning.recipients import vocabulary
from lohko.outcome import Finding


def feedback_figures(feedback: pl.LazyFrame) -> dict[str, dict[str, Any]]:
    """Return, measure by measure, what is to be said of the table ``feedback``. Nothing of it is changed.

    Returns
    -------
    By measure: ``rows``, ``scored``, ``outside`` (scores that the measure's scale has not), ``unscored`` (answers of a measure that has a
    scale, without a score), ``scale`` (lowest and highest; null: the measure has none, or is not known) and ``known``
    """
    names = feedback.collect_schema().names()
    if "measure" not in names:
        return {}
    score = pl.col("score").cast(pl.Float64, strict=False) if "score" in names else pl.lit(None, pl.Float64)
    scales: dict[str, list[float]] = vocabulary()["feedback_scales"]
    rows = feedback.select("measure", score=score)
    found: dict[str, dict[str, Any]] = {}
    for measure in rows.select(pl.col("measure").unique()).collect()["measure"].drop_nulls().sort():
        low, high = scales.get(measure) or (None, None)
        mine = rows.filter(pl.col("measure") == measure)
        value = pl.col("score")
        outside = (value < low) | (value > high) if low is not None else pl.lit(value=False)
        counts = mine.select(
            rows=pl.len(),
            scored=value.count(),
            outside=(outside & value.is_not_null()).sum(),
        ).collect().row(0, named=True)  # fmt: skip
        found[measure] = {
            **counts,
            "unscored": counts["rows"] - counts["scored"] if low is not None else 0,
            "scale": [low, high] if low is not None else None,
            "known": measure in scales,
        }
    return found


def feedback_findings(figures: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Return what is worth telling of the figures."""
    told = []
    for measure, entry in figures.items():
        if entry["outside"]:
            low, high = entry["scale"]
            data = {"count": entry["outside"], "measure": measure, "low": f"{low:g}", "high": f"{high:g}"}
            told.append(Finding("feedback_outside_scale", data, "warning"))
        if entry["unscored"]:
            told.append(Finding("feedback_unscored", {"count": entry["unscored"], "measure": measure}))
        if not entry["known"]:
            told.append(Finding("feedback_unknown_measure", {"count": entry["rows"], "measure": measure}, "warning"))
    return told
