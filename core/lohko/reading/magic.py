"""What the first bytes of a file say it is, whatever its name says."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["text", "gzip", "zip", "xlsx", "parquet", "html", "json", "pdf", "xls", "xml", "sqlite", "image", "zstd"]

_SIGNS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"PAR1", "parquet"),
    (b"%PDF", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)

NAMES: dict[Kind, str] = {
    "gzip": "a gzip file",
    "zip": "a zip archive",
    "xlsx": "an Excel workbook",
    "parquet": "a Parquet file",
    "html": "an HTML page",
    "json": "JSON",
    "pdf": "a PDF document",
    "xls": "an old Excel workbook (.xls)",
    "xml": "XML",
    "sqlite": "an SQLite database",
    "image": "a picture",
    "zstd": "a zstd file",
    "text": "text",
}


def kind_of(head: bytes) -> Kind:
    """Tell what a file is from its first bytes (a few kilobytes are enough)."""
    for sign, kind in _SIGNS:
        if head.startswith(sign):
            return kind
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        workbook = b"[Content_Types].xml" in head or b"xl/" in head
        return "xlsx" if workbook else "zip"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:2048]
    if re.match(rb"<(!doctype\s+html|html|head|body|table)\b", start, re.IGNORECASE):
        return "html"
    if start.startswith(b"<?xml"):
        return "html" if b"<html" in start.lower() else "xml"
    if re.match(rb'(\{\s*("|\}|$)|\[\s*(\{|\[|\]|"))', start):
        return "json"
    return "text"
