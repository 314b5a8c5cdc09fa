"""Forecasts: gates, choice on the holdout, worth, and that the future is not looked at."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from lohko.errors import UsageFault
from lohko.value.backtest import accuracy
from lohko.value.histories import after, histories
from lohko.value.lifetime import Lifetime, lifetime
from lohko.value.params import ValueParams, period_days

END = 730  # days since the first of the two years simulated
FIRST = dt.date(2023, 1, 1)
AS_OF = FIRST + dt.timedelta(days=END)


def company(people: int = 900, seed: int = 1, unit: float = 1.0, **wishes: Any) -> pl.DataFrame:
    """Simulate buyers who leave (unless ``leaving=False``) and spend as the models take it."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.8, 1 / 70, people)
    life = rng.exponential(1 / rng.gamma(0.7, 1 / 90, people)) if wishes.get("leaving", True) else np.full(people, 1e6)
    mean = 16 / rng.gamma(4.0, 1 / 4.0, people) * wishes.get("spread", 1.0)
    start = rng.integers(0, 500, people)
    rows = []
    for n in range(people):
        now = 0.0
        days = {int(start[n])}
        while True:
            now += rng.exponential(1 / rate[n])
            if now > life[n] or start[n] + now > END:
                break
            days.add(int(start[n] + now))
        rows += [(n, d, int(rng.gamma(5.0, mean[n] / 5) * 100) * 100 + 100) for d in sorted(days)]
    frame = pl.DataFrame(rows, schema=["n", "d", "total"], orient="row")
    return frame.select(
        pl.col("n").cast(pl.UInt32),
        (pl.lit(FIRST) + pl.duration(days="d")).cast(pl.Date).alias("day"),
        (pl.col("total") * unit).cast(pl.Int64),
    ).sort("n", "day")


@pytest.fixture(scope="module")
def days() -> pl.DataFrame:
    return company()


@pytest.fixture(scope="module")
def forecast(days: pl.DataFrame) -> Lifetime:
    return lifetime(days, AS_OF, ValueParams())


def code_of(found: Lifetime) -> str:
    assert found.frame is None
    return str(found.figures["refused"])


def test_a_forecast_names_its_model_and_its_rival(forecast: Lifetime) -> None:
    assert forecast.frame is not None
    assert forecast.figures["model"] in {"Pareto/NBD", "MBG/NBD", "BG/NBD"}
    judged = forecast.figures["backtest"]
    assert judged[forecast.figures["model"]]["rmse"] < judged["naive rate"]["rmse"]
    assert abs(judged[forecast.figures["model"]]["bias"]) < 0.2
    assert forecast.frame["p_alive"].is_between(0, 1).all()
    assert (forecast.frame["expected_purchases"] >= 0).all()
    assert forecast.frame["expected_purchases"].sum() == pytest.approx(forecast.figures["expected_purchases"], abs=0.01)


def test_lifetime_value_is_spend_times_purchases_discounted(days: pl.DataFrame, forecast: Lifetime) -> None:
    free = lifetime(days, AS_OF, ValueParams(discount_rate=0.0))
    half = lifetime(days, AS_OF, ValueParams(discount_rate=0.0, margin=0.5))
    assert forecast.frame is not None
    assert free.frame is not None
    assert half.frame is not None
    assert (forecast.frame["clv"] <= free.frame["clv"]).all()
    assert half.frame["clv"].to_numpy() == pytest.approx(free.frame["clv"].to_numpy() / 2, abs=0.011)
    # undiscounted: expected spend times expected purchases
    who = histories(days, (AS_OF - dt.date(1970, 1, 1)).days)
    p, q, g = free.figures["spend"]["parameters"].values()
    each = p * (g + np.where(who.x > 0, who.x * who.mean, 0)) / (p * who.x + q - 1)
    assert free.frame["clv"].to_numpy() == pytest.approx(
        each * free.frame["expected_purchases"].to_numpy(), rel=1e-4, abs=0.02
    )


def test_the_margin_of_the_transactions_counts_where_none_is_given(days: pl.DataFrame) -> None:
    told = lifetime(days, AS_OF, ValueParams(), margin=0.25)
    assert told.figures["spend"]["margin"] == 0.25
    assert [f.code for f in told.findings][-1] == "clv_of_margin"


def test_a_shift_in_time_and_another_currency_change_nothing_else(days: pl.DataFrame, forecast: Lifetime) -> None:
    moved = days.with_columns(pl.col("day").dt.offset_by("100d"))
    later = lifetime(moved, AS_OF + dt.timedelta(days=100), ValueParams())
    assert later.frame is not None
    assert forecast.frame is not None
    assert later.frame.equals(forecast.frame)
    tenfold = lifetime(days.with_columns(pl.col("total") * 10), AS_OF, ValueParams())
    assert tenfold.frame is not None
    assert tenfold.frame.drop("clv").equals(forecast.frame.drop("clv"))
    assert tenfold.frame["clv"].to_numpy() / 10 == pytest.approx(forecast.frame["clv"].to_numpy(), rel=1e-4, abs=0.01)


def test_too_few_buyers(days: pl.DataFrame) -> None:
    assert code_of(lifetime(days.filter(pl.col("n") < 400), AS_OF, ValueParams())) == "forecast_few_buyers"
    assert code_of(lifetime(days.clear(), AS_OF, ValueParams())) == "forecast_few_buyers"


def test_too_short_a_history(days: pl.DataFrame) -> None:
    late = days.filter(pl.col("day") > AS_OF - dt.timedelta(days=170))
    found = lifetime(late, AS_OF, ValueParams())
    assert code_of(found) in {"forecast_short_history", "forecast_few_buyers"}


def test_silence_before_the_as_of_day(days: pl.DataFrame) -> None:
    assert code_of(lifetime(days, AS_OF + dt.timedelta(days=60), ValueParams())) == "forecast_stale"


def test_nobody_comes_back(days: pl.DataFrame) -> None:
    assert code_of(lifetime(days.group_by("n").tail(1).sort("n"), AS_OF, ValueParams())) == "forecast_few_repeats"


def test_customers_who_never_leave_get_nbd_and_no_p_alive() -> None:
    found = lifetime(company(1200, 3, leaving=False), AS_OF, ValueParams())
    assert found.frame is not None
    if found.figures["model"] == "NBD":
        assert "p_alive" not in found.frame.columns
    else:
        assert found.frame["p_alive"].mean() > 0.95  # type: ignore[operator]


def test_histories_count_repeats_and_their_spend() -> None:
    rows = [(0, 1, 100_000), (0, 4, 20_000), (0, 9, 40_000), (2, 5, 70_000)]
    frame = pl.DataFrame(rows, schema=["n", "d", "total"], orient="row").with_columns(
        (pl.lit(dt.date(1970, 1, 1)) + pl.duration(days="d")).cast(pl.Date).alias("day")
    )
    who = histories(frame, 10)
    assert who.x.tolist() == [2, 0]
    assert who.tx.tolist() == [8, 0]
    assert who.T.tolist() == [9, 5]
    assert who.mean[0] == 3.0
    assert np.isnan(who.mean[1])
    early = histories(frame, 4)
    assert early.n.tolist() == [0]
    count, money = after(frame, early, 4, 10)
    assert count.tolist() == [1]
    assert money.tolist() == [4.0]


def test_accuracy_of_simple_predictions() -> None:
    actual = np.array([0.0, 0, 0, 0, 0, 0, 0, 0, 2, 8])
    right = accuracy(actual + 1e-9, actual)
    assert right.mae == 0
    assert right.bias == 0
    assert right.top_tenth == 0.8
    assert right.deviance == 0
    alike = accuracy(np.ones(10), actual)
    assert alike.correlation is None
    assert alike.top_tenth == pytest.approx(0.1)
    assert alike.mae == pytest.approx(1.6)
    assert accuracy(np.zeros(10), actual).deviance is None
    assert accuracy(np.ones(3), np.zeros(3)).bias is None


def test_a_backtest_holds_back_what_was_asked_for(days: pl.DataFrame) -> None:
    found = lifetime(days, AS_OF, ValueParams(backtest="26w"))
    assert found.figures["holdout_days"] == 182
    assert [f.code for f in found.findings].count("backtest_judged") == 1
    rules = found.figures["backtest"]
    for name in ("naive rate", found.figures["model"]):
        rows = found.figures["calibration"][name]
        assert sum(row["customers"] for row in rows) == found.figures["backtest_buyers"]
        total = sum(row["customers"] * row["predicted"] for row in rows)
        came = sum(row["customers"] * row["actual"] for row in rows)
        assert total / came - 1 == pytest.approx(rules[name]["bias"], abs=1e-4)


def test_what_the_backtest_learns_from_does_not_see_the_holdout(days: pl.DataFrame) -> None:
    cut = AS_OF - dt.timedelta(days=182)
    doubled = days.with_columns(
        pl.when(pl.col("day") > cut).then(pl.col("total") * 2).otherwise(pl.col("total")).alias("total")
    )
    one, two = (lifetime(frame, AS_OF, ValueParams(backtest="26w")).figures for frame in (days, doubled))
    assert one["backtest"] == two["backtest"]
    assert one["backtest_spend"] != two["backtest_spend"]  # judged by what came, which is twice as much


def test_a_backtest_longer_than_half_the_history_is_refused(days: pl.DataFrame) -> None:
    assert code_of(lifetime(days, AS_OF, ValueParams(backtest="2y"))) == "backtest_too_long"


@pytest.mark.parametrize(("text", "length"), [("90d", 90), ("26w", 182), ("6m", 183), ("1y", 365)])
def test_periods_are_read(text: str, length: int) -> None:
    assert period_days(text) == length


@pytest.mark.parametrize("text", ["", "90", "d", "0d", "-3w", "3 months"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(UsageFault, match="--backtest"):
        ValueParams(backtest=text)
