"""Lines of ``rejects.csv`` that name one of the erased are blanked: where and why they did not fit stays, what they said goes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from lohko.tables.contact_forms import email_key, phone_key
from lohko.tables.personal_codes import DIGITS, code_key, personal_codes

BLANK = "(erased)"
_RAW, _FILE = "raw", "file"
_ANY_DELIMITER = r"[;,\t|]"
_FEWEST_DIGITS = 6

#: Says which keys of a kind (``lohko.reading.forgotten.KINDS``) name one of the erased.
Known = Callable[[str, pl.Series], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that a line came from: what stands between its fields, and the source whose prefix its ids have."""

    delimiter: str | None = None
    source: str | None = None


def blank_lines(
    data: bytes, known: Known, origins: Mapping[str, Origin], also: Callable[[str], bool] = lambda _line: False
) -> tuple[bytes, int]:
    """Blank the lines that name one of the erased.

    A line names them where one of its fields is their id, whichever column that is: a line that could not be read may be
    shifted. So a number that is equal to a short id blanks a line, too.

    Parameters
    ----------
    data : the content of ``rejects.csv``
    known : which keys are theirs
    origins : by the file's name
    also : whether a line is to be blanked for another reason

    Returns
    -------
    The content, and how many lines were blanked.
    """
    lines = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))
    if len(lines) < 2 or not {_RAW, _FILE} <= set(lines[0]):
        return data, 0
    raw, file = lines[0].index(_RAW), lines[0].index(_FILE)
    told = pl.DataFrame(
        {
            "row": range(1, len(lines)),
            "file": [line[file] for line in lines[1:]],
            "raw": [line[raw] for line in lines[1:]],
        },
        schema={"row": pl.Int64, "file": pl.String, "raw": pl.String},
    )
    hit = naming(told, known, origins) | {row for row, text in told.select("row", "raw").iter_rows() if also(text)}
    hit = {row for row in hit if lines[row][raw] not in ("", BLANK)}
    if not hit:
        return data, 0
    for row in hit:
        lines[row][raw] = BLANK
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(lines)
    return buffer.getvalue().encode("utf-8"), len(hit)


def naming(lines: pl.DataFrame, known: Known, origins: Mapping[str, Origin]) -> set[int]:
    """Return the rows whose raw line names one of the erased (``row``, ``file``, ``raw``)."""
    parts = []
    for (name,), group in lines.group_by("file"):
        origin = origins.get(str(name), Origin())
        sign = re.escape(origin.delimiter) if origin.delimiter else _ANY_DELIMITER
        cut = pl.col("raw").str.replace_all(rf"{sign}|[\r\n]", "\x1f").str.split("\x1f").alias("field")
        fields = group.select("row", cut).explode("field", empty_as_null=True, keep_nulls=True)
        text = pl.col("field").str.strip_chars(" \t\"'")
        whole = pl.lit(f"{origin.source}:") + text if origin.source else text
        parts.append(fields.select("row", text.alias("field"), whole.alias("id")))
    if not parts:
        return set()
    fields = pl.concat(parts).filter(pl.col("field").is_not_null() & (pl.col("field") != ""))
    digits = pl.col("field").str.count_matches(r"\d") >= _FEWEST_DIGITS
    keys = fields.select(
        "row",
        "id",
        visitor=pl.col("field"),
        email=pl.when(pl.col("field").str.contains("@", literal=True)).then(email_key(pl.col("field"))),
        phone=pl.when(digits).then(phone_key(pl.col("field"))),
    )
    found: set[int] = set()
    for kind in ("id", "visitor", "email", "phone"):
        theirs = sorted(known(kind, keys[kind]))
        found.update(keys.filter(pl.col(kind).is_in(theirs))["row"])
    for row, text in lines.filter(pl.col("raw").str.contains(DIGITS)).select("row", "raw").iter_rows():
        codes = pl.Series([code_key(code) for code in personal_codes(text)], dtype=pl.String)
        if len(codes) and known("code", codes):
            found.add(row)
    return found
