"""The report as an Excel workbook: a read-me sheet, then one sheet a table. Numbers are numbers; nothing executes."""

from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter  # type: ignore[import-untyped] # carries no types

from lohko.views.report.document import Cards, Column, Document, Figure, Kind, Prose, Section, Steps, Table, Value
from lohko.views.report.renderers.plain import plain
from lohko.views.report.words import Words

_FORMATS: dict[Kind, str] = {"count": "#,##0", "percent": "0.0%", "money": "#,##0.00", "number": "0.00", "text": "@"}
# Tables of so many rows get a filter in their first row.
_FILTERED = 50
_WIDEST = 60
_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class _Styles:
    """The formats of the workbook."""

    title: Any
    heading: Any
    head: Any
    wrapped: Any
    cells: dict[str, Any]
    totals: dict[str, Any]


def workbook(document: Document, as_of: dt.date, words: Words | None = None, lists: tuple[Table, ...] = ()) -> bytes:
    """Draw the document; ``as_of`` stands as the time of its making, so that the same report gives the same bytes.

    Parameters
    ----------
    words : where the names of the sheets stand, by default among the value report's
    lists : further sheets, after those of the document
    """
    words = words or Words(document.lang)
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties(
        {"title": document.title, "created": dt.datetime(as_of.year, as_of.month, as_of.day, tzinfo=dt.UTC)}
    )
    styles = _styles(book)
    front = book.add_worksheet(words("sheet.readme"))
    found = [*(table for section in document.sections for table in _tables(words, section)), *lists]
    names = _sheet_names(words, found)
    for name, table in zip(names, found, strict=True):
        _sheet(book.add_worksheet(name), table, styles)
    _read_me(front, document, dict(zip(names, found, strict=True)), words, styles)
    book.close()
    return stream.getvalue()


def _sheet_names(words: Words, tables: list[Table]) -> list[str]:
    r"""Return a name for each sheet: its own words, else those of its kind and the column of the data that it is about.

    Such a column is cut to what Excel takes: 31 letters without ``[]:*?/\``, no name twice.
    """
    found = [words("sheet.readme")]
    for table in tables:
        kind, _, column = table.name.partition("_")
        own = f"sheet.{table.name}"
        text = words(own) if words.has(own) else f"{words(f'sheet.{kind}')} {column}"
        own_name = plain(_FORBIDDEN.sub(" ", text)).strip("' ")
        name, place = own_name[:_LONGEST_NAME], 1
        while name.lower() in {other.lower() for other in found}:
            place += 1
            name = f"{own_name[: _LONGEST_NAME - 1 - len(str(place))]} {place}"
        found.append(name)
    return found[1:]


def _styles(book: Any) -> _Styles:
    base = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
    return _Styles(
        title=book.add_format(base | {"bold": True, "font_size": 18}),
        heading=book.add_format(base | {"bold": True, "top": 1, "text_wrap": True}),
        head=book.add_format(
            base | {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom", "font_color": "#5D594F"}
        ),
        wrapped=book.add_format(base | {"text_wrap": True}),
        cells={kind: book.add_format(base | {"num_format": form}) for kind, form in _FORMATS.items()},
        totals={
            kind: book.add_format(base | {"num_format": form, "bold": True, "top": 1})
            for kind, form in _FORMATS.items()
        },
    )


def _tables(words: Words, section: Section) -> list[Table]:
    """Return a chapter's tables; cards and steps become tables, too."""
    found: list[Table] = []
    for block in section.blocks:
        if isinstance(block, Table):
            found.append(block)
        elif isinstance(block, Figure):
            found.append(block.table)
        elif isinstance(block, Cards) and block.items:
            labels = list(dict.fromkeys(label for card in block.items for label, _ in card.lines))
            rows = tuple(
                (Value(card.title), *(Value(dict(card.lines).get(label, "")) for label in labels))
                for card in block.items
            )
            columns = (Column(words("column.segment")), *(Column(label) for label in labels))
            found.append(Table("cards", section.title, columns, rows))
        elif isinstance(block, Steps):
            columns = (Column(words("sheet.what")), Column(words("sheet.why")))
            rows = tuple((Value(step.title), Value(step.text)) for step in block.items)
            found.append(Table("actions", section.title, columns, rows))
    return found


def _sheet(sheet: Any, table: Table, styles: _Styles) -> None:
    """Write one table: titles in the first row, which stays in sight, as does the column that names the rows."""
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, plain(column.title), styles.head)
        longest = max((len(row[place].text) for row in table.rows), default=0)
        sheet.set_column(place, place, min(_WIDEST, max(longest, len(column.title), 8) + 2))
    if len(table.rows) >= _FILTERED and not table.total:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    rows = [(row, styles.cells) for row in table.rows]
    if table.total:
        rows.append((table.total, styles.totals))
    for line, (row, formats) in enumerate(rows, start=1):
        for place, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            if isinstance(value.raw, int | float | Decimal):
                sheet.write_number(line, place, float(value.raw), formats[column.kind])
            elif len(value.text) > _WIDEST:
                sheet.write_string(line, place, plain(value.text), styles.wrapped)
            else:
                sheet.write_string(line, place, plain(value.text), formats["text"])


def _read_me(sheet: Any, document: Document, tables: dict[str, Table], words: Words, styles: _Styles) -> None:
    """Write what the workbook is, what its words mean, and which sheet shows what."""
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    sheet.hide_gridlines(2)
    line = 0
    for text, style in ((document.title, styles.title), (document.subtitle, None), (document.lead, None)):
        sheet.write_string(line, 0, plain(text), style)
        line += 1
    line += 1
    for section in document.sections:
        sheet.write_string(line, 0, plain(section.title), styles.heading)
        sheet.write_string(line, 1, plain(section.lead), styles.heading)
        line += 1
        for block in section.blocks:
            if isinstance(block, Prose):
                sheet.write_string(line, 1, plain(block.text), styles.wrapped)
                line += 1
    line += 1
    sheet.write_string(line, 0, plain(words("sheet.sheet")), styles.head)
    sheet.write_string(line, 1, plain(words("sheet.shows")), styles.head)
    for name, table in tables.items():
        line += 1
        sheet.write_string(line, 0, plain(name), styles.wrapped)
        sheet.write_string(line, 1, plain(f"{table.caption} {table.note}".strip()), styles.wrapped)
