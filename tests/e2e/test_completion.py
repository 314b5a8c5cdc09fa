"""What a shell is told when it asks the real program to complete a word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.conftest import environment

ASKED = {
    "bash": {"_LOHKO_COMPLETE": "complete_bash", "COMP_WORDS": "lohko rep", "COMP_CWORD": "1"},
    "zsh": {"_LOHKO_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "lohko rep"},
    "fish": {
        "_LOHKO_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": "lohko rep",
    },
}


@pytest.mark.parametrize("shell", ASKED)
def test_each_shell_is_told_one_command_in_one_line(shell: str) -> None:
    program = Path(sys.executable).with_name("lohko")
    asked = environment() | ASKED[shell]
    told = subprocess.run([program], env=asked, capture_output=True, text=True, check=False)
    assert told.stderr == ""
    (line,) = told.stdout.splitlines()
    assert "report" in line


def test_values_that_are_words_of_a_list_are_completed() -> None:
    program = Path(sys.executable).with_name("lohko")
    asked = {"_LOHKO_COMPLETE": "complete_bash", "COMP_WORDS": "lohko export --channel p", "COMP_CWORD": "3"}
    told = subprocess.run([program], env=environment() | asked, capture_output=True, text=True, check=False)
    assert told.stdout.split() == ["phone", "post", "push"]
