"""Opening a package: its descriptor, its tables (lazily), its small files."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from lohko.errors import InputRefused, Place
from lohko.package.descriptor import NAME, fingerprint_of, kind_in
from lohko.package.lock import recover
from lohko.tables.types import MONEY, TIMESTAMP

_TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "decimal": MONEY,
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": TIMESTAMP,
}


class Package:
    """A package that was opened for reading.

    Attributes
    ----------
    path : the folder
    content : the descriptor as it stands
    """

    def __init__(self, path: Path, content: Mapping[str, Any]) -> None:
        self.path = path
        self.content = content
        self._resources = {str(entry["name"]): entry for entry in content["resources"]}

    @classmethod
    def open(cls, path: Path, filled: Collection[str] = ()) -> Package:
        """Open a package and check that its files are there in the size the descriptor tells.

        Parameters
        ----------
        filled : files that people may have filled in, so that their size may differ

        Raises
        ------
        InputRefused
            ``input_missing``, ``not_a_package`` or ``package_damaged``.
        """
        try:
            path.stat()
            (path / NAME).stat()
        except PermissionError:
            raise _unreadable(path) from None
        except OSError:
            pass  # what is not there is told below, after a rename that was cut short is mended
        recover(path)
        if not path.exists():
            raise InputRefused("input_missing", f"{path} does not exist")
        if (path / NAME).is_file() and not os.access(path / NAME, os.R_OK):
            raise _unreadable(path / NAME)
        if not is_package(path):
            raise _no_package(path)
        try:
            content = json.loads((path / NAME).read_text(encoding="utf-8"))
        except OSError as error:
            raise InputRefused("input_missing", f"{path} cannot be read: {error.strerror}") from error
        package = cls(path, content)
        package._check(filled)
        return package

    def _check(self, filled: Collection[str]) -> None:
        for entry in (*self.content["resources"], *self.content["lohko"].get("files", ())):
            size = 0
            for file in _paths(entry):
                part = self.path / file
                if not part.is_file():
                    raise InputRefused("package_damaged", f"{part} is missing", places=(Place(str(part)),))
                if not os.access(part, os.R_OK):
                    raise _unreadable(part)
                size += part.stat().st_size
            if size != entry["bytes"] and entry.get("path") not in filled:
                name = entry.get("name", entry["path"])
                raise InputRefused("package_damaged", f"{name} has {size} bytes; the descriptor says {entry['bytes']}")

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables in it."""
        return tuple(self._resources)

    @property
    def record(self) -> Mapping[str, Any]:
        """What lohko noted of the run that wrote it."""
        record: Mapping[str, Any] = self.content["lohko"]
        return record

    @property
    def history(self) -> list[dict[str, Any]]:
        """The records of all steps that led to it, oldest first, its own last."""
        own = {key: value for key, value in self.record.items() if key not in {"history", "files"}}
        return [*self.record.get("history", ()), own]

    @property
    def timezone(self) -> str:
        """The zone in which its days are counted."""
        return str(self.record.get("timezone") or "UTC")

    @property
    def fingerprint(self) -> str:
        """One sha256 for all it holds."""
        return fingerprint_of(self.content)

    @property
    def history_digest(self) -> str:
        """One sha256 for how it came about (steps, parameters, figures; times aside)."""
        timeless = [{k: v for k, v in record.items() if k not in {"started", "seconds"}} for record in self.history]
        return hashlib.sha256(json.dumps(timeless, sort_keys=True).encode()).hexdigest()

    def rows(self, table: str) -> int:
        """Return a table's row count, from the descriptor."""
        return int(self._resources[table]["rows"])

    def paths(self, table: str) -> list[Path]:
        """Return the files of a table."""
        return [self.path / file for file in _paths(self._resources[table])]

    def resource(self, table: str) -> Mapping[str, Any]:
        """Return a table's entry in the descriptor."""
        entry: Mapping[str, Any] = self._resources[table]
        return entry

    def scan(self, table: str) -> pl.LazyFrame:
        """Return a table, lazily.

        Raises
        ------
        InputRefused
            The package has no such table (``no_such_table``).
        """
        if table not in self._resources:
            near = difflib.get_close_matches(table, self.tables, 1)
            held = f"it has {', '.join(self.tables) or 'no tables'}"
            hint = f"did you mean '{near[0]}'? {held}" if near else held
            raise InputRefused("no_such_table", f"{self.path} has no table '{table}'", hint=hint)
        entry = self._resources[table]
        files = self.paths(table)
        if entry["format"] == "parquet":
            return pl.scan_parquet(files)
        return _scan_csv(files, {f["name"]: kind_in(f) for f in entry["schema"]["fields"]})

    def frames(self, names: tuple[str, ...] | None = None) -> dict[str, pl.LazyFrame]:
        """Return all its tables, lazily (or those of the names that are there)."""
        return {name: self.scan(name) for name in self.tables if names is None or name in names}

    def files(self, prefixes: tuple[str, ...] = ("",)) -> dict[str, bytes]:
        """Return its small files whose names start with one of the prefixes."""
        return {
            str(entry["path"]): (self.path / str(entry["path"])).read_bytes()
            for entry in self.record.get("files", ())
            if str(entry["path"]).startswith(prefixes)
        }


def _unreadable(path: Path) -> InputRefused:
    return InputRefused(
        "input_missing",
        f"{path} cannot be read: no permission",
        hint="packages are readable for their owner only: run lohko as the user who made it",
    )


def _no_package(path: Path) -> InputRefused:
    """Say that a path is no package; where it is a folder that holds some, name them."""
    inside = sorted(child.name for child in path.iterdir() if is_package(child)) if path.is_dir() else []
    inside = [name for name in inside if not name.startswith(".")]
    hint = f"it holds packages; name one of them: {', '.join(str(path / name) for name in inside)}" if inside else None
    return InputRefused(
        "not_a_package", f"{path} is not a package written by lohko", places=(Place(str(path)),), hint=hint
    )


def is_package(path: Path) -> bool:
    """Tell whether a path is a folder that lohko wrote."""
    try:
        content = json.loads((path / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and isinstance(content.get("lohko"), dict) and "resources" in content


def _paths(entry: Mapping[str, Any]) -> list[str]:
    path = entry["path"]
    return [str(p) for p in path] if isinstance(path, list) else [str(path)]


def _scan_csv(files: list[Path], kinds: Mapping[str, str]) -> pl.LazyFrame:
    """Read a table that lohko wrote as CSV: all text first, then each column by the type its descriptor names."""
    frame = pl.scan_csv(files, schema=dict.fromkeys(kinds, pl.String()))
    typed = []
    for name, kind in kinds.items():
        column = pl.col(name)
        if kind == "datetime":
            typed.append(column.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", time_zone="UTC"))
        elif kind == "boolean":
            typed.append(column.eq("true"))
        elif kind == "date":
            typed.append(column.str.to_date("%Y-%m-%d"))
        elif kind == "decimal":
            typed.append(column.str.to_decimal(scale=4).cast(MONEY))
        else:
            typed.append(column.cast(_TYPES[kind]))
    return frame.select(typed)
