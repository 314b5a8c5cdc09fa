"""Targets: measures by name, periods, verdicts, and what each measure counts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.views.experience.estimates import net_promoter
from lohko.views.goals.counting import Counted, Data, count
from lohko.views.goals.judging import judge_growing_share, judge_sample, judge_share, judge_sum
from lohko.views.goals.measures import Measure, measures, recognised
from lohko.views.goals.periods import Period, period

AS_OF = dt.date(2026, 6, 30)
YEAR = Period(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
amounts = st.decimals(0, 10**6, places=2)


def measure(name: str) -> Measure:
    found = recognised(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Liikevaihto", "revenue"),
        ("omsättning", "revenue"),
        ("Churn-rate", "churn_rate"),
        ("NPS", "nps"),
        ("Tyytyväisyys", "csat"),
        ("uudet_asiakkaat", "new_customers"),
        ("email_permission_share", "permission_share"),
    ],
)
def test_measures_are_recognised_by_their_names(name: str, code: str):
    assert measure(name).code == code


def test_what_is_no_measure_is_not_guessed():
    assert recognised("market share") is None
    assert recognised("fax_permission_share") is None
    assert all(recognised(code) for code in measures() if code != "permission_share")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-H2", "2026-07-01", "2026-12-31"),
        ("2026Q1", "2026-01-01", "2026-03-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-01-15/2026-02-14", "2026-01-15", "2026-02-14"),
        (None, "2025-07-01", "2026-06-30"),
    ],
)
def test_periods(text: str | None, first: str, last: str):
    assert period(text, AS_OF) == Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@pytest.mark.parametrize("text", ["next year", "2026-Q5", "2026-13", "2026-02-30/2026-03-01", "2026-05-01/2026-04-01"])
def test_periods_that_are_none(text: str):
    assert period(text, AS_OF) is None


@given(amounts, amounts, st.floats(0, 1))
def test_a_sum_is_reached_only_at_its_target(actual: Decimal, target: Decimal, elapsed: float):
    found = judge_sum(actual, target, elapsed, more=True)
    assert (found.state == "reached") == (actual >= target)
    assert found.missing == (target - actual if actual < target else None)
    assert found.state != "missed" or elapsed == 1
    limit = judge_sum(actual, target, elapsed, more=False)
    assert (limit.state == "missed") == (actual > target)
    assert limit.state != "reached" or elapsed == 1


def test_half_the_year_asks_for_half_the_sum():
    assert judge_sum(Decimal(50), Decimal(100), 0.5, more=True).state == "on_course"
    assert judge_sum(Decimal(49), Decimal(100), 0.5, more=True).state == "behind"
    assert judge_sum(Decimal(51), Decimal(100), 0.5, more=False).state == "behind"


def test_gaps_of_shares_are_whole_people():
    assert judge_share(48, 100, Decimal("0.55")).missing == 7
    assert judge_share(55, 100, Decimal("0.55")).state == "reached"
    assert judge_growing_share(15, 100, Decimal("0.121"), 1, more=False).missing == 3


def test_a_score_is_judged_by_its_whole_interval():
    told = net_promoter({9.0: 60, 8.0: 20, 3.0: 20})  # 40, some 24 to 54
    assert judge_sample(measure("nps"), told, Decimal(20)).state == "reached"
    assert judge_sample(measure("nps"), told, Decimal(60)).state == "missed"
    unsure = judge_sample(measure("nps"), told, Decimal(45))
    assert (unsure.state, unsure.missing) == ("open", Decimal(5))


def at(day: str) -> dt.datetime:
    return dt.datetime.fromisoformat(day + "T10:00:00+00:00")


def counted(name: str, tables: dict[str, pl.DataFrame], span: Period = YEAR, *, by_touchpoint: bool = False) -> Counted:
    data = Data({key: frame.lazy() for key, frame in tables.items()}, AS_OF, "UTC")
    found = count(measure(name), span, data, by_touchpoint=by_touchpoint)
    assert found is not None
    return found


def contracts(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [(who, at(start), at(end) if end else None) for who, start, end in rows],
        {
            "customer_id": pl.String,
            "started_at": pl.Datetime("us", "UTC"),
            "ended_at": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )


def sales(*rows: tuple[str | None, str, float], product: str = "mug") -> pl.DataFrame:
    return pl.DataFrame(
        [(who, at(day), Decimal(str(amount)), product) for who, day, amount in rows],
        {
            "customer_id": pl.String,
            "occurred_at": pl.Datetime("us", "UTC"),
            "amount": pl.Decimal(18, 4),
            "product": pl.String,
        },
        orient="row",
    )


def test_churn_counts_those_on_the_eve_who_hold_nothing_now():
    rows = contracts(
        ("stays", "2024-01-01", None),
        ("leaves", "2024-01-01", "2026-03-01"),
        ("renews", "2025-01-01", "2026-02-01"),
        ("renews", "2026-02-01", None),
        ("left before", "2024-01-01", "2025-12-31"),
        ("came later", "2026-02-01", "2026-04-01"),
        ("ends after the day", "2024-01-01", "2026-07-15"),
    )
    found = counted("churn_rate", {"subscriptions": rows}).rows
    assert dict(found.select("customer_id", "part").sort("customer_id").rows()) == {
        "ends after the day": 0,
        "leaves": 1,
        "renews": 0,
        "stays": 0,
    }


def test_revenue_counts_sales_without_a_known_customer_and_stops_at_the_day():
    rows = sales(("a", "2026-01-01", 10), (None, "2026-02-01", 5), ("a", "2026-07-01", 99), ("a", "2025-12-31", 99))
    assert counted("revenue", {"transactions": rows}).rows["part"].sum() == 15


def test_new_customers_are_new_by_their_first_purchase():
    rows = sales(("old", "2025-05-01", 10), ("old", "2026-02-01", 5), ("new", "2026-02-01", 5))
    rows = pl.concat([rows, sales(("gift", "2026-02-01", 0))])
    assert counted("new_customers", {"transactions": rows}).rows["customer_id"].to_list() == ["new"]


def test_a_conversion_is_a_purchase_after_the_contact_and_no_payment_of_a_contract():
    touches = pl.DataFrame(
        [(who, at("2026-03-01"), "ad") for who in ("buys", "pays", "late", "earlier")]
        + [("young", at("2026-06-20"), "ad")],
        {"customer_id": pl.String, "occurred_at": pl.Datetime("us", "UTC"), "channel": pl.String},
        orient="row",
    )
    bought = pl.concat(
        [
            sales(("buys", "2026-03-31", 5), ("late", "2026-04-01", 5), ("earlier", "2026-02-28", 5)),
            sales(("pays", "2026-03-05", 20), product="Paper"),
        ]
    )
    held = contracts(("pays", "2020-01-01", None)).with_columns(product=pl.lit("paper"))
    tables = {"touchpoints": touches, "transactions": bought, "subscriptions": held}
    found = counted("conversion_rate", tables, by_touchpoint=True).rows
    assert dict(found.select("customer_id", "part").sort("customer_id").rows()) == {
        "buys": 1,
        "earlier": 0,
        "late": 0,
        "pays": 0,
    }


def test_nothing_is_counted_of_what_is_not_there():
    data = Data({}, AS_OF, "UTC")
    for name in measures():
        wanted = measure("email_permission_share" if name == "permission_share" else name)
        assert count(wanted, YEAR, data, by_touchpoint=False) is None
