"""Tables in a zip archive: its members checked, unpacked within limits, never written under names of their own."""

from __future__ import annotations

import errno
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from lohko.errors import InputRefused, Place
from lohko.reading import encoding
from lohko.reading.dialect import looks_like_table
from lohko.reading.limits import limits
from lohko.reading.magic import Kind, kind_of
from lohko.reading.naming import known_names

_SURE = (".csv", ".tsv", ".tab", ".parquet")
_TABLES = (*_SURE, ".txt")
_HEAD = 64 * 1024
_BLOCK = 1 << 20
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    ValueError,
)


def unzip(path: Path, name: str, scratch: Path, number: int) -> Iterator[tuple[str, Path, Kind, tuple[str, ...]]]:
    """Unpack the tables of an archive in the order of their names: name, path, kind, and (with the first) what was passed over.

    Raises
    ------
    InputRefused
        No tables in it (``not_a_table``), beyond the limits (``too_large``), damaged or locked by a password (``archive_damaged``).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield from _members(archive, name, scratch, number)
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            # The disk's own trouble (it is full, say) is no fault of the archive. bz2 tells damage without a number, and
            # a member said to begin before the file's first byte is an invalid place to seek to.
            raise
        raise InputRefused(
            "archive_damaged", f"{name} is damaged, or packed in a way that cannot be read", places=(Place(name),)
        ) from error


def _members(
    archive: zipfile.ZipFile, name: str, scratch: Path, number: int
) -> Iterator[tuple[str, Path, Kind, tuple[str, ...]]]:
    members = [m for m in archive.infolist() if not m.is_dir() and not _hidden(m.filename)]
    if len(members) > limits().zip_members:
        raise InputRefused("too_large", f"{name} holds more than {limits().zip_members:,} files", places=(Place(name),))
    named = [m for m in members if m.filename.lower().endswith(_TABLES)]
    sure = any(m.filename.lower().endswith(_SURE) for m in named)
    tables = sorted(
        (m for m in named if not sure or m.filename.lower().endswith(_SURE) or _is_table(archive, m)),
        key=lambda m: m.filename,
    )
    skipped = tuple(sorted(_label(m.filename) for m in members if m not in tables))
    if not tables:
        raise InputRefused("not_a_table", f"{name} holds no CSV or Parquet files", places=(Place(name),))
    left = limits().unpacked_bytes
    for index, member in enumerate(tables):
        label = f"{name}:{_label(member.filename)}"
        if member.flag_bits & 1:
            raise InputRefused("archive_damaged", f"{label} is locked by a password", places=(Place(label),))
        target = scratch / f"plain-{number:04d}-{index:04d}"
        left -= _unpack(archive, member, target, label, left)
        with target.open("rb") as file:
            kind = kind_of(file.read(_HEAD))
        if target.stat().st_size == 0:
            raise InputRefused("file_empty", f"{label} is empty", places=(Place(label),))
        yield label, target, kind, skipped if index == 0 else ()


def _is_table(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Tell whether a ``.txt`` beside surer tables is one, too: often it is a readme."""
    if member.flag_bits & 1:
        return True
    with archive.open(member) as source:
        head = source.read(_HEAD)
    used = encoding.marked(head) or encoding.unmarked_utf16(head)
    text = head.decode(used or "utf-8", "replace").removeprefix("\ufeff")
    return looks_like_table(
        text.splitlines(), whole=len(head) < _HEAD, recognise=lambda names: known_names(names, None)
    )


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, label: str, left: int) -> int:
    bound = min(left, max(member.compress_size * limits().unpacked_ratio, 1 << 20))
    done = 0
    with archive.open(member) as source, target.open("wb") as out:
        while block := source.read(_BLOCK):
            done += len(block)
            if done > bound:
                raise InputRefused("too_large", f"{label} unpacks to more than {bound:,} bytes", places=(Place(label),))
            out.write(block)
    return done


def _hidden(name: str) -> bool:
    """Tell what operating systems put into archives for themselves."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("."))


def _label(name: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "?", name)[:200]
