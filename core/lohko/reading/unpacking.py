"""From what the user named to plain bytes on disk: archives unpacked within limits, sheets written as text, all of it fingerprinted."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from lohko.errors import InputRefused, Place
from lohko.reading.beside import Beside
from lohko.reading.limits import limits
from lohko.reading.magic import NAMES, Kind, kind_of
from lohko.reading.sources import Source
from lohko.reading.workbooks import is_workbook, sheets_as_text
from lohko.reading.zipping import unzip

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Plain:
    """An input as plain, uncompressed bytes.

    Attributes
    ----------
    name : its name in messages and in ``rejects.csv``; for a part of a file, ``FILE:PART``
    path : where the plain bytes lie: the file itself, or a copy in the scratch folder
    kind : ``text`` or ``parquet``
    bytes, digest : size and fingerprint of the file as it was given (packed, if it was packed); the fingerprint may be under way
    delimiter : the delimiter, where lohko wrote the text itself
    skipped : parts of the file that are no tables and were passed over
    """

    name: str
    path: Path
    kind: Kind
    bytes: int
    digest: Future[str]
    delimiter: str | None = None
    skipped: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """The fingerprint, waited for where it is under way."""
        try:
            return self.digest.result()
        except OSError as error:
            raise _unreadable(self.name, error) from error


def _unreadable(name: str, error: OSError) -> InputRefused:
    return InputRefused("file_missing", f"{name} cannot be read: {error.strerror}", places=(Place(name),))


def unpack(source: Source, scratch: Path, number: int, stdin: bytes | None, beside: Beside) -> tuple[Plain, ...]:
    """Make plain bytes of a source: one input, or one for each table in a zip archive or workbook.

    Raises
    ------
    InputRefused
        The file is missing (``file_missing``), empty (``file_empty``), damaged (``archive_damaged``), larger than the limits
        (``too_large``), or not a table at all (``not_a_table``).
    """
    path = _on_disk(source, scratch, number, stdin)
    name = source.name
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(64 * 1024)
    except OSError as error:
        raise _unreadable(name, error) from error
    if not head:
        raise InputRefused("file_empty", f"{name} is empty", places=(Place(name),))
    kind = kind_of(head)
    digest = beside.fingerprint(path)
    if kind == "gzip":
        path, kind = _gunzip(path, scratch / f"plain-{number:04d}", name, size)
        if kind == "gzip":
            raise InputRefused("not_a_table", f"{name} was packed twice", hint="unpack it once", places=(Place(name),))
    if kind in {"zip", "xlsx"} and is_workbook(path):
        return tuple(
            Plain(part, text, "text", size, digest, "\t", skipped)
            for part, text, skipped in sheets_as_text(path, name, scratch, number)
        )
    if kind == "zip":
        return tuple(
            Plain(part, member, _table(member_kind, part), size, digest, None, skipped)
            for part, member, member_kind, skipped in unzip(path, name, scratch, number)
        )
    return (Plain(name, path, _table(kind, name), size, digest),)


def _table(kind: Kind, name: str) -> Kind:
    if kind not in {"text", "parquet"}:
        raise InputRefused(
            "not_a_table", f"{name} looks like {NAMES[kind]}, not CSV", hint=_ADVICE.get(kind), places=(Place(name),)
        )
    return kind


_ADVICE: dict[Kind, str] = {
    "zip": "unpack it and name the files in it",
    "xlsx": "it has no sheets that can be read: save it again as .xlsx or as CSV",
    "gzip": "unpack it and name the files in it",
    "xls": "save it as .xlsx or CSV",
    "html": "many systems write web pages under the name .xls or .csv: open it in Excel and save it as CSV",
    "json": "lohko reads CSV, Parquet and Excel: convert it first",
}


def _on_disk(source: Source, scratch: Path, number: int, stdin: bytes | None) -> Path:
    if source.path is not None:
        if source.path.is_file() or not source.path.exists():
            return source.path
        try:
            data = source.path.read_bytes()  # a named pipe, as in `lohko ingest <(…)`: readable once
        except OSError as error:
            raise InputRefused(
                "file_missing", f"{source.name} cannot be read: {error.strerror}", places=(Place(source.name),)
            ) from error
    else:
        data = stdin or b""
    path = scratch / f"given-{number:04d}"
    path.write_bytes(data)
    return path


def _gunzip(path: Path, out: Path, name: str, packed: int) -> tuple[Path, Kind]:
    bound = min(limits().unpacked_bytes, max(packed * limits().unpacked_ratio, 1 << 20))
    done = 0
    head = b""
    with out.open("wb") as target:
        for block in _inflate(path, name):
            if not head:
                head = block[: 64 * 1024]
            done += len(block)
            if done > bound:
                raise InputRefused("too_large", f"{name} unpacks to more than {bound:,} bytes", places=(Place(name),))
            target.write(block)
    if not head:
        raise InputRefused("file_empty", f"{name} holds an empty file", places=(Place(name),))
    return out, kind_of(head)


def _inflate(path: Path, name: str) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            while block := file.read(_BLOCK):
                yield block
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputRefused(
            "archive_damaged",
            f"{name} is cut short or damaged: it cannot be unpacked to its end",
            places=(Place(name),),
        ) from error
