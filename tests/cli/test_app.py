"""Every command teaches: an example first, and the options all commands share."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from lohko import __version__
from lohko.matching.params import DedupeParams
from lohko_cli.app import build_app
from lohko_cli.options import command, from_params
from lohko_cli.view.errors import show_fault

RUNNER = CliRunner()
app = build_app()
COMMANDS = (
    "init", "run", "ingest", "clean", "postcodes", "dedupe", "consents", "value", "segment", "report", "compare", "why", "export",
    "show", "columns", "explain", "doctor",
)  # fmt: skip


def test_version() -> None:
    assert RUNNER.invoke(app, ["--version"]).stdout == f"lohko {__version__}\n"


def test_help_names_every_command_and_the_exit_codes() -> None:
    text = RUNNER.invoke(app, ["--help"]).stdout
    for name in COMMANDS:
        assert f" {name} " in text
    assert "Exit codes" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_help_starts_with_an_example(name: str) -> None:
    done = RUNNER.invoke(app, [name, "--help"])
    assert done.exit_code == 0
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    assert lines[1].startswith("Example: ")
    for option in ("--json", "--quiet", "--verbose", "--log-file"):
        assert option in done.stdout


@pytest.mark.parametrize(
    "name",
    ["ingest", "clean", "postcodes", "dedupe", "consents", "value", "segment", "run", "report", "compare", "export"],
)
def test_writing_commands_can_be_tried_and_forced(name: str) -> None:
    text = RUNNER.invoke(app, [name, "--help"]).stdout
    for option in ("--dry-run", "--force", "--wait"):
        assert option in text


def test_an_unknown_command_is_a_usage_error() -> None:
    done = RUNNER.invoke(app, ["dedup"])
    assert done.exit_code == 2
    assert "dedupe" in done.stderr


@pytest.mark.parametrize(("words", "undo"), [([], None), (["--undo"], True), (["--no-undo"], False)])
def test_a_switch_is_turned_on_off_or_left_to_the_configuration(words: list[str], undo: bool | None) -> None:
    own = typer.Typer()
    given: dict[str, Any] = {}
    own.command()(command(given.update, "Try.", {}, from_params(DedupeParams)))
    assert RUNNER.invoke(own, words).exit_code == 0
    assert given["undo"] is undo
    assert set(given) == {field.name for field in dataclasses.fields(DedupeParams)}


def test_help_shows_each_option_in_full() -> None:
    text = RUNNER.invoke(app, ["clean", "--help"], env={"COLUMNS": "80"}, terminal_width=80).stdout
    assert " --mobile-subscriptions " in text
    assert "…" not in text


def test_a_library_that_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    show_fault(ModuleNotFoundError("No module named 'snowballstemmer'", name="snowballstemmer"), [])
    said = capsys.readouterr().err
    assert "the library snowballstemmer is missing" in said
    assert "install lohko anew" in said
    show_fault(ModuleNotFoundError("No module named 'lohko.x'", name="lohko.x"), [])
    assert "missing" not in capsys.readouterr().err


def test_a_variable_that_nothing_reads_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOHKO_REPORT_LNAG", "fi")
    done = RUNNER.invoke(app, ["columns", "--json"])
    assert done.exit_code == 0
    assert done.stderr == "lohko: nothing reads the variable LOHKO_REPORT_LNAG; did you mean LOHKO_REPORT_LANG?\n"
    assert RUNNER.invoke(app, ["columns", "-q"]).stderr == ""
