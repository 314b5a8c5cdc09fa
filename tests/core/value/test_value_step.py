"""The step as a whole: its columns, accounts and invariants."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.outcome import Env, StepResult
from lohko.tables.types import schema
from lohko.value.params import ValueParams
from lohko.value.scores import classify, score, with_measures
from lohko.value.step import value

AS_OF = dt.date(2024, 12, 31)
START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def made(seed: int, people: int = 12, events: int = 60) -> dict[str, pl.DataFrame]:
    """Make a small company with something in every table, unknown customers and later events included."""
    rng = random.Random(seed)
    ids = [f"c{i}" for i in range(people)]

    def at() -> dt.datetime:
        return START + dt.timedelta(minutes=rng.randrange(500 * 24 * 60))

    who = [*ids, "stranger", None]
    money = ["10", "5.5", "-5.5", "0.3333", "120"]
    rows: dict[str, list[dict[str, Any]]] = {
        "customers": [
            {"customer_id": i, "created_at": rng.choice([None, at()])} for i in [*ids, *rng.sample(ids, people // 3)]
        ],
        "transactions": [
            {
                "customer_id": rng.choice(who),
                "occurred_at": at(),
                "amount": Decimal(rng.choice(money)),
                "transaction_id": f"t{i}",
                "product": rng.choice(["a", "b", None]),
                "refund_of": rng.choice([None, None, f"t{rng.randrange(events)}"]),
                "currency": "EUR",
            }
            for i in range(events)
        ],
        "subscriptions": [
            {
                "customer_id": rng.choice(ids),
                "started_at": at(),
                "ended_at": rng.choice([None, at()]),
                "product": rng.choice(["a", "paper", None]),
                "price": Decimal(rng.choice(["9.9", "25"])),
                "period_months": rng.choice([1.0, 12.0, None]),
            }
            for _ in range(people)
        ],
        "visits": [
            {
                "customer_id": rng.choice([*who, None, None]),
                "visitor_id": rng.choice(["v1", "v2", "v3", None]),
                "occurred_at": at(),
                "page_views": rng.choice([None, 1, 7]),
                "downloads": rng.choice([None, 0, 2]),
                "duration_s": rng.choice([None, 0.1, 3.7]),
            }
            for _ in range(events)
        ],
        "visitors": [
            {
                "visitor_id": rng.choice(["v1", "v2"]),
                "customer_id": rng.choice(ids),
                "identified_at": rng.choice([None, at()]),
            }
            for _ in range(4)
        ],
        "social": [
            {
                "customer_id": rng.choice(ids),
                "occurred_at": at(),
                "action": rng.choice(["share", "comment", "reaction", "referral"]),
                "votes": rng.choice([None, -2, 0, 5]),
                "network": rng.choice(["X", "x ", "forum", None]),
                "reach": rng.choice([None, 10, 999]),
                "referred_customer_id": rng.choice([None, *ids]),
            }
            for _ in range(events // 2)
        ],
        "touchpoints": [
            {
                "customer_id": rng.choice(who),
                "visitor_id": rng.choice(["v1", None]),
                "occurred_at": at(),
                "channel": "mail",
            }
            for _ in range(events // 3)
        ],
        "feedback": [
            {
                "customer_id": rng.choice(ids),
                "answered_at": at(),
                "measure": rng.choice(["nps", "contact"]),
                "score": rng.choice([None, 3.0, 9.0]),
            }
            for _ in range(events // 3)
        ],
    }
    return {name: pl.DataFrame(found, schema=schema(name, tuple(found[0]))) for name, found in rows.items()}


def run(tables: Mapping[str, pl.DataFrame], as_of: dt.date = AS_OF, timezone: str = "UTC", **params: Any) -> StepResult:
    lazy = {name: frame.lazy() for name, frame in tables.items()}
    return value(lazy, ValueParams(**params), Env(as_of=as_of, timezone=timezone))


def table(result: StepResult) -> pl.DataFrame:
    found = result.tables["value"]
    assert isinstance(found, pl.DataFrame)
    return found


def moved(tables: Mapping[str, pl.DataFrame], days: int) -> dict[str, pl.DataFrame]:
    times = pl.selectors.datetime()
    return {name: frame.with_columns(times.dt.offset_by(f"{days}d")) for name, frame in tables.items()}


def test_one_row_per_customer_in_order_with_the_contract_columns_first() -> None:
    frame = table(run(made(1)))
    assert frame["customer_id"].to_list() == sorted(set(frame["customer_id"]))
    assert frame.columns[:11] == [
        "customer_id", "recency_days", "frequency", "monetary", "average_value", "tenure_days", "financial", "visits",
        "social", "engagement", "value_class",
    ]  # fmt: skip
    kinds = schema("value")
    assert all(frame.schema[name] == kinds[name] for name in frame.columns if name in kinds)
    for name in ("financial", "visits", "social", "engagement"):
        assert frame[name].is_between(0, 1).all()
    assert frame["value_class"].str.contains("^F[0-3]V[0-3]S[0-3]$").all()


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=8)
def test_money_is_conserved_to_the_last_digit(seed: int) -> None:
    tables = made(seed)
    result = run(tables)
    end = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    amounts = tables["transactions"].filter(pl.col("occurred_at") < end)["amount"]
    totals = result.figures["totals"]
    assert Decimal(totals["amount"]) == amounts.sum()
    assert Decimal(str(table(result)["monetary"].sum())) + Decimal(totals["unknown_customer_amount"]) == amounts.sum()


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=5)
def test_row_order_leaves_no_trace(seed: int) -> None:
    tables = made(seed)
    shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in tables.items()}
    first, second = run(tables), run(shuffled)
    assert table(first).equals(table(second))
    assert table(first).write_csv() == table(second).write_csv()
    assert first.files == second.files
    assert first.figures == second.figures


@given(st.integers(0, 10_000), st.sampled_from(["UTC", "Europe/Helsinki"]))
@settings(deadline=None, max_examples=5)
def test_later_events_leave_no_trace(seed: int, timezone: str) -> None:
    tables = made(seed)
    cut = {
        name: frame.filter(
            pl.col({"subscriptions": "started_at", "feedback": "answered_at"}.get(name, "occurred_at"))
            .dt.convert_time_zone(timezone)
            .dt.date()
            <= AS_OF
        )
        if name not in {"customers", "visitors"}
        else frame
        for name, frame in tables.items()
    }
    late = (
        dt.datetime(2024, 12, 31, 23, tzinfo=dt.UTC)
        if timezone == "Europe/Helsinki"
        else dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    )
    cut["visitors"] = tables["visitors"].filter(~(pl.col("identified_at") >= late).fill_null(value=False))
    cut["subscriptions"] = cut["subscriptions"].with_columns(
        pl.when(pl.col("ended_at") < late).then(pl.col("ended_at"))
    )
    whole, before = run(tables, timezone=timezone), run(cut, timezone=timezone)
    assert table(whole).equals(table(before))
    assert whole.files == before.files


@pytest.mark.slow
@given(st.integers(0, 10_000), st.integers(-400, 400))
@settings(deadline=None, max_examples=5)
def test_a_shift_in_time_moves_only_the_days(seed: int, days: int) -> None:
    tables = made(seed)
    here = table(run(tables))
    there = table(run(moved(tables, days), AS_OF + dt.timedelta(days=days)))
    assert there.with_columns(pl.selectors.date().dt.offset_by(f"{-days}d")).equals(here)


@pytest.mark.slow
@given(st.integers(0, 10_000), st.sampled_from([2, 10, 100]))
@settings(deadline=None, max_examples=5)
def test_another_currency_unit_scales_money_and_nothing_else(seed: int, factor: int) -> None:
    tables = made(seed)
    scaled = dict(tables)
    for name, column in (("transactions", "amount"), ("subscriptions", "price")):
        scaled[name] = tables[name].with_columns((pl.col(column) * factor).cast(pl.Decimal(18, 4)))
    here, there = table(run(tables)), table(run(scaled))
    money = ["monetary", "amount_positive", "refunds_total", "contract_money", "money_total"]
    assert there.drop(*money, "average_value").equals(here.drop(*money, "average_value"))
    assert there.select(money).equals(here.select((pl.col(c) * factor).cast(pl.Decimal(18, 4)) for c in money))


def test_stored_thresholds_class_and_score_the_same_customers_the_same_way() -> None:
    result = run(made(7, people=40, events=300))
    frame = table(result)
    limits = json.loads(result.files["value/thresholds.json"])
    assert classify(frame, limits).to_list() == frame["value_class"].to_list()
    again = score(frame, limits)
    for name in ("financial", "visits", "social"):
        assert again[name].to_list() == pytest.approx(frame[name].to_list())


def test_missing_dimensions_are_said_and_stay_out_of_engagement() -> None:
    tables = made(3)
    result = run({name: tables[name] for name in ("customers", "transactions")})
    frame = table(result)
    assert [f.data["dimension"] for f in result.findings if f.code == "dimension_unmeasured"] == ["visits", "social"]
    assert frame["engagement"].to_list() == frame["financial"].to_list()
    assert "visit_measure" not in frame.columns
    assert set(frame["value_class"].str.slice(2)) == {"V0S0"}
    assert with_measures(frame)["visit_measure"].sum() == 0


def test_customers_alone_have_no_value_and_no_error() -> None:
    frame = table(run({"customers": made(3)["customers"]}))
    assert frame["engagement"].sum() == 0
    assert set(frame["value_class"]) == {"F0V0S0"}


def test_no_customers_at_all() -> None:
    tables = made(3)
    tables["customers"] = tables["customers"].clear()
    result = run(tables)
    assert table(result).height == 0
    assert result.figures["totals"]["amount"] == result.figures["totals"]["unknown_customer_amount"]


def test_a_customer_created_later_is_left_out_unless_something_came_before() -> None:
    late = dt.datetime(2025, 2, 1, tzinfo=dt.UTC)
    tables = {
        "customers": pl.DataFrame({"customer_id": ["a", "b", "c"], "created_at": [late, late, None]}),
        "transactions": pl.DataFrame(
            {"customer_id": ["a"], "occurred_at": [START], "amount": [Decimal("2.0000")]},
            schema=schema("transactions", ("customer_id", "occurred_at", "amount")),
        ),
    }
    result = run(tables)
    assert table(result)["customer_id"].to_list() == ["a", "c"]
    assert result.figures["left_out_customers"] == 1


def test_weights_shift_engagement() -> None:
    tables = made(5)
    frame = table(run(tables, weight_financial=0.0, weight_visits=3.0, weight_social=1.0))
    expected = ((3 * frame["visits"] + frame["social"]) / 4).to_list()
    assert frame["engagement"].to_list() == pytest.approx(expected, abs=1e-8)
    assert table(run(tables, weight_financial=0, weight_visits=0, weight_social=0))["engagement"].sum() == 0


def buyers(people: int = 900, seed: int = 5) -> dict[str, pl.DataFrame]:
    """Make buyers who leave, some of them under contract, for two years, and one customer who never bought."""
    rng = np.random.default_rng(seed)
    rate, start = rng.gamma(0.9, 1 / 60, people), rng.integers(0, 450, people)
    life = rng.exponential(1 / rng.gamma(0.8, 1 / 90, people))
    rows = []
    for n in range(people):
        gaps = rng.exponential(1 / rate[n], 120).cumsum()
        for day in [0.0, *gaps[(gaps < life[n]) & (gaps < 730 - start[n])]]:
            at = START + dt.timedelta(days=float(start[n] + day))
            rows.append((f"c{n}", at, Decimal(int(rng.gamma(5.0, 4.0) * 100) + 1) / 100, "EUR"))
    columns = ("customer_id", "occurred_at", "amount", "currency")
    some = pl.DataFrame(rows, schema=schema("transactions", columns), orient="row")
    held = [(f"c{n}", START, "paper", Decimal(9), 1.0) for n in range(0, people, 10)]
    held_columns = ("customer_id", "started_at", "product", "price", "period_months")
    return {
        "customers": pl.DataFrame({"customer_id": [f"c{n}" for n in range(people + 1)]}),
        "transactions": some.with_columns(pl.lit("mug").alias("product")),
        "subscriptions": pl.DataFrame(held, schema=schema("subscriptions", held_columns), orient="row"),
    }


def test_forecasts_stand_in_the_table_where_the_data_carries_them() -> None:
    as_of = START.date() + dt.timedelta(days=729)
    result = run(buyers(), as_of, margin=0.4)
    frame = table(result)
    assert frame.columns[10:16] == [
        "engagement_value",
        "expected_purchases",
        "clv",
        "p_alive",
        "churn_risk",
        "value_class",
    ]
    assert frame.schema["clv"] == pl.Decimal(18, 4)
    bought = frame.filter(pl.col("frequency") > 0)
    never = frame.filter(pl.col("frequency") == 0)
    assert never["expected_purchases"].to_list() == [None]
    assert bought["expected_purchases"].null_count() == 0
    # under contract of which there are too few to tell: no lifetime value, and it is said
    assert bought.filter(pl.col("active_subscriptions") > 0)["clv"].null_count() == 90
    assert bought.filter(pl.col("active_subscriptions") == 0)["clv"].null_count() == 0
    assert [f.data["count"] for f in result.findings if f.code == "clv_without_contracts"] == [90]
    assert result.figures["lifetime"]["spend"]["margin"] == 0.4
    sure = result.figures["expected_value"]["interval"]
    told = result.figures["expected_value"]["total"]
    assert told == float(sum(bought["clv"].drop_nulls().to_list()))
    assert sure["low"] < told < sure["high"]
    # without the part of those under contract, in proportion
    of_all = result.figures["lifetime"]["intervals"]["clv"]
    assert sure["low"] / of_all["low"] == pytest.approx(told / result.figures["lifetime"]["clv"], rel=1e-3)
    assert "expected_purchases" not in table(run(buyers(), as_of, lifetime="off")).columns


def test_no_forecast_is_said_with_its_reason() -> None:
    result = run(made(1))
    assert "clv" not in table(result).columns
    assert result.figures["lifetime"]["refused"] == "forecast_few_buyers"
    assert all(finding.text for finding in result.findings)


@pytest.mark.slow
def test_forecasts_and_risks_hold_under_a_shift_in_time_and_another_currency_unit() -> None:
    tables, as_of = buyers(), START.date() + dt.timedelta(days=729)
    tables["visits"] = tables["transactions"].select("customer_id", pl.col("occurred_at").dt.offset_by("1h"))
    here = table(run(tables, as_of))
    assert {"expected_purchases", "expected_visits", "p_alive", "clv", "churn_risk"} <= set(here.columns)
    there = table(run(moved(tables, -777), as_of - dt.timedelta(days=777)))
    assert there.with_columns(pl.selectors.date().dt.offset_by("777d")).equals(here)
    tenfold = {**tables}
    for name, column in (("transactions", "amount"), ("subscriptions", "price")):
        tenfold[name] = tables[name].with_columns((pl.col(column) * 10).cast(pl.Decimal(18, 4)))
    scaled = table(run(tenfold, as_of))
    money = ["monetary", "average_value", "amount_positive", "refunds_total", "contract_money", "money_total", "clv"]
    assert scaled.drop(money).equals(here.drop(money))
    exact = money[:1] + money[2:-1]
    assert scaled.select(exact).equals(here.select((pl.col(c) * 10).cast(pl.Decimal(18, 4)) for c in exact))
    for name, digit in (
        ("average_value", 0.001),
        ("clv", 0.1),
    ):  # rounded to the last digit before they are ten times as much
        pairs = zip(scaled[name].drop_nulls(), here[name].drop_nulls(), strict=True)
        assert all(float(a) == pytest.approx(10 * float(b), rel=1e-4, abs=digit) for a, b in pairs)
