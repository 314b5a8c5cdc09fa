"""Rules: readable, true to the customers they speak of, fidelity told."""

from __future__ import annotations

from math import inf

import numpy as np
import polars as pl
import pytest

from lohko.segments.behaviour import read
from lohko.segments.clusters import fit, nearest
from lohko.segments.phrases import NEVER, number, phrase, sentence
from lohko.segments.rules import _shorter, explain
from lohko.segments.transform import learn

FEATURES = ("recency_days", "frequency", "monetary", "visit_days", "social_acts")


def test_rules_of_clear_groups_are_nearly_exact(customers: pl.DataFrame) -> None:
    behaviour = read(customers.lazy(), FEATURES)
    behaviour = behaviour.subset(behaviour.somewhere(behaviour.dimensions()))
    preparation = learn(behaviour, FEATURES)
    matrix = preparation.apply(behaviour)
    labels = nearest(matrix, fit(matrix, 4, 1, 10))[0]
    rules, fidelity = explain(behaviour, preparation, labels, 4, 1)
    assert fidelity > 0.97
    for rule in rules:
        assert rule.covers is not None
        assert rule.right is not None
        assert min(rule.covers, rule.right) > 0.95
        assert f"(covers {round(100 * rule.covers)}%" in rule.texts["en"]
    again, _ = explain(behaviour, preparation, labels, 4, 1)
    assert again == rules


def test_rules_weighed_on_a_sample_are_told_from_everybody(
    customers: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    behaviour = read(customers.lazy(), FEATURES)
    behaviour = behaviour.subset(behaviour.somewhere(behaviour.dimensions()))
    preparation = learn(behaviour, FEATURES)
    matrix = preparation.apply(behaviour)
    labels = nearest(matrix, fit(matrix, 4, 1, 10))[0]
    monkeypatch.setattr("lohko.segments.rules.WEIGHED", len(labels) // 3)
    rules, fidelity = explain(behaviour, preparation, labels, 4, 1)
    assert fidelity > 0.9
    for cluster, rule in enumerate(rules):
        members = int((labels == cluster).sum())
        assert rule.covers is not None
        assert rule.covers > 0.85
        assert rule.covers * members == pytest.approx(round(rule.covers * members), abs=1e-3)


def test_a_cluster_no_rule_can_tell_says_so(customers: pl.DataFrame) -> None:
    behaviour = read(customers.lazy(), FEATURES)
    alike = {f: np.ones_like(x) for f, x in behaviour.values.items()}
    preparation = learn(behaviour, FEATURES)
    same = type(behaviour)(behaviour.ids, alike, behaviour.active, behaviour.money, behaviour.purchases)
    everywhere = {d: np.ones(len(same.ids), dtype=np.bool_) for d in same.active}
    same = type(same)(same.ids, same.values, everywhere, same.money, same.purchases)
    rules, _ = explain(same, preparation, np.arange(len(same.ids)) % 2, 2, 1)
    assert {r.texts["en"] for r in rules} == {"no short rule describes it"}
    assert all(r.covers is None for r in rules)


@pytest.mark.parametrize(
    ("feature", "above", "up_to", "language", "words"),
    [
        ("frequency", 3, inf, "en", "bought on at least 4 days"),
        ("frequency", -inf, 0, "fi", "ei ole ostanut"),
        ("frequency", 0, inf, "sv", "har handlat"),
        ("frequency", -inf, 1, "en", "bought on one day at most"),
        ("frequency", 1, 2, "en", "bought on 2 days"),
        ("frequency", 1, 5, "fi", "ostanut 2–5 päivänä"),
        ("recency_days", 90, inf, "en", "no purchase in the last 90 days"),
        ("recency_days", 90, NEVER / 2, "en", "last purchase at least 91 days ago"),
        ("recency_days", -inf, NEVER / 2, "en", "has bought"),
        ("recency_days", NEVER / 2, inf, "fi", "ei ole ostanut"),
        ("nps_last", 3, inf, "en", "nps_last at least 4"),
    ],
)
def test_phrases(feature: str, above: float, up_to: float, language: str, words: str) -> None:
    assert phrase(feature, above, up_to, whole=True, language=language) == words


def test_a_rule_that_is_often_wrong_is_told_as_a_tendency() -> None:
    boxes, whole = [{"frequency": (0.0, inf)}], {"frequency": True}
    for language, tendency in (("en", "mostly: "), ("fi", "useimmiten: "), ("sv", "oftast: ")):
        sure, unsure = (sentence(boxes, whole, language, 0.9, right) for right in (0.8, 0.79))
        assert unsure.startswith(tendency)
        assert not sure.startswith(tendency)


def test_amounts_read_as_money() -> None:
    assert phrase("money_total", -inf, 59.6, whole=False, language="en") == "spent at most 59.60 in all"
    assert phrase("monetary", 1250.0, inf, whole=False, language="sv") == "handlat för sammanlagt minst 1\u00a0250"


def test_conditions_that_add_nothing_are_left_out() -> None:
    rng = np.random.default_rng(3)
    days = rng.integers(0, 40, 2_000).astype(float)
    raw = {"visit_days": days, "page_views": days * 3}
    whole = dict.fromkeys(raw, True)
    inside = (days > 0) & (days <= 19)
    box = {"visit_days": (-inf, 19.0), "page_views": (0.0, inf)}
    assert _shorter(raw, whole, (box,), inside) == ({"visit_days": (0.0, 19.0)},)
    assert _shorter(raw, whole, ({"visit_days": (0.0, 19.0), "page_views": (-inf, 300.0)},), inside) == (
        {"visit_days": (0.0, 19.0)},
    )


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert number(1234.0, "en") == "1,234"
    assert number(1234.0, "fi") == "1\u00a0234"
    assert number(20.75, "sv") == "20,8"
