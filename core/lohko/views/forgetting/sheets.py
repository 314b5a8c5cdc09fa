"""Takes a person out of a package's files for people: questions, answers, rejects. Other lines stay as they are, byte for byte."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lohko.errors import InputRefused, Place
from lohko.package.spreadsheet import restored
from lohko.reading.blanking import Origin, blank_lines
from lohko.reading.dialect import DELIMITER_NAMES
from lohko.views.forgetting.search import Search

REJECTS = "rejects.csv"
_ID_TITLE = re.compile(r"(?:^|[_ ])(?:row|customer)_id", re.IGNORECASE)
_DELIMITERS = (",", ";", "\t")
_SIGNS = {name: sign for sign, name in DELIMITER_NAMES.items()}


def origins_in(figures: Mapping[str, Any]) -> dict[str, Origin]:
    """Return of each file that reading tells of (``figures`` of ingest) what parts its fields, and its source."""
    files = figures.get("files", ())
    return {
        entry["file"]: Origin(_SIGNS.get(entry["delimiter"], entry["delimiter"]), entry["source"]) for entry in files
    }


def erase_sheet(name: str, data: bytes, search: Search, origins: Mapping[str, Origin]) -> tuple[bytes, int]:
    """Return a file without what is theirs, and how many lines that concerned. Files that are no CSV are returned as they are.

    Of ``rejects.csv`` the raw lines are blanked (``lohko.reading.blanking``). Of other sheets the lines about them go, whatever people
    filled in there.

    Raises
    ------
    InputRefused
        ``forget_sheet``: a sheet is no longer CSV, since a spreadsheet saved it as a workbook.
    """
    if name == REJECTS:
        return blank_lines(data, search.person.known, origins, lambda line: bool(search.kinds_in(line)))
    if not name.endswith(".csv"):
        return data, 0
    if data.startswith(b"PK\x03\x04"):
        raise InputRefused("forget_sheet", f"{name} is a workbook now", places=(Place(name),))
    encoding = encoding_of(data)
    text = data.decode(encoding)
    kept, gone = [], 0
    records = list(_records(text))
    if not records:
        return data, 0
    head = records[0].lstrip("\ufeff")
    delimiter = max(_DELIMITERS, key=head.count)
    ids = [at for at, title in enumerate(_cells(head, delimiter)) if _ID_TITLE.search(title)]
    for record in records[1:]:
        cells = [restored(cell.strip()) for cell in _cells(record, delimiter)]
        if any(at < len(cells) and cells[at] in search.ids for at in ids) or search.kinds_in(" ; ".join(cells)):
            gone += 1
        else:
            kept.append(record)
    return ("".join([records[0], *kept]).encode(encoding), gone) if gone else (data, 0)


def encoding_of(data: bytes) -> str:
    """Return the encoding of a text that people may have saved."""
    if data.startswith(b"\xff\xfe"):
        return "utf-16-le"
    if data.startswith(b"\xfe\xff"):
        return "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252" if _decodes(data, "cp1252") else "latin-1"
    return "utf-8"


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _records(text: str) -> Iterator[str]:
    """Yield the records of a CSV text as they stand, with their line ends."""
    held = ""
    for line in io.StringIO(text, newline=""):
        held += line
        if held.count('"') % 2 == 0:
            yield held
            held = ""
    if held:
        yield held


def _cells(record: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter), [])
