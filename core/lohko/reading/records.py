"""One record from one or more physical lines: the small state machine for the lines that are not plain.

Plain lines are checked in bulk by the byte gate; what comes here is a quoted line end, a quote within a field, a wrong count of
fields, or a fault.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from lohko.reading.limits import limits

Fault = Literal["open_quote", "bad_quotes", "short_row", "long_row"]


@dataclass(frozen=True, slots=True)
class Form:
    """How fields are told apart: the delimiter, and how a quote stands within quotes (doubled, or after a backslash)."""

    delimiter: str
    backslash: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What the machine made of the lines it was given.

    Attributes
    ----------
    fields : the texts between the delimiters, quotes taken off; empty where there is a fault
    lines : how many physical lines were used (one, where there is a fault)
    fault : why it is not a record, or None
    trimmed : empty fields beyond the width were taken off its end
    """

    fields: tuple[str, ...]
    lines: int
    fault: Fault | None = None
    trimmed: bool = False


@cache
def _patterns(form: Form) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a quoted field, of a bare one, and of a quote with its end.

    What stands within quotes is taken whole, never given back, so that the first single quote is the one that closes.
    """
    sep = re.escape(form.delimiter)
    blank = " " if form.delimiter == "\t" else " \t"
    inner = r'(?:[^"\\]|\\.|"")*+' if form.backslash else r'(?:[^"]|"")*+'
    quoted = re.compile(rf'[{blank}]*"({inner})"[{blank}]*(?={sep}|\Z)', re.DOTALL)
    return quoted, re.compile(rf"[^{sep}]*"), re.compile(f'"{inner}"', re.DOTALL)


def split(text: str, form: Form) -> tuple[list[str], Fault | None]:
    """Split the text of one record (without its line end) into fields.

    A field that does not begin with a quote is taken as it stands, quotes within it too.
    """
    quoted, bare, closed = _patterns(form)
    fields: list[str] = []
    at = 0
    while True:
        start = at
        while start < len(text) and text[start] in " \t" and text[start] != form.delimiter:
            start += 1
        if start < len(text) and text[start] == '"':
            hit = quoted.match(text, at)
            if hit is None:
                return [], "bad_quotes" if closed.match(text, start) else "open_quote"
            value = hit[1].replace('""', '"')
            fields.append(re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL) if form.backslash else value)
        else:
            hit = bare.match(text, at)
            assert hit is not None
            fields.append(hit[0])
        at = hit.end()
        if at >= len(text):
            return fields, None
        at += 1  # the delimiter


def assemble(lines: Sequence[str], width: int, form: Form, *, last: bool) -> Record | None:
    """Make a record of ``width`` fields from the first of the lines, or the first few where quotes hold line ends.

    ``last`` says that no more lines follow these. None: the record may go on beyond the lines at hand.

    A line that opens a quote is joined with the lines after it until the record is whole. Where that does not come about, or where a
    line on the way would have been a good record by itself, only the first line is at fault, so that one lost quote costs one row.
    """
    fields, fault = split(lines[0], form)
    used = 1
    if fault == "open_quote":
        text = lines[0]
        size = len(text)
        for used, line in enumerate(lines[1:], 2):
            if used > limits().record_lines or size > limits().record_bytes:
                return Record((), 1, "open_quote")
            if width > 2 and '"' not in line and line.count(form.delimiter) == width - 1:
                return Record((), 1, "open_quote")
            text += "\n" + line
            size += len(line)
            if '"' in line:
                fields, fault = split(text, form)
                if fault != "open_quote":
                    break
        else:
            return Record((), 1, "open_quote") if last else None
        if fault is not None or len(fields) != width:
            return Record((), 1, "open_quote")
    if fault is not None:
        return Record((), 1, fault)
    trimmed = len(fields) > width
    while len(fields) > width and fields[-1].strip() == "":
        fields.pop()
    if len(fields) != width:
        return Record((), 1, "short_row" if len(fields) < width else "long_row")
    return Record(tuple(fields), used, trimmed=trimmed)


def write(fields: Sequence[str], delimiter: str) -> str:
    """Write a record in canonical form: quoted where it must be, quotes doubled, one line feed at the end."""
    return delimiter.join(_quote(field, delimiter) for field in fields) + "\n"


def _quote(field: str, delimiter: str) -> str:
    if any(sign in field for sign in ('"', delimiter, "\n", "\r")):
        return '"' + field.replace('"', '""') + '"'
    return field
