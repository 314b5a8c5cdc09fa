"""One customer's figures in words: nothing is said that the row does not hold, in each language."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest

from lohko.value.churn.panel import LEARNT_FROM
from lohko.value.explain import LANGUAGES, drivers, explain

ROW: dict[str, Any] = {
    "frequency": 4,
    "monetary": Decimal("1234.5000"),
    "recency_days": 12,
    "financial": 0.9,
    "visits": 0.5,
    "social": 0.0,
    "visit_days": 31,
    "social_acts": 0,
    "value_class": "F3V2S0",
    "expected_purchases": 2.34,
    "expected_visits": 17.6,
    "p_alive": 0.81,
    "clv": Decimal("99.9000"),
    "churn_risk": 0.25,
    "churn_kind": "silent",
    "churn_drivers": "visit_recency_days:high;product:is",
    "next_dimension": "social",
    "next_share": 0.12,
}


def test_a_customer_is_explained() -> None:
    found = {reason.code: reason.text for reason in explain(ROW)}
    assert found["bought"] == "Bought on 4 days, 1,234.50 net in all; last 12 days ago."
    assert found["financial"] == "Money: high; 90% of those who brought any brought no more."
    assert found["churn_silent"].endswith("25%.")
    assert found["drivers"] == "What raises it most: time since the last visit (more than usual), the product."
    assert "social" not in found  # nothing there: nothing to say
    assert found["expected_visits"] == "Expected to visit on 17.6 days over the horizon of the forecast."
    assert list(found)[-1] == "next_dimension"


def test_what_is_not_in_the_row_is_not_spoken_of() -> None:
    assert explain({"customer_id": "1"}) == ()
    assert [r.code for r in explain({"frequency": 0, "clv": None, "value_class": "F0V0S0"})] == ["never_bought"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_language_says_as_much(lang: str) -> None:
    assert [r.code for r in explain(ROW, lang)] == [r.code for r in explain(ROW)]
    assert [r.data.keys() for r in explain(ROW, lang)] == [r.data.keys() for r in explain(ROW)]


def test_every_column_churn_learns_from_has_words() -> None:
    content = resources.files("lohko.value").joinpath("explain.toml").read_text(encoding="utf-8")
    words = tomllib.loads(content)
    for lang in LANGUAGES:
        assert set(words[lang]["columns"]) == set(LEARNT_FROM)
        assert set(words[lang]) == set(words["en"])
        assert all(name not in drivers(f"{name}:high", lang) for name in LEARNT_FROM if "_" in name)


def test_another_language_is_refused() -> None:
    with pytest.raises(ValueError, match="en, fi, sv"):
        explain(ROW, "de")
