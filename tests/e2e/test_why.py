"""``lohko why`` as people and scripts use it: on a file, on a package, on a terminal, through a pipe."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.conftest import Program


def test_two_rows_of_a_file_are_explained_in_lines_of_four_cells(lohko: Program, register: Path) -> None:
    done = lohko("why", "crm.csv", "1", "2")
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert {len(line) for line in lines} == {4}
    assert lines[0][:2] == ["row", "1"]
    kinds = {line[0] for line in lines}
    assert {"prior", "field", "household", "total", "probability", "blocking", "result"} <= kinds
    assert ["result", "", "together", ""] in lines
    assert "virtanen" not in done.stdout.decode().lower()


def test_json_holds_what_the_screen_shows_and_cells_only_when_asked(lohko: Program, register: Path) -> None:
    told = json.loads(lohko("why", "crm.csv", "3", "4", "--json").stdout)
    assert told["command"] == "why"
    assert told["together"] is False
    assert told["every_pair"] is True
    assert "values" not in told
    told = json.loads(lohko("why", "crm.csv", "3", "4", "--json", "--show-values").stdout)
    assert told["values"]["last_name"] == {"left": "Mäkelä", "right": "Mäkelä"}


def test_bars_are_drawn_where_a_screen_is_forced(lohko: Program, register: Path) -> None:
    wide = {"FORCE_COLOR": "1", "COLUMNS": "90", "PYTHONIOENCODING": "utf-8"}
    done = lohko("why", "crm.csv", "1", "2", env=wide)
    text = done.stdout.decode()
    assert "█" in text
    assert "one customer by their own evidence" in text
    assert "In the result they are one customer, 1" in text
    plain = lohko("why", "crm.csv", "1", "2", env=wide | {"PYTHONIOENCODING": "ascii"}).stdout
    assert plain.isascii()
    assert b"##" in plain


def test_a_package_after_dedupe_is_read_as_its_run_read_it(lohko: Program, register: Path) -> None:
    assert lohko("dedupe", "crm.csv", "-o", "out", "--threshold", "0.7").returncode == 0
    told = json.loads(lohko("why", "out", "1", "2", "--json").stdout)
    assert told["threshold"] == 0.7
    assert told["recorded"]["decision"] == "match"
    assert told["left"]["customer_id"] == told["right"]["customer_id"] == "1"


def test_a_row_that_is_not_there_ends_in_3_and_missing_words_in_2(lohko: Program, register: Path) -> None:
    done = lohko("why", "crm.csv", "1", "nobody")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"dedupe_no_such_row" in done.stderr
    assert lohko("why", "crm.csv", "1").returncode == 2
    assert lohko("why", "gone", "1", "2").returncode == 3
