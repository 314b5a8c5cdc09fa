"""The dashboard in three languages and every form: the same keys, the same numbers, nothing that runs."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from rich.console import Console
from tests.core.views.dashboard_fixtures import company
from tests.core.views.test_report_renderers import Checker, tables_of
from tests.core.views.test_report_words import blanks

from lohko.views.dashboard.build import build
from lohko.views.dashboard.compose import ROOM, document
from lohko.views.dashboard.model import Dashboard
from lohko.views.dashboard.renderers import render
from lohko.views.report.words import LANGUAGES, texts
from lohko_cli.view.report import show_document


@pytest.fixture(scope="module", params=[2, 3], ids=["two", "time line"])
def dashboard(request: pytest.FixtureRequest) -> Dashboard:
    return build(company()[-request.param :]).dashboard


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_key_and_blank_stands_in_every_language(lang: str):
    own, english = texts(lang, ROOM), texts("en", ROOM)
    told = {key for key in own if not key.startswith("reason.")}
    assert told == {key for key in english if not key.startswith("reason.")}
    for key in told:
        both = [text if isinstance(text, str) else text["other"] for text in (own[key], english[key])]
        assert blanks(both[0]) == blanks(both[1]), key
        assert both[0].strip()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_number_is_on_the_page_in_markdown_and_on_the_terminal(dashboard: Dashboard, lang: str):
    checker = Checker()
    checker.feed(render(dashboard, ".html", lang).decode())
    assert checker.open == []
    on_page = {text.strip() for text in checker.text}
    markdown = render(dashboard, ".md", lang).decode()
    stream = io.StringIO()
    shown = document(dashboard, lang)
    show_document(shown, Console(file=stream, width=10_000))
    terminal = stream.getvalue()
    tables = tables_of(shown)
    assert len(tables) >= 6
    for table in tables:
        for row in (*table.rows, *((table.total,) if table.total else ())):
            for value in row:
                if value.text:
                    assert value.text in on_page
                if isinstance(value.raw, int | float):
                    assert f" {value.text} |" in markdown
                    assert value.text in terminal


def test_the_workbook_holds_the_numbers_of_the_json(dashboard: Dashboard):
    book = zipfile.ZipFile(io.BytesIO(render(dashboard, ".xlsx", "en")))
    names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    sheets = {name: book.read(f"xl/worksheets/sheet{place}.xml").decode() for place, name in enumerate(names, start=1)}
    numbers = {name: {float(n) for n in re.findall(r"<v>([-\d.eE+]+)</v></c>", xml)} for name, xml in sheets.items()}
    told = json.loads(render(dashboard, ".json", "en"))
    assert (told["schema_version"], told["schema"]) == (1, "lohko.dashboard/1")
    last = told["periods"][-1]
    for segment in last["segments"]:
        assert {segment[key] for key in ("before", "now", "change", "share")} - {"hidden"} <= numbers["Segments"]
    assert {move["customers"] for move in last["moves"]} - {"hidden", 0} <= numbers["Moves"]
    growth = {count for count in last["growth"].values() if count not in {"hidden", None}}
    assert growth <= numbers["Came and went"] | numbers.get("Over time", set())
    assert not any("<f>" in xml or "hyperlink" in xml for xml in sheets.values())


def test_the_same_packages_give_the_same_bytes(dashboard: Dashboard):
    again = build(company()[-len(dashboard.cuts) :]).dashboard
    for ending in (".html", ".md", ".json", ".xlsx"):
        assert render(again, ending, "fi") == render(dashboard, ending, "fi")


def test_no_line_of_the_terminal_is_wider_than_the_screen(dashboard: Dashboard):
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, color_system=None, legacy_windows=False)
    show_document(document(dashboard, "sv"), console)
    assert max(len(line) for line in stream.getvalue().splitlines()) <= 80


def test_names_of_packages_are_only_text(dashboard: Dashboard):
    snapshots = company(80)[-2:]
    nasty = "=1+1<script>[/]`x`|"
    object.__setattr__(snapshots[0], "name", nasty)
    made = build(snapshots).dashboard
    assert b"<script" not in render(made, ".html", "en")
    assert rb"\<script\>" in render(made, ".md", "en")
    book = zipfile.ZipFile(io.BytesIO(render(made, ".xlsx", "en")))
    assert not any(b"<f>" in book.read(name) for name in book.namelist() if "worksheets/sheet" in name)
