"""Contacts in normal form: what is rewritten, what is left, and that a second run changes nothing."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.cleaning.business_ids import read_business_ids
from lohko.cleaning.contacts import contacts
from lohko.cleaning.countries import home_country
from lohko.cleaning.params import ContactsParams
from lohko.outcome import Env
from lohko.tables.types import schema

ENV = Env(dt.date(2026, 1, 1))


def run(rows, **params):
    tables = rows if isinstance(rows, dict) else {"customers": pl.LazyFrame(rows)}
    return contacts(tables, ContactsParams(**params), ENV)


def one(column, value, **beside):
    country = beside.pop("given", None)
    result = run([{"customer_id": "1", column: value, **beside}], country=country)
    return result.tables["customers"][column].item(), result.figures["unreadable"].get(column)


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        (" Matti.M@Example.FI ", "Matti.M@example.fi"),
        ("mailto:a@b.fi", "a@b.fi"),
        ("<a@b.fi>", "a@b.fi"),
        ("Åke@Exämple.com", "Åke@exämple.com"),
        ("o'brien+news@b.ie", "o'brien+news@b.ie"),
    ],
)
def test_an_email_keeps_its_local_part_and_lowers_its_domain(given_text, kept):
    assert one("email", given_text) == (kept, 0)


@pytest.mark.parametrize("text", ["x@@y.fi", "ei ole", "a@b", ".a@b.fi", "a..b@c.fi", "a@b.fi; c@d.fi", "a@localhost"])
def test_what_is_no_email_stays_and_is_counted(text):
    assert one("email", text) == (text, 1)


@pytest.mark.parametrize(
    ("text", "country", "kept"),
    [
        ("040 123 4567", "FI", "+358401234567"),
        ("(0)40-1234567", "FI", "+358401234567"),
        ("00358 40 1234567", None, "+358401234567"),
        ("+358 (0)40 1234567", "SE", "+358401234567"),
        ("070-123 45 67", "Sverige", "+46701234567"),
    ],
)
def test_a_phone_is_read_in_the_rows_country(text, country, kept):
    assert one("phone", text, country=country) == (kept, 0)


@pytest.mark.parametrize("text", ["040 123 4567", "12", "ei numeroa"])
def test_a_national_number_without_country_is_left(text):
    assert one("phone", text) == (text, 1)


def test_a_number_with_extension_is_left_because_its_form_has_none():
    assert one("phone", "09 1234567 ext 3", country="FI") == ("09 1234567 ext 3", 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Suomi", "FI"),
        ("FINLAND", "FI"),
        ("fin", "FI"),
        ("Ruotsi", "SE"),
        ("Sverige", "SE"),
        ("Åland", "AX"),
        ("uk", "GB"),
    ],
)
def test_country_names_become_codes(text, code):
    assert one("country", text) == (code, 0)


def test_an_unknown_country_is_left_and_counted():
    assert one("country", "Atlantis") == ("Atlantis", 1)


def test_text_is_composed_trimmed_and_emptied_to_null():
    result = run([{"customer_id": "1", "first_name": "  Ma\u0308ki\u200b \u00a0 A ", "last_name": "  "}])
    assert result.tables["customers"].select("first_name", "last_name").row(0) == ("Mäki A", None)


def test_each_rewritten_value_is_a_change_and_earlier_changes_are_kept():
    before = {
        "table": "customers", "row_id": "z", "column": "city", "old": "a", "new": "b", "rule": "r", "confidence": 1.0,
        "step": "dedupe",
    }  # fmt: skip
    tables = {
        "customers": pl.LazyFrame([{"customer_id": "1", "row_id": "r1", "email": "A@B.FI", "city": "Espoo"}]),
        "changes": pl.LazyFrame([before]),
    }
    result = run(tables)
    changes = result.tables["changes"]
    assert changes.schema == pl.Schema(schema("changes"))
    assert changes.drop("table").rows() == [
        ("r1", "email", "A@B.FI", "A@b.fi", "email_normal_form", 1.0, "contacts"),
        ("z", "city", "a", "b", "r", 1.0, "dedupe"),
    ]
    assert result.figures["changed"] == {"email": 1, "city": 0}


def test_rows_and_further_columns_are_kept_and_sorted():
    rows = [{"customer_id": "2", "row_id": "b", "shoe": " 42 "}, {"customer_id": "1", "row_id": "a", "shoe": None}]
    found = run(rows).tables["customers"]
    assert found.rows() == [("1", "a", None), ("2", "b", " 42 ")]


def home(rows, given_country=None):
    found = home_country(pl.DataFrame(rows), given_country)
    return found.code, found.shown_by


def test_the_home_country_is_shown_by_the_first_that_speaks_clearly():
    assert home([{"country": "SE"}], "fi") == ("FI", "parameter")
    assert home([{"country": "Suomi", "phone": "+46701234567"}]) == ("FI", "country column")
    assert home([{"country": "FI"}, {"country": "SE"}]) == (None, "nothing")
    assert home([{"phone": "+358401234567"}, {"phone": "040123"}]) == ("FI", "phone prefixes")
    assert home([{"phone": "+46701234567"}, {"phone": "040123"}, {"phone": "040124"}]) == (None, "nothing")
    assert home([{"postcode": "100", "city": "helsingfors"}]) == ("FI", "postcodes")
    assert home([{"postcode": "11455", "city": "Stockholm"}]) == ("SE", "postcodes")
    assert home([{"postcode": "0150", "city": "Oslo"}, {"postcode": "0151", "city": None}]) == ("NO", "postcodes")
    assert home([{"postcode": "1422", "city": "København K"}]) == ("DK", "postcodes")
    assert home([{"postcode": "10115", "city": "Berlin"}]) == (None, "nothing")
    assert home([{"postcode": "11455"}]) == (None, "nothing")


TEXT = st.one_of(
    st.none(),
    st.sampled_from(["A@B.Fi", "mailto:<x@y.fi>", "040 1234567", "+46 70 123 45 67", "Suomi", "se", "  ", "a\u0308 b"]),
    st.text(max_size=12),
)
ROWS = st.lists(
    st.fixed_dictionaries({"email": TEXT, "phone": TEXT, "country": TEXT, "last_name": TEXT, "postcode": TEXT}),
    min_size=10,
    max_size=40,
)


@settings(max_examples=6, deadline=None)  # a run costs the same for forty rows as for four
@given(ROWS, st.sampled_from([None, "FI"]))
def test_cleaning_twice_is_cleaning_once_and_changes_restore_the_original(rows, country):
    strings = dict.fromkeys(("customer_id", "row_id", *rows[0]), pl.String)
    frame = pl.DataFrame([{"customer_id": "c", "row_id": str(i), **r} for i, r in enumerate(rows)], schema=strings)
    first = run({"customers": frame.lazy()}, country=country)
    second = run({name: table.lazy() for name, table in first.tables.items()}, country=country)
    assert second.tables["customers"].equals(first.tables["customers"])
    assert second.tables["changes"].equals(first.tables["changes"])
    restored = first.tables["customers"].to_dicts()
    for change in first.tables["changes"].to_dicts():
        row = next(r for r in restored if r["row_id"] == change["row_id"])
        assert row[change["column"]] == change["new"]
        row[change["column"]] = change["old"]
    assert pl.DataFrame(restored, schema=strings).equals(frame.sort("row_id"))
    shuffled = run({"customers": frame.reverse().lazy()}, country=country)
    assert shuffled.tables["customers"].equals(first.tables["customers"])


def test_a_finnish_vat_number_of_a_customer_elsewhere_keeps_its_prefix() -> None:
    ids = pl.Series(["FI12345671", "FI12345671", "FI12345671"])
    read = read_business_ids(ids, pl.Series([None, "FI", "SE"])).sort("region", nulls_last=False)
    assert read["normal"].to_list() == ["1234567-1", "1234567-1", "FI12345671"]
    assert set(read["status"]) == {"valid"}
