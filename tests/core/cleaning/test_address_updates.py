"""Moves, deaths and protected addresses: applied, noted, and never shown."""

import datetime as dt

import polars as pl
import pytest

from lohko.cleaning.address_updates import address_updates, known_statuses, protect
from lohko.cleaning.params import AddressUpdatesParams, PostcodesParams
from lohko.cleaning.postcodes import postcodes
from lohko.cleaning.protection import masked, protected
from lohko.outcome import Env
from lohko.tables.types import schema

ENV = Env(dt.date(2026, 1, 1))
PERSON = {"customer_id": "1", "row_id": "r1", "first_name": "Aino", "last_name": "Aho", "street": "Vanhatie 1", "postcode": "00100",
          "city": "Helsinki", "municipality": "Helsinki", "updated_at": dt.datetime(2024, 1, 1, tzinfo=dt.UTC)}  # fmt: skip
NEW = {"new_street": "Uusitie 2", "new_postcode": "33100", "new_city": "Tampere"}


def tables(updates, *people):
    rows = [{**PERSON, **person} for person in people or ({},)]
    return {
        "customers": pl.LazyFrame(rows, schema_overrides={"street": pl.String, "postcode": pl.String}),
        "address_updates": pl.LazyFrame(updates, schema=schema("address_updates")),
    }


def run(updates, *people):
    return address_updates(tables(updates, *people), AddressUpdatesParams(), ENV)


def whole_table(result, name):
    return result.tables[name].lazy().collect()


def where(result):
    frame = result.tables["customers"]
    return frame.select("street", "postcode", "city", "municipality", "address_status").rows()


MOVED = ("Uusitie 2", "33100", "Tampere", None, "moved")
STAYED = ("Vanhatie 1", "00100", "Helsinki", "Helsinki", None)
BY_ID = {"customer_id": "1", **NEW, "valid_from": dt.date(2025, 1, 1), "status": "moved"}
BY_NAME = {
    "first_name": "AINO",
    "last_name": "aho",
    "street": "vanhatie 1",
    "postcode": "100",
    **NEW,
    "status": "moved",
}


@pytest.mark.parametrize("entry", [BY_ID, BY_NAME, {**BY_ID, "street": "Vanhatie 1", "postcode": "00100"}])
def test_a_move_is_written_with_what_was(entry):
    result = run([entry])
    assert where(result) == [MOVED]
    changes = result.tables["changes"].select("row_id", "column", "old", "new", "rule").rows()
    assert ("r1", "street", "Vanhatie 1", "Uusitie 2", "address_moved") in changes
    assert ("r1", "municipality", "Helsinki", None, "address_moved") in changes
    assert result.figures["moved"] == 1


@pytest.mark.parametrize(
    ("entries", "person", "reason"),
    [
        ([{**BY_ID, "valid_from": dt.date(2023, 1, 1)}], {}, "row_is_newer"),
        ([{**BY_ID, "street": "Muu 1", "postcode": "00100"}], {}, "other_old_address"),
        ([{"customer_id": "1", "status": "moved"}], {}, "no_new_address"),
        (
            [{"customer_id": "1", "status": "moved", "new_street": "osoite puuttuu", "new_postcode": "00100"}],
            {},
            "no_new_address",
        ),
        ([BY_ID, {**BY_ID, "new_street": "Kolmas 3"}], {}, "two_new_addresses"),
        ([{**BY_ID, "new_postcode": "99998"}], {}, "new_address_doubtful"),
        ([{**BY_ID, "new_city": "Oulu"}], {}, "new_address_doubtful"),
        ([{**BY_ID, "new_postcode": "114 55", "new_city": "-"}], {"country": "SE"}, "new_address_doubtful"),
    ],
)
def test_what_contradicts_goes_to_people(entries, person, reason):
    result = run(entries, person)
    assert where(result) == [STAYED]
    assert reason in result.files["address_updates_review.csv"].decode()
    assert result.figures["conflicts"] == len(entries)


def test_a_place_that_is_not_named_is_the_postcodes():
    assert where(run([{**BY_ID, "new_city": None}], {"country": "FI"})) == [MOVED]


@pytest.mark.parametrize(("code", "city"), [("FI-33100", "Tampere"), ("33 100", "-"), ("33100", "?")])
def test_a_new_code_is_written_in_its_right_form_and_a_dash_is_no_place(code, city):
    entry = {**BY_ID, "new_postcode": code, "new_city": city}
    first = run([entry])
    assert where(first)[0][:2] == ("Uusitie 2", "33100")
    assert where(first)[0][2].casefold() == "tampere"
    again = address_updates(
        {**tables([entry]), "customers": first.tables["customers"].lazy()}, AddressUpdatesParams(), ENV
    )
    assert where(again) == where(first)
    assert again.figures["conflicts"] == 0


def test_moves_follow_each_other_and_later_ones_wait():
    second = {
        "first_name": "Aino", "last_name": "Aho", "street": "Uusitie 2", "postcode": "33100", "new_street": "Kolmas 3",
        "new_postcode": "90100", "new_city": "Oulu", "valid_from": dt.date(2025, 6, 1), "status": "moved",
    }  # fmt: skip
    third = {
        **second,
        "street": "Kolmas 3",
        "postcode": "90100",
        "new_street": "X 1",
        "valid_from": dt.date(2026, 6, 1),
    }
    result = run([third, second, BY_ID])
    assert where(result)[0][:3] == ("Kolmas 3", "90100", "Oulu")
    assert result.figures["later"] == 1


def test_a_stranger_is_counted_and_a_missing_address_is_filled():
    result = run([{**BY_ID, "valid_from": None}, {**BY_NAME, "last_name": "Muu"}], {"street": None, "postcode": None})
    assert where(result)[0][:2] == MOVED[:2]
    assert result.figures["unmatched"] == 1


def test_a_second_run_changes_nothing():
    entries = [BY_ID, {"customer_id": "2", "status": "protected"}, {**BY_NAME, "status": "deceased"}]
    first = run(entries, {}, {"customer_id": "2", "row_id": "r2"})
    whole = {**tables(entries), **{name: frame.lazy() for name, frame in first.tables.items()}}
    second = address_updates(whole, AddressUpdatesParams(), ENV)
    assert whole_table(second, "customers").equals(whole_table(first, "customers"))
    assert whole_table(second, "changes").equals(whole_table(first, "changes"))


def test_a_protected_address_leaves_the_customers_and_is_masked_wherever_it_stands():
    entries = [{**BY_NAME, "status": "protected"}]
    came = tables(entries, {}, {"customer_id": "2", "row_id": "r2", "first_name": "Eino"})
    noted = address_updates(came, AddressUpdatesParams(), ENV)
    made = {name: frame.lazy() for name, frame in noted.tables.items()}
    whole = {**came, **made, "originals": came["customers"]}
    done = protect(whole, AddressUpdatesParams(), ENV)
    customers = whole_table(done, "customers")
    assert customers.select("street", "postcode", "city", "municipality").row(0) == (None,) * 4
    assert customers["street"][1] == "Vanhatie 1"
    whole |= {name: frame.lazy() for name, frame in done.tables.items()}
    for package in (came, whole):
        hidden = protected(package)
        for name in package:
            shown, count = masked(name, package[name].collect(), hidden)
            hits = shown.filter(
                pl.any_horizontal(pl.col(pl.String).str.contains("(?i)vanhatie")).fill_null(value=False)
            )
            if (name == "customers" and package is came) or name == "originals":
                assert hits["customer_id"].to_list() == ["2"]
                assert count == 1
            elif name != "customers":
                assert hits.is_empty()
    # permissions still know of it once the address is gone
    told = known_statuses(whole["address_updates"], customers).collect()
    assert told.filter(pl.col("customer_id") == "1")["status"].to_list() == ["protected"]


def test_a_protected_address_is_in_no_question_about_postcodes():
    people = {"postcode": "99998"}, {"customer_id": "2", "row_id": "r2", "postcode": "99998", "street": "Toinen 9"}
    for entry in ({"customer_id": "1", "status": "protected"}, {**BY_NAME, "postcode": "99998", "status": "protected"}):
        others = dict(zip(("first_name", "last_name"), ("Eino", "Muu"), strict=True))
        came = tables([entry], people[0], {**people[1], **others})
        asked = postcodes(came, PostcodesParams(), ENV).files["postcodes_review.csv"].decode()
        assert "Toinen 9" in asked
        assert "Vanhatie" not in asked


def test_a_package_without_protected_addresses_is_shown_as_it_is():
    package = tables([BY_ID])
    frame = package["customers"].collect()
    assert masked("customers", frame, protected(package)) == (frame, 0)
