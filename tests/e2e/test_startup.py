"""What is felt at every use: help and version are quick because nothing heavy is imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"polars", "sklearn", "scipy", "numpy", "pandas", "jinja2", "rapidfuzz", "phonenumbers", "babel", "xlsxwriter"}


def imported_by(*words: str) -> set[str]:
    """Return the top-level modules that a call of the program imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "lohko_cli", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("dedupe", "--help"), ("explain", "usage")])
def test_nothing_heavy_is_imported(words: tuple[str, ...]) -> None:
    found = imported_by(*words)
    assert "typer" in found
    assert found & HEAVY == set()
