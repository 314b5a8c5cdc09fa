"""The pages of reference say what the program says; `make reference` writes them anew."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from lohko.tables import tables
from lohko_cli.app import app

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    found = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["commands.md", "tables.md"])
def test_a_page_has_not_drifted(reference: ModuleType, name: str):
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == reference.PAGES[name](), "run `make reference`"


def test_every_command_and_table_is_told_and_helped(reference: ModuleType):
    told = reference.commands()
    for command in app.registered_commands:
        assert f"## lohko {command.name}\n\n**Example" in told
    assert all(f"## {name}\n" in reference.table_page() for name in tables())
    # an option without a word of help would stand as an empty cell
    assert " |  |" not in told
