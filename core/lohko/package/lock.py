"""One writer at a time for an output: an advisory lock that the kernel frees when its holder dies."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lohko.errors import Locked
from lohko.package.files import FILE_MODE, leftovers, make_folder, neighbour, refusing

try:
    import fcntl
except ImportError:  # Windows has no flock; renames there fail while a file is open, which guards well enough
    fcntl = None  # type: ignore[assignment]

#: Whether this system has locks that the kernel frees.
LOCKS = fcntl is not None

_PAUSE = 0.1
_PATIENCE = 5.0


@contextmanager
def lock(target: Path, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock of an output while the block runs.

    Parameters
    ----------
    target : the output; the lock is a hidden file beside it. A folder that is missing for it is made, and goes again if
        nothing was put there
    wait : seconds to wait for another holder to end

    Raises
    ------
    Locked
        Another run still holds it after ``wait`` seconds.
    """
    path = neighbour(target, "lock")
    deadline = time.monotonic() + wait
    made: list[Path] = []
    while True:
        with refusing(target):
            made += make_folder(target.parent)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
        if _take(handle) and _still_there(handle, path):
            break
        os.close(handle)
        if time.monotonic() >= deadline:
            raise Locked("locked", f"another run is writing {target}")
        time.sleep(_PAUSE)
    leftovers.add(path)
    try:
        yield
    finally:
        leftovers.discard(path)
        with contextlib.suppress(OSError):
            path.unlink()  # before the lock is freed, so that nobody can hold a lock on a removed file
        os.close(handle)
        with contextlib.suppress(OSError):
            for folder in made:
                folder.rmdir()


def recover(target: Path) -> bool:
    """Complete an exchange that was cut between its two renames; tell whether there was one.

    It takes the lock for it: while another run holds it, that run is between the two itself and will complete them.
    """
    old = neighbour(target, "old")
    if target.exists() or not old.exists():
        return False
    with lock(target, wait=_PATIENCE):
        if target.exists() or not old.exists():
            return False
        old.rename(target)
        return True


def _take(handle: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _still_there(handle: int, path: Path) -> bool:
    """Tell whether the locked file is still the one at this path (its last holder may have removed it)."""
    try:
        return os.fstat(handle).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False
