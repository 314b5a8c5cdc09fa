"""Where a command may write: never over its input, never over what is somebody else's, unless forced."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from lohko.errors import OutputRefused, UsageFault
from lohko.package.files import FOLDER_MODE, check_folder, is_ours, leftovers, neighbour, refusing, remove
from lohko.package.writing import check_target
from lohko.reading.sources import check_name

SINGLE = (".csv", ".parquet")


def check_output(
    source: Path | None, output: Path | None, *, single: bool, force: bool, handed: Collection[Path] = ()
) -> None:
    """Refuse an output that is the input or holds it, that is somebody else's, or whose folder cannot be made; see ``check_target``."""
    if output is None:
        return
    if source is not None:
        check_apart(source, output)
    if single:
        check_file(output, force=force)
    else:
        check_target(output, force=force, handed=handed)


def check_apart(source: Path, output: Path) -> None:
    """Refuse an output that is the input, lies in it, or contains it: replacing it would take the input along.

    Raises
    ------
    OutputRefused
        ``output_is_input``, whether forced or not.
    """
    left, right = source.resolve(), output.resolve()
    if left == right:
        raise OutputRefused("output_is_input", f"{output} is both the input and the output")
    if left.is_relative_to(right):
        raise OutputRefused("output_is_input", f"the input {source} lies inside the output {output}")
    if source.is_dir() and right.is_relative_to(left):
        raise OutputRefused("output_is_input", f"the output {output} lies inside the input {source}")


def check_file(output: Path, *, force: bool) -> None:
    """Refuse a file that exists and is not as lohko wrote it, unless forced."""
    if output.is_dir():
        raise OutputRefused("output_exists", f"{output} is a folder", hint="name a file, or a folder for a package")
    if output.exists() and not output.is_file():
        raise OutputRefused("output_refused", f"{output} is not a file", hint="use -o - for standard output")
    if output.exists() and not force and not is_ours(output):
        raise OutputRefused("output_exists", f"{output} exists and was not written by lohko, or was changed since")
    check_folder(output)


@contextmanager
def scratch_folder(output: Path | None) -> Iterator[Path]:
    """Make a folder for intermediate files and remove it afterwards.

    With an output it lies beside it (the same disk, so that finished files can be linked) under a fixed name, so that
    whoever holds the output's lock next finds what a killed run left. Without one it is a random temporary folder.
    """
    with refusing(output or Path("-")):
        if output is None:
            path = Path(tempfile.mkdtemp(prefix="lohko-"))
        else:
            path = neighbour(output, "scratch")
            remove(path)
            path.mkdir(mode=FOLDER_MODE)
    leftovers.add(path)
    try:
        yield path
    finally:
        remove(path)


def as_path(word: str | None) -> Path | None:
    """Return the path a word names; ``-`` is None."""
    if word is None or word == "-":
        return None
    if not word:
        raise UsageFault("usage", "a path is empty")
    check_name(word)
    path = Path(word)
    # what a link points to is meant, not the link; and "." has no name to put neighbours beside
    return path.resolve() if path.is_symlink() or path.name in {"", ".."} else path
