"""Consoles: colour where it is wanted, plain text where nobody looks at a screen."""

from __future__ import annotations

import io
import sys

import pytest
from rich.text import Text

from lohko_cli.view.console import UNBOUNDED, make_console


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def written(monkeypatch, stream: io.StringIO, *, stderr: bool = False) -> str:
    monkeypatch.setattr(sys, "stderr" if stderr else "stdout", stream)
    make_console(stderr).print(Text("red", style="bold red"))
    return stream.getvalue()


def test_colour_on_a_terminal(monkeypatch):
    assert "\x1b[" in written(monkeypatch, Screen())


@pytest.mark.parametrize("stderr", [False, True])
def test_plain_and_wide_elsewhere(monkeypatch, stderr):
    stream = io.StringIO()
    assert written(monkeypatch, stream, stderr=stderr) == "red\n"
    assert make_console(stderr).width == UNBOUNDED


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_turned_off(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert written(monkeypatch, Screen()) == "red\n"


def test_colour_can_be_forced(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in written(monkeypatch, io.StringIO())


def test_no_colour_wins_over_forced(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    assert written(monkeypatch, io.StringIO()) == "red\n"


def test_a_poor_encoding_ends_nothing(monkeypatch):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    make_console(False).print(Text("sähköposti"))
    stream.flush()
    assert raw.getvalue() == b"s?hk?posti\n"
