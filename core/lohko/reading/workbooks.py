"""Sheets of an Excel workbook as text, so that they are judged by the same rules as every other file."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from lohko.errors import InputRefused, Place
from lohko.reading.dialect import looks_like_table
from lohko.reading.limits import limits
from lohko.reading.naming import known_names
from lohko.reading.records import write

_HEAD = 200  # rows by which a sheet is told from prose


def is_workbook(path: Path) -> bool:
    """Tell whether a zip archive is a workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def sheets_as_text(path: Path, name: str, scratch: Path, number: int) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    """Write each sheet that holds a table as tab-separated text: name, path, and (with the first) the sheets that are empty or prose.

    Dates come out as ISO, numbers with a decimal point, so that nothing of a cell's look matters.

    Raises
    ------
    InputRefused
        The workbook is damaged (``archive_damaged``), too large (``too_large``) or empty (``file_empty``).
    """
    import fastexcel

    with zipfile.ZipFile(path) as archive:
        unpacked = sum(m.file_size for m in archive.infolist())
    if unpacked > limits().workbook_bytes:
        raise InputRefused(
            "too_large", f"{name} unpacks to more than {limits().workbook_bytes:,} bytes", places=(Place(name),)
        )
    try:
        reader = fastexcel.read_excel(path)
        frames = [
            (sheet, reader.load_sheet(sheet, header_row=None, dtypes="string").to_polars())
            for sheet in reader.sheet_names
        ]
    except fastexcel.FastExcelError as error:
        raise InputRefused("archive_damaged", f"{name} is a damaged workbook", places=(Place(name),)) from error
    filled = [(sheet, frame) for sheet, frame in frames if not frame.is_empty()]
    if not filled:
        raise InputRefused("file_empty", f"{name} has no sheet with anything in it", places=(Place(name),))
    # instructions beside tables are left aside; where no sheet is like a table, each is taken for one and says why it is none
    taken = [(sheet, frame) for sheet, frame in filled if len(filled) == 1 or _is_table(frame)] or filled
    names = {sheet for sheet, _ in taken}
    skipped = tuple(sheet for sheet, _ in frames if sheet not in names)
    for index, (sheet, frame) in enumerate(taken):
        target = scratch / f"sheet-{number:04d}-{index:04d}"
        with target.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(_lines(frame))
        yield f"{name}:{sheet}" if len(frames) > 1 else name, target, skipped if index == 0 else ()


def _is_table(frame: pl.DataFrame) -> bool:
    lines = "".join(_lines(frame.head(_HEAD))).splitlines()
    return looks_like_table(lines, whole=frame.height <= _HEAD, recognise=lambda names: known_names(names, None))


def _lines(frame: pl.DataFrame) -> Iterator[str]:
    for row in frame.iter_rows():
        yield write([_cell(cell) for cell in row], "\t")


def _cell(value: str | None) -> str:
    if value is None:
        return ""
    return re.sub(r"\r\n?", "\n", value).replace("_x000D_", "").replace("\x00", "")
