"""Refund netting against a slow, plain reading of the rule; occasions and totals."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.errors import InputRefused
from lohko.outcome import Env
from lohko.value.events import scope
from lohko.value.purchases import Purchases, purchases

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
AS_OF = dt.date(2024, 12, 31)
SCHEMA: dict[str, Any] = {
    "customer_id": pl.String,
    "occurred_at": pl.Datetime("us", "UTC"),
    "amount": pl.Decimal(18, 4),
    "transaction_id": pl.String,
    "product": pl.String,
    "refund_of": pl.String,
}


def bought(rows: list[dict[str, Any]], customers: list[str] | None = None, timezone: str = "UTC") -> Purchases:
    frame = pl.DataFrame([{c: row.get(c) for c in SCHEMA} for row in rows], schema=SCHEMA)
    ids = customers if customers is not None else sorted(set(frame["customer_id"]))
    register = pl.DataFrame({"customer_id": ids}, schema={"customer_id": pl.String})
    who = scope({"customers": register.lazy(), "transactions": frame.lazy()}, Env(as_of=AS_OF, timezone=timezone))
    return purchases(frame.lazy(), who)


def line(day: int, amount: str, product: str | None = "a", hour: int = 12, **more: Any) -> dict[str, Any]:
    at = START + dt.timedelta(days=day, hours=hour)
    return {"customer_id": "c", "occurred_at": at, "amount": Decimal(amount), "product": product, **more}


def days(found: Purchases) -> list[tuple[int, Decimal]]:
    return [
        ((day - START.date()).days, Decimal(total) / 10_000) for day, total in found.days.select("day", "total").rows()
    ]


def test_several_purchases_a_day_are_one_occasion() -> None:
    found = bought([line(0, "5"), line(0, "7.5"), line(3, "1")])
    assert days(found) == [(0, Decimal("12.5")), (3, Decimal(1))]
    assert found.features["frequency"].to_list() == [2]


def test_a_refund_takes_back_the_latest_earlier_purchase_of_product_and_amount() -> None:
    found = bought([line(0, "10"), line(5, "10"), line(6, "10", "b"), line(9, "-10")])
    assert days(found) == [(0, Decimal(10)), (6, Decimal(10))]


def test_a_second_refund_takes_back_the_purchase_before() -> None:
    found = bought([line(0, "10"), line(5, "10"), line(9, "-10"), line(10, "-10")])
    assert days(found) == []
    assert found.features["monetary"].to_list() == [0]


def test_a_refund_before_any_purchase_falls_on_its_day() -> None:
    found = bought([line(0, "-10"), line(5, "10")])
    assert days(found) == [(5, Decimal(10))]
    assert found.features["monetary"].to_list() == [0]


def test_a_partial_refund_falls_on_its_day() -> None:
    found = bought([line(0, "10"), line(5, "-4"), line(5, "3", "b")])
    assert days(found) == [(0, Decimal(10))]


def test_a_named_purchase_goes_before_the_latest() -> None:
    rows = [
        line(0, "10", transaction_id="t1"),
        line(5, "10", transaction_id="t2"),
        line(9, "-10", transaction_id="r", refund_of="t1"),
    ]
    assert days(bought(rows)) == [(5, Decimal(10))]


def test_a_named_purchase_is_not_taken_back_twice() -> None:
    rows = [
        line(0, "10", transaction_id="t1"),
        line(5, "10", transaction_id="t2"),
        line(9, "-10", transaction_id="r", refund_of="t2"),
        line(10, "-10", transaction_id="s"),
    ]
    assert days(bought(rows)) == []


def test_a_name_that_leads_nowhere_falls_back_on_the_amount() -> None:
    rows = [line(0, "10", transaction_id="t1"), line(9, "-10", refund_of="elsewhere")]
    assert days(bought(rows)) == []


def test_a_refund_of_part_of_a_named_purchase_leaves_the_rest() -> None:
    rows = [line(0, "10", transaction_id="t1"), line(9, "-4", refund_of="t1"), line(9, "2", "b")]
    assert days(bought(rows)) == [(0, Decimal(6)), (9, Decimal(2))]


def test_money_of_unknown_customers_counts_to_nobody_and_is_told() -> None:
    rows = [line(0, "10"), {**line(1, "3"), "customer_id": "x"}, {**line(2, "4"), "customer_id": None}]
    found = bought(rows, ["c"])
    assert found.features["monetary"].to_list() == [100_000]
    assert found.totals["amount"] == 170_000
    assert found.totals["unknown_customer_amount"] == 70_000
    assert found.totals["unknown_customer_rows"] == 2


def test_days_are_counted_in_the_zone() -> None:
    rows = [line(0, "10", hour=12), line(0, "5", hour=23)]
    assert len(days(bought(rows))) == 1
    assert len(days(bought(rows, timezone="Europe/Helsinki"))) == 2


def test_two_currencies_are_refused() -> None:
    frame = pl.DataFrame([{**line(0, "1"), "currency": "EUR"}, {**line(1, "1"), "currency": "SEK"}]).with_columns(
        pl.col("amount").cast(pl.Decimal(18, 4))
    )
    tables = {"customers": pl.DataFrame({"customer_id": ["c"]}).lazy(), "transactions": frame.lazy()}
    with pytest.raises(InputRefused, match="2 currencies") as caught:
        purchases(tables["transactions"], scope(tables, Env(as_of=AS_OF)))
    assert caught.value.code == "currencies_mixed"
    only_first = scope(tables, Env(as_of=START.date()))
    assert purchases(tables["transactions"], only_first).currency == "EUR"


def slow_days(rows: list[dict[str, Any]]) -> list[tuple[int, Decimal]]:
    """Net by the rule's own words, one row after the other (no names of purchases)."""
    ordered = sorted(rows, key=lambda r: (r["occurred_at"], r["amount"] < 0))
    sums: dict[int, Decimal] = defaultdict(Decimal)
    open_: list[dict[str, Any]] = []
    for row in ordered:
        day = (row["occurred_at"] - START).days
        if row["amount"] > 0:
            open_.append(row)
        elif row["amount"] < 0:
            same = [o for o in open_ if o["product"] == row["product"] and o["amount"] == -row["amount"]]
            if same:
                open_.remove(same[-1])
                day = (same[-1]["occurred_at"] - START).days
        sums[day] += row["amount"]
    return [(day, total) for day, total in sorted(sums.items()) if total > 0]


ROWS = st.lists(
    st.builds(
        line,
        day=st.integers(0, 9),
        amount=st.sampled_from(["1", "2", "-1", "-2", "0", "-0.5"]),
        product=st.sampled_from(["a", "b", None]),
        hour=st.integers(0, 3),
    ),
    max_size=14,
)


@given(ROWS)
@settings(deadline=None, max_examples=80)
def test_netting_is_the_rule_read_slowly(rows: list[dict[str, Any]]) -> None:
    found = bought(rows, ["c"])
    assert days(found) == slow_days(rows)
    total = sum((row["amount"] for row in rows), Decimal(0)) * 10_000
    assert found.features["monetary"].sum() == int(total)
