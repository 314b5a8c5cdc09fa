"""``lohko init``: an annotated ``lohko.toml``, and the sample data where asked for."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import lohko
from lohko.errors import OutputRefused, ToolFault
from lohko.outcome import Finding
from lohko.package.files import FOLDER_MODE, refusing, write_file
from lohko.running.outcome import Outcome
from lohko.running.settings import FILE

_LEFT_OUT = {".py", ".pyc"}


def sample_folder() -> Path:
    """Return where the sample data lies: in the installed package, or beside the sources in a checkout.

    Raises
    ------
    ToolFault
        It is in neither place.
    """
    package = Path(lohko.__file__).parent
    for folder in (package / "sample_data", package.parent.parent / "sample_data"):
        if (folder / FILE).is_file():
            return folder
    raise ToolFault("internal", "the sample data is missing from this installation")


def start(folder: Path, *, sample: bool, force: bool, dry_run: bool) -> Outcome:
    """Write ``lohko.toml`` (and the sample files) into a folder.

    Raises
    ------
    OutputRefused
        A file of that name is there and is not as lohko wrote it.
    """
    if sample:
        source = sample_folder()
        files = {
            path.name: path
            for path in sorted(source.iterdir())
            if path.is_file() and path.suffix not in _LEFT_OUT and not path.name.startswith(".")
        }
        content = {name: path.read_bytes() for name, path in files.items()}
    else:
        template = resources.files("lohko.running").joinpath("lohko.toml")
        content = {FILE: template.read_bytes()}
    if folder.exists() and not folder.is_dir():
        raise OutputRefused("output_exists", f"{folder} is a file, not a folder")
    there = [name for name in content if (folder / name).exists()]
    if there and not force:
        raise OutputRefused(
            "output_exists", f"{folder} holds {there[0]} already", hint="choose another folder, or --force"
        )
    if not dry_run:
        with refusing(folder):
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        for name, data in content.items():
            write_file(folder / name, data)
    finding = Finding(
        "started", {"count": len(content), "next": f"lohko run {folder}" if sample else f"edit {folder / FILE}"}
    )
    return Outcome(
        "init", "dry_run" if dry_run else "done", str(folder), findings=(finding,), figures={"files": list(content)}
    )
