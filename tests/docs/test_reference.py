"""The pages of reference say what the program says; `make reference` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs import reference

from lohko.tables import tables
from lohko_cli.app import build_app

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_page_has_not_drifted(name: str):
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == reference.PAGES[name](), "run `make reference`"


def test_every_command_and_table_is_told_and_helped():
    told = reference.commands()
    for command in build_app().registered_commands:
        assert f"## lohko {command.name}\n\n**Example" in told
    assert all(f"## {name}\n" in reference.table_page() for name in tables())
    # an option without a word of help would stand as an empty cell
    assert " |  |" not in told


def test_the_manual_page_has_every_command_and_nothing_that_roff_would_take_for_a_request():
    page = reference.PAGES["lohko.1"]()
    for command in build_app().registered_commands:
        assert f"\n.SS lohko {command.name}\n" in page
    lines = page.splitlines()
    assert {line.split()[0] for line in lines if line.startswith((".", "'"))} == {
        '.\\"',
        *[".TH", ".ad", ".nh", ".SH", ".SS", ".PP", ".TP", ".B", ".I"],
    }
    assert "" not in lines
    # a backslash begins a font, an escaped hyphen or backslash, or guards a line's first point, and nothing else
    assert not re.findall(r"\\(?!f[BIR]|-|e|&)", "\n".join(lines[1:]))
    assert all(line.count("\\fB") + line.count("\\fI") == line.count("\\fR") for line in lines)
