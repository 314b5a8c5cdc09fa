"""Why a run failed: a package whose bytes are no longer those that were written, although its files have the right sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from lohko.errors import InputRefused, LohkoError, Place
from lohko.package.files import fingerprint
from lohko.package.reading import Package, is_package


def damage_behind(error: Exception, named: Iterable[object]) -> InputRefused | None:
    """Return what is wrong with one of the packages that a run read, where that may be behind its failure.

    The fingerprints of all files are compared, which takes as long as reading them: so only a run that failed is asked.

    Parameters
    ----------
    error : what the engine raised
    named : what the user named, among it packages and folders of packages
    """
    if not isinstance(error, pl.exceptions.PolarsError):
        return None
    for path in sorted({path for word in named for path in _packages(word)}):
        try:
            changed = _changed(Package.open(path))
        except LohkoError:
            continue
        if changed is not None:
            return InputRefused(
                "package_damaged",
                f"{changed} is not what was written: its bytes do not match the fingerprint in the descriptor",
                places=(Place(str(changed)),),
            )
    return None


def _packages(named: object) -> Iterator[Path]:
    if isinstance(named, (list, tuple)):
        for each in named:
            yield from _packages(each)
    elif isinstance(named, (str, Path)) and named and Path(named).is_dir():
        place = Path(named)
        yield from (child for child in (place, *place.rglob("*")) if child.is_dir() and is_package(child))


def _changed(package: Package) -> Path | None:
    """Return the first file of a table that differs from what was noted."""
    for name in package.tables:
        files = package.paths(name)
        if len(files) == 1 and fingerprint(files[0]) != package.resource(name)["sha256"]:
            return files[0]
    return None
