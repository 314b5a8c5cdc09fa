"""Small tables that people open, fill in and give back: safe in a spreadsheet, and read again whatever it made of them."""

from __future__ import annotations

import csv
import io

import polars as pl

from lohko.errors import InputRefused, Place
from lohko.package.spreadsheet import inert, restored

_MARK = "\ufeff"  # without it Excel takes UTF-8 for the system's own code page


def write_sheet(frame: pl.DataFrame) -> bytes:
    """Return a table as CSV for people: text that a spreadsheet would run gets an apostrophe before it."""
    return (_MARK + inert(frame).write_csv()).encode()


def read_sheet(data: bytes, name: str, code: str) -> pl.DataFrame:
    """Return a CSV that came back from people as text columns; the apostrophes of ``write_sheet`` are taken off.

    Read are UTF-8 and cp1252; comma, semicolon and tab, whichever the header has most of.

    Raises
    ------
    InputRefused
        Under ``code``: a row has another number of fields than the header, a column is named twice, or there is none.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header = [cell.strip() for cell in rows[0]] if rows else []
    if not any(header):
        raise InputRefused(code, f"{name} is empty", places=(Place(name, 1),))
    if len(set(header)) < len(header):
        raise InputRefused(code, f"{name} names a column twice", places=(Place(name, 1),))
    body = [row for row in rows[1:] if any(cell.strip() for cell in row)]
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(header) and any(cell.strip() for cell in row):
            raise InputRefused(
                code, f"{name}: a row has {len(row)} fields, the header {len(header)}", places=(Place(name, number),)
            )
    frame = pl.DataFrame(body, schema=dict.fromkeys(header, pl.String), orient="row")
    return frame.with_columns(pl.all().map_elements(restored, return_dtype=pl.String))
