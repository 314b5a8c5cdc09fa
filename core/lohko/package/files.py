"""Whole-or-nothing writing: temporary neighbours, syncing, and the one act that puts them in place.

Temporary names are fixed (``.NAME.lohko-new``), not random, so that the next run under the same lock finds and removes
what a killed run left.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lohko.errors import LohkoError, OutputRefused

FILE_MODE = 0o600
FOLDER_MODE = 0o700
_MARK = "user.lohko.sha256"
_EXCHANGE = 2  # RENAME_EXCHANGE of linux/fs.h; RENAME_SWAP of macOS has the same value
_AT_FDCWD = -100

#: Temporary paths of this process, for whoever has to end it from a signal handler.
leftovers: set[Path] = set()


def neighbour(target: Path, what: str) -> Path:
    """Return the hidden path beside ``target`` that serves it as ``what`` (new, old, lock)."""
    return target.with_name(f".{target.name}.lohko-{what}")


def fingerprint(path: Path) -> str:
    """Return the sha256 of a file's bytes, as hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Force a file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:  # some file systems cannot sync folders; the rename is still one act
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Remove a file or a folder tree, whether it is there or not."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    leftovers.discard(path)


#: What the system's refusals to write mean, in words.
REASONS = {
    errno.EBADF: "it is closed",
    errno.ENOSPC: "no space is left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than allowed",
    errno.EACCES: "no permission to write there",
    errno.EPERM: "no permission to write there",
    errno.EROFS: "the file system is read-only",
    errno.ENOENT: "the folder above it does not exist",
    errno.ENOTDIR: "part of its path is a file, not a folder",
    errno.ENAMETOOLONG: "the name is too long",
}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def refusing(target: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write into OutputRefused, in words a person can act on."""
    try:
        yield
    except LohkoError:
        raise
    except Exception as error:
        code = _system_code(error)
        if code is None:
            raise
        reason = REASONS.get(code, os.strerror(code))
        raise OutputRefused("output_refused", f"{target} cannot be written: {reason}") from error


@contextmanager
def refusing_when_full(target: Path) -> Iterator[None]:
    """Turn a full disk, wherever in a run it shows (intermediate files too), into OutputRefused."""
    try:
        yield
    except LohkoError:
        raise
    except Exception as error:
        code = _system_code(error)
        if code not in _FULL:
            raise
        raise OutputRefused("output_refused", f"{target} cannot be written: {REASONS[code]}") from error


def _system_code(error: Exception) -> int | None:
    """Return the operating system's error number, also where polars only quotes it in its message."""
    if isinstance(error, BrokenPipeError):
        return None
    if isinstance(error, OSError) and error.errno:
        return error.errno
    quoted = re.search(r"\(os error (\d+)\)", str(error))
    # polars reads lazily while it writes: of what it quotes, only a full disk is surely the output's
    return int(quoted[1]) if quoted and int(quoted[1]) in _FULL else None


def put_in_place(new: Path, target: Path) -> None:
    """Put the finished folder ``new`` where ``target`` is, in one act where the system can, and remove the old one."""
    if not target.exists():
        new.rename(target)
    elif exchange(new, target):
        sync(target.parent)
        remove(new)
    else:
        old = neighbour(target, "old")
        remove(old)
        target.rename(old)
        try:
            new.rename(target)
        except OSError:
            old.rename(target)
            raise
        sync(target.parent)
        remove(old)
    leftovers.discard(new)
    sync(target.parent)


def exchange(left: Path, right: Path) -> bool:
    """Swap two paths in one act (``renameat2`` on Linux, ``renamex_np`` on macOS); tell whether it was possible."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            done = libc.renamex_np(os.fsencode(left), os.fsencode(right), _EXCHANGE)
        else:
            done = libc.renameat2(_AT_FDCWD, os.fsencode(left), _AT_FDCWD, os.fsencode(right), _EXCHANGE)
    except (AttributeError, OSError):
        return False
    if done == 0:
        return True
    code = ctypes.get_errno()
    if code in {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}:
        return False
    raise OSError(code, os.strerror(code), str(right))


def check_folder(target: Path) -> None:
    """Refuse a place whose folder neither is there nor can be made, since a file stands in its way."""
    above = next((path for path in target.parents if path.exists()), None)
    if above is not None and not above.is_dir():
        raise OutputRefused("output_refused", f"{target} cannot be written: {above} is a file, not a folder")


def make_folder(folder: Path) -> list[Path]:
    """Make a folder, and those above it, where they are missing; return what was made, the deepest first."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(made):
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
    return made


def write_file(target: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable for its owner only, and mark it as ours; a missing folder is made."""
    with refusing(target):
        make_folder(target.parent)
        new = neighbour(target, "new")
        leftovers.add(new)
        remove(new)
        leftovers.add(new)
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
            _mark(new, target, hashlib.sha256(data).hexdigest())
            new.replace(target)
            sync(target.parent)
        finally:
            remove(new)


def is_ours(target: Path) -> bool:
    """Tell whether lohko wrote this file and nobody has changed it since."""
    marks = {mark for mark in _marks(target) if mark}
    return bool(marks) and fingerprint(target) in marks


def _marks(target: Path) -> Iterator[str]:
    """Yield what was noted of a file: with it, beside it, or by the chain (copies and backups lose the first)."""
    with contextlib.suppress(OSError, AttributeError, UnicodeDecodeError):
        yield os.getxattr(target, _MARK).decode()
    for what in ("mark", "key"):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            yield neighbour(target, what).read_text(encoding="ascii").strip().rpartition("\n")[2]


def _mark(new: Path, target: Path, digest: str) -> None:
    """Note the content's fingerprint in an extended attribute, or in a hidden neighbour where there are none."""
    side = neighbour(target, "mark")
    try:
        os.setxattr(new, _MARK, digest.encode())
    except (OSError, AttributeError):
        side.write_text(digest, encoding="ascii")
        side.chmod(FILE_MODE)
    else:
        side.unlink(missing_ok=True)
