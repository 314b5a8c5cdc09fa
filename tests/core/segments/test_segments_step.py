"""The step from end to end: known groups found, named, explained; odd inputs in plain words."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from lohko.errors import InputRefused, UsageFault
from lohko.outcome import Env, StepResult
from lohko.segments.params import SegmentParams
from lohko.segments.step import segment

ENV = Env(dt.date(2025, 12, 31))
QUICK = SegmentParams(bootstraps=5)
FOUR = SegmentParams(k=4, bootstraps=5)


def run(value: pl.DataFrame, params: SegmentParams = QUICK) -> StepResult:
    return segment({"value": value.lazy()}, params, ENV)


def table(result: StepResult, name: str) -> pl.DataFrame:
    found = result.tables[name]
    assert isinstance(found, pl.DataFrame)
    return found


@pytest.fixture(scope="module")
def quick(customers: pl.DataFrame) -> StepResult:
    return run(customers, FOUR)


@pytest.fixture(scope="module")
def result(customers: pl.DataFrame) -> StepResult:
    return run(customers)


def test_known_groups_are_found_and_named(result: StepResult, customers: pl.DataFrame) -> None:
    profiles = table(result, "segment_profiles")
    assert result.figures["k"] == 4
    assert profiles["segment"].to_list() == [
        "active-big-spenders",
        "lapsed-light-buyers-few-visits",
        "visitors-without-purchases",
        "advocates-without-purchases",
        "no-value-yet",
    ]
    place = pl.col("index") % 20
    kind = pl.sum_horizontal(place >= edge for edge in (4, 12, 16, 19))
    kinds = customers.with_row_index().select("customer_id", kind=kind)
    pairs = kinds.join(table(result, "segments"), on="customer_id").group_by("kind", "segment").len()
    assert pairs.group_by("kind").agg(pl.col("len").max())["len"].sum() >= 598


def test_nobody_and_no_money_is_lost(result: StepResult, customers: pl.DataFrame) -> None:
    profiles, segments = table(result, "segment_profiles"), table(result, "segments")
    assert segments["customer_id"].to_list() == sorted(customers["customer_id"])
    assert profiles["customers"].sum() == customers.height
    assert profiles["monetary_total"].sum() == customers["monetary"].sum()
    assert profiles["share"].sum() == pytest.approx(1, abs=1e-5)
    assert segments["confidence"].is_between(0, 1).all()


def test_the_inactive_are_a_group_of_their_own(result: StepResult, customers: pl.DataFrame) -> None:
    idle = customers.filter((pl.col("financial") == 0) & (pl.col("visits") == 0) & (pl.col("social") == 0))
    own = table(result, "segments").filter(pl.col("segment") == "no-value-yet")
    assert own["customer_id"].to_list() == idle["customer_id"].to_list()
    assert idle.height > 0
    assert "segments_inactive" in {f.code for f in result.findings}


@pytest.mark.parametrize(("every", "word"), [(30, "without purchases"), (2, "few purchases")])
def test_without_is_said_only_where_nearly_nobody_has(customers: pl.DataFrame, every: int, word: str) -> None:
    place = pl.int_range(pl.len())
    some = (place % 20 >= 12) & (place % 20 < 19) & ((place // 20) % every == 0)
    bought = customers.with_columns(
        frequency=pl.when(some).then(1).otherwise("frequency"),
        monetary=pl.when(some).then(pl.lit(Decimal(5))).otherwise("monetary").cast(pl.Decimal(18, 4)),
        recency_days=pl.when(some).then(300).otherwise("recency_days"),
        financial=pl.when(some).then(0.01).otherwise("financial"),
    )
    profiles = table(run(bought, FOUR), "segment_profiles")
    seldom = profiles.filter(pl.col("active_financial").is_between(0, 0.5) & (pl.col("segment") != "no-value-yet"))
    assert seldom.height > 0
    assert all(word in name for name in seldom["segment_name"])
    for row in profiles.iter_rows(named=True):
        for claim, dimension in (("without purchases", "financial"), ("no visits", "visits")):
            if claim in row["segment_name"]:
                assert row[f"active_{dimension}"] <= 0.05


def test_the_next_dimension_is_values_own(customers: pl.DataFrame) -> None:
    advised = customers.with_columns(next_dimension=pl.lit("social"), next_share=pl.lit(0.125))
    profiles = table(run(advised, FOUR), "segment_profiles")
    assert profiles["next_dimension"].unique().to_list() == ["social"]
    assert profiles["next_share_customers"].unique().to_list() == [1.0]
    assert profiles["next_share"].unique().to_list() == [0.125]
    plain = table(run(customers, FOUR), "segment_profiles")
    assert plain["next_share_customers"].null_count() == plain.height


def test_contracts_make_keeping_the_goal(customers: pl.DataFrame) -> None:
    contracts = customers.with_columns(active_subscriptions=pl.when(pl.col("frequency") > 0).then(1).otherwise(0))
    profiles = table(run(contracts, FOUR), "segment_profiles")
    first = profiles.row(0, named=True)
    assert first["treatment_hint"].startswith("keep_contract")
    assert first["goal"] == "keep"


def test_segments_come_in_the_order_of_value(result: StepResult) -> None:
    profiles = table(result, "segment_profiles")
    means = profiles["monetary_total"].cast(float) / profiles["customers"]
    assert means.to_list() == sorted(means, reverse=True)
    assert profiles["segment"][-1] == "no-value-yet"


def test_the_model_is_json_without_customers(result: StepResult) -> None:
    model = json.loads(result.files["model/model.json"])
    assert model["schema"] == 1
    assert model["as_of"] == "2025-12-31"
    assert len(model["centres"]) == 4
    assert {"en", "fi", "sv"} == set(model["segments"][0]["names"])
    assert b"c000001" not in result.files["model/model.json"]


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_the_order_of_rows_is_irrelevant(seed: int, customers: pl.DataFrame, quick: StepResult) -> None:
    shuffled = run(customers.sample(fraction=1, shuffle=True, seed=seed), FOUR)
    assert table(shuffled, "segments").equals(table(quick, "segments"))
    assert table(shuffled, "segment_profiles").equals(table(quick, "segment_profiles"))
    assert shuffled.files == quick.files


def test_the_number_of_threads_is_irrelevant(customers: pl.DataFrame, quick: StepResult) -> None:
    with threadpool_limits(limits=1):
        assert run(customers, FOUR).files == quick.files


def test_one_customer_more_leaves_the_others_where_they_are(customers: pl.DataFrame, quick: StepResult) -> None:
    more = run(pl.concat([customers, customers.head(1).with_columns(customer_id=pl.lit("a-newcomer"))]), FOUR)
    both = table(quick, "segments").join(table(more, "segments"), on="customer_id", suffix="_more")
    assert both.height == customers.height
    assert (both["segment"] == both["segment_more"]).mean() > 0.99  # type: ignore[operator]  # polars types mean loosely


@pytest.mark.parametrize("dimension", ["financial", "visits", "social"])
def test_a_dimension_may_be_silent(customers: pl.DataFrame, dimension: str) -> None:
    columns = {"financial": ("frequency", "monetary"), "visits": ("visit_days",), "social": ("shares",)}[dimension]
    customers = customers.head(200)
    silent = customers.with_columns(pl.lit(0.0).alias(dimension), *(pl.col(c) * 0 for c in columns))
    if dimension == "financial":
        silent = silent.with_columns(recency_days=pl.lit(None, dtype=pl.Int64))
    result = run(silent, FOUR)
    assert not {f.code for f in result.findings} & {"segment_feature_left_out"}
    profiles = table(result, "segment_profiles")
    assert profiles[f"active_{dimension}"].sum() == 0
    assert profiles["customers"].sum() == customers.height
    gone = table(run(customers.drop(dimension, *columns), FOUR), "segment_profiles")
    assert gone["customers"].sum() == customers.height


def test_a_handful_of_visitors_do_not_make_a_dimension(customers: pl.DataFrame) -> None:
    few = customers["customer_id"].is_in(customers.filter(pl.col("frequency") == 0)["customer_id"].head(5).implode())
    rare = customers.with_columns(
        visit_days=pl.when(few).then("visit_days").otherwise(0),
        visits=pl.when(few).then("visits").otherwise(0.0),
        shares=pl.lit(0),
        social=pl.lit(0.0),
    )
    result = run(rare, SegmentParams(k=3, bootstraps=5))
    assert result.figures["features"] == ["recency_days", "frequency", "monetary"]
    buyers = rare.filter(pl.col("frequency") > 0).height
    assert result.figures["active_customers"] == buyers


def test_no_customers_is_refused() -> None:
    empty = pl.DataFrame(schema={"customer_id": pl.String, "monetary": pl.Decimal(18, 4), "frequency": pl.Int64})
    with pytest.raises(InputRefused) as caught:
        run(empty)
    assert caught.value.code == "segment_nobody"


@pytest.mark.parametrize("count", [1, 2, 9, 29])
def test_few_customers_are_one_segment(customers: pl.DataFrame, count: int) -> None:
    result = run(customers.head(count))
    profiles = table(result, "segment_profiles")
    assert profiles["segment"].to_list()[0] == "active-customers"
    assert profiles["customers"].sum() == count
    assert "segments_too_few" in {f.code for f in result.findings}


def test_identical_customers_are_one_segment(customers: pl.DataFrame) -> None:
    same = pl.concat([customers.head(1)] * 200).with_columns(customer_id=pl.Series([f"x{i}" for i in range(200)]))
    result = run(same)
    assert table(result, "segment_profiles")["segment"].to_list() == ["active-customers"]
    assert "segments_no_variation" in {f.code for f in result.findings}
    with pytest.raises(InputRefused) as caught:
        run(same, SegmentParams(k=3))
    assert caught.value.code == "segment_k_impossible"


def test_two_kinds_make_two_segments(customers: pl.DataFrame) -> None:
    two = pl.concat([customers[0:1]] * 60 + [customers[7:8]] * 60).with_columns(
        customer_id=pl.Series([f"x{i:03d}" for i in range(120)])
    )
    profiles = table(run(two), "segment_profiles")
    assert profiles["customers"].to_list() == [60, 60]
    assert profiles["segment"].n_unique() == 2


def test_customers_who_all_did_nothing(customers: pl.DataFrame) -> None:
    nothing = customers.with_columns(
        *(pl.lit(0.0).alias(d) for d in ("financial", "visits", "social")),
        frequency=pl.lit(0),
        monetary=pl.lit(Decimal(0)).cast(pl.Decimal(18, 4)),
        recency_days=pl.lit(None, dtype=pl.Int64),
        visit_days=pl.lit(0),
        shares=pl.lit(0),
    )
    assert table(run(nothing), "segment_profiles")["segment"].to_list() == ["no-value-yet"]


def test_k_and_features_can_be_asked_for(customers: pl.DataFrame) -> None:
    result = run(customers, SegmentParams(k=6, bootstraps=5, features=("visit_days", "monetary")))
    assert result.figures["k"] == 6
    assert result.figures["features"] == ["visit_days", "monetary"]
    assert table(result, "segment_profiles")["segment"].n_unique() == 7
    with pytest.raises(UsageFault) as caught:
        run(customers, SegmentParams(features=("visit_day",)))
    assert caught.value.code == "segment_feature_unknown"
    assert "visit_days" in caught.value.hint


def test_refunds_beyond_purchases_do_no_harm(customers: pl.DataFrame) -> None:
    odd = customers.with_columns(
        monetary=pl.when(pl.col("customer_id") == "c000000")
        .then(pl.lit(Decimal(-4287)))
        .otherwise("monetary")
        .cast(pl.Decimal(18, 4))
    )
    profiles = table(run(odd, FOUR), "segment_profiles")
    assert profiles["monetary_total"].sum() == odd["monetary"].sum()


def test_words_come_in_the_language_asked_for(customers: pl.DataFrame, quick: StepResult) -> None:
    finnish = run(customers, SegmentParams(k=4, bootstraps=5, lang="fi"))
    assert table(finnish, "segments")["segment"].equals(table(quick, "segments")["segment"])
    assert "Ei vielä kertynyttä arvoa" in table(finnish, "segment_profiles")["segment_name"].to_list()
    assert finnish.files == quick.files


def test_progress_reaches_its_end(customers: pl.DataFrame) -> None:
    seen: list[tuple[int, int | None]] = []
    env = Env(dt.date(2025, 12, 31), progress=lambda what, done, total=None: seen.append((done, total)))
    segment({"value": customers.lazy()}, FOUR, env)
    assert seen[-1][0] == seen[-1][1]
    assert np.all(np.diff([done for done, _ in seen]) == 1)
