"""Statuses field by field, and where the faults come from."""

import datetime as dt

import polars as pl

from lohko.cleaning.contacts import contacts
from lohko.cleaning.faults import examine
from lohko.cleaning.origins import origin_figures
from lohko.cleaning.params import ContactsParams
from lohko.cleaning.quality import FAULTS, field_status
from lohko.outcome import Env

DAY = dt.date(2026, 1, 1)
GOOD = {
    "customer_id": "1", "email": "a@b.fi", "phone": "040 123 4568", "first_name": "Aino", "last_name": "Aho", "street": "Tie 1",
    "postcode": "00100", "city": "Helsinki", "country": "FI", "business_id": None, "birth_date": dt.date(1980, 2, 3),
    "source": "web", "created_at": dt.datetime(2025, 5, 1, tzinfo=dt.UTC),
}  # fmt: skip
SCHEMA = {"business_id": pl.String, "email": pl.String, "source": pl.String}


def rows(*changes):
    return pl.DataFrame([{**GOOD, **change} for change in changes], schema_overrides=SCHEMA)


def test_every_field_of_every_row_has_a_status():
    found = field_status(
        rows({}, {"email": None, "birth_date": dt.date(1900, 1, 1), "street": "osoite puuttuu"}), "FI", DAY
    )
    assert found.columns == list(FAULTS)
    assert found.row(0, named=True) == dict.fromkeys(FAULTS, "valid") | {"business_id": "missing"}
    assert found.row(1, named=True) == {
        **dict.fromkeys(FAULTS, "valid"), "business_id": "missing", "email": "missing", "birth_date": "filler", "street": "filler",
    }  # fmt: skip


def test_a_field_the_register_has_not_is_null():
    found = field_status(pl.DataFrame({"customer_id": ["1", "2"]}), None, DAY)
    assert found.height == 2
    assert found.null_count().row(0) == (2,) * len(FAULTS)


def test_faults_are_told_by_source_field_and_month():
    bad = {"source": "import", "email": "x@@y", "created_at": dt.datetime(2025, 4, 9, tzinfo=dt.UTC)}
    frame = rows(*[{}] * 30, *[bad] * 20, {"source": "import"})
    figures = origin_figures(examine(frame, DAY, "UTC"))
    first = figures["by_source"][0]
    assert (first["name"], first["rows"], first["faulty"], first["stands_out"]) == ("import", 21, 20, True)
    assert first["faults"] == ({"code": "email_unreadable", "count": 20},)
    assert (first["since"], first["until"]) == ("2025-04", "2025-04")
    assert figures["by_month"] == [
        {"month": "2025-04", "rows": 20, "faulty": 20},
        {"month": "2025-05", "rows": 31, "faulty": 0},
    ]
    finding = next(
        f for f in contacts({"customers": frame.lazy()}, ContactsParams(), Env(DAY)).findings if "source" in f.code
    )
    assert finding.data == {"source": "import", "count": 20, "share": "95%"}


def test_one_source_alone_is_nothing_notable():
    frame = rows(*[{"email": "x"}] * 20)
    assert not origin_figures(examine(frame, DAY, "UTC"))["by_source"][0]["stands_out"]


def test_cleaning_tells_statuses_sources_and_sensitive_text_without_a_value():
    notes = pl.Series("note", ["hetu 010190-900P", None])
    frame = rows({"email": "a@gmail.con"}, {"phone": "0700 12345"}).with_columns(notes)
    result = contacts({"customers": frame.lazy()}, ContactsParams(), Env(DAY))
    assert result.figures["status"]["email"] == {"typo_fixed": 1, "valid": 1}
    assert result.figures["status"]["phone"] == {"premium": 1, "valid": 1}
    assert result.figures["sensitive"] == [
        {"table": "customers", "column": "note", "kind": "personal_code", "count": 1}
    ]
    assert result.figures["faults"]["by_month"] == []  # a month of two rows says nothing
    assert not any("010190" in finding.text or "gmail" in finding.text for finding in result.findings)
    rules = result.tables["changes"].lazy().collect().select("column", "rule").rows()
    assert ("email", "email_ending_mended") in rules
