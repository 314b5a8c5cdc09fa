"""Small registers with known duplicates, for the tests of matching."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import pytest

from lohko.matching.dedupe import dedupe
from lohko.matching.params import DedupeParams
from lohko.outcome import Env, StepResult

COLUMNS = {
    "row_id": pl.String,
    "customer_id": pl.String,
    "first_name": pl.String,
    "last_name": pl.String,
    "email": pl.String,
    "phone": pl.String,
    "street": pl.String,
    "postcode": pl.String,
    "city": pl.String,
    "birth_date": pl.Date,
    "created_at": pl.Datetime("us", "UTC"),
}

Row = dict[str, Any]
Run = Callable[..., StepResult]


def table(rows: list[Row]) -> pl.DataFrame:
    names = {name for row in rows for name in row} | {"customer_id"}
    types: dict[str, Any] = {
        name: COLUMNS.get(name, pl.String) for name in [*COLUMNS, *sorted(names - set(COLUMNS))] if name in names
    }
    return pl.DataFrame(rows, schema=types)


def people(count: int, seed: int) -> list[Row]:
    """Return rows of people with nothing but chance in common."""
    draw = random.Random(seed)
    first = [
        "Aino",
        "Onni",
        "Eeva",
        "Leo",
        "Siiri",
        "Väinö",
        "Helmi",
        "Eino",
        "Lumi",
        "Toivo",
        "Kerttu",
        "Urho",
        "Saima",
        "Ahti",
        "Impi",
        "Tyyne",
        "Ilta",
        "Sulo",
    ]
    last = [
        "Aalto",
        "Berg",
        "Cederström",
        "Eskola",
        "Finne",
        "Grönroos",
        "Harju",
        "Ikonen",
        "Jokela",
        "Kurki",
        "Lindroos",
        "Mustonen",
        "Nyman",
        "Oksa",
        "Puro",
    ]
    rows = []
    for number in range(count):
        given, surname = draw.choice(first), draw.choice(last)
        rows.append(
            {
                "row_id": f"s:{seed}-{number:04d}",
                "customer_id": f"{seed}{number:04d}",
                "first_name": given,
                "last_name": surname,
                "email": f"{given}.{surname}{draw.randrange(10**6)}@mail.fi".lower(),
                "phone": f"04{draw.randrange(10**7, 10**8)}",
                "street": f"{draw.choice(last)}nkatu {draw.randrange(1, 99)}",
                "postcode": f"{draw.randrange(100, 990):03d}00",
                "city": draw.choice(["Helsinki", "Turku", "Oulu"]),
                "birth_date": dt.date(1940, 1, 1) + dt.timedelta(days=draw.randrange(25000)),
                "created_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=draw.randrange(30000)),
            }
        )
    return rows


def doubled(rows: list[Row], every: int) -> list[Row]:
    """Return the rows and, of every so manieth, a second writing under another id."""
    made = list(rows)
    for row in rows[::every]:
        last = row["last_name"]
        made.append(
            row
            | {
                "row_id": row["row_id"] + "b",
                "customer_id": row["customer_id"] + "b",
                "first_name": row["first_name"].upper(),
                "last_name": last[:2] + last[3:],
                "phone": "+358 " + row["phone"][1:],
                "email": None,
                "created_at": row["created_at"] + dt.timedelta(days=100),
            }
        )
    return made


@pytest.fixture
def env() -> Env:
    return Env(as_of=dt.date(2026, 1, 1))


@pytest.fixture
def run(env: Env) -> Run:
    def call(
        rows: list[Row] | pl.DataFrame, more: Mapping[str, pl.DataFrame] | None = None, **params: Any
    ) -> StepResult:
        customers = rows if isinstance(rows, pl.DataFrame) else table(rows)
        tables = {"customers": customers.lazy(), **{name: frame.lazy() for name, frame in (more or {}).items()}}
        return dedupe(tables, DedupeParams(**params), env)

    return call


@pytest.fixture
def make() -> Callable[[int, int], list[Row]]:
    return people


@pytest.fixture
def double() -> Callable[[list[Row], int], list[Row]]:
    return doubled


@pytest.fixture
def frame() -> Callable[[list[Row]], pl.DataFrame]:
    return table
