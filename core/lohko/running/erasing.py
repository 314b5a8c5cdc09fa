"""One package from which people are erased: opened, searched, written again in its place, and read back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lohko import __version__
from lohko.outcome import Account
from lohko.package.descriptor import NAME, Record
from lohko.package.files import neighbour, remove
from lohko.package.reading import Package
from lohko.package.writing import PackageWriter, changed_sheets, check_target
from lohko.views.forgetting.erase import Erased, erase
from lohko.views.forgetting.search import Left, Search
from lohko.views.forgetting.sheets import erase_sheet, origins_in


@dataclass(slots=True)
class Part:
    """One package on its way.

    Attributes
    ----------
    package : as it was opened
    filled : its sheets that people filled in since they were written
    tables, files : what of it is written anew
    lines : by file, how many lines go or are blanked
    """

    package: Package
    filled: frozenset[str]
    tables: dict[str, Erased] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.package.path

    @property
    def touched(self) -> bool:
        """Whether anything in it is theirs."""
        return bool(self.tables or self.files)

    @property
    def accounts(self) -> dict[str, Account]:
        """Where the rows of the tables went that are written anew."""
        return {
            name: Account(rows_in=made.rows_in, rows_out=made.rows_in - made.rows, erased=made.rows)
            for name, made in sorted(self.tables.items())
        }

    def counts(self) -> dict[str, Any]:
        """Return what goes, as plain JSON values."""
        return {
            "rows": {name: made.rows for name, made in sorted(self.tables.items()) if made.rows},
            "cells": sum(made.cells for made in self.tables.values()),
            "lines": dict(sorted(self.lines.items())),
        }


def open_part(path: Path, *, force: bool) -> Part:
    """Open a package that is to be written again in its place. Sheets that people filled in may differ from what was written.

    Raises
    ------
    InputRefused
        It is no package, or damaged.
    OutputRefused
        It holds files that lohko did not put there (``output_exists``).
    """
    filled = frozenset(changed_sheets(path))
    package = Package.open(path, filled)
    check_target(path, force=force, handed=[path / name for name in filled])
    return Part(package, filled)


def prepare(part: Part, search: Search) -> None:
    """Find out what of a package is theirs."""
    for name, frame in part.package.frames().items():
        made = erase(name, frame, search)
        if made is not None:
            part.tables[name] = made
    read: dict[str, Any] = next(
        (record["figures"] for record in part.package.history if record["step"] == "ingest"), {}
    )
    for name, data in part.package.files().items():
        content, lines = erase_sheet(name, data, search, origins_in(read))
        if lines:
            part.files[name], part.lines[name] = content, lines


def rewrite(part: Part, started: dt.datetime) -> None:
    """Write the package again without them, whole or not at all. What else it tells of itself stays as it was."""
    package, record = part.package, part.package.record
    formats = [package.resource(name)["format"] for name in package.tables]
    writer = PackageWriter(part.path, formats[0] if formats else "parquet")
    try:
        for name in package.tables:
            if name in part.tables:
                writer.table(name, part.tables[name].frame)
            else:
                writer.carry(package, name)
        for entry in record.get("files", ()):
            name = str(entry["path"])
            # the fingerprint of a sheet before it was filled in stays, so that it is not taken for one nobody has touched
            noted = str(entry["sha256"]) if name in part.filled else None
            if name in part.files:
                writer.file(name, part.files[name], noted)
            else:
                writer.copy(name, package.path / name, noted)
        writer.commit(_record(part, started))
    finally:
        writer.abandon()


def _record(part: Part, started: dt.datetime) -> Record:
    """Return the package's own record, with the erased rows in its accounts."""
    old = part.package.record
    accounts = {name: Account(**account) for name, account in old["accounting"].items()}
    for name, now in part.accounts.items():
        before = accounts.get(name, Account(rows_in=now.rows_in, rows_out=now.rows_in))
        accounts[name] = Account(
            **{
                **asdict(before),
                "rows_out": before.rows_out - now.erased,
                "erased": before.erased + now.erased,
            }
        )
        accounts[name].check(name)
    kept = {key: value for key, value in old.items() if key not in {"files", "accounting", "erasures"}}
    erasure = {"version": __version__, "started": started.isoformat(timespec="seconds"), **part.counts()}
    return Record(
        **kept,
        accounting={name: asdict(account) for name, account in sorted(accounts.items())},
        erasures=[*old.get("erasures", ()), erasure],
    )


def sweep(path: Path) -> None:
    """Remove what a killed run left beside a package: it may hold anybody's data."""
    for what in ("scratch", "new"):
        remove(neighbour(path, what))


def prove(part: Part, search: Search) -> Iterator[Left]:
    """Read a package back as it lies on the disk, every text column and every file, and yield what still names them."""
    package = Package.open(part.path, part.filled)
    for name in package.tables:
        shown = ", ".join(path.relative_to(part.path).as_posix() for path in package.paths(name))
        yield from search.in_table(name, shown, package.scan(name))
        for path in package.paths(name):
            yield from search.in_bytes(path.relative_to(part.path).as_posix(), path)
    for name in (NAME, *package.files()):
        yield from search.in_text(name, (part.path / name).read_bytes().decode("utf-8", "replace"))
        yield from search.in_bytes(name, part.path / name)
