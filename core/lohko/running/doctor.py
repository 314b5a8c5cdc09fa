"""``lohko doctor``: what this machine offers, and what to do about what it lacks."""

from __future__ import annotations

import importlib.metadata
import locale
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lohko import __version__
from lohko.package.files import exchange
from lohko.package.lock import LOCKS

_LIBRARIES = (
    "polars",
    "scikit-learn",
    "scipy",
    "numpy",
    "rapidfuzz",
    "phonenumbers",
    "email-validator",
    "python-stdnum",
    "countrystatecity-postal-codes",
    "typer",
    "rich",
    "jinja2",
    "babel",
)
_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what, what was found, whether that is well, and advice where it isn't."""

    what: str
    found: str
    well: bool = True
    advice: str = ""


def examine() -> list[Check]:
    """Return what was found on this machine."""
    checks = [
        Check("lohko", __version__),
        Check(
            "Python",
            f"{platform.python_version()} ({platform.system()} {platform.machine()})",
            sys.version_info >= (3, 11),
            "lohko needs Python 3.11 or newer",
        ),
    ]
    for name in _LIBRARIES:
        try:
            checks.append(Check(name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            checks.append(Check(name, "missing", well=False, advice=f"pip install {name}"))
    checks += [
        Check("cores", str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())),
        _memory(),
        Check("locale", f"{locale.getlocale()[0] or 'C'}, {sys.getfilesystemencoding()}"),
        _space(),
        *_disk(),
    ]
    return checks


def _memory() -> Check:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return Check("memory", "not told by this system")
    return Check("memory", f"{size / _GIB:.1f} GiB", size >= 2 * _GIB, "large registers want 2 GiB or more")


def _space() -> Check:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    return Check("temporary space", f"{free / _GIB:.1f} GiB free", free >= _GIB, "set TMPDIR to a disk with more room")


def _disk() -> list[Check]:
    """Try in the working folder what safe writing rests on."""
    here = Path.cwd()
    if not os.access(here, os.W_OK):
        return [Check("working folder", "cannot be written", well=False, advice="choose another with -o")]
    with tempfile.TemporaryDirectory(prefix=".lohko-doctor-", dir=here) as name:
        folder = Path(name)
        left, right, file = folder / "left", folder / "right", folder / "file"
        left.mkdir()
        right.mkdir()
        file.write_bytes(b"")
        swaps = exchange(left, right)
        try:
            (folder / "link").hardlink_to(file)
            links = True
        except OSError:
            links = False
        try:
            os.setxattr(file, "user.lohko", b"1")
            marks = True
        except (OSError, AttributeError):
            marks = False
    return [
        Check("exchange in one act", "yes" if swaps else "no: two renames, completed by the next command if cut"),
        Check("hard links", "yes" if links else "no: tables a step does not change are copied"),
        Check("file marks", "yes" if marks else "no: a hidden file beside each output tells that it is lohko's"),
        Check("locks", "yes" if LOCKS else "no: do not run two writers at once", well=LOCKS),
    ]
