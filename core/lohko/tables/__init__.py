"""The contract's tables: names, columns, types, keys. The data is ``tables.toml``; everyone reads it from here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

ColumnType = Literal[
    "id", "text", "enum", "decimal", "integer", "number", "timestamp", "date", "boolean", "postcode", "country"
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, type, whether the table cannot do without it, and its allowed values."""

    name: str
    type: ColumnType
    needed: bool = False
    values: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns, its sorting key, its time column (events), and the steps that make it (none: from files)."""

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    event: bool = False
    time: str | None = None
    made_by: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """Return the column of this name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    @property
    def needed(self) -> tuple[str, ...]:
        """Names of the columns the table cannot do without."""
        return tuple(c.name for c in self.columns if c.needed)


@cache
def tables() -> dict[str, Table]:
    """Return the contract's tables by name, in its order."""
    raw = tomllib.loads(resources.files(__name__).joinpath("tables.toml").read_text(encoding="utf-8"))
    found = {}
    for name, entry in raw.items():
        columns = tuple(
            Column(
                c["name"],
                cast("ColumnType", c["type"]),
                c.get("needed", False),
                tuple(c.get("values", ())),
                c.get("help", ""),
            )
            for c in entry["columns"]
        )
        found[name] = Table(
            name,
            entry["title"],
            columns,
            tuple(entry["key"]),
            entry.get("event", False),
            entry.get("time"),
            tuple(entry.get("made_by", ())),
        )
    return found


def source_tables() -> tuple[str, ...]:
    """Names of the tables that come from files, in the contract's order."""
    return tuple(name for name, table in tables().items() if not table.made_by)


def event_tables() -> tuple[str, ...]:
    """Names of the tables whose rows are events with a time."""
    return tuple(name for name, table in tables().items() if table.event)
