"""Tables for people: text that a spreadsheet would run as a formula is made inert, plain numbers stay as they are."""

from __future__ import annotations

import re

import polars as pl

# A cell that starts with one of these is read as a formula (OWASP, CSV injection); the wide forms count in some languages.
_STARTS = r"^[=+\-@\t\r\n＝＋－＠]"
# What a spreadsheet takes for a number, and phone numbers: they cannot run anything.
_PLAIN = r"^[+-]?\d[\d .,]*$|^\+\d[\d ()/-]{4,}$"


def inert(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the table with an apostrophe before every text that a spreadsheet would take for a formula."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(_inert(pl.col(name)).alias(name) for name in texts)


def _inert(text: pl.Expr) -> pl.Expr:
    runs = text.str.contains(_STARTS) & ~text.str.contains(_PLAIN)
    return pl.when(runs).then(pl.format("'{}", text)).otherwise(text)


def restored(text: str) -> str:
    """Return a cell as it was before it was made inert."""
    rest = text[1:]
    runs = re.match(_STARTS, rest) and not re.match(_PLAIN, rest)
    return rest if text.startswith("'") and runs else text
