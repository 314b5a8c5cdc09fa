"""What a shell is told when it asks the real program to complete a word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.conftest import Program, environment

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


def test_a_shell_that_is_named_gets_its_own_script(lohko: Program, tmp_path: Path) -> None:
    scripts = [lohko("--show-completion", shell).stdout for shell in ("bash", "zsh", "fish")]
    assert [
        marked in script
        for marked, script in zip((b"COMP_WORDS", b"#compdef lohko", b"complete --command lohko"), scripts, strict=True)
    ] == [True] * 3
    assert lohko("--show-completion=zsh").stdout == scripts[1]
    wrong = lohko("--show-completion", "tcsh")
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert b"bash, zsh, fish" in wrong.stderr
    done = lohko("--install-completion", "fish", env={"HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".config/fish/completions/lohko.fish").read_bytes().strip() == scripts[2].strip()
