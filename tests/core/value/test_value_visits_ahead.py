"""Expected visits: the same models and gates as purchases, on days with a visit."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from tests.core.value.test_value_lifetime import AS_OF, company

from lohko.value.lifetime import Lifetime, lifetime
from lohko.value.params import ValueParams
from lohko.value.tally import Ints, slots, whole
from lohko.value.visits_ahead import visits_ahead


@pytest.fixture(scope="module")
def days() -> pl.DataFrame:
    return company(700, 11)


def packed(days: pl.DataFrame) -> Ints:
    return slots(whole(days["n"]), whole(days["day"]))


def code_of(found: Lifetime) -> str:
    assert found.frame is None
    assert found.findings[0].text
    assert found.figures["refused"] == found.findings[0].code
    return found.findings[0].code


def test_visits_on_the_days_of_purchases_are_foretold_as_these_are(days: pl.DataFrame) -> None:
    visits, bought = visits_ahead(packed(days), AS_OF, ValueParams()), lifetime(days, AS_OF, ValueParams())
    assert visits.frame is not None
    assert bought.frame is not None
    assert visits.frame["n"].equals(bought.frame["n"])
    assert visits.frame["expected_visits"].to_list() == bought.frame["expected_purchases"].to_list()
    assert visits.figures["parameters"] == bought.figures["parameters"]
    best, naive = (visits.figures["backtest"][rule] for rule in (visits.figures["model"], "naive rate"))
    assert best["rmse"] <= naive["rmse"]
    assert [f.code for f in visits.findings] == ["visits_expected"]


def test_refused_with_the_reason(days: pl.DataFrame) -> None:
    def ahead(some: pl.DataFrame, as_of: dt.date = AS_OF) -> str:
        return code_of(visits_ahead(packed(some), as_of, ValueParams()))

    assert ahead(days.clear()) == "visits_few"
    assert ahead(days.filter(pl.col("n") < 400)) == "visits_few"
    assert ahead(days, AS_OF + dt.timedelta(days=60)) == "visits_stale"
    assert ahead(days.group_by("n").tail(1).sort("n")) == "visits_few_repeats"
    late = days.filter(pl.col("day") > AS_OF - dt.timedelta(days=170))
    assert ahead(late) in {"visits_short_history", "visits_few"}


def test_no_forecast_where_the_naive_rate_is_better() -> None:
    # everybody comes every 10 days for ever: the past rate foretells it to the day, a model that lets people leave does not
    every = np.arange(0, 400, 10)
    n, back = np.repeat(np.arange(600), every.size), np.tile(every[::-1], 600)
    frame = pl.DataFrame({"n": n, "back": back}).with_columns(
        (pl.lit(AS_OF) - pl.duration(days="back")).cast(pl.Date).alias("day")
    )
    assert code_of(visits_ahead(packed(frame), AS_OF, ValueParams())) == "visits_no_better"
