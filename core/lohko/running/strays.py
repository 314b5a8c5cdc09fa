"""Files that lie beside packages, such as reports, exported lists and answers: they are not erased from, but it is told which name a person."""

from __future__ import annotations

import csv
import errno
import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from lohko.errors import InputRefused, Place
from lohko.package.descriptor import NAME
from lohko.package.reading import is_package
from lohko.views.forgetting.search import Search
from lohko.views.forgetting.sheets import encoding_of, erase_sheet

# Where a record ends that is no line: the row of a page or of a workbook's sheet, an object in a list.
_ENDS = re.compile(r"</(?:tr|row|si|p|li|div)>|\}", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
# What may be wrong with a file that anybody put there.
_CANNOT = (
    InputRefused,
    OSError,
    EOFError,
    ValueError,
    csv.Error,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    pl.exceptions.PolarsError,
)
# A file that is larger than this, packed or unpacked, is not looked into: it is read whole.
_MOST = 1 << 28


def walk(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the packages in a folder, however deep, and the other files; each with whether it is a package. A package is not entered.

    Raises
    ------
    InputRefused
        ``package_damaged``: a package's descriptor cannot be read, so that nobody could be erased from it; ``input_missing``: a folder cannot.
    """
    if not folder.is_dir() or is_package(folder):
        return
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        raise InputRefused("input_missing", f"{folder} cannot be read: {error.strerror}") from error
    for child in children:
        if child.name.startswith(".") or child.is_symlink():
            continue
        if is_package(child):
            yield child, True
        elif (child / NAME).is_file() and not _readable(child / NAME):
            raise InputRefused(
                "package_damaged", f"{child / NAME} cannot be read as a descriptor", places=(Place(str(child / NAME)),)
            )
        elif child.is_dir():
            yield from walk(child)
        else:
            yield child, False


def _readable(descriptor: Path) -> bool:
    """Tell whether a descriptor can be read at all; one that some other tool wrote is no package of lohko's."""
    try:
        json.loads(descriptor.read_bytes())
    except ValueError:
        return False
    return True


def strays(folders: Sequence[Path], memory: Path, search: Search) -> tuple[list[str], list[str]]:
    """Look through the files in these folders that lie outside of packages; ``memory``, which names nobody, aside.

    Returns
    -------
    Those that name the person who is sought, and those that could not be looked into: too large, damaged, or with a password.
    """
    naming: set[str] = set()
    closed: set[str] = set()
    for folder in folders if search.person.traces.ids else ():
        for path, package in walk(folder):
            if package or path.resolve() == memory.resolve():
                continue
            try:
                if path.stat().st_size > _MOST:
                    closed.add(str(path))
                elif _names(path, search):
                    naming.add(str(path))
            except _CANNOT:
                closed.add(str(path))
    return sorted(naming), sorted(closed)


def _names(path: Path, search: Search) -> bool:
    """Tell whether a file names them."""
    if path.suffix == ".parquet":
        return any(search.in_table(path.stem, path.name, pl.scan_parquet(path)))
    return any(_in_bytes(name, data, search) for name, data in _contents(path))


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what a file holds: itself, or the files that are packed in it."""
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        with gzip.open(path) as packed:
            data = packed.read(_MOST + 1)
        if len(data) > _MOST:
            raise OSError(errno.EFBIG, "too large")
    if not data.startswith(b"PK\x03\x04"):
        yield path.name.removesuffix(".gz"), data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in archive.infolist():
            if part.file_size > _MOST:
                raise OSError(errno.EFBIG, "too large")
            yield part.filename, archive.read(part)


def _in_bytes(name: str, data: bytes, search: Search) -> bool:
    if name.endswith(".csv") and erase_sheet(name, data, search, {})[1]:
        return True
    text = data.decode(encoding_of(data), "replace")
    if name.lower().endswith((".html", ".htm", ".xml", ".json")):
        text = html.unescape(_TAG.sub(" ", _ENDS.sub("\n", text)))
    return any(search.in_text(name, text))
