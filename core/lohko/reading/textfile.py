"""A file whose rows can be read as text, whatever it was before."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl

from lohko.reading import words
from lohko.reading.dialect import Dialect
from lohko.reading.gate import Gate
from lohko.reading.naming import Columns
from lohko.tables import Column, tables
from lohko.tables.types import MONEY

RECORD = "__record"
TEXT_MARK = r"^'([+\d])"  # as spreadsheets and shops write a number that is to stay text: '00100
EDGE = (
    " \t\r\n\x0b\x0c\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file whose rows can be read as text, and all that is known of it.

    Attributes
    ----------
    name, table, source : its name, its table, and the source whose prefix its ids take
    gate : the account of its lines, and what its bytes hold
    header : its own column names; ``header_line``: where they stand
    columns : what the columns become
    scan : gives RECORD and the columns as text under the names ``__0``, ``__1``, …; at most so many rows
    text : where its lines lie in UTF-8; None where it has no lines
    encoding : how its characters are stored, or the kind of file
    dialect : how it is written; None for files that are not text
    rest : the gate's walk through the rest of the file, where ``gate`` has seen its beginning alone
    nulls : True where words such as NULL are to be read as empty cells (never in columns of text)
    guessed : True where nobody named the table
    marked : columns whose cells have a spreadsheet's mark of text before them (``'00100``), which is taken off
    decimals : columns that ``rows`` gives as numbers, not as text: all of their cells fit, or reading them raises
    """

    name: str
    table: str
    source: str | None
    gate: Gate
    header: tuple[str, ...]
    header_line: int
    columns: Columns
    scan: Callable[[int | None], pl.LazyFrame]
    text: Path | None
    encoding: str
    dialect: Dialect | None = None
    nulls: bool = False
    rest: Future[Gate] | None = None
    guessed: bool = False
    marked: frozenset[str] = frozenset()
    decimals: frozenset[str] = frozenset()

    def rows(self, limit: int | None = None) -> pl.LazyFrame:
        """Return the rows as text: our names, surrounding space taken off, nothing for empty; with RECORD."""
        gate = self.gate
        known = {c.name: c for c in tables()[self.table].columns}
        texts = []
        for position, name in enumerate(self.columns.names):
            text = pl.col(f"__{position}")
            if gate.spaces:
                text = text.str.strip_chars(EDGE)
            if name in self.marked:
                text = text.str.replace(TEXT_MARK, "$1")
            if gate.spaces or gate.quotes:
                text = pl.when(text != "").then(text)
            if self.nulls and name in known and known[name].type != "text":
                text = pl.when(
                    ~text.str.to_lowercase().is_in(words.nobody() if known[name].type == "id" else words.nothing())
                ).then(text)
            texts.append(text.alias(name))
        return self.scan(limit).select(pl.col(RECORD).cast(pl.Int64), *texts)

    def present(self) -> list[Column]:
        """Return our columns that the file has, in the table's order."""
        names = set(self.columns.names)
        return [c for c in tables()[self.table].columns if c.name in names]

    def theirs(self, column: str) -> str:
        """Return the name that one of our columns has in the file."""
        return self.columns.recognised.get(column, column)

    def with_decimals(self, names: frozenset[str], *, comma: bool) -> TextFile:
        """Return the same file with some columns read as money by the parser of the file, which is the fastest way."""
        assert self.dialect is not None
        places = frozenset(f"__{n}" for n, name in enumerate(self.columns.names) if name in names)
        scan = partial(scan_text, self.gate, self.dialect, decimals=places, comma=comma)
        return replace(self, scan=scan, decimals=names)


def scan_text(
    gate: Gate, dialect: Dialect, limit: int | None, *, decimals: frozenset[str] = frozenset(), comma: bool = False
) -> pl.LazyFrame:
    """Scan a file that has passed the gate: RECORD and the fields as text, but for those named as decimals."""
    positions = [f"__{n}" for n in range(dialect.width)]
    return pl.scan_csv(
        gate.path,
        has_header=False,
        schema={name: MONEY if name in decimals else pl.String() for name in positions},
        decimal_comma=comma,
        separator=dialect.form.delimiter,
        quote_char='"' if gate.quotes else None,
        skip_lines=gate.skip,
        row_index_name=RECORD,
        n_rows=limit,
        infer_schema=False,
        glob=False,
        raise_if_empty=False,
        missing_columns="insert",  # a blank line has no fields; every other line has them all, the gate saw to that
    )
