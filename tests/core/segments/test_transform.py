"""The preparation: normal, bounded, zero a level of its own, the same again from JSON."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import yeojohnson

from lohko.segments.behaviour import Behaviour, choose_features, read
from lohko.segments.transform import SOFT, ZERO_LEVEL, Preparation, clean, fit_power, learn, yeo_johnson

FEATURES = ("recency_days", "frequency", "monetary", "visit_days", "social_acts")


@pytest.fixture(scope="module")
def behaviour(customers: pl.DataFrame) -> Behaviour:
    return read(customers.lazy(), choose_features(dict(customers.schema), ()))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.floats(-2, 3).map(lambda x: round(x, 3)))
def test_yeo_johnson_agrees_with_scipy(values: list[float], power: float) -> None:
    x = np.array(values)
    assert np.allclose(yeo_johnson(x, power), yeojohnson(x, power), rtol=1e-9)


def test_the_power_is_the_most_likely_one() -> None:
    x = np.random.default_rng(2).lognormal(3, 1, 800)
    assert fit_power(x) == pytest.approx(yeojohnson(x)[1], abs=2e-3)


def test_the_inactive_stand_apart_on_the_side_of_little_value(behaviour: Behaviour) -> None:
    preparation = learn(behaviour, FEATURES)
    matrix = preparation.apply(behaviour)
    for i, column in enumerate(preparation.columns):
        active = behaviour.active[column.dimension]
        unweighted = matrix[:, i] / column.weight
        side = 1 if column.feature == "recency_days" else -1
        assert unweighted[~active] == pytest.approx(side * ZERO_LEVEL)
        assert np.abs(unweighted[active]).max() <= SOFT < ZERO_LEVEL


def test_dimensions_weigh_the_same(behaviour: Behaviour) -> None:
    columns = learn(behaviour, FEATURES).columns
    for dimension in ("financial", "visits", "social"):
        assert sum(c.weight**2 for c in columns if c.dimension == dimension) == pytest.approx(1)


def test_it_comes_back_from_json(behaviour: Behaviour) -> None:
    preparation = learn(behaviour, FEATURES)
    again = Preparation.from_list(json.loads(json.dumps(preparation.as_list())))
    assert again == preparation
    assert np.array_equal(again.apply(behaviour), preparation.apply(behaviour))


def test_a_constant_feature_is_left_out(behaviour: Behaviour) -> None:
    same = Behaviour(
        behaviour.ids,
        {**behaviour.values, "frequency": np.where(behaviour.active["financial"], 3.0, 0.0)},
        behaviour.active,
        behaviour.money,
        behaviour.purchases,
    )
    assert "frequency" not in {c.feature for c in learn(same, FEATURES).columns}


def test_activity_alone_counts_where_amounts_say_nothing(customers: pl.DataFrame) -> None:
    once = customers.with_columns(shares=(pl.col("social") > 0).cast(pl.Int64))
    behaviour = read(once.lazy(), FEATURES)
    column = learn(behaviour, FEATURES).columns[-1]
    assert (column.feature, column.amounts) == ("social_acts", False)


def test_gaps_are_filled_and_net_refunds_are_nothing() -> None:
    assert clean(np.array([np.nan, -5.0, 2.0]), 7.0).tolist() == [7.0, 0.0, 2.0]


def test_a_sum_stands_in_for_a_missing_column(customers: pl.DataFrame) -> None:
    parts = customers.with_columns(comments=pl.lit(2))
    summed = read(parts.lazy(), ("social_acts",)).values["social_acts"]
    assert summed.tolist() == (customers["shares"] + 2).to_list()


def test_numbers_may_come_as_text(customers: pl.DataFrame) -> None:
    text = customers.with_columns(pl.col("visit_days", "shares").cast(pl.String))
    one, two = (read(t.lazy(), FEATURES) for t in (customers, text))
    assert all(np.array_equal(one.values[f], two.values[f], equal_nan=True) for f in FEATURES)


def test_a_dimension_without_features_falls_back_on_its_score(customers: pl.DataFrame) -> None:
    chosen = choose_features(dict(customers.drop("visit_days").schema), ())
    assert "visits" in chosen
    assert "visits" not in choose_features(dict(customers.schema), ())
