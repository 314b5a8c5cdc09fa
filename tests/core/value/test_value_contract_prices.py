"""What a contract's price is for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.outcome import Env
from lohko.tables.types import schema
from lohko.value.contract_prices import price_in_doubt, priced_by_period
from lohko.value.params import ValueParams
from lohko.value.step import value

START = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
AS_OF = dt.date(2024, 12, 1)
COLUMNS = ("customer_id", "started_at", "product", "price", "period_months")
Row = tuple[str, str, float | None]  # product, price, period


def held(rows: list[Row]) -> dict[str, pl.LazyFrame]:
    full = [(f"c{n}", START, product, price, period) for n, (product, price, period) in enumerate(rows)]
    kinds = schema("subscriptions", COLUMNS)
    frame = pl.DataFrame(full, schema={**kinds, "price": pl.String}, orient="row")
    frame = frame.with_columns(pl.col("price").cast(kinds["price"]))
    return {"customers": frame.select("customer_id").lazy(), "subscriptions": frame.lazy()}


def prices(rows: list[Row], said: str | None) -> list[tuple[Decimal | None, float | None]]:
    found = priced_by_period(held(rows), said)["subscriptions"].select("price", "period_months").collect()
    return found.rows()


def test_the_price_of_a_month_or_year_becomes_that_of_the_period() -> None:
    rows: list[Row] = [("paper", "31.90", 12.0), ("paper", "31.90", 1.0), ("paper", "31.90", None), ("web", "10", 3.0)]
    given_prices = [Decimal("382.8000"), Decimal("31.9000"), Decimal("31.9000"), Decimal("30.0000")]
    assert [price for price, _ in prices(rows, "month")] == given_prices
    assert [period for _, period in prices(rows, "month")] == [12.0, 1.0, 1.0, 3.0]
    assert prices([("paper", "382.80", 1.0), ("paper", "120", None)], "year") == [
        (Decimal("31.9000"), 1.0),
        (Decimal("120.0000"), 12.0),
    ]
    for said in (None, "period"):
        assert prices(rows, said) == held(rows)["subscriptions"].select("price", "period_months").collect().rows()


def test_what_is_missing_is_no_fault() -> None:
    assert priced_by_period({}, "month") == {}
    without = {"subscriptions": pl.LazyFrame({"customer_id": ["a"]})}
    assert priced_by_period(without, "month")["subscriptions"].collect().columns == ["customer_id"]
    bare = {"subscriptions": held([("a", "5", None)])["subscriptions"].drop("period_months")}
    assert priced_by_period(bare, "year")["subscriptions"].select("price", "period_months").collect().rows() == [
        (Decimal("5.0000"), 12.0)
    ]
    nothing = held([("a", "5", 12.0)])["subscriptions"].with_columns(pl.lit(None, pl.Decimal(18, 4)).alias("price"))
    assert priced_by_period({"subscriptions": nothing}, "month")["subscriptions"].collect()["price"].to_list() == [None]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b"]),
            st.decimals(0, 10_000, places=4).map(str),
            st.sampled_from([None, 0.5, 1.0, 3.0, 12.0, 24.0]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_a_month_costs_the_same_however_long_the_period(rows: list[Row]) -> None:
    for (_, price, _), (paid, period) in zip(rows, prices(rows, "month"), strict=True):
        assert paid is not None
        assert period is not None
        assert abs(paid - Decimal(price) * Decimal(period)) <= Decimal("0.00005")


@pytest.mark.parametrize(("said", "money"), [(None, "31.9"), ("period", "31.9"), ("month", "382.8")])
def test_the_step_counts_a_year_by_what_the_price_is_for(said: str | None, money: str) -> None:
    tables = held([("paper", "31.90", 12.0)])
    result = value(tables, ValueParams(contract_price=said), Env(as_of=AS_OF))
    found = result.tables["value"].lazy().collect()
    assert found["contract_money"].to_list() == [Decimal(money)]


def test_a_price_that_does_not_follow_the_period_is_told_and_a_word_ends_it() -> None:
    alike: list[Row] = [("paper", "31.90", 12.0), ("paper", "31.90", 1.0), ("paper", "31.90", 12.0)]
    found = price_in_doubt(held(alike), None)
    assert [(f.code, f.data) for f in found] == [("contract_price_in_doubt", {"products": 1, "of": 1})]
    assert price_in_doubt(held(alike[::-1]), None) == found
    assert price_in_doubt(held(alike), "period") == price_in_doubt(held(alike), "month") == ()
    follows: list[Row] = [("paper", "31.90", 1.0), ("paper", "340", 12.0), ("web", "9", 1.0), ("web", "9", 1.0)]
    assert price_in_doubt(held(follows), None) == ()
    few = [*follows, ("mag", "40", 3.0), ("mag", "75", 6.0), ("tv", "5", 1.0), ("tv", "5", 12.0)]
    assert price_in_doubt(held(few), None) == ()  # one of three: the free year of one product says little of the others
    assert price_in_doubt({}, None) == ()
