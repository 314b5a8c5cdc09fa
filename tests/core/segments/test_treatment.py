"""Treatments: by the goal of the business, by what sets a segment apart, and after value's own next dimension."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from lohko.segments.behaviour import DIMENSIONS, Behaviour, vocabulary
from lohko.segments.facets import Facets, Freshness, Level
from lohko.segments.params import LANGUAGES
from lohko.segments.treatment import Next, activation_text, goal_text, hint_text, next_step, treat, treat_group


def facets(
    money: Level = "middle",
    visits: Level = "middle",
    social: Level = "none",
    fresh: Freshness = "middle",
    *,
    once: bool = False,
    lapsing: bool = False,
    contracts: float = 0.0,
) -> Facets:
    levels: dict[str, Level] = {"financial": money, "visits": visits, "social": social}
    return Facets(levels, dict.fromkeys(levels, False), fresh, once, {}, {}, lapsing, contracts)


def members(advice: list[str | None] | None, odds: list[float | None] | None = None) -> Behaviour:
    n = 10 if advice is None else len(advice)
    money = pl.Series([0] * n)
    return Behaviour(
        pl.Series([f"c{i}" for i in range(n)]),
        {},
        {d: np.ones(n, dtype=np.bool_) for d in DIMENSIONS},
        money,
        money,
        advice=None if advice is None else pl.Series(advice, dtype=pl.String),
        odds=None if odds is None else pl.Series(odds, dtype=pl.Float64),
    )


@pytest.mark.parametrize(
    ("segment", "hint"),
    [
        (facets("none", "high"), "acquire_from_visits"),
        (facets("none", "low"), "acquire_from_occasional_visits"),
        (facets("none", "none", "middle"), "acquire_from_social"),
        (facets("few", "high"), "acquire_few_from_visits"),
        (facets("few", "low"), "acquire_few_from_occasional_visits"),
        (facets("few", "few", "high"), "acquire_few_from_social"),
        (facets("none", "none"), "acquire_first_step"),
        (facets("few", "few", "few"), "keep_watch"),
        (facets("low", "high", once=True), "sell_more_second_purchase"),
        (facets("middle", "middle"), "sell_more_grow"),
        (facets("middle", "high"), "sell_more_grow_frequent"),
        (facets("middle", "low"), "sell_more_grow_occasional"),
        (facets("middle", "none"), "sell_more_grow_away"),
        (facets("middle", "high", "high"), "sell_more_grow_advocates"),
        (facets("high"), "keep_reward"),
        (facets("high", "none"), "keep_reward_away"),
        (facets("middle", "high", contracts=0.7), "keep_contract_frequent"),
        (facets("middle", "low", contracts=0.5), "keep_contract_occasional"),
        (facets("middle", "low", contracts=0.4), "sell_more_grow_occasional"),
        (facets("middle", "none", lapsing=True), "keep_lapsing_away"),
        (facets("middle", "middle", lapsing=True), "keep_lapsing"),
        (facets("middle", fresh="lapsed"), "keep_win_back"),
        (facets("middle", "high", fresh="lapsed", contracts=0.9), "keep_win_back_frequent"),
        (facets("low", fresh="lapsed"), "keep_light_reminder"),
        (facets("low", "high", fresh="lapsed"), "keep_light_reminder_frequent"),
        (facets("middle", fresh="lapsed", once=True), "keep_once_reminder"),
        (facets("high", fresh="recent"), "keep_reward_recent"),
        (facets("high", lapsing=True), "keep_lapsing"),
        (facets("middle", fresh="recent"), "sell_more_grow_recent"),
        (facets("middle", "high", fresh="recent"), "sell_more_grow_frequent"),
    ],
)
def test_treatments_follow_money_and_freshness_then_what_sets_apart(segment: Facets, hint: str) -> None:
    treatment = treat(segment)
    assert treatment.hint == hint
    assert hint.startswith(treatment.goal)


def test_groups_that_are_no_clusters_are_treated() -> None:
    assert treat_group("inactive").goal == "acquire"
    assert treat_group("everybody").hint == "keep_watch"


def test_the_next_dimension_is_the_one_most_customers_have() -> None:
    said = members(["social"] * 6 + ["financial"] * 2 + [None] * 2, [0.1] * 6 + [0.3] * 2 + [None] * 2)
    assert next_step(said, facets("middle", "none")) == Next("social", 0.6, 0.1)
    assert next_step(members(["social", "financial"]), None) == Next("financial", 0.5, None)


@pytest.mark.parametrize("advice", [None, [None] * 10, ["social"] * 4 + [None] * 6])
def test_where_value_says_nothing_of_most_the_least_used_dimension_is_next(advice: list[str | None] | None) -> None:
    assert next_step(members(advice), facets("middle", "few")) == Next("visits")
    assert next_step(members(advice), facets("few", "middle")) == Next("financial")
    assert next_step(members(advice), facets("middle", "high", "high")) == Next(None)
    assert next_step(members(advice), facets("low", "low", "high")) == Next("visits")
    assert next_step(members(advice), None) == Next(None)


def test_every_treatment_has_its_own_text_in_every_language() -> None:
    hints = vocabulary("hints")["hints"]
    for language in LANGUAGES:
        assert len({hint_text(key, language) for key in hints}) == len(hints)
        assert all(goal_text(entry["goal"], language) for entry in hints.values())
        assert all(activation_text(dimension, language) for dimension in DIMENSIONS)
    assert all(key.startswith(entry["goal"]) for key, entry in hints.items())
