"""What the user names as input: ``[TABLE[@SOURCE]=]FILE``, globs, and ``-`` for standard input."""

from __future__ import annotations

import difflib
import glob
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lohko.errors import InputRefused, Place, UsageFault
from lohko.tables import source_tables, tables

_HEAD = re.compile(r"(?P<table>[A-Za-z_]+)(?:@(?P<source>[^=/\\]+))?=(?P<file>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """One input file.

    Attributes
    ----------
    path : where it lies; None is standard input, whose bytes are given to ``ingest``
    table : the table it holds, where that was said
    source : the system it comes from (``customers@shop=…``): its ids become ``shop:ID``
    label : the path as it was written, where it was resolved against a folder
    """

    path: Path | None
    table: str | None = None
    source: str | None = None
    label: str | None = None

    @property
    def name(self) -> str:
        """The name used in messages, rejects and records: the path as it was written, or ``-``."""
        return self.label or ("-" if self.path is None else str(self.path))


def parse_sources(words: Sequence[str], folder: Path | None = None) -> tuple[Source, ...]:
    """Read the words of the command line (or of ``[sources]``) into sources.

    Globs are expanded in sorted order, so that the same folder gives the same order everywhere. Relative paths start from
    ``folder``, and are named as they were written: the same configuration gives the same records from wherever it is run.

    Raises
    ------
    UsageFault
        An unknown table (``unknown_table``), standard input named twice (``stdin_twice``), or a file named twice
        (``file_named_twice``).
    InputRefused
        No such file, or a glob that matches nothing (``file_missing``).
    """
    found: list[Source] = []
    for word in words:
        table, source, name = _split(word)
        if name == "-":
            if any(s.path is None for s in found):
                raise UsageFault("stdin_twice", "standard input is named twice")
            found.append(Source(None, table, source))
            continue
        if folder is None:
            found.extend(Source(path, table, source) for path in _paths(name))
        else:
            for path in _paths(str(folder / name)):
                label = path.relative_to(folder) if path.is_relative_to(folder) else path
                found.append(Source(path, table, source, label.as_posix()))
    _refuse_repeats(found)
    return tuple(found)


def _refuse_repeats(found: Sequence[Source]) -> None:
    seen = set()
    for one in found:
        key = (one.path.resolve() if one.path else None, one.table, one.source)
        if key in seen:
            raise UsageFault("file_named_twice", f"{one.name} is named twice: its rows would count double")
        seen.add(key)


def _split(word: str) -> tuple[str | None, str | None, str]:
    match = _HEAD.fullmatch(word)
    if match is None or Path(word).exists():  # a file may have "=" in its name
        return None, None, word
    table = match["table"]
    if table not in source_tables():
        known = source_tables()
        near = difflib.get_close_matches(table, known, 1)
        made = table in tables()
        raise UsageFault(
            "unknown_table",
            f"'{table}' is made by lohko's steps, not read from files" if made else f"there is no table '{table}'",
            hint=f"did you mean '{near[0]}'?" if near else f"the tables are {', '.join(known)}",
        )
    source = match["source"]
    if source is not None and not re.fullmatch(r"[\w.-]+", source):
        raise UsageFault(
            "source_name", f"'{source}' cannot name a source", hint="letters, digits, '.', '_' and '-' can"
        )
    return table, source, match["file"]


def check_name(name: str | Path) -> None:
    """Refuse a path with bytes that are no UTF-8 (an old archive, another locale): neither polars nor a record can name it.

    Raises
    ------
    UsageFault
        ``name_not_utf8``.
    """
    try:
        str(name).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(name).decode(errors="replace")
        raise UsageFault("name_not_utf8", f"the name '{shown}' is not written in UTF-8") from None


def _paths(name: str) -> list[Path]:
    check_name(name)
    path = Path(name)
    if path.exists():
        if path.is_dir():
            raise InputRefused(
                "file_missing", f"'{name}' is a folder, not a file", hint=f"name its files: {name}/*.csv"
            )
        return [path]
    if glob.has_magic(name):
        hits = sorted(Path(hit) for hit in glob.glob(name, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute patterns
        hits = [hit for hit in hits if hit.is_file()]
        for hit in hits:
            check_name(hit)
        if hits:
            return hits
        raise InputRefused("file_missing", f"no file matches '{name}'", places=(Place(name),))
    raise InputRefused("file_missing", f"there is no file '{name}'", places=(Place(name),))
