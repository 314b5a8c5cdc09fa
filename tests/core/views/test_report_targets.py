"""The chapter on targets: units, segments and touchpoints; small groups hidden; what cannot be told says why."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.views import fixtures

from lohko.views.report.build import build
from lohko.views.report.model import HIDDEN, Report
from lohko.views.report.renderers import to_json, to_markdown
from lohko.views.report.targets import Target

AS_OF = dt.date(2026, 6, 30)
GOALS: dict[str, pl.DataType | type[pl.DataType]] = {
    "measure": pl.String,
    "target": pl.Decimal(18, 4),
    "business_unit": pl.String,
    "segment": pl.String,
    "touchpoint": pl.String,
    "period": pl.String,
}


def made(goals: list[tuple[Any, ...]], units: dict[str, int], spent: int = 10, first: str = "2024-01-01") -> Report:
    """Build a report of customers who each spent so much in 2026, by business unit; one bought on the first day, too."""
    ids = [f"{unit}{n}" for unit, size in units.items() for n in range(size)]
    days = [dt.datetime(2026, 2, 1, tzinfo=dt.UTC)] * len(ids)
    frames = {
        "customers": pl.LazyFrame({"customer_id": ids, "business_unit": [i.rstrip("0123456789") for i in ids]}),
        "segments": pl.LazyFrame({"customer_id": ids, "segment": ["one" if i.endswith("1") else "rest" for i in ids]}),
        "transactions": pl.LazyFrame(
            {
                "customer_id": [*ids, ids[0]],
                "occurred_at": [*days, dt.datetime.fromisoformat(first + "T09:00:00+00:00")],
                "amount": [Decimal(spent)] * (len(ids) + 1),
            },
            schema_overrides={"occurred_at": pl.Datetime("us", "UTC"), "amount": pl.Decimal(18, 4)},
        ),
        "goals": pl.LazyFrame([(*goal, *[None] * (6 - len(goal))) for goal in goals], GOALS, orient="row"),
    }
    return build(frames, [], {}, AS_OF)


def told(report: Report) -> tuple[Target, ...]:
    assert report.targets is not None
    return report.targets.items


def test_company_units_and_segments_are_held_against_their_own():
    goals = [
        ("revenue", Decimal(1000), None, None, None, "2026"),
        ("liikevaihto", Decimal(100), "Digi", None, None, "2026"),
        ("revenue", Decimal(300), "PAPER", None, None, "2026"),
        ("revenue", Decimal(50), None, "One", None, "2026"),
    ]
    company, digi, paper, segment = told(made(goals, {"digi": 20, "paper": 40}))
    assert (company.actual, company.state, company.missing) == (Decimal(600), "on_course", Decimal(400))
    assert (digi.actual, digi.state) == (Decimal(200), "reached")
    assert (paper.actual, paper.state) == (Decimal(400), "reached")
    assert (segment.segment_name, segment.actual) == ("one", 60)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(5, 30), min_size=2, max_size=4), st.integers(1, 99))
def test_units_add_up_to_the_company(sizes: list[int], spent: int):
    units = {f"u{chr(97 + place)}": size for place, size in enumerate(sizes)}
    goals = [("revenue", Decimal(1), name, None, None, "2026") for name in (None, *units)]
    company, *parts = told(made(goals, units, spent))
    assert sum(Decimal(str(part.actual)) for part in parts) == company.actual


def test_what_units_targets_leave_is_told():
    goals = [("revenue", Decimal(1000), None), ("revenue", Decimal(300), "digi"), ("revenue", Decimal(200), "paper")]
    report = made(goals, {"digi": 20, "paper": 40})
    assert report.targets is not None
    assert [(rest.units, rest.rest) for rest in report.targets.unassigned] == [(Decimal(500), Decimal(500))]
    assert "add up to 500 of the company's 1,000; 500 has no unit" in to_markdown(report, "en")


def test_a_unit_of_few_customers_is_hidden_and_so_is_one_that_leaves_few():
    goals = [("revenue", Decimal(1), "digi", None, None, "2026"), ("revenue", Decimal(1), "paper", None, None, "2026")]
    report = made(goals, {"digi": 3, "paper": 40}, spent=7)
    assert [(target.actual, target.why) for target in told(report)] == [(HIDDEN, "hidden")] * 2
    assert '"21.0000"' not in to_json(report)
    assert '"280.0000"' not in to_json(report)


def test_what_the_targets_of_all_units_would_leave_is_hidden_too():
    units = {"digi": 20, "paper": 40, "events": 3}
    goals = [("revenue", Decimal(1), name, None, None, "2026") for name in (None, "digi", "paper")]
    company, digi, paper = told(made(goals, units))
    # 63 less 20 and 40 would tell of three: the smaller of the units goes with them
    assert (company.actual, digi.actual, paper.actual) == (Decimal(630), HIDDEN, Decimal(400))


def test_what_cannot_be_told_says_why():
    goals = [
        ("market share", Decimal(1)),
        ("revenue", Decimal(1), None, None, None, "soon"),
        ("revenue", Decimal(1), None, None, None, "2027"),
        ("revenue", Decimal(1), "nobody's"),
        ("revenue", Decimal(1), None, "nobody's"),
        ("revenue", Decimal(1), None, None, "phone"),
        ("nps", Decimal(1)),
        ("csat", Decimal(85)),
        ("new_customers", Decimal(500), None, None, None, "2026"),
        ("revenue", Decimal(5000), None, None, None, "2024"),
    ]
    report = made(goals, {"digi": 20}, first="2025-11-01")
    whys = {(t.name, t.period, t.business_unit, t.segment, t.touchpoint): t.why for t in told(report)}
    assert sorted(str(why) for why in whys.values()) == [
        "begins_later",
        "no_data",
        "no_history",
        "no_touchpoint",
        "not_begun",
        "off_scale",
        "unknown_measure",
        "unknown_segment",
        "unknown_unit",
        "unread_period",
    ]
    assert {target.state for target in told(report)} == {"open"}
    assert "no such measure" in to_markdown(report, "en")


def test_every_reason_has_words_in_every_language():
    report = build(fixtures.tables(), fixtures.history(), fixtures.files(), fixtures.AS_OF)
    found = {(t.measure, t.segment): t.state for t in told(report)}
    assert found["nps", "paying-readers"] == "missed"
    assert found["csat", None] in {"open", "behind"}
    assert found["revenue", None] == "open"
    for lang, words in (("en", "The company"), ("fi", "Koko yritys"), ("sv", "Hela företaget")):
        assert words in to_markdown(report, lang)


def test_an_empty_table_of_targets_is_told():
    assert "The table of targets is empty" in to_markdown(made([], {"digi": 9}), "en")
