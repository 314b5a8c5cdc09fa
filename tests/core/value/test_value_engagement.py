"""Engagement value: everything at its price, nothing twice; without a price it is left out and the reason said."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.errors import InputRefused
from lohko.outcome import Env, StepResult
from lohko.tables.types import schema
from lohko.value.params import ValueParams
from lohko.value.step import value

AT = dt.datetime(2025, 1, 10, tzinfo=dt.UTC)
PRICES = ("visit=0.5", "share=1", "comment=2", "reach_thousand=4")
PARTS = (*PRICES, "acquisition_cost=30", "referral_cost=10")


def company(rows: dict[str, list[dict[str, Any]]]) -> dict[str, pl.LazyFrame]:
    times = {"transactions": "occurred_at", "visits": "occurred_at", "social": "occurred_at"}
    found = {}
    for name, lines in rows.items():
        timed = [{times[name]: AT, **line} if name in times else line for line in lines]
        kinds = {k: v for k, v in schema(name).items() if any(k in line for line in timed)}
        found[name] = pl.DataFrame(timed, schema=kinds).lazy()
    return found


def run(rows: dict[str, list[dict[str, Any]]], *price: str, **params: Any) -> StepResult:
    return value(company(rows), ValueParams(price=price, **params), Env(dt.date(2025, 1, 31), "UTC"))


def told(result: StepResult) -> dict[str, dict[str, Any]]:
    return {found.code: dict(found.data) for found in result.findings}


def cells(result: StepResult, *columns: str) -> list[Any]:
    frame = result.tables["value"].lazy().collect()
    return frame.sort("customer_id").select(columns).rows()


ROWS: dict[str, list[dict[str, Any]]] = {
    "customers": [{"customer_id": c} for c in "abc"],
    "transactions": [
        {"customer_id": "a", "amount": Decimal(100), "currency": "EUR"},
        {"customer_id": "b", "amount": Decimal(40), "currency": "EUR"},
    ],
    "visits": [{"customer_id": "c"}, {"customer_id": "c"}, {"customer_id": "a"}],
    "social": [
        {"customer_id": "a", "action": "share", "reach": 500},
        {"customer_id": "a", "action": "referral", "referred_customer_id": "b"},
        {"customer_id": "c", "action": "comment"},
    ],
}


def test_referrals_by_their_parts() -> None:
    result = run(ROWS, *PARTS)
    # a brought b: half of b's 40 moves to a, and 30 less 10 is saved
    assert cells(result, "visit_value", "social_value", "referral_value", "engagement_value") == [
        tuple(map(Decimal, ("0.5", "43", "40", "143.5"))),
        tuple(map(Decimal, ("0", "0", "0", "20"))),
        tuple(map(Decimal, ("1", "2", "0", "3"))),
    ]
    assert told(result)["engagement_of_turnover"]["amount"] == "166.50"


def test_a_referral_at_one_price_moves_nothing() -> None:
    result = run(ROWS, *PRICES, "referral=25")
    assert [row[0] for row in cells(result, "engagement_value")] == [Decimal("128.5"), Decimal(40), Decimal(3)]


def test_money_counts_at_its_margin() -> None:
    result = run(ROWS, *PRICES, "referral=0", margin=0.25)
    assert [row[0] for row in cells(result, "engagement_value")] == [Decimal("28.5"), Decimal(10), Decimal(3)]
    assert told(result)["engagement_of_margin"]["margin"] == 0.25


@pytest.mark.parametrize(
    ("price", "missing"),
    [
        ((), "visit, share, comment, referral"),
        (("visit=1", "share=1", "knowledge_point=1"), "referral"),
        (("share=0", "comment=0", "acquisition_cost=0"), "visit"),
    ],
)
def test_what_lacks_a_price_is_named_and_no_sum_is_made(price: tuple[str, ...], missing: str) -> None:
    result = run(ROWS, *price)
    assert "engagement_value" not in result.tables["value"].lazy().collect().columns
    assert told(result)["engagement_unpriced"] == {"missing": missing}


def test_what_nobody_did_needs_no_price() -> None:
    quiet = {
        **ROWS,
        "visits": [{"customer_id": "stranger"}],
        "social": [{"customer_id": "stranger", "action": "share"}],
    }
    assert [row[0] for row in cells(run(quiet, "visit=1"), "engagement_value")] == [Decimal(100), Decimal(40), 0]


def test_prices_in_another_currency_are_refused() -> None:
    with pytest.raises(InputRefused) as caught:
        run(ROWS, *PARTS, "currency=SEK")
    assert caught.value.code == "prices_currency"


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_the_whole_is_the_sum_of_its_parts_and_counts_nothing_twice(seed: int, caused: float) -> None:
    rng = random.Random(seed)
    ids = [f"c{i}" for i in range(6)]
    rows: dict[str, list[dict[str, Any]]] = {
        "customers": [{"customer_id": c} for c in ids],
        "transactions": [
            {"customer_id": rng.choice(ids), "amount": Decimal(rng.choice(["9.99", "-3", "120"]))} for _ in range(15)
        ],
        "visits": [{"customer_id": rng.choice(ids)} for _ in range(10)],
        "social": [
            {"customer_id": rng.choice(ids), "action": "referral", "referred_customer_id": rng.choice(ids)}
            for _ in range(6)
        ]
        + [{"customer_id": rng.choice(ids), "action": "share", "reach": rng.randrange(2000)} for _ in range(6)],
    }
    result = run(rows, *PARTS, f"caused_by_referral={caused}")
    frame = result.tables["value"].lazy().collect()
    whole = {
        c: sum(frame[c].to_list(), Decimal(0))
        for c in ("money_total", "visit_value", "social_value", "referral_value", "engagement_value")
    }
    acts, saved = whole["social_value"] - whole["referral_value"], 20 * sum(frame["customers_brought"].to_list())
    assert whole["engagement_value"] == whole["money_total"] + whole["visit_value"] + acts + saved
    for lines in rows.values():
        rng.shuffle(lines)
    assert run(rows, *PARTS, f"caused_by_referral={caused}").tables["value"].lazy().collect().equals(frame)
