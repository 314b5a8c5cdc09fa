"""Engagement in money in the report: its parts and their sum, what lacks a price, and small groups kept back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from lohko.views.report.chapters.outlook import risk_chapter
from lohko.views.report.chapters.priced import priced_blocks
from lohko.views.report.document import Prose, Table
from lohko.views.report.model import HIDDEN, Part
from lohko.views.report.outlook import Prospects
from lohko.views.report.sections.outlook import outlook
from lohko.views.report.sections.priced import priced
from lohko.views.report.sections.sources import Sources
from lohko.views.report.words import Words

MONEY = pl.Decimal(18, 4)
LANGS = ["en", "fi", "sv"]


def sources(social: int = 6, *, missing: tuple[str, ...] = (), **more: Any) -> Sources:
    """Twenty customers who paid 10 each and visited for 1; some acted for 3; six were brought, half of their money moved."""
    people = range(20)
    columns = {
        "customer_id": [str(n) for n in people],
        "money_total": [Decimal(10)] * 20,
        "visit_value": [Decimal(1)] * 20,
        "social_value": [Decimal(3 if n < social else 0) for n in people],
        "engagement_value": [Decimal(11 + (3 if n < social else 0) - (5 if n < 6 else 0)) for n in people],
        "clv": [Decimal(5)] * 20,
        "clv_passed_on": [Decimal(2 if n < social else 0) for n in people],
    }
    frame = pl.DataFrame(columns, schema={c: MONEY if c != "customer_id" else pl.String for c in columns})
    if missing:
        frame = frame.drop("social_value", "engagement_value")
    figures = {
        "engagement": {
            "totals": {"money": "200.0000"},
            "missing": list(missing),
            "margin": None,
            "referrals": {"brought": 6},
        },
        "expected_value": {"total": 100.0, "interval": {"level": 0.95, "low": 80.0, "high": 130.0}},
        "renewals": {"horizon_days": 90},
        **more,
    }
    return Sources({"value": frame.lazy()}, [{"step": "value", "figures": figures}], {}, 5)


def test_the_parts_add_up_to_the_whole() -> None:
    found = priced(sources())
    assert found is not None
    assert found.parts == (
        Part("money", 20, Decimal(200)),
        Part("visits", 20, Decimal(20)),
        Part("social", 6, Decimal(18)),
        Part("moved", 6, Decimal(-30)),
    )
    assert found.total == sum((Decimal(str(part.amount)) for part in found.parts), Decimal(0))
    assert (found.passed_on, found.passed_on_by) == (Decimal(12), 6)


def test_a_part_of_few_people_hides_the_sum_it_could_be_told_from() -> None:
    found = priced(sources(social=3))
    assert found is not None
    assert (found.parts, found.total, found.passed_on) == ((), HIDDEN, None)
    assert priced_blocks(Words("en"), found) == []


@pytest.mark.parametrize("lang", LANGS)
def test_it_is_told_in_each_language(lang: str) -> None:
    table, ties = priced_blocks(Words(lang, "EUR"), priced(sources()))
    assert isinstance(table, Table)
    assert table.total is not None
    assert (len(table.rows), table.total[2].raw) == (4, Decimal(208))
    assert isinstance(ties, Prose)
    lacking = ("visit", "share", "recommend", "comment", "review", "reaction", "referral")
    _, missing, _ = priced_blocks(Words(lang, "EUR"), priced(sources(missing=lacking)))
    assert isinstance(missing, Prose)
    assert "[prices]" in missing.text


def test_what_the_step_did_not_price_is_not_told() -> None:
    assert priced(sources(engagement=None)) is None
    assert priced(Sources({}, [], {}, 5)) is None


def test_the_value_expected_comes_with_its_interval() -> None:
    found = outlook(sources())
    assert found is not None
    assert (found.expected_low, found.expected, found.expected_high) == (
        Decimal("80.0"),
        Decimal(100),
        Decimal("130.0"),
    )
    assert found.horizon_days == 90


PARTS = ["clv", "expected_visit_value", "expected_social_value"]


def ahead(acting: int) -> Sources:
    found = sources(prospects={"total": "120", "customers": 20, "parts": PARTS, "missing": []})
    coming = pl.when(pl.int_range(pl.len()) < acting).then(2).otherwise(None).cast(MONEY)
    made = found.tables["value"].with_columns(
        pl.lit(1).cast(MONEY).alias("expected_visit_value"),
        coming.alias("expected_social_value"),
        (6 + coming.fill_null(0)).cast(MONEY).alias("expected_engagement_value"),
    )
    return Sources({"value": made}, found.history, {}, 5)


@pytest.mark.parametrize("lang", LANGS)
def test_all_that_is_still_to_come_is_told_in_one_sum(lang: str) -> None:
    found = outlook(ahead(acting=6))
    assert found is not None
    assert found.prospects == Prospects(Decimal(132), 20, ())
    assert Words(lang, "EUR").money(Decimal(132)) in risk_chapter(Words(lang, "EUR"), found, "value").lead
    few = outlook(ahead(acting=3))
    assert few is not None
    assert few.prospects is None  # the sum less its other parts would tell what three customers bring


@pytest.mark.parametrize("lang", LANGS)
def test_a_part_that_is_missing_for_the_sum_is_named(lang: str) -> None:
    missing = ["money_unforeseen", "visits_unpriced", "social_unforeseen"]
    found = outlook(sources(prospects={"total": None, "customers": 0, "parts": [], "missing": missing}))
    assert found is not None
    assert found.prospects == Prospects(None, 0, tuple(missing))
    lead = risk_chapter(Words(lang), found, "value").lead
    assert all(Words(lang)(f"risk.lack.{code}") in lead for code in missing)
    older = outlook(sources())
    assert older is not None
    assert older.prospects is None
