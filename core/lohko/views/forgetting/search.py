"""Looks for what names the forgotten: in text of any kind, in the columns of tables, in the bytes of files."""

from __future__ import annotations

import mmap
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from lohko.reading.blanking import BLANK
from lohko.reading.naming import refers
from lohko.reading.traces import LISTS, MENTIONS, OWN_IDS, OWN_ROWS, among, mentioned_id
from lohko.tables import tables
from lohko.tables.contact_forms import phone_key
from lohko.tables.text import folded
from lohko.views.forgetting.person import Person

#: Columns that hold ids of customers, of their rows, or of visitors.
ID_COLUMNS = (*OWN_IDS, *OWN_ROWS, *MENTIONS, "visitor_id", "household_id")
#: What may be found in a text.
KINDS = ("id", "email", "phone", "code", "name")
# In free text an id is sought only where it cannot be a number, an amount or a year by chance.
_TELLING_ID = re.compile(r"(?=.*[A-Za-z])(?=.*\d).{5,}|.+[:@].+", re.DOTALL)
# Known columns of text in which people write; in the others (product, channel, …) a code may be equal to an id.
_WRITTEN = ("text", "wording", "purpose", "guardian", "evidence", "old", "new")
_BETWEEN = r"[\s()/.-]*"
_HOME = "358"


@dataclass(frozen=True, slots=True)
class Left:
    """So many cells or places of a file (and of a column, where it is a table) hold a value of this kind."""

    file: str
    column: str
    kind: str
    count: int

    def as_dict(self) -> dict[str, str | int]:
        """Return it as plain JSON values."""
        return {"file": self.file, "column": self.column, "kind": self.kind, "count": self.count}


@dataclass(frozen=True)
class Search:
    """What is sought of a person who is to be forgotten: ids, e-mail addresses, phone numbers, personal codes, names with street.

    Values that others hold, too, are not among them.
    """

    person: Person

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every id: of the customer, of their rows, of their visits before sign-up."""
        traces = self.person.traces
        return traces.ids | traces.rows | traces.visitors

    @cached_property
    def telling(self) -> list[str]:
        """The ids that are sought in any text, since they look like nothing else."""
        return sorted(i for i in self.ids if _TELLING_ID.fullmatch(i))

    @cached_property
    def patterns(self) -> dict[str, re.Pattern[str]]:
        """How each kind of value is found in a text, in any writing."""
        person = self.person
        forms = {
            "id": [rf"(?<!\w){re.escape(i)}(?!\w)" for i in self.telling],
            "email": [
                _mailbox(text)
                for key, written in sorted(person.emails.items())
                for text in sorted({key, *map(str.lower, written)})
            ],
            "phone": [_number(key, written) for key, written in sorted(person.phones.items())],
            "code": [
                rf"(?<![0-9A-Za-z])(?:18|19|20)?{re.escape(key[:6])}[-+ ]?{re.escape(key[6:])}(?![0-9A-Za-z])"
                for key in sorted(person.codes)
            ],
        }
        return {kind: re.compile("|".join(some), re.IGNORECASE) for kind, some in forms.items() if some}

    def kinds_in(self, text: str, kinds: Collection[str] = KINDS) -> list[str]:
        """Return the kinds of value that stand in a text."""
        found = [kind for kind, pattern in self.patterns.items() if kind in kinds and pattern.search(text)]
        return [*found, "name"] if "name" in kinds and self.names_in(text) else found

    def names_in(self, text: str) -> bool:
        """Tell whether a text holds first name, last name and street together."""
        if not self.person.names:
            return False
        words = f" {_plain(text)} "
        return any(all(f" {part} " in words for part in parts) for parts in self.person.names)

    def cleared(self, text: str, kinds: Collection[str] = KINDS) -> str | None:
        """Return a text without what names them; None where nothing else stands in it."""
        if "name" in kinds and self.names_in(text):
            return BLANK
        for kind, pattern in self.patterns.items():
            if kind in kinds:
                text = pattern.sub(BLANK, text)
        return None if text == BLANK else text

    def cells(self, frame: pl.LazyFrame, column: str, kinds: Collection[str]) -> list[str]:
        """Return the distinct cells of a text column that hold something of these kinds."""
        maybe = self._maybe(pl.col(column), kinds)
        if maybe is None:
            return []
        some = frame.select(column).unique().filter(maybe).collect().to_series()
        return sorted(cell for cell in some if self.kinds_in(cell, kinds))

    def _maybe(self, cell: pl.Expr, kinds: Collection[str]) -> pl.Expr | None:
        """Return whether a cell may hold something: quick, and never too narrow."""
        person = self.person
        words = [*(self.telling if "id" in kinds else ()), *(key[:6] for key in person.codes)]
        words += [text.partition("@")[0].partition("+")[0].strip() for text in person.emails]
        tests = [cell.str.contains_any(sorted(filter(None, words)), ascii_case_insensitive=True)] if words else []
        if person.phones and "phone" in kinds:
            tests.append(cell.str.replace_all(r"\D", "").str.contains_any(sorted(person.phones)))
        if person.names and "name" in kinds:
            tests.append(folded(cell).str.contains_any(sorted({last for _, last, _ in person.names})))
        return pl.any_horizontal(tests).fill_null(value=False) if tests else None

    def in_table(self, table: str, file: str, frame: pl.LazyFrame) -> Iterator[Left]:
        """Yield what a table holds, every text column of it read."""
        for column in text_columns(frame):
            count = self._named(frame, column)
            if count:
                yield Left(file, column, "phone" if column == "phone" else "id", count)
            kinds = kinds_of(table, column)
            found = Counter(kind for cell in self.cells(frame, column, kinds) for kind in self.kinds_in(cell, kinds))
            yield from (Left(file, column, kind, n) for kind, n in sorted(found.items()))

    def _named(self, frame: pl.LazyFrame, column: str) -> int:
        """Count the cells that are one of their ids, or phone numbers, as a whole."""
        if column == "phone":
            test = among(phone_key(pl.col(column)), self.person.traces.phones)
        elif column in ID_COLUMNS:
            test = among(pl.col(column), self.person.traces.visitors if column == "visitor_id" else self.ids)
        elif refers(column):
            test = among(mentioned_id(column, frame.collect_schema().names()), self.ids)
        else:
            return 0
        return int(frame.select(test.sum()).collect().item())

    def in_text(self, file: str, text: str) -> Iterator[Left]:
        """Yield what a file of text holds."""
        found = {kind: sum(1 for _ in pattern.finditer(text)) for kind, pattern in self.patterns.items()}
        found["name"] = sum(map(self.names_in, text.splitlines()))
        yield from (Left(file, "", kind, n) for kind, n in sorted(found.items()) if n)

    def in_bytes(self, file: str, path: Path) -> Iterator[Left]:
        """Yield what the raw bytes of a file hold."""
        if not path.stat().st_size:
            return
        words = {"id": self.telling, "email": _written(self.person.emails), "code": _written(self.person.codes)}
        with path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
            for kind, some in words.items():
                count = sum(_times(content, word.encode()) for word in some)
                if count:
                    yield Left(file, "", kind, count)


def text_columns(frame: pl.LazyFrame) -> list[str]:
    """Return the columns of text."""
    return [name for name, kind in frame.collect_schema().items() if kind == pl.String]


def kinds_of(table: str, column: str) -> tuple[str, ...]:
    """Return what is sought inside the cells of a column.

    Ids of other things (orders, articles) may be equal to a customer's by chance, and phone numbers in their own column are compared
    as a whole; but an entry of a list may hold several.
    """
    if column == "phone" and table not in LISTS:
        return ("email", "code", "name")
    known = tables()[table].column(column) if table in tables() else None
    if column in ID_COLUMNS or (known is not None and known.type != "text"):
        return ("email", "code")
    if known is not None and column not in _WRITTEN:
        return ("email", "phone", "code", "name")
    return KINDS


def _plain(text: str) -> str:
    """Return what ``lohko.tables.text.folded`` makes of a text, without a table around it."""
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.category(c).startswith("M")
    )
    return re.sub(r"[\W_]+", " ", bare).strip()


def _mailbox(email: str) -> str:
    """Return the pattern of a mailbox with any +tag."""
    local, _, domain = email.rpartition("@")
    tag = "" if "+" in local else r"(?:\+[^@\s]*)?"
    return rf"(?<![\w.+-]){re.escape(local)}{tag}\s*@\s*{re.escape(domain)}(?![\w-]|\.\w)"


def _number(key: str, written: Collection[str]) -> str:
    """Return the pattern of a phone number with its country's prefix or without, its digits grouped in any way."""
    digits = [re.sub(r"\D", "", text).lstrip("0") for text in written]
    codes = sorted({_HOME, *(text.removesuffix(key).strip("0") for text in digits if text.endswith(key))} - {""})
    prefix = rf"(?:(?:\+|00)?(?:{'|'.join(codes)}){_BETWEEN})?(?:\(0\)|0)?{_BETWEEN}"
    return rf"(?<!\d)(?<!\d[\s()/.-]){prefix}{_BETWEEN.join(key)}(?!\d)"


def _written(values: Mapping[str, frozenset[str]]) -> list[str]:
    return sorted({form for key, some in values.items() for text in (key, *some) for form in (text, text.lower())})


def _times(content: mmap.mmap, word: bytes) -> int:
    """Count a word in bytes, where no letter or digit stands beside it."""
    count, at = 0, content.find(word)
    while at >= 0:
        beside = content[max(0, at - 1) : at] + content[at + len(word) : at + len(word) + 1]
        count += not any(chr(byte).isalnum() for byte in beside if byte < 128)
        at = content.find(word, at + 1)
    return count
