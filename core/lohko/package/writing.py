"""Writing a package: beside its place first, synced, then put there in one act."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import polars as pl

from lohko.errors import OutputRefused
from lohko.package.descriptor import NAME, Record, Resource, kind_in, kind_of, render
from lohko.package.files import (
    FILE_MODE,
    FOLDER_MODE,
    check_folder,
    fingerprint,
    leftovers,
    neighbour,
    put_in_place,
    refusing,
    remove,
    sync,
)
from lohko.package.lock import recover
from lohko.package.reading import Package, is_package

Format = Literal["parquet", "csv"]
_ROW_GROUP = 262_144


@dataclass(frozen=True, slots=True)
class _Small:
    """A file of the package that is not a table."""

    path: str
    bytes: int
    sha256: str

    def as_dict(self) -> dict[str, Any]:
        return {"path": self.path, "bytes": self.bytes, "sha256": self.sha256}


def check_target(target: Path, *, force: bool = False, handed: Collection[Path] = ()) -> None:
    """Refuse a folder that exists and was not written by lohko, or holds answers that somebody filled in, unless forced.

    Parameters
    ----------
    handed : files that the run reads beforehand: what stands in them is not lost

    Raises
    ------
    OutputRefused
        ``output_exists``, or ``output_refused`` where a file stands in the way of the folder above.
    """
    recover(target)
    if target.exists() and not force:
        if not target.is_dir() or (any(target.iterdir()) and not is_package(target)):
            raise OutputRefused("output_exists", f"{target} exists and was not written by lohko")
        strangers = foreign(target)
        if strangers:
            raise OutputRefused(
                "output_exists",
                f"{target} holds {len(strangers)} files that lohko did not put there, such as {strangers[0]}",
            )
        read = {path.resolve() for path in handed}
        filled = [name for name in changed_sheets(target) if (target / name).resolve() not in read]
        if filled:
            raise OutputRefused(
                "output_exists",
                f"{target / filled[0]} was changed since lohko wrote it: replacing {target} would lose what was filled in",
                hint="hand it over (--answers, --postcode-answers), or keep it elsewhere first",
            )
    check_folder(target)


def foreign(target: Path) -> list[str]:
    """Return the files in a package's folder that its descriptor does not name."""
    if not is_package(target):
        return []
    content = json.loads((target / NAME).read_text(encoding="utf-8"))
    known = {NAME}
    for entry in (*content["resources"], *content["lohko"].get("files", ())):
        path = entry["path"]
        known.update(path if isinstance(path, list) else [path])
    found = (path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir())
    return sorted(name for name in found if name not in known)


def changed_sheets(target: Path) -> list[str]:
    """Return the files for people (``….csv``) in a package that are no longer as they were written."""
    if not is_package(target):
        return []
    entries = json.loads((target / NAME).read_text(encoding="utf-8"))["lohko"].get("files", ())
    sheets = {str(e["path"]): e["sha256"] for e in entries if str(e["path"]).endswith("review.csv")}
    return sorted(n for n, digest in sheets.items() if (target / n).is_file() and fingerprint(target / n) != digest)


class PackageWriter:
    """Collects a package in a hidden folder beside its place.

    Use it under the target's lock::

        writer = PackageWriter(Path("work/clean"))
        writer.table("customers", frame)
        writer.carry(old_package, "visits")
        writer.commit(record)
    """

    def __init__(self, target: Path, fmt: Format = "parquet") -> None:
        self.target = target
        self.format: Format = fmt
        self.staging = neighbour(target, "new")
        self._resources: dict[str, Resource] = {}
        self._files: dict[str, _Small] = {}
        with refusing(target):
            remove(self.staging)
            leftovers.add(self.staging)
            self.staging.mkdir(mode=FOLDER_MODE)

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each table written so far."""
        return {name: resource.rows for name, resource in self._resources.items()}

    def table(self, name: str, frame: pl.DataFrame | pl.LazyFrame) -> int:
        """Write a table; return its row count."""
        path = self.staging / f"{name}.{self.format}"
        schema = frame.collect_schema()
        with refusing(self.target):
            if self.format == "csv":
                data = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
                data.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
                rows = data.height
            else:
                frame.lazy().sink_parquet(path, compression="zstd", row_group_size=_ROW_GROUP, maintain_order=True)
                rows = _count(path)
            path.chmod(FILE_MODE)
            sync(path)
        return self._note(name, path, rows, schema)

    def _note(
        self, name: str, path: Path, rows: int, schema: Mapping[str, pl.DataType], digest: str | None = None
    ) -> int:
        fields = tuple((column, kind_of(dtype)) for column, dtype in schema.items())
        self._resources[name] = Resource(
            name, (path.name,), self.format, rows, path.stat().st_size, digest or fingerprint(path), fields
        )
        return rows

    def carry(self, package: Package, name: str) -> int:
        """Carry a table of another package along: as a hard link where the file system has them, else as a copy."""
        entry = package.resource(name)
        if entry["format"] != self.format:
            return self.table(name, package.scan(name))
        kept = []
        with refusing(self.target):
            for source in package.paths(name):
                relative = source.relative_to(package.path)
                place = self.staging / relative
                place.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
                _link(source, place)
                kept.append(relative.as_posix())
        self._resources[name] = Resource(
            name,
            tuple(kept),
            self.format,
            int(entry["rows"]),
            int(entry["bytes"]),
            str(entry["sha256"]),
            tuple((f["name"], kind_in(f)) for f in entry["schema"]["fields"]),
        )
        return int(entry["rows"])

    def take(self, name: str, source: Path, digest: str | None = None) -> int:
        """Take a finished Parquet file over as a table, without reading it again if it is on the same disk and its sha256 is known."""
        if self.format != "parquet":
            return self.table(name, pl.scan_parquet(source))
        place = self.staging / f"{name}.parquet"
        with refusing(self.target):
            _link(source, place)
            place.chmod(FILE_MODE)
            sync(place)
        return self._note(name, place, _count(place), pl.scan_parquet(place).collect_schema(), digest)

    def file(self, path: str, data: bytes, noted: str | None = None) -> None:
        """Write a small file (a model, rejects.csv) under a relative name.

        ``noted`` is the sha256 to note instead of the file's own: that of a sheet before people filled it in, so that it still counts as
        filled in.
        """
        relative = PurePosixPath(path)
        if relative.is_absolute() or ".." in relative.parts:
            raise OutputRefused("output_refused", f"{path} is not a name inside the package")
        place = self.staging / relative
        with refusing(self.target):
            place.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
        self._files[path] = _Small(path, len(data), noted or fingerprint(place))

    def copy(self, path: str, source: Path, noted: str | None = None) -> None:
        """Take a file over under a relative name (linked where possible); ``noted`` as in ``file``."""
        place = self.staging / path
        with refusing(self.target):
            place.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            _link(source, place)
            place.chmod(FILE_MODE)
            sync(place)
        self._files[path] = _Small(path, place.stat().st_size, noted or fingerprint(place))

    def commit(self, record: Record) -> None:
        """Write the descriptor and put the package in place, in one act."""
        name = "".join(c if c.isalnum() or c in "-_." else "-" for c in self.target.name.lower()) or "package"
        resources = [self._resources[table] for table in sorted(self._resources)]
        files = [self._files[path].as_dict() for path in sorted(self._files)]
        text = render(name, resources, files, record)
        with refusing(self.target):
            place = self.staging / NAME
            with os.fdopen(
                os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "w", encoding="utf-8"
            ) as handle:
                handle.write(text)
                handle.flush()
                os.fsync(handle.fileno())
            sync(self.staging)
            put_in_place(self.staging, self.target)

    def abandon(self) -> None:
        """Remove what was collected; the old package stands."""
        remove(self.staging)


def _link(source: Path, place: Path) -> None:
    try:
        os.link(source, place)
    except OSError:  # another disk, or a file system without hard links
        shutil.copyfile(source, place)
        place.chmod(FILE_MODE)
        sync(place)


def _count(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())
