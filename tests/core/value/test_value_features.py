"""Contracts, visits, visitors, social acts and feedback, one by one."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from lohko.outcome import Env
from lohko.tables.types import schema
from lohko.value.acts import weights
from lohko.value.features import Features, features

AS_OF = dt.date(2024, 12, 31)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def table(name: str, rows: list[dict[str, Any]]) -> pl.LazyFrame:
    columns = tuple(dict.fromkeys(c for row in rows for c in row))
    filled = [{c: row.get(c) for c in columns} for row in rows]
    return pl.DataFrame(filled, schema=schema(name, columns)).lazy()


def made(ids: str = "ab", contract_money: str = "auto", **tables: list[dict[str, Any]]) -> Features:
    frames = {name: table(name, rows) for name, rows in tables.items()}
    frames["customers"] = table("customers", [{"customer_id": i} for i in ids])
    return features(frames, Env(as_of=AS_OF), contract_money=contract_money)


def of(found: Features, customer: str = "a") -> dict[str, Any]:
    return found.frame.filter(pl.col("customer_id") == customer).row(0, named=True)


def contract(
    start: str, end: str | None = None, months: float | None = 1.0, product: str | None = "Paper"
) -> dict[str, Any]:
    return {
        "customer_id": "a",
        "started_at": at(start),
        "ended_at": at(end) if end else None,
        "price": Decimal(10),
        "period_months": months,
        "product": product,
    }


@pytest.mark.parametrize(
    ("row", "paid", "active"),
    [
        (contract("2024-12-31"), 10, 1),
        (contract("2024-12-01"), 10, 1),
        (contract("2024-11-30"), 20, 1),
        (contract("2024-01-01", "2024-12-31", 12.0), 10, 0),
        (contract("2024-01-01", "2025-06-30", 12.0), 10, 1),  # a planned end is not known yet
        (contract("2024-01-01", None, None), 10, 1),
    ],
)
def test_contract_money_is_price_times_periods_begun(row: dict[str, Any], paid: int, active: int) -> None:
    found = of(made(subscriptions=[row]))
    assert found["contract_money"] == paid
    assert found["money_total"] == paid
    assert found["monetary"] == 0
    assert found["active_subscriptions"] == active


def payment(product: str | None, customer: str = "b") -> dict[str, Any]:
    return {"customer_id": customer, "occurred_at": at("2024-06-01"), "amount": Decimal(3), "product": product}


def test_contract_money_is_not_counted_twice() -> None:
    rows = [contract("2024-12-01")]
    sold = made(subscriptions=rows, transactions=[payment(" paper ")])
    assert of(sold)["contract_money"] == 0
    assert sold.contracts is not None
    assert sold.contracts.covered == 1
    other = made(subscriptions=rows, transactions=[payment("mug", "a")])
    assert of(other)["contract_money"] == 10
    assert of(other)["money_total"] == 13
    assert of(made(subscriptions=rows, transactions=[payment("Paper")], contract_money="add"))["contract_money"] == 10
    assert of(made(subscriptions=rows, contract_money="ignore"))["contract_money"] == 0


def test_without_product_names_a_buyer_is_taken_to_have_paid_already() -> None:
    rows = [contract("2024-12-01", product=None)]
    assert of(made(subscriptions=rows, transactions=[payment("mug", "a")]))["contract_money"] == 0
    assert of(made(subscriptions=rows, transactions=[payment("mug", "b")]))["contract_money"] == 10


def test_contract_payments_are_not_purchases_of_chance() -> None:
    rows = [contract("2024-12-01")]
    found = made(subscriptions=rows, transactions=[payment("Paper", "a"), payment("mug")])
    assert found.singles is not None
    assert found.singles.days["n"].to_list() == [1]
    assert of(found)["frequency"] == 1


def visit(when: str, **more: Any) -> dict[str, Any]:
    return {"occurred_at": at(when), **more}


def test_visits_before_the_sign_up_join_the_customer() -> None:
    visits = [
        visit("2024-01-01", visitor_id="v", customer_id=None, page_views=3),
        visit("2024-01-01T10:00", visitor_id="v", customer_id=None, page_views=4, downloads=1),
        visit("2024-02-01", visitor_id="v", customer_id="a", page_views=1),
        visit("2024-02-01", visitor_id="w", customer_id=None, page_views=1),
    ]
    found = made(visits=visits, visitors=[{"visitor_id": "v", "customer_id": "a", "identified_at": at("2024-02-01")}])
    row = of(found)
    assert (row["visit_days"], row["visit_count"], row["page_views"], row["downloads"]) == (2, 3, 8, 1)
    assert row["visits_as_visitor"] == 2
    assert row["visit_measure"] == pytest.approx(2 + 9 / 10)
    assert found.visits is not None
    assert found.visits.totals["joined_rows"] == 2
    assert found.visits.totals["anonymous_rows"] == 1


def test_what_a_visitor_did_before_becoming_known_is_the_customers_in_every_figure() -> None:
    rows = [visit(f"2024-0{month}-10", visitor_id="v", customer_id=None, page_views=2) for month in (1, 2, 3)]
    seen = [{**row, "channel": "search", "media": "paid", "action": "click"} for row in rows]
    for row in seen:
        del row["page_views"]
    known = [{"visitor_id": "v", "customer_id": "a", "identified_at": at("2024-06-01")}]
    as_visitor = made(visits=rows, touchpoints=seen, visitors=known)
    as_customer = made(
        visits=[{**row, "customer_id": "a"} for row in rows], touchpoints=[{**row, "customer_id": "a"} for row in seen]
    )
    assert of(as_visitor)["first_visit"] == of(as_visitor)["first_touchpoint"] == dt.date(2024, 1, 10)
    assert of(as_visitor)["touchpoints"] == of(as_visitor)["visits_as_visitor"] == 3
    assert of(as_visitor) | {"visits_as_visitor": 0} == of(as_customer)
    assert as_visitor.visits is not None
    assert as_customer.visits is not None
    assert as_visitor.visits.days.tolist() == as_customer.visits.days.tolist()


def test_recency_depth_and_regularity_of_visits() -> None:
    rows = [visit(f"2024-12-{day:02}", customer_id="a", page_views=2, downloads=1) for day in (1, 11, 21)]
    found = made(visits=[*rows, visit("2024-12-21", customer_id="a", page_views=1, downloads=0)])
    row = of(found)
    assert (row["visit_recency_days"], row["visit_depth"], row["visit_days"]) == (10, 2.5, 3)
    assert row["visit_regularity"] == pytest.approx(1.0, abs=0.01)  # pieces of 10, 10 and 11 days
    other = of(found, "b")
    assert [other[c] for c in ("visit_recency_days", "visit_depth", "visit_regularity")] == [None, None, None]


def test_an_identification_after_the_as_of_day_is_not_known() -> None:
    visits = [visit("2024-01-01", visitor_id="v")]
    found = made(visits=visits, visitors=[{"visitor_id": "v", "customer_id": "a", "identified_at": at("2025-01-01")}])
    assert of(found)["visit_days"] == 0


def test_a_shared_device_is_at_each_time_the_one_identified_last() -> None:
    visits = [visit(f"2024-0{month}-15", visitor_id="v") for month in (1, 3, 5, 6)]
    visitors = [
        {"visitor_id": "v", "customer_id": "b", "identified_at": at("2024-05-01")},
        {"visitor_id": "v", "customer_id": "a", "identified_at": at("2024-02-01")},
    ]
    found = made(visits=visits, visitors=visitors)
    assert of(found, "a")["visit_days"] == 2
    assert of(found, "b")["visit_days"] == 2


def test_touchpoints_stand_in_for_visits_only_where_there_are_none() -> None:
    touch = [{"customer_id": "a", "occurred_at": at("2024-03-01"), "channel": "web", "action": "Visit"}]
    found = made(touchpoints=touch)
    assert found.visits_from_touchpoints
    assert of(found)["visit_days"] == 1
    both = made(touchpoints=touch, visits=[visit("2024-01-01", customer_id="b")])
    assert of(both)["visit_days"] == 0
    assert of(both)["touchpoints"] == 1


def act(action: str, **more: Any) -> dict[str, Any]:
    return {"customer_id": "a", "occurred_at": at("2024-03-01"), "action": action, **more}


def test_points_of_social_acts() -> None:
    base = weights()["points"]
    rows = [act("share", reach=99, network="X"), act("comment", votes=3, network="x "), act("review", votes=-4)]
    row = of(made(social=rows))
    assert row["social_points"] == pytest.approx(base["share"] + 2 + base["comment"] + 2 + base["review"])
    assert (row["shares"], row["comments"], row["reviews"], row["social_acts"]) == (1, 1, 1, 3)
    assert (row["reach"], row["votes"], row["networks"]) == (99, -1, 1)


def test_referred_customers_are_counted_once_and_oneself_never() -> None:
    rows = [act("referral", referred_customer_id=i) for i in ("b", "b", "a", "nobody", None)]
    row = of(made(social=rows))
    assert row["referrals"] == 5
    assert row["referred_customers"] == 1
    assert math.isclose(row["social_points"], 5 * weights()["points"]["referral"])


def test_feedback_counts_and_the_last_mark() -> None:
    rows = [
        {"customer_id": "a", "answered_at": at("2024-01-01"), "measure": "nps", "score": 10.0},
        {"customer_id": "a", "answered_at": at("2024-02-01"), "measure": "nps", "score": 6.0},
        {"customer_id": "a", "answered_at": at("2024-02-01"), "measure": "nps", "score": 7.0},
        {"customer_id": "a", "answered_at": at("2024-03-01"), "measure": "contact", "score": None},
        {"customer_id": "a", "answered_at": at("2025-03-01"), "measure": "nps", "score": 0.0},
    ]
    row = of(made(feedback=rows))
    assert (row["feedback_answers"], row["service_contacts"], row["nps_last"]) == (3, 1, 6.5)
    assert row["last_feedback"] == dt.date(2024, 3, 1)


def test_tenure_runs_from_the_first_firm_sign() -> None:
    found = made(
        visits=[visit("2024-01-01", customer_id="a"), visit("2024-12-01", customer_id="b")],
        transactions=[{"customer_id": "a", "occurred_at": at("2024-12-21"), "amount": Decimal(1)}],
    )
    assert of(found, "a")["tenure_days"] == 10
    assert of(found, "b")["tenure_days"] == 30
