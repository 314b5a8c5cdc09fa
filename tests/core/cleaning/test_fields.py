"""Single fields: what each reader mends, what it only tells, and what it never touches."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.cleaning.business_ids import read_business_ids
from lohko.cleaning.emails import EMAIL_STATUSES, read_emails
from lohko.cleaning.names import NAME_STATUSES, mended_letters, read_names
from lohko.cleaning.phones import read_phones
from lohko.cleaning.sensitive import sensitive_cells, sensitive_finds, without_codes


def email(text):
    return read_emails(pl.Series([text])).select("normal", "status").row(0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Matti@GMAIL.CON", ("Matti@gmail.com", "typo_fixed")),
        ("a@hotmail.cmo", ("a@hotmail.com", "typo_fixed")),
        ("a@firma.con", ("a@firma.con", "typo_suspected")),
        ("a@gmial.com", ("a@gmial.com", "typo_suspected")),
        ("a@gmail.co", ("a@gmail.co", "typo_suspected")),
        ("a@hotmail.fr", ("a@hotmail.fr", "valid")),
        ("a@hotmail.de", ("a@hotmail.de", "valid")),
        ("info@firma.fi", ("info@firma.fi", "role")),
        ("info@gmail.com", ("info@gmail.com", "valid")),
        ("test@test.fi", ("test@test.fi", "placeholder")),
        ("ei.ole@firma.fi", ("ei.ole@firma.fi", "placeholder")),
        ("matti @firma.fi", ("matti@firma.fi", "valid")),
        ("m@firma.fi; M@firma.fi", ("m@firma.fi", "valid")),
        ("m@firma.fi; n@firma.fi", (None, "unreadable")),
        ("åke@gmail.con", ("åke@gmail.com", "typo_fixed")),
        ("ei ole", (None, "unreadable")),
    ],
)
def test_an_email_is_mended_only_where_nothing_else_can_be_meant(text, expected):
    assert email(text) == expected


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("040 123 4568", "FI", ("+358401234568", "mobile", "valid")),
        ("09 4711 2233", "FI", ("+358947112233", "fixed", "valid")),
        ("0700 12345", "FI", ("+35870012345", "premium", "premium")),
        ("0401234567", "FI", ("+358401234567", "mobile", "placeholder")),
        ("040 0000000", "FI", ("+358400000000", "mobile", "placeholder")),
        ("0000000000", "FI", (None, None, "placeholder")),
        ("123", "FI", (None, None, "unreadable")),
    ],
)
def test_a_phone_has_a_type_and_fillers_are_known(text, region, expected):
    found = read_phones(pl.Series([text]), pl.Series([region]))
    assert found.select("normal", "kind", "status").row(0) == expected


@pytest.mark.parametrize(
    ("text", "expected", "status"),
    [
        ("VIRTANEN", "Virtanen", "mended"),
        ("virtanen", "Virtanen", "mended"),
        ("VON ESSEN", "von Essen", "mended"),
        ("ANNA-LIISA", "Anna-Liisa", "mended"),
        ("O'BRIEN", "O'Brien", "mended"),
        ("Rva Aino", "Aino", "mended"),
        ("FM Matti", "Matti", "mended"),
        ("Dipl.ins. Eino", "Eino", "mended"),
        ("Tri Hoang", "Tri Hoang", "valid"),
        ("MÃ¤kinen", "Mäkinen", "mended"),
        ("McDonald", "McDonald", "valid"),
        ("JP", "JP", "valid"),
        ("M.", "M.", "valid"),
        ("Rva", "Rva", "valid"),
        ("Virtanen Oy", "Virtanen Oy", "company"),
        ("Oy Testi", "Oy Testi", "company"),
        ("As Mohamed", "As Mohamed", "valid"),
        ("123", "123", "unreadable"),
        ("a@b.fi", "a@b.fi", "unreadable"),
    ],
)
def test_a_name_is_mended_or_left(text, expected, status):
    assert read_names(pl.Series([text]), initials=True).select("normal", "status").row(0) == (expected, status)


@given(st.one_of(st.text(max_size=14), st.text("ABÄÖabäö '-.,RVAFMrvaÃ¤", max_size=14)), st.booleans())
def test_a_mended_name_is_mended_no_more_and_its_status_never_falls(text, initials):
    def read(value):
        return read_names(pl.Series([value]), initials=initials).select("normal", "status").row(0)

    normal, status = read(text)
    again, later = read(normal)
    assert again == normal
    assert NAME_STATUSES.index(later) >= NAME_STATUSES.index(status)


@given(st.text("abMÄ@.; gmailconhotfi,<>", max_size=24))
def test_a_mended_email_is_mended_no_more_and_its_status_never_falls(text):
    normal, status = email(text)
    if normal is not None:
        again, later = email(normal)
        assert again == normal
        assert EMAIL_STATUSES.index(later) >= EMAIL_STATUSES.index(status)


def test_letters_that_no_encoding_broke_stay():
    assert [mended_letters(t) for t in ("São", "Åsa", "Ã", "MÃ¶rkÃ¶")] == ["São", "Åsa", "Ã", "Mörkö"]


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("2077474-0", "FI", ("2077474-0", "valid")),
        ("20774740", None, ("2077474-0", "valid")),
        ("FI20774740", "FI", ("2077474-0", "valid")),
        ("2077474-1", "FI", (None, "unreadable")),
        ("556036-0793", "SE", ("556036-0793", "valid")),
        ("12345", "US", ("12345", "foreign")),
        ("x", "FI", (None, "unreadable")),
    ],
)
def test_a_business_id_is_checked_by_its_country(text, region, expected):
    found = read_business_ids(pl.Series([text]), pl.Series([region], dtype=pl.String))
    assert found.select("normal", "status").row(0) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Soitti 3.2.2025, hetu 010190-900P tarkistettu", "personal_code"),
        ("tunnus 131052-308X (ei täsmää)", "personal_code"),
        ("010594Y9021", "personal_code"),
        ("pnr 811228-9874", "personal_code"),
        ("kortti 4111 1111 1111 1111", "card_number"),
        ("5555-5555-5555-4444", "card_number"),
        ("TURVAKIELTO, osoitetta ei saa luovuttaa", "protected_note"),
    ],
)
def test_what_must_not_stand_in_free_text_is_found(text, kind):
    found = sensitive_cells(pl.Series([text, None, "tavallinen"]))
    assert found[kind].to_list() == [True, False, False]
    assert sum(int(found[other].sum()) for other in found.columns) == 1


@pytest.mark.parametrize(
    "text",
    ["tilaus 20250203-1234", "4111 1111 1111 1112", "puh 0401234567", "3.2.2025", "viite 1234567890123", "turva", ""],
)
def test_other_numbers_are_no_find(text):
    assert not any(sensitive_cells(pl.Series([text])).row(0))


def test_finds_are_counted_by_column_and_columns_of_codes_are_passed_over():
    frame = pl.DataFrame({"note": ["010190-900P", "010190-900P"], "phone": ["4111111111111111", None], "n": [1, 2]})
    assert [find.as_dict() for find in sensitive_finds("customers", frame)] == [
        {"table": "customers", "column": "note", "kind": "personal_code", "count": 2}
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("soita 131052-308T illalla", "soita ••• illalla"),
        ("131052-308T, kortti 4111 1111 1111 1111.", "•••, kortti •••."),
        ("tilaus 1234567890123", "tilaus 1234567890123"),
        ("TURVAKIELTO", "TURVAKIELTO"),
    ],
)
def test_codes_in_free_text_are_never_shown(text, shown):
    frame = pl.DataFrame({"customer_id": ["131052-308T"], "notes": [text]})
    left, count = without_codes("customers", frame)
    assert left.row(0) == ("131052-308T", shown)
    assert count == int(text != shown)
    changes = pl.DataFrame({"column": ["notes", "phone"], "old": [text, text], "new": [None, None]})
    assert without_codes("changes", changes)[0]["old"].to_list() == [shown, text]
