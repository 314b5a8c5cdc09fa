"""One customer: found by many names, told at any stage, and never more than may be seen."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.errors import InputRefused
from lohko.tables import tables as declared
from lohko.views.customer.lookup import find
from lohko.views.customer.masking import CONTACTS, HIDDEN, masked
from lohko.views.customer.view import IDENTITY, Customer, customer
from lohko.views.report.words import texts

DAY = dt.date(2026, 6, 30)
STREET = "Mannerheimintie 5"


def at(day: int, month: int = 6) -> dt.datetime:
    return dt.datetime(2026, month, day, 12, tzinfo=dt.UTC)


def company(**more: pl.DataFrame) -> dict[str, pl.LazyFrame]:
    """Three customers; crm:1 was merged from crm:1 and shop:W9; crm:2 and crm:3 share a telephone."""
    times = pl.Datetime("us", "UTC")
    tables = {
        "customers": pl.DataFrame(
            {
                "customer_id": ["crm:1", "crm:2", "crm:3"],
                "row_id": ["crm:1", "crm:2", "crm:3"],
                "first_name": ["Aino", "Väinö", "Liisa"],
                "last_name": ["Virtanen", "Mäkelä", "Mäkelä"],
                "email": ["aino@posti.example", "v@posti.example", None],
                "phone": ["+358401234567", "+358505551234", "+358505551234"],
                "street": [STREET, "Hämeenkatu 1", "Hämeenkatu 1"],
                "postcode": ["00100", "33100", "33100"],
            }
        ),
        "crosswalk": pl.DataFrame(
            {
                "row_id": ["crm:1", "shop:W9", "crm:2", "crm:3"],
                "source_customer_id": ["crm:1", "shop:W9", "crm:2", "crm:3"],
                "customer_id": ["crm:1", "crm:1", "crm:2", "crm:3"],
                "match_probability": [1.0, 0.98, 1.0, 1.0],
            }
        ),
        "originals": pl.DataFrame(
            {
                "row_id": ["shop:W9"],
                "customer_id": ["shop:W9"],
                "email": ["aino.v@vanha.example"],
                "first_name": ["Aino"],
            }
        ),
        "transactions": pl.DataFrame(
            {
                "customer_id": ["crm:1", "shop:W9", "crm:2", "crm:1"],
                "occurred_at": [at(1), at(9), at(2), at(5, 7)],
                "amount": [Decimal("12.50"), Decimal(3), Decimal(4), Decimal(5)],
            },
            schema_overrides={"occurred_at": times},
        ),
        "visitors": pl.DataFrame({"visitor_id": ["v1", "v2"], "customer_id": ["crm:1", "crm:2"]}),
        "visits": pl.DataFrame(
            {
                "customer_id": [None, "crm:2", None],
                "visitor_id": ["v1", "v1", "v2"],
                "occurred_at": [at(3), at(4), at(4)],
                "page_views": [7, 8, 9],
            },
            schema_overrides={"occurred_at": times, "customer_id": pl.String},
        ),
        "feedback": pl.DataFrame(
            {"customer_id": ["crm:1"], "answered_at": [at(2)], "measure": ["nps"], "score": [9.0], "text": ["kiitos"]},
            schema_overrides={"answered_at": times},
        ),
    }
    return {name: frame.lazy() for name, frame in {**tables, **more}.items()}


def told(word: str = "crm:1", tables: dict[str, pl.LazyFrame] | None = None, **more: Any) -> Customer:
    return customer(tables or company(), {}, word, DAY, "UTC", **more)


@pytest.mark.parametrize(
    "word",
    [
        "crm:1",
        " CRM:1 ",
        "1",
        "shop:W9",
        "w9",
        "aino@posti.example",
        "Aino+uutiset@Posti.example",
        "aino.v@vanha.example",
        "040 123 4567",
    ],
)
def test_many_names_lead_to_the_surviving_customer(word: str) -> None:
    assert find(company(), word) == "crm:1"


@pytest.mark.parametrize(
    ("word", "code", "hint"),
    [
        ("crm:11", "customer_missing", "crm:1"),
        ("nobody@posti.example", "customer_missing", "check the address"),
        ("aion@posti.example", "customer_missing", "nearest is crm:1"),  # two letters swapped
        ("ainop@posti.example", "customer_missing", "nearest is crm:1"),  # one too many
        ("040 123 4568", "customer_missing", "crm:1"),  # one digit wrong
        ("w8", "customer_missing", "crm:1"),  # an id from before merging, without its source
        ("", "customer_missing", "lohko show"),
        ("050 5551234", "customer_several", "crm:2, crm:3"),
    ],
)
def test_nobody_is_guessed(word: str, code: str, hint: str) -> None:
    with pytest.raises(InputRefused) as caught:
        find(company(), word)
    assert caught.value.code == code
    assert hint in caught.value.hint
    assert "@posti" not in str(caught.value) + caught.value.hint


def test_events_of_all_ids_come_newest_first_and_none_after_the_day() -> None:
    assert [(e.table, e.at.day if e.at else None) for e in told("w9").events] == [
        ("transactions", 9), ("visits", 3), ("feedback", 2), ("transactions", 1),
    ]  # fmt: skip


def test_contacts_are_masked_and_words_left_out_unless_asked() -> None:
    plain, shown = told(), told(show_values=True)
    text = str(plain.as_dict())
    for secret in ("aino@", "1234567", STREET, "kiitos"):
        assert secret not in text
    assert shown.contacts["email"] == "aino@posti.example"
    assert shown.contacts["street"] == STREET
    assert shown.events[2].cells["text"] == "kiitos"


@pytest.mark.parametrize(
    "entry",
    [
        {"customer_id": "crm:1", "first_name": None, "last_name": None},
        {"customer_id": "shop:W9", "first_name": None, "last_name": None},
        {"customer_id": None, "first_name": "AINO", "last_name": "virtanen"},
        {"customer_id": None, "first_name": None, "last_name": "Virtanen"},
    ],
)
def test_a_protected_address_is_never_shown(entry: dict[str, str | None]) -> None:
    updates = pl.DataFrame([{**entry, "status": "protected"}], schema_overrides=dict.fromkeys(entry, pl.String))
    found = told(tables=company(address_updates=updates), show_values=True)
    assert found.protected
    assert not {"street", "postcode", "city"} & set(found.contacts)
    assert STREET not in str(found.as_dict())
    assert "kiitos" not in str(found.as_dict())
    assert not told("crm:2", company(address_updates=updates)).protected


def test_a_package_at_any_stage_is_told() -> None:
    bare = told(tables={"customers": company()["customers"]})
    assert (bare.value, bare.segment, bare.permissions, bare.events, bare.suggestions) == (None, None, (), (), ())
    assert bare.rows == ({"row_id": "crm:1", "source_customer_id": "crm:1"},)
    with pytest.raises(InputRefused):
        told(tables={"transactions": company()["transactions"]})


@pytest.mark.parametrize("lang", ["en", "fi", "sv"])
def test_value_speaks_every_language(lang: str) -> None:
    row = {
        "customer_id": ["crm:1"],
        "frequency": [2],
        "monetary": [Decimal("15.5")],
        "recency_days": [21],
        "next_dimension": ["visits"],
    }
    found = told(tables=company(value=pl.DataFrame(row)), lang=lang)
    assert found.reasons
    assert len(found.suggestions) == 1
    assert found.value is not None
    assert found.value["monetary"] == Decimal("15.5")


def test_why_a_sum_in_money_is_missing_is_told() -> None:
    row = {"customer_id": ["crm:1"], "frequency": [2], "monetary": [Decimal("15.5")], "recency_days": [21]}
    figures = {"engagement": {"missing": ["visit"]}, "prospects": {"missing": ["visits_unpriced"], "total": None}}
    history: list[dict[str, Any]] = [
        {"step": "value", "figures": {}},
        {"step": "value", "figures": figures},
        {"step": "segment"},
    ]
    found = customer(
        {n: f.lazy() for n, f in company(value=pl.DataFrame(row)).items()},
        {}, "crm:1", dt.date(2026, 10, 31), "UTC", history=history,
    )  # fmt: skip
    assert [r.code for r in found.reasons][-2:] == ["engagement_unpriced", "prospects_untold"]


def test_the_order_of_rows_makes_no_difference() -> None:
    turned = {name: frame.reverse() for name, frame in company().items()}
    assert told(tables=turned) == told()


@given(st.sampled_from(["email", "phone", "street"]), st.from_regex(r"[a-z0-9]{6,12}", fullmatch=True))
def test_a_mask_keeps_no_more_than_it_says(column: str, value: str) -> None:
    shown = masked(column, f"{value}@host.example" if column == "email" else value)
    assert value not in shown
    assert len(shown.removesuffix("@host.example").replace(HIDDEN, "")) <= 2


@pytest.mark.parametrize("lang", ["en", "fi", "sv"])
def test_every_label_is_there_in_every_language(lang: str) -> None:
    known = texts(lang, "lohko.views.customer")
    numbers = ("page_views", "downloads", "period_months", "reach", "votes", "score")
    assert {f"field.{column}" for column in (*IDENTITY, *CONTACTS, *numbers)} <= known.keys()
    for table, column, group in (
        ("social", "action", "act"),
        ("touchpoints", "media", "media"),
        ("feedback", "measure", "measure"),
    ):
        own = declared()[table].column(column)
        assert own is not None
        assert {f"{group}.{value}" for value in own.values} <= known.keys()
