"""The report on the terminal: all of it at any width, plain on a pipe, the same picture for the same report."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.core.views import fixtures

from lohko.views.report.build import build
from lohko.views.report.compose import document
from lohko.views.report.document import Figure, Table
from lohko.views.report.model import Report
from lohko.views.report.words import LANGUAGES
from lohko_cli.view.console import UNBOUNDED
from lohko_cli.view.report import picture, show


@pytest.fixture(scope="module")
def report() -> Report:
    return build(fixtures.tables(), fixtures.history(), fixtures.files(), fixtures.AS_OF)


def shown(report: Report, lang: str, width: int, *, terminal: bool = True, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="replace")
    console = Console(file=stream, width=width, force_terminal=terminal, color_system=None, markup=False)
    show(report, console, lang)
    stream.flush()
    return raw.getvalue().decode(encoding)


def numbers(report: Report, lang: str) -> list[str]:
    blocks = [block for section in document(report, lang).sections for block in section.blocks]
    tables = [
        block if isinstance(block, Table) else block.table for block in blocks if isinstance(block, Table | Figure)
    ]
    return [value.text for table in tables for row in table.rows for value in row if isinstance(value.raw, int | float)]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [40, 80, 120, 300])
def test_everything_is_shown_and_nothing_sticks_out(report: Report, lang: str, width: int):
    text = shown(report, lang, width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert "…" not in text
    assert all(number in text for number in numbers(report, lang))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_pipe_gets_plain_whole_lines(report: Report, lang: str):
    text = shown(report, lang, UNBOUNDED, terminal=False)
    made = document(report, lang)
    assert "\x1b" not in text
    assert "…" not in text
    assert all(section.lead in text for section in made.sections)
    assert all(line == line.rstrip() for line in text.splitlines())


def test_a_poor_terminal_gets_ascii(report: Report):
    text = shown(report, "en", 80, encoding="ascii")
    frame = [line for line in text.splitlines() if set(line) <= set("-#=+. ")]
    assert frame
    assert "#####" in text
    assert "?????" not in text


def test_empty_package_is_told_in_words():
    text = shown(build({}, [], {}, fixtures.AS_OF), "en", 80)
    assert text.count("Cannot tell yet") == 7
    assert "No targets have been set" in text


def test_the_picture_is_the_same_for_the_same_report(report: Report):
    svg = picture(document(report, "fi"), 100)
    assert svg.startswith("<svg")
    assert svg == picture(document(report, "fi"), 100)


def test_the_picture_asks_nothing_of_the_net(report: Report):
    links = set(re.findall(r"https?://[^\s\"')]+", picture(document(report, "en"), 100)))
    assert links <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
