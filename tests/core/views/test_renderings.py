"""The renderings of each report hold the same: every cell of every table on the page, in Markdown, on the terminal, in the workbook.

Workbooks are read back with openpyxl, as a spreadsheet reads them, and held against the JSON, too.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl
import pytest
from rich.console import Console
from tests.core.views import dashboard_fixtures, fixtures
from tests.core.views.test_health_build import ENV, PRICES, ROWS, customer
from tests.core.views.test_report_renderers import tables_of

from lohko.views.dashboard import build as dashboards
from lohko.views.dashboard import compose as dashboard_words
from lohko.views.dashboard import renderers as dashboard_forms
from lohko.views.health import build as healths
from lohko.views.health import compose as health_words
from lohko.views.health import renderers as health_forms
from lohko.views.health.params import Costs
from lohko.views.health.rows import failures
from lohko.views.report.build import build
from lohko.views.report.compose import document
from lohko.views.report.document import (
    Card,
    Cards,
    Column,
    Document,
    Fact,
    Facts,
    Prose,
    Section,
    Step,
    Steps,
    Table,
    Value,
)
from lohko.views.report.renderers import draw, to_json, to_text, to_xlsx
from lohko_cli.view.report import show_document

FORMULA = '=HYPERLINK("https://evil.example")'
NASTY = (FORMULA, "+358 40 123", "-1+2", "@SUM(A1)", "{=1}")
"""Names that a spreadsheet might take for formulas."""
FORMATS = {"count": "#,##0", "percent": "0.0%", "money": "#,##0.00", "number": "0.00"}
LANG = "fi"
DAY = fixtures.AS_OF


@dataclass(frozen=True)
class Drawn:
    """A report as a workbook, as the document it was drawn from, and as the numbers of its JSON."""

    book: Any
    shown: Document
    told: Any


def _value() -> tuple[bytes, Document, bytes]:
    files = fixtures.files()
    model = json.loads(files["model/model.json"])
    for segment, name in zip(model["segments"], NASTY, strict=False):
        segment["names"] = {LANG: name}
    report = build(
        fixtures.tables(), fixtures.history(), {"model/model.json": json.dumps(model).encode()}, fixtures.AS_OF
    )
    return to_xlsx(report, LANG), document(report, LANG), to_json(report).encode()


def _dashboard() -> tuple[bytes, Document, bytes]:
    snapshots = dashboard_fixtures.company()
    object.__setattr__(snapshots[0], "name", FORMULA)
    made = dashboards.build(snapshots).dashboard
    book, told = (dashboard_forms.render(made, ending, LANG) for ending in (".xlsx", ".json"))
    return book, dashboard_words.document(made, LANG), told


def _health() -> tuple[bytes, Document, bytes]:
    many = [customer(100 + n, source=FORMULA, postcode="100") for n in range(30)]
    frame = pl.DataFrame([*ROWS, *many], infer_schema_length=None)
    asked = healths.Asked(look=False, costs=Costs(PRICES))
    health, rows = healths.build({"customers": frame.lazy()}, (), ENV, asked)
    book, told = (health_forms.render(health, failures(rows), ending, LANG) for ending in (".xlsx", ".json"))
    return book, health_words.document(health, LANG), told


MAKERS: dict[str, Callable[[], tuple[bytes, Document, bytes]]] = {
    "value": _value,
    "dashboard": _dashboard,
    "health": _health,
}


@pytest.fixture(scope="module", params=MAKERS)
def drawn(request: pytest.FixtureRequest) -> Drawn:
    book, shown, told = MAKERS[request.param]()
    return Drawn(openpyxl.load_workbook(io.BytesIO(book)), shown, json.loads(told))


def _read(cell: Any) -> Any:
    """Return what a person sees in a cell; nothing and empty text look the same."""
    return "" if cell.value is None else cell.value


def _lines(table: Table) -> Iterator[tuple[Value, ...]]:
    yield from table.rows
    if table.total:
        yield table.total


def _numbers(told: Any) -> Iterator[float]:
    """Yield every number of the JSON, money that stands as text included."""
    if isinstance(told, dict | list):
        for part in told.values() if isinstance(told, dict) else told:
            yield from _numbers(part)
    elif isinstance(told, int | float) or (isinstance(told, str) and re.fullmatch(r"-?\d+(\.\d+)?", told)):
        yield float(told)


def test_the_page_shows_every_cell_in_its_place(drawn: Drawn):
    page = draw(drawn.shown, ".html", DAY).decode()
    tables = [
        [
            [html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
            for row in re.findall(r'<tr role="row"[^>]*>(.*?)</tr>', table, re.DOTALL)
        ]
        for table in re.findall(r"<table.*?</table>", page, re.DOTALL)
    ]
    assert tables == [
        [
            [column.short or column.title for column in table.columns],
            *([value.text for value in line] for line in _lines(table)),
        ]
        for table in tables_of(drawn.shown)
    ]


def test_markdown_shows_every_cell_in_its_place(drawn: Drawn):
    lines = [line for line in draw(drawn.shown, ".md", DAY).decode().splitlines() if line.startswith("| ")]
    plain = [
        [re.sub(r"\\(.)", r"\1", cell) for cell in re.split(r"(?<!\\) \| ", line[2:-2])]
        for line in lines
        if not re.fullmatch(r"[| :-]+", line)
    ]
    assert plain == [
        cells
        for table in tables_of(drawn.shown)
        for cells in (
            [column.title for column in table.columns],
            *([value.text for value in line] for line in _lines(table)),
        )
    ]


def test_the_terminal_shows_every_cell_in_its_place(drawn: Drawn):
    stream = io.StringIO()
    show_document(drawn.shown, Console(file=stream, width=10_000))
    lines = iter(stream.getvalue().splitlines())
    for table in tables_of(drawn.shown):
        for row in _lines(table):
            cells = [value.text for value in row if value.text]
            pattern = re.compile(r"\s+".join(re.escape(cell) for cell in cells))
            assert any(pattern.search(line) for line in lines), cells


def test_every_table_is_a_sheet_with_its_numbers_and_texts(drawn: Drawn):
    tables = tables_of(drawn.shown)
    assert len(tables) >= 6
    sheets_of: dict[tuple[str, ...], list[Any]] = {}
    for sheet in drawn.book.worksheets[1:]:
        sheets_of.setdefault(tuple(_read(cell) for cell in next(sheet.iter_rows())), []).append(sheet)
    for table in tables:
        sheet = sheets_of[tuple(column.title for column in table.columns)].pop(0)
        rows = list(sheet.iter_rows(min_row=2))
        lines = list(_lines(table))
        assert len(rows) == len(lines)
        for row, line in zip(rows, lines, strict=True):
            for cell, value, column in zip(row, line, table.columns, strict=True):
                if isinstance(value.raw, int | float | Decimal):
                    assert (cell.data_type, cell.value) == ("n", pytest.approx(float(value.raw), rel=1e-15))
                    assert cell.number_format == FORMATS[column.kind]
                else:
                    assert _read(cell) == value.text
                    assert cell.data_type == "s" or not value.text


def test_every_number_of_the_workbook_is_one_of_the_json_or_a_share_of_them(drawn: Drawn):
    told = {round(number, 9) for number in _numbers(drawn.told)}
    strange = []
    for sheet in drawn.book.worksheets[1:]:
        if sheet.title == "Korjattavat rivit":  # the rows themselves, which the JSON does not hold
            continue
        for row in sheet.iter_rows(min_row=2):
            own = [cell.value for cell in row if isinstance(cell.value, int | float)]
            for cell in row:
                if not isinstance(cell.value, int | float) or round(float(cell.value), 9) in told:
                    continue
                share = cell.number_format == FORMATS["percent"] and any(
                    abs(part / whole - cell.value) < 1e-6 for part in own for whole in told if whole
                )
                above = [sheet.cell(line, cell.column).value for line in range(2, cell.row)]
                total = cell.row == sheet.max_row and cell.value == sum(n for n in above if isinstance(n, int))
                if not (share or total):
                    strange.append((sheet.title, cell.coordinate, cell.value))
    assert strange == []


def test_no_cell_is_a_formula_and_names_like_formulas_are_text(drawn: Drawn):
    cells = [cell for sheet in drawn.book.worksheets for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    assert any(cell.value == FORMULA and cell.data_type == "s" for cell in cells)


@pytest.mark.parametrize("ending", [".html", ".md", ".xlsx", ".json"])
def test_nothing_in_a_name_acts(ending: str):
    """Escape sequences, overrides of direction and characters of no width are left out; JSON keeps them as escapes."""
    name = "\x1b[31mred\x9b1m \u202eabc\u202c a\u200bb\x07 עברית"
    table = Table("cards", name, (Column(name),), ((Value(name),),), note=name)
    section = Section(
        "a", name, name, (table, Prose(name), Steps((Step(name, name),)), Cards((Card(name, name, ((name, name),)),)))
    )
    shown = Document("fi", name, name, name, Facts((Fact(name, name, name),)), (section,), name, name, name)
    if ending == ".json":
        drawn = to_text({"name": name})
        assert json.loads(drawn) == {"name": name}
        text = drawn.decode()
    elif ending == ".xlsx":
        book = openpyxl.load_workbook(io.BytesIO(draw(shown, ending, DAY)))
        text = "\n".join(str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
        assert "_x00" not in text
    else:
        text = draw(shown, ending, DAY).decode()
    assert "עברית" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]", text)


def test_headers_stay_in_sight_and_the_first_sheet_tells_of_all_others(drawn: Drawn):
    front, *sheets = drawn.book.worksheets
    assert front.title == "Lue tämä"
    assert all(sheet.freeze_panes == "B2" for sheet in sheets)
    assert all(cell.font.bold for sheet in sheets for cell in sheet[1])
    listed = {str(row[0].value) for row in front.iter_rows()}
    assert {sheet.title for sheet in sheets} <= listed
    words = {str(cell.value) for row in front.iter_rows() for cell in row if cell.value}
    assert {drawn.shown.title, drawn.shown.lead} <= words
    assert {section.title for section in drawn.shown.sections} <= words


def test_sheets_have_names_that_excel_takes(drawn: Drawn):
    names = drawn.book.sheetnames
    assert len({name.lower() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]|^'|'$", name) for name in names)
