"""Churn risk: the model on mixed columns, its judgement, and the looks back that must not see what came after."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lohko.outcome import Env
from lohko.tables.types import schema
from lohko.value.churn.design import learn, parameters
from lohko.value.churn.judging import judge
from lohko.value.churn.model import cross_validate, fit
from lohko.value.churn.risk import Risk, churn
from lohko.value.features import features

START = dt.date(2024, 1, 1)
AS_OF = dt.date(2025, 1, 1)
DAYS = 90


def mixed(rows: int = 3000, seed: int = 3) -> tuple[pl.DataFrame, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Make columns of all kinds, and a label that a bent number, a word and a gap decide."""
    rng = np.random.default_rng(seed)
    bent = rng.normal(size=rows)
    plan = rng.choice(["basic", "plus", "gold"], rows)
    gap = rng.random(rows) < 0.2
    odds = -2.0 + 1.2 * bent**2 + np.where(plan == "basic", 1.0, 0.0) + np.where(gap, 0.8, 0.0)
    label = rng.random(rows) < 1 / (1 + np.exp(-odds))
    frame = pl.DataFrame(
        {
            "id": [f"k{i}" for i in range(rows)],
            "bent": [str(round(v, 4)) for v in bent],
            "plan": plan.tolist(),
            "asked": [None if g else 3.0 for g in gap],
            "same": ["x"] * rows,
            "yes": rng.random(rows) < 0.5,
        }
    )
    return frame, label


def test_columns_are_read_for_what_they_are() -> None:
    frame, _ = mixed()
    design, matrix = learn(frame)
    assert parameters(design) == {"bent": "curve", "plan": "words", "asked": "line", "yes": "line"}
    assert design.left_out == ("id", "same")
    assert np.allclose(matrix.mean(axis=0), 0)
    odd = frame.head(2).with_columns(pl.lit("1e9").alias("bent"), pl.lit("platinum").alias("plan"))
    assert np.isfinite(design.matrix(odd)).all()  # far outside, never seen: taken as the end of the range, as no word


def test_foretells_what_decides_and_says_true_percentages() -> None:
    frame, label = mixed()
    judged = [judge(said, label[out], float(label.mean())) for out, said in cross_validate(frame, label)]
    assert len(judged) == 10
    auc = float(np.mean([j.auc for j in judged]))
    straight = judge(np.abs(frame["bent"].cast(pl.Float64).to_numpy()) / 10, label, float(label.mean()))
    assert auc > straight.auc  # more than the bent number alone tells
    assert all(j.brier < j.brier_base and j.log_loss < j.log_loss_base for j in judged)
    assert abs(float(np.mean([j.slope for j in judged if j.slope is not None])) - 1) < 0.1


def test_contributions_add_up_to_the_probability() -> None:
    frame, label = mixed(800)
    model = fit(frame, label)
    odds = model.contributions(frame).sum(axis=1) + model.intercept
    assert np.allclose(model.predict(frame), 1 / (1 + np.exp(-odds)))
    assert np.allclose(model.contributions(frame).mean(axis=0), 0, atol=1e-9)


def test_order_of_rows_changes_nothing_that_is_written() -> None:
    frame, label = mixed(800)
    turn = np.random.default_rng(0).permutation(800)
    assert np.allclose(fit(frame[turn], label[turn]).predict(frame), fit(frame, label).predict(frame), atol=1e-9)


def test_nothing_to_tell_apart_is_refused() -> None:
    frame, label = mixed(100)
    with pytest.raises(ValueError, match="alike"):
        fit(frame, np.zeros_like(label))
    with pytest.raises(ValueError, match="no column"):
        fit(frame.select("id", "same"), label)


def test_judgement_by_hand() -> None:
    said = np.array([0.1, 0.4, 0.4, 0.8])
    found = judge(said, np.array([False, False, True, True]), 0.25)
    assert found.auc == 0.875  # of four pairs three are in order and one is a tie
    assert found.brier == round((0.01 + 0.16 + 0.36 + 0.04) / 4, 6)
    assert found.brier_base == round((2 * 0.0625 + 2 * 0.5625) / 4, 6)
    assert found.lift_tenth == 2.0
    assert [row["customers"] for row in found.table] == [4]


def company(people: int = 1000, seed: int = 5, *, telling: bool = True) -> dict[str, pl.LazyFrame]:
    """Half hold a contract, half just buy; those who will leave within ``DAYS`` stop visiting first (if ``telling``)."""
    rng = np.random.default_rng(seed)
    days = (AS_OF - START).days
    ids = [f"c{i:04}" for i in range(people)]
    contracts, visits, bought = [], [], []
    for place, who in enumerate(ids):
        end = int(rng.exponential(400)) + 20
        quiet = end - int(rng.integers(30, 90)) if telling else 10_000
        visits += [(who, at(d)) for d in range(int(rng.integers(0, 14)), min(quiet, days + 40), 14)]
        if place % 2:
            contracts.append((who, at(0), at(end) if end <= days + 60 else None, f"p{place % 3}", Decimal(10), 1.0))
        else:
            bought += [(who, at(d), Decimal(20)) for d in range(int(rng.integers(0, 30)), min(end, days + 40), 30)]

    def table(name: str, columns: tuple[str, ...], rows: list[Any]) -> pl.LazyFrame:
        return pl.DataFrame(rows, schema=schema(name, columns), orient="row").lazy()

    held = ("customer_id", "started_at", "ended_at", "product", "price", "period_months")
    return {
        "customers": pl.DataFrame({"customer_id": ids}).lazy(),
        "visits": table("visits", ("customer_id", "occurred_at"), visits),
        "transactions": table("transactions", ("customer_id", "occurred_at", "amount"), bought),
        "subscriptions": table("subscriptions", held, contracts),
    }


def at(day: int) -> dt.datetime:
    return dt.datetime.combine(START, dt.time(12), dt.UTC) + dt.timedelta(days=day)


def risk_of(tables: dict[str, pl.LazyFrame]) -> Risk:
    env = Env(as_of=AS_OF)
    return churn(tables, features(tables, env), env, days=DAYS)


@pytest.fixture(scope="module")
def told() -> Risk:
    return risk_of(company())


def test_those_who_stop_visiting_are_at_risk(told: Risk) -> None:
    assert told.frame is not None
    figures = told.figures["contract"]
    assert figures["auc_low"] > 0.6
    assert figures["brier"] < figures["brier_base"]
    assert figures["lift_tenth"] > 1
    assert figures["importance"][0]["column"] in {"visit_recency_days", "recent_visit_days", "visit_days"}
    assert told.frame["churn_risk"].is_between(0, 1).all()
    assert told.frame["n"].is_unique().all()
    assert set(told.frame["churn_kind"]) == {"contract", "silent"}
    assert [f.code for f in told.findings].count("churn_told") == 2
    top = told.frame.filter(pl.col("churn_kind") == "contract").sort("churn_risk").tail(10)
    assert all("visit" in str(row) for row in top["churn_drivers"])


def test_what_comes_after_leaves_no_trace(told: Risk) -> None:
    end = dt.datetime.combine(AS_OF, dt.time(), dt.UTC) + dt.timedelta(days=1)
    cut = {
        name: frame if name == "customers" else frame.filter(pl.col(time) < end)
        for name, time, frame in (
            (n, {"subscriptions": "started_at"}.get(n, "occurred_at"), f) for n, f in company().items()
        )
    }
    ended = pl.when(pl.col("ended_at") < end).then(pl.col("ended_at")).alias("ended_at")
    cut["subscriptions"] = cut["subscriptions"].with_columns(ended)
    found = risk_of(cut)
    assert told.frame is not None
    assert found.frame is not None
    assert_frame_equal(found.frame, told.frame)
    assert found.figures == told.figures


def test_leaving_at_random_is_not_foretold() -> None:
    found = risk_of(company(telling=False))
    assert found.figures["contract"]["refused"] in {"churn_by_lot", "churn_no_better"}


@pytest.mark.parametrize(("people", "code"), [(60, "churn_few_customers")])
def test_too_few_are_refused(people: int, code: str) -> None:
    found = risk_of(company(people))
    assert found.frame is None
    assert {f.code for f in found.findings} == {code}


def test_too_short_a_history_is_refused() -> None:
    tables = company()
    env = Env(as_of=START + dt.timedelta(days=200))
    found = churn(tables, features(tables, env), env, days=DAYS)
    assert [f.code for f in found.findings] == ["churn_short_history"]
