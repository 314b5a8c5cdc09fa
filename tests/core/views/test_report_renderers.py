"""Renderers draw: the same numbers in each, nothing that runs, the same bytes for the same report."""

from __future__ import annotations

import io
import json
import re
import zipfile
from html.parser import HTMLParser

import pytest
from tests.core.views import fixtures

from lohko.views.report.build import build
from lohko.views.report.compose import document
from lohko.views.report.document import Document, Figure, Table
from lohko.views.report.model import Report
from lohko.views.report.renderers import to_html, to_json, to_markdown, to_xlsx
from lohko.views.report.renderers.svg import width_of, wrap
from lohko.views.report.renderers.workbook import _sheet_names
from lohko.views.report.words import LANGUAGES, Words

VOID = {"meta", "link", "br"}


@pytest.fixture(scope="module")
def report() -> Report:
    return build(fixtures.tables(), fixtures.history(), fixtures.files(), fixtures.AS_OF)


def tables_of(shown: Document) -> list[Table]:
    blocks = [block for section in shown.sections for block in section.blocks]
    return [block if isinstance(block, Table) else block.table for block in blocks if isinstance(block, Table | Figure)]


class Checker(HTMLParser):
    """Counts elements and checks that they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_is_well_formed_and_alone(report: Report, lang: str):
    page = to_html(report, lang)
    checker = Checker()
    checker.feed(page)
    tags = [tag for tag, _ in checker.seen]
    assert checker.open == []
    assert tags.count("h1") == 1
    assert "script" not in tags
    assert ("html", {"lang": lang}) in checker.seen
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page.replace("&#39;", "'")
    assert not re.search(r"https?://|url\(|@import|\son\w+=", page)
    assert tags.count("figure") == tags.count("figcaption") == tags.count("details")
    assert tags.count("svg") == 2 * tags.count("figure")
    assert all(attrs.get("aria-label") and attrs["role"] == "img" for tag, attrs in checker.seen if tag == "svg")
    anchors = {attrs["id"] for _, attrs in checker.seen if "id" in attrs}
    assert {attrs["href"] for tag, attrs in checker.seen if tag == "a"} == {f"#{anchor}" for anchor in anchors}
    assert len(page.encode()) < 200_000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_number_of_every_table_is_on_the_page_and_in_markdown(report: Report, lang: str):
    checker = Checker()
    checker.feed(to_html(report, lang))
    on_page = {text.strip() for text in checker.text}
    markdown = to_markdown(report, lang)
    for table in tables_of(document(report, lang)):
        for row in (*table.rows, *((table.total,) if table.total else ())):
            for value in row:
                if value.text:
                    assert value.text in on_page
                if isinstance(value.raw, int | float):
                    assert f" {value.text} |" in markdown


def test_workbook_holds_the_numbers_of_the_json(report: Report):
    book = zipfile.ZipFile(io.BytesIO(to_xlsx(report, "en")))
    names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    sheets = {name: book.read(f"xl/worksheets/sheet{place}.xml").decode() for place, name in enumerate(names, start=1)}
    numbers = {name: [float(n) for n in re.findall(r"<v>([-\d.eE+]+)</v></c>", xml)] for name, xml in sheets.items()}
    told = json.loads(to_json(report))
    assert names[0] == "Read me"
    for segment in told["segments"]["items"]:
        for key in ("customers", "share", "amount", "amount_share"):
            assert float(segment[key]) in numbers["Segments"]
    for channel in told["permissions"]["channels"]:
        assert {float(count) for count in channel["decisions"].values() if count != "hidden"} <= set(
            numbers["Permissions"]
        )
    assert float(told["money"]["total"]) in numbers["Money"]
    assert not any("<f>" in xml or "hyperlink" in xml for xml in sheets.values())
    assert all('state="frozen"' in xml for name, xml in sheets.items() if name != "Read me")


def test_names_of_data_run_nothing(report: Report):
    files = fixtures.files()
    model = json.loads(files["model/model.json"])
    nasty = "=HYPERLINK(1)|<script>alert(1)</script>[/]`x`*{n}"
    model["segments"][0]["names"] = dict.fromkeys(LANGUAGES, nasty)
    made = build(
        fixtures.tables(), fixtures.history(), {"model/model.json": json.dumps(model).encode()}, fixtures.AS_OF
    )
    page = to_html(made, "en")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert r"\<script\>" in to_markdown(made, "en")
    book = zipfile.ZipFile(io.BytesIO(to_xlsx(made, "en")))
    assert not any("<f>" in book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name)


def test_json_is_plain_and_exact(report: Report):
    told = json.loads(to_json(report))
    assert (told["schema_version"], told["schema"]) == (1, "lohko.report/1")
    assert told["as_of"] == "2026-06-30"
    assert re.fullmatch(r"\d+\.\d{4}", told["money"]["known"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_same_report_same_bytes(report: Report, lang: str):
    again = build(fixtures.tables(), fixtures.history(), fixtures.files(), fixtures.AS_OF)
    assert to_html(report, lang) == to_html(again, lang)
    assert to_markdown(report, lang) == to_markdown(again, lang)
    assert to_xlsx(report, lang) == to_xlsx(again, lang)
    assert to_json(report) == to_json(again)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_empty_package_says_what_to_do(lang: str):
    empty = build({}, [], {}, fixtures.AS_OF)
    page = to_html(empty, lang)
    for step in ("lohko clean", "lohko value", "lohko segment", "lohko consents"):
        assert f"<code>{step}</code>" in page
        assert f"`{step}`" in to_markdown(empty, lang)
    assert to_xlsx(empty, lang)[:2] == b"PK"


def test_sheets_named_by_data_are_names_excel_takes():
    columns = ["a/b:c", "A*B?C", "x" * 40, "x" * 41, "plain", "'quoted'", "\x01odd"]
    tables = [Table(f"fairness_{column}", "", (), ()) for column in columns]
    names = _sheet_names(Words("en"), tables)
    assert len({name.lower() for name in names}) == len(columns)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\\x00-\x1f]", name) for name in names)
    assert names[4] == "Fairness plain"


def test_long_labels_take_as_many_lines_as_they_need() -> None:
    label = "Satunnaiset kävijät, vähän ostoja → Ydinasiakkaat, satunnaiset kävijät"
    lines = wrap(label, 186, 14)
    assert " ".join(lines) == label
    assert max(width_of(line, 14) for line in lines) <= 186
    assert wrap(label, 186, 14, 2)[1].endswith("satunnaiset kävijät")
