"""How far segments tell value classes: on known tables, and in the step."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from lohko.outcome import Env
from lohko.segments.agreement import Told, told
from lohko.segments.params import SegmentParams
from lohko.segments.step import segment


@pytest.mark.parametrize(
    ("table", "measured"),
    [
        ([[10, 0], [0, 30]], Told(1.0, 0.75)),  # the segment tells all
        ([[10, 30], [10, 30]], Told(0.75, 0.75)),  # it tells nothing
        ([[6, 4], [3, 7]], Told(0.65, 0.55)),
        ([[0, 0]], None),
    ],
)
def test_the_commonest_level_of_the_segment_against_that_of_all(table: list[list[int]], measured: Told | None) -> None:
    assert told(table) == measured


def test_the_step_tells_the_dimensions_in_which_customers_differ(customers: pl.DataFrame) -> None:
    level = pl.when(pl.col("frequency") > 3).then(pl.lit("F3V2S0")).otherwise(pl.lit("F0V2S0"))
    result = segment(
        {"value": customers.with_columns(value_class=level).lazy()},
        SegmentParams(k=4, bootstraps=5),
        Env(dt.date(2025, 12, 31)),
    )
    assert list(result.figures["agreement"]) == ["financial"]
    assert result.figures["agreement"]["financial"]["by_segment"] > 0.99
    text = next(f.text for f in result.findings if f.code == "segments_agree")
    assert "money 99% (79% without it)" in text
