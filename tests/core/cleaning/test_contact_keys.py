"""Comparing forms of contacts: at least as wide as those by which duplicates are found."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.cleaning.contact_keys import compact_postcode, email_key, parted, phone_key, phone_keys
from lohko.matching import text as matching


def one(value, expression):
    return pl.DataFrame({"x": [value]}, schema={"x": pl.String}).select(expression).item()


@pytest.mark.parametrize(
    "text",
    [
        "ada@x.fi",
        " Ada+uutiset@X.FI ",
        "mailto:ada@x.fi",
        "<ada@x.fi>;",
        "Ada Mäki <ada@x.fi>",
        '"ada@x.fi"',
        "ada@x.fi.",
        "ada(at)x.fi",
        "mailto:Ada%2Buutiset%40x.fi",
    ],
)
def test_one_mailbox_has_one_form(text):
    assert one(text, email_key(pl.col("x"))) == "ada@x.fi"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("ada.maki+x@gmail.com", "AdaMaki@googlemail.com"),
        ("ada@jäätelö.fi", "ada@xn--jtel-loaa3k.fi"),
    ],
)
def test_a_mailbox_under_several_names_has_one_form(left, right):
    assert one(left, email_key(pl.col("x"))) == one(right, email_key(pl.col("x")))


def test_dots_are_told_apart_where_they_tell():
    assert one("ada.maki@x.fi", email_key(pl.col("x"))) != one("adamaki@x.fi", email_key(pl.col("x")))


@pytest.mark.parametrize(
    "text", ["0401234567 ext 5", "040 1234567, alanumero 12", "０４０１２３４５６７", "401234567.0", "٠٤٠ ١٢٣ ٤٥٦٧"]
)
def test_what_stands_about_a_number_is_not_it(text):
    assert one(text, phone_key(pl.col("x"))) == "401234567"


@pytest.mark.parametrize("text", ["4.01E+08", "4,01e+08", "3.584E+11", "4E8"])
def test_what_a_spreadsheet_destroyed_is_no_number(text):
    assert one(text, phone_key(pl.col("x"))) is None


def test_several_in_one_cell_are_parted():
    mails = pl.DataFrame({"email": ["a@x.fi; Bo <b@x.fi>", "c@x.fi", None]})
    assert parted(mails, "email")["email"].to_list() == ["a@x.fi", "b@x.fi"]
    phones = pl.DataFrame({"phone": ["0401234567 tai 0501234567", "040/1234567", "+358401234567 / 8", None]})
    assert [text.strip() for text in parted(phones, "phone")["phone"]] == ["0401234567", "0501234567", "+358401234567"]


@pytest.mark.parametrize("text", ["", " ", "<>"])
def test_no_address_has_none(text):
    assert one(text, email_key(pl.col("x"))) is None


@settings(max_examples=150, deadline=None)
@given(*[st.from_regex(r"\A(mailto:|<)?[ab][.+]?[abB]?(\+n)?@[xX]\.fi[>;, ]?\Z")] * 2)
def test_addresses_that_matching_calls_one_are_one(left, right):
    theirs = {one(text, matching.email(pl.col("x"))) for text in (left, right)}
    if len(theirs) == 1 and None not in theirs:
        assert one(left, email_key(pl.col("x"))) == one(right, email_key(pl.col("x")))


NUMBERS = st.from_regex(r"\A(\+358 ?|00358|0|\(0\)|\+46|\+47)?[45]0[ -]?12[34]{0,2} ?45{0,2}\Z")


@settings(max_examples=150, deadline=None)
@given(NUMBERS, NUMBERS)
def test_numbers_that_matching_calls_one_are_one(left, right):
    theirs = {one(text, matching.phone(pl.col("x"))) for text in (left, right)}
    if len(theirs) == 1 and None not in theirs:
        assert one(left, phone_key(pl.col("x"))) == one(right, phone_key(pl.col("x")))


def test_a_number_has_a_form_for_each_country():
    frame = pl.DataFrame({"entry": [1, 2], "phone": ["12 34 56 78", None]})
    assert phone_keys(frame, ["NO", "FI"]).rows() == [(1, "12345678"), (1, "712345678")]


@pytest.mark.parametrize("text", ["00100", "FI-00100", "fi 00100", "100", "100.0", "00 100"])
def test_a_postcode_has_one_form(text):
    frame = pl.DataFrame({"postcode": [text]})
    assert frame.select(compact_postcode()).item() == "100"
