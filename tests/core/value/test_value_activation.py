"""The next dimension, counted on a company where it is known."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from lohko.outcome import Env, StepResult
from lohko.tables.types import schema
from lohko.value.params import ValueParams
from lohko.value.step import value

AS_OF = dt.date(2024, 12, 31)


def at(day: int) -> dt.datetime:
    return dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=day)


def company(people: int = 100, moved: int = 30, late: int = 0) -> dict[str, pl.LazyFrame]:
    """All visit early; the first ``moved`` buy in autumn, the next 10 comment then; ``late`` ones come only in autumn."""
    ids = [f"c{i:03}" for i in range(people + late)]
    visits = [(i, at(n % 5)) for n, i in enumerate(ids[:people])] + [(i, at(300)) for i in ids[people:]]
    bought = [(i, at(300 + n % 9), Decimal(5)) for n, i in enumerate([*ids[:moved], *ids[people:]])]
    acts = [(i, at(310), "comment") for i in ids[moved : moved + 10]]

    def made(name: str, columns: tuple[str, ...], rows: list[Any]) -> pl.LazyFrame:
        return pl.DataFrame(rows, schema=schema(name, columns), orient="row").lazy()

    return {
        "customers": pl.DataFrame({"customer_id": ids}).lazy(),
        "visits": made("visits", ("customer_id", "occurred_at"), visits),
        "transactions": made("transactions", ("customer_id", "occurred_at", "amount"), bought),
        "social": made("social", ("customer_id", "occurred_at", "action"), acts),
    }


def run(tables: dict[str, pl.LazyFrame], **params: Any) -> StepResult:
    return value(tables, ValueParams(**params), Env(as_of=AS_OF))


def table(result: StepResult) -> pl.DataFrame:
    found = result.tables["value"]
    assert isinstance(found, pl.DataFrame)
    return found


def test_the_next_dimension_is_the_one_most_others_took() -> None:
    frame = table(run(company()))
    assert frame.columns[11] == "next_dimension"
    only_visits = frame.filter(pl.col("value_class").str.contains("F0V.S0"))
    assert only_visits.height == 60
    assert set(only_visits["next_dimension"]) == {"financial"}
    assert only_visits["next_share"].to_list() == pytest.approx([0.3] * 60)
    # nobody was a buyer then, so of buyers nothing can be said
    assert set(frame.filter(pl.col("monetary") > 0)["next_dimension"]) == {None}


def test_customers_not_known_then_are_not_counted() -> None:
    shares = run(company(late=40)).figures["next"]["shares"]
    assert {(s["dimension"], s["customers"], s["active_since"]) for s in shares} == {
        ("financial", 100, 30),
        ("social", 100, 10),
    }


def test_small_groups_say_nothing() -> None:
    assert "next_dimension" not in table(run(company(people=40, moved=20))).columns
    assert "next_dimension" not in table(run({**company(moved=4), "social": company()["social"].head(0)})).columns


def test_it_can_be_left_out() -> None:
    result = run(company(), next_days=0)
    assert "next_dimension" not in table(result).columns
    assert result.figures["next"] is None
