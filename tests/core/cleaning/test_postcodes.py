"""Postcodes: the status ladder, what is repaired and what never is."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.cleaning import postal_lists
from lohko.cleaning.params import PostcodesParams
from lohko.cleaning.postal_verdict import STATUSES, WRITTEN
from lohko.cleaning.postcodes import postcodes
from lohko.outcome import Env

ENV = Env(dt.date(2026, 1, 1))
COLUMNS = dict.fromkeys(
    ("customer_id", "row_id", "street", "postcode", "city", "municipality", "country", "phone"), pl.String
)


def run(rows, **params):
    frame = pl.DataFrame(
        [{"customer_id": f"{i:05d}", "row_id": f"{i:05d}", **r} for i, r in enumerate(rows)], schema=COLUMNS
    )
    return checked({"customers": frame}, **params)


def checked(tables, **params):
    return postcodes({n: t.lazy() for n, t in tables.items()}, PostcodesParams(**params), ENV)


def judged(*rows, **params):
    found = run(list(rows), **params).tables["customers"]
    return found.select("postcode", "postcode_status").rows()


def fi(postcode, city=None, **beside):
    return {"postcode": postcode, "city": city, "country": "FI", **beside}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (fi("00100", "Helsinki"), ("00100", "valid")),
        (fi("00100", "HELSINGFORS"), ("00100", "valid")),
        (fi("00100", "Helsinki 10"), ("00100", "valid")),
        (fi("02100", "esbo"), ("02100", "valid")),
        (fi("00100", None), ("00100", "valid")),
        (fi("33101", "Tampere"), ("33101", "valid_po_box")),
        (fi("00014", "Helsingin yliopisto"), ("00014", "valid_corporate")),
        (fi("00014", "Helsinki"), ("00014", "valid_corporate")),
        (fi("22100", "Mariehamn", country="AX"), ("22100", "valid")),
        (fi("22100", "Maarianhamina"), ("22100", "valid")),
        (fi("FI-00100", "Helsinki"), ("00100", "format_fixed")),
        (fi("fi00100", None), ("00100", "format_fixed")),
        (fi("00 100", "Helsinki"), ("00100", "format_fixed")),
        (fi("O01O0", "Helsinki"), ("00100", "format_fixed")),
        (fi("33720.0", "Tampere"), ("33720", "format_fixed")),
        (fi("100", "Helsinki"), ("00100", "format_fixed")),
        (fi("100.0", "Helsinki"), ("00100", "format_fixed")),
        (fi("2100", "Espoo"), ("02100", "format_fixed")),
        (fi("2100", None, municipality="Esbo"), ("02100", "format_fixed")),
        # Zeros are given back only where the place agrees, or the whole column lost them.
        (fi("2100", "Tampere"), ("2100", "ambiguous")),
        (fi("2100", None), ("2100", "ambiguous")),
        (fi("0210", "Espoo"), ("0210", "ambiguous")),
        # One existing code of the place is one edit away.
        (fi("33103", "Tampere", street="Tie 1"), ("33100", "repaired_unique")),
        (fi("99998", "Helsinki"), ("99998", "invalid")),
        (fi("00100", "Tampere"), ("00100", "place_mismatch")),
        (fi("FI-00100", "Tampere"), ("FI-00100", "place_mismatch")),
        (fi("33103", None), ("33103", "ambiguous")),
        (fi("abc", "Helsinki"), ("abc", "invalid")),
        (fi("0010000", "Helsinki"), ("0010000", "invalid")),
        (fi(None, "Helsinki"), (None, "missing")),
        (fi(" - ", "Helsinki"), (" - ", "missing")),
    ],
)
def test_the_ladder_of_a_finnish_postcode(row, expected):
    assert judged(row) == [expected]


def test_a_retired_code_is_no_typing_error():
    retired = postal_lists.finland_retired()[0]
    assert judged(fi(retired, "Helsinki")) == [(retired, "retired")]


@pytest.mark.parametrize(
    ("postcode", "country", "city", "expected"),
    [
        ("114 55", "SE", None, ("114 55", "valid")),
        ("11455", "Sverige", None, ("114 55", "format_fixed")),
        ("SE-114 55", "SE", None, ("114 55", "format_fixed")),
        ("999 99", "SE", None, ("999 99", "foreign")),
        ("00100", "SE", "Helsinki", ("00100", "foreign")),
        ("1067", "DE", "Dresden", ("01067", "format_fixed")),
        ("1067", "DE", "Berlin", ("1067", "ambiguous")),
        ("150", "NO", "Oslo", ("0150", "format_fixed")),
        ("SW1A 1AA", "GB", "London", ("SW1A 1AA", "foreign")),
        ("abc", "GB", "London", ("abc", "invalid")),
        ("10111", "EE", "Tallinn", ("10111", "foreign")),
    ],
)
def test_a_foreign_postcode_is_judged_by_its_own_country(postcode, country, city, expected):
    assert judged({"postcode": postcode, "country": country, "city": city}) == [expected]


def test_the_country_comes_first():
    # The same digits: Finnish where code and place agree, else the phone's country, else the register's, else unknown.
    row = {"postcode": "2100"}
    assert judged({**row, "city": "Espoo"}) == [("02100", "format_fixed")]
    assert judged({"postcode": "11455", "phone": "+46701234567"}) == [("114 55", "format_fixed")]
    assert judged({"postcode": "11455"}, country="SE") == [("114 55", "format_fixed")]
    assert judged({"postcode": "11455"}) == [("11455", "ambiguous")]


def test_zeros_come_back_without_places_only_where_the_whole_column_lost_them():
    stripped = [fi("2100"), fi("33100"), fi("100"), fi("90100")]
    assert [s for _, s in judged(*stripped)] == ["format_fixed", "valid", "format_fixed", "valid"]
    assert [s for _, s in judged(*stripped, fi("00120"))][:3] == ["ambiguous", "valid", "ambiguous"]
    # Short values that no lost zero explains say that digits are missing: then none is taken for a lost zero.
    assert [s for _, s in judged(*stripped, fi("9999"))][:3] == ["ambiguous", "valid", "ambiguous"]
    swedish = [{**row, "country": "SE"} for row in stripped]
    assert not any(code.startswith("0") for code, _ in judged(*swedish))


def test_figures_findings_and_changes_agree():
    result = run([fi("FI-00100", "Helsinki"), fi("33103", "Tampere", street="Tie 1"), fi("99998", "Helsinki")])
    assert result.figures["status"] == {"format_fixed": 1, "repaired_unique": 1, "invalid": 1}
    assert result.figures["changed"] == 2
    assert [f.data["count"] for f in result.findings] == [1, 1, 1, 1]
    assert result.tables["changes"].select("row_id", "old", "new", "rule", "step").rows() == [
        ("00000", "FI-00100", "00100", "postcode_format", "postcodes"),
        ("00001", "33103", "33100", "postcode_one_edit_place_agrees", "postcodes"),
    ]


def test_a_table_without_postcodes_or_row_ids_is_taken():
    result = postcodes({"customers": pl.LazyFrame({"customer_id": ["1"]})}, PostcodesParams(), ENV)
    assert result.figures["status"] == {}
    assert result.tables["customers"].lazy().collect().columns == ["customer_id"]  # none is made up, to be missing
    assert [finding.code for finding in result.findings] == ["postcode_no_column"]


CODES = st.one_of(
    st.none(),
    st.sampled_from(["00100", "100", "2100", "FI-33100", "33103", "114 55", "11455", "O0100", "90100.0", "99998", " "]),
    st.text(alphabet="0123456789", min_size=2, max_size=6),
    st.text(max_size=6),
)
PLACES = st.sampled_from([None, "Helsinki", "ESBO", "Tampere", "Stockholm", "Oslo", "x"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "postcode": CODES,
            "city": PLACES,
            "country": st.sampled_from([None, "FI", "SE", "NO", "AX"]),
            "street": st.sampled_from([None, "Tie 1", "PL 12"]),
            "phone": st.sampled_from([None, "+46701234567", "0401234567"]),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from([None, "FI", "SE"]))
def test_checking_twice_is_checking_once_and_only_sure_repairs_are_written(rows, country):
    first = run(rows, country=country)
    again = checked(first.tables, country=country)
    found = first.tables["customers"]
    assert again.tables["changes"].equals(first.tables["changes"])
    assert again.tables["customers"]["postcode"].equals(found["postcode"])
    assert set(found["postcode_status"]) <= set(STATUSES)
    before = [row["postcode"] for row in rows]
    for old, (new, status) in zip(before, found.select("postcode", "postcode_status").rows(), strict=True):
        assert (old != new) == (status in WRITTEN)
    shuffled = pl.DataFrame(
        [{"customer_id": f"{i:05d}", "row_id": f"{i:05d}", **r} for i, r in enumerate(rows)], schema=COLUMNS
    ).reverse()
    assert checked({"customers": shuffled}, country=country).tables["customers"].equals(found)


def test_every_finnish_code_survives_format_faults_where_its_place_stands_beside_it():
    known = postal_lists.finnish_names().rows()
    damages = (
        lambda code: str(int(code)),
        lambda code: f"{int(code)}.0",
        lambda code: f"FI-{code}",
        lambda code: code.replace("0", "O"),
        lambda code: f"{code[:2]} {code[2:]}",
    )
    for damage in damages:
        found = judged(*(fi(damage(code), name) for code, name in known))
        for (code, _), (kept, status) in zip(known, found, strict=True):
            assert kept == code
            assert status == "format_fixed" or damage(code) == code
