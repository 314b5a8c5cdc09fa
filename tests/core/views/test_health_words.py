"""The health report in three languages and four forms: the same keys, the same blanks, and nothing that executes."""

from __future__ import annotations

import io
import json
import zipfile

import polars as pl
import pytest
from tests.core.views.test_health_build import DAY, ENV, PRICES, ROWS, customer
from tests.core.views.test_report_words import blanks

from lohko.cleaning.faults import faults
from lohko.views.health.build import Asked, build
from lohko.views.health.compose import ROOM, document
from lohko.views.health.params import Costs
from lohko.views.health.renderers import render
from lohko.views.health.rows import failures
from lohko.views.health.settings import scoring
from lohko.views.report.words import LANGUAGES, texts

NASTY = '=HYPERLINK("https://evil.example")'


@pytest.fixture(scope="module")
def examined():
    many = [customer(100 + n, source=NASTY, postcode="100") for n in range(30)]
    frame = pl.DataFrame([*ROWS, *many], infer_schema_length=None)
    return build({"customers": frame.lazy()}, (), ENV, Asked(look=False, costs=Costs(PRICES)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_key_and_blank_stands_in_every_language(lang):
    own, english = texts(lang, ROOM), texts("en", ROOM)
    assert {key for key in own if not key.startswith("reason.")} == {
        key for key in english if not key.startswith("reason.")
    }
    for key, text in own.items():
        if key.startswith("reason."):
            continue
        other = english[key]
        assert isinstance(text, str) == isinstance(other, str), key
        both = [t if isinstance(t, str) else t["other"] for t in (text, other)]
        assert blanks(both[0]) == blanks(both[1]), key
        assert both[0].strip()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_fault_field_and_grade_has_words(lang):
    known = texts(lang, ROOM)
    for fault in faults().values():
        assert f"fault.{fault.code}" in known
        assert f"field.{fault.field}" in known
        assert f"fix.{fault.fix}" in known
    assert all(f"grade.{grade}" in known for grade in scoring()["grades"])
    assert all(f"field.{name}" in known for name in scoring()["weights"])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("ending", [".html", ".md", ".json", ".xlsx"])
def test_every_form_is_drawn_and_the_same_twice(examined, lang, ending):
    health, rows = examined
    listed = failures(rows)
    first = render(health, listed, ending, lang)
    assert first == render(health, listed, ending, lang)
    assert len(first) > 2000


def test_the_verdict_comes_first_and_the_three_dearest_fixes_after_it(examined):
    health, _ = examined
    shown = document(health, "en")
    assert shown.lead.startswith("The register is in ")
    assert "a year" in shown.lead
    (steps,) = shown.first
    assert len(steps.items) == 3  # type: ignore[union-attr]
    amounts = [fix.amount or 0 for fix in health.fixes]
    assert amounts == sorted(amounts, reverse=True)


def test_json_has_a_schema_and_exact_money(examined):
    health, rows = examined
    content = json.loads(render(health, failures(rows), ".json", "en"))
    assert (content["schema_version"], content["schema"]) == (1, "lohko.health/1")
    assert content["as_of"] == DAY.isoformat()
    assert isinstance(content["money"]["total"]["high"], str)


def test_the_workbook_has_the_rows_to_mend_and_runs_nothing(examined):
    health, rows = examined
    book = zipfile.ZipFile(io.BytesIO(render(health, failures(rows), ".xlsx", "en")))
    sheets = "".join(book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name)
    assert "<f>" not in sheets
    assert "Rows to mend" in book.read("xl/workbook.xml").decode()
    assert "hyperlink" not in sheets.lower().replace(NASTY.lower(), "")


def test_a_source_with_markup_in_its_name_is_only_text(examined):
    health, rows = examined
    page = render(health, failures(rows), ".html", "en").decode()
    assert NASTY not in page  # its quotes are escaped
    assert "=HYPERLINK" in page
