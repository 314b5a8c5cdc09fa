"""Customers known briefly, by few events, are new: told as such, kept out of the clusters, and scored alike later."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.errors import InputRefused
from lohko.outcome import Env, Other, StepResult
from lohko.segments.assign import assign
from lohko.segments.behaviour import read
from lohko.segments.model import PATH
from lohko.segments.newcomers import newcomers
from lohko.segments.params import AssignParams, SegmentParams
from lohko.segments.step import segment

DAY = dt.date(2025, 12, 31)
FRESH = tuple(f"c{i:06d}" for i in range(0, 600, 25))  # customers who get a newcomer's history


@pytest.fixture(scope="module")
def mixed(customers: pl.DataFrame) -> pl.DataFrame:
    """Return customers of whom some came last week and bought once, and the others have been there for long."""
    new = pl.col("customer_id").is_in(FRESH)
    return customers.with_columns(
        tenure_days=pl.when(new).then(7).otherwise(900),
        frequency=pl.when(new).then(1).otherwise("frequency"),
        recency_days=pl.when(new).then(7).otherwise("recency_days"),
        monetary=pl.when(new).then(pl.lit(Decimal(20))).otherwise("monetary").cast(pl.Decimal(18, 4)),
        visit_days=pl.when(new).then(0).otherwise("visit_days"),
        shares=pl.when(new).then(0).otherwise("shares"),
        financial=pl.when(new).then(0.2).otherwise("financial"),
        visits=pl.when(new).then(0.0).otherwise("visits"),
        social=pl.when(new).then(0.0).otherwise("social"),
    )


@pytest.fixture(scope="module")
def result(mixed: pl.DataFrame) -> StepResult:
    return run(mixed)


def run(value: pl.DataFrame, **wishes: int) -> StepResult:
    return segment({"value": value.lazy()}, SegmentParams(k=4, bootstraps=5, **wishes), Env(DAY))  # type: ignore[arg-type]


def frame(result: StepResult, table: str = "segments") -> pl.DataFrame:
    found = result.tables[table]
    assert isinstance(found, pl.DataFrame)
    return found


def test_they_are_a_group_of_their_own(mixed: pl.DataFrame, result: StepResult) -> None:
    own = frame(result).filter(pl.col("segment") == "new")
    assert own["customer_id"].to_list() == list(FRESH)
    assert own["segment_name"].unique().to_list() == ["New customers"]
    profiles = frame(result, "segment_profiles")
    assert profiles["segment"].to_list()[-2:] == ["new", "no-value-yet"]
    assert profiles["customers"].sum() == mixed.height
    assert profiles["monetary_total"].sum() == mixed["monetary"].sum()
    told = next(f for f in result.findings if f.code == "segments_new")
    assert told.data == {"customers": len(FRESH), "events": 3, "days": 30}


def test_the_clusters_are_those_without_them(mixed: pl.DataFrame, result: StepResult) -> None:
    others = mixed.filter(~pl.col("customer_id").is_in(FRESH))
    alone = frame(run(others))
    assert frame(result).filter(pl.col("segment") != "new").equals(alone)


def test_none_are_new_where_it_is_turned_off_or_cannot_be_told(mixed: pl.DataFrame) -> None:
    for found in (run(mixed, new_days=0), run(mixed.drop("tenure_days"))):
        assert "new" not in frame(found)["segment"]
        assert "segments_new" not in {f.code for f in found.findings}


def test_a_saved_model_tells_the_new_as_it_did(mixed: pl.DataFrame, result: StepResult) -> None:
    env = Env(DAY, others={"model": Other(files=result.files)})
    again = assign({"value": mixed.lazy()}, AssignParams(), env)
    assert frame(again).equals(frame(result))
    assert again.figures["shares"]["new"]["change"] == 0
    alone = assign({"value": mixed.filter(pl.col("customer_id") == FRESH[3]).lazy()}, AssignParams(lang="fi"), env)
    assert frame(alone).row(0) == (FRESH[3], "new", "Uudet asiakkaat", 1.0)


def test_a_model_from_before_there_were_new_ones_forces_nobody_out(mixed: pl.DataFrame, result: StepResult) -> None:
    content = json.loads(result.files[PATH])
    for key in ("new", "new_events", "new_days"):
        del content[key]
    env = Env(DAY, others={"model": Other(files={PATH: json.dumps(content).encode()})})
    again = assign({"value": mixed.lazy()}, AssignParams(), env)
    assert "new" not in frame(again)["segment"]
    idle = frame(result).filter(pl.col("segment") == "no-value-yet")
    assert frame(again).filter(pl.col("segment") == "no-value-yet").equals(idle)


def test_a_refit_counts_the_new_as_staying(mixed: pl.DataFrame, result: StepResult) -> None:
    env = Env(DAY, others={"previous": Other(files=result.files)})
    again = segment({"value": mixed.lazy()}, SegmentParams(k=4, bootstraps=5, previous="older"), env)
    assert frame(again).equals(frame(result))
    assert again.figures["previous"]["moved"] == 0


def test_a_company_of_newcomers_is_no_fault(mixed: pl.DataFrame) -> None:
    everybody = mixed.filter(pl.col("customer_id").is_in(FRESH))
    found = segment({"value": everybody.lazy()}, SegmentParams(), Env(DAY))
    assert frame(found, "segment_profiles")["segment"].to_list() == ["new"]
    with pytest.raises(InputRefused) as caught:
        run(everybody)
    assert "not new" in str(caught.value)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.none() | st.integers(0, 99)), min_size=1, max_size=20)
)
def test_few_events_and_a_short_time_both_are_needed(rows: list[tuple[int, int, int | None]]) -> None:
    value = pl.DataFrame(
        {
            "customer_id": [f"c{i:02d}" for i in range(len(rows))],
            "frequency": [bought for bought, _, _ in rows],
            "visit_days": [came for _, came, _ in rows],
            "tenure_days": pl.Series([since for _, _, since in rows], dtype=pl.Int64),
        }
    )
    found = newcomers(read(value.lazy(), ("frequency",)), 3, 30)
    expected = [bought + came < 3 and since is not None and since <= 30 for bought, came, since in rows]
    assert np.array_equal(found, expected)
