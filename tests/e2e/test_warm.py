"""What the other tests rely on: the program run warm says, writes and leaves what the program started cold does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.e2e.conftest import Program

CALLS: list[tuple[str, ...]] = [
    ("--version",),
    ("ingest", "--help"),
    ("ingest", "customers=crm.csv", "transactions=orders.csv", "-o", "OUT"),
    ("postcodes", "crm.csv", "-o", "-"),
    ("show", "nowhere"),
    ("dedupe", "crm.csv"),
    ("explain", "no_such_code", "--json"),
]


@pytest.mark.parametrize("words", CALLS, ids=lambda words: words[0])
def test_a_warm_call_is_a_cold_one(lohko: Program, register: Path, words: tuple[str, ...]) -> None:
    ends = []
    for cold in (True, False):
        done = lohko(*(f"out{cold}" if word == "OUT" else word for word in words), cold=cold)
        said = re.sub(rb"\d+\.\d s|out(True|False)", b"", done.stderr)
        ends.append((done.returncode, done.stdout.replace(b"outTrue", b"").replace(b"outFalse", b""), said))
    assert ends[0] == ends[1]
    assert ends[0][1] or ends[0][2]


def test_nothing_stays_behind_in_the_parent(lohko: Program, register: Path, tmp_path: Path) -> None:
    assert lohko("postcodes", "-", "-o", "-", stdin=(register / "crm.csv").read_bytes()).returncode == 0
    (tmp_path / "elsewhere").mkdir()
    assert lohko("postcodes", "crm.csv", "-o", "-", cwd=tmp_path / "elsewhere").returncode == 3
    assert lohko("postcodes", "crm.csv", "-o", "-").returncode == 0
    assert lohko("postcodes", "-", "-o", "-").returncode == 3
