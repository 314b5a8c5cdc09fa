"""Every command in the README is run as it stands there, on the sample and on small files of the names it uses.

What makes everything ready (make, pip, pytest) is CI's to run; a block of another kind fails here until somebody decides who runs it.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.conftest import CRM, environment

pytestmark = pytest.mark.slow

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
OF_CI = ("make ", "python3 -m venv", ".venv/bin/pip ", ".venv/bin/python -m pytest", "pipx ")


@pytest.fixture(scope="module")
def stranger(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the README's reader has it: lohko in .venv, the sample, and files of their own."""
    folder = tmp_path_factory.mktemp("stranger")
    program = folder / ".venv" / "bin" / "lohko"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lohko_cli "$@"\n')
    program.chmod(0o755)
    (folder / "sample_data").symlink_to(sample)
    orders = "".join(f"{n % 4 + 1};{n % 27 + 1}.{n % 9 + 1}.2026;{n % 40},50\n" for n in range(60))
    visits = "".join(f"{n % 4 + 1};{n % 27 + 1}.{n % 9 + 1}.2026 12:00;{n % 5}\n" for n in range(60))
    (folder / "crm.csv").write_text(CRM, encoding="utf-8")
    (folder / "orders.csv.gz").write_bytes(gzip.compress(f"asiakasnumero;pvm;summa\n{orders}".encode()))
    (folder / "visits.csv.gz").write_bytes(gzip.compress(f"asiakasnumero;aika;sivuja\n{visits}".encode()))
    (folder / "orders-may.csv").write_text("asiakasnumero;pvm;summa\n1;3.5.2026;5,00\n", encoding="utf-8")
    return folder


def test_every_command_of_the_readme_runs(stranger: Path) -> None:
    path = f"{stranger / '.venv' / 'bin'}:/usr/bin:/bin"
    ran = 0
    for block in BLOCKS:
        lines = [line for line in block.splitlines() if line and not line.startswith(OF_CI)]
        for line in lines:
            if line.startswith("lohko run my-register"):  # whose lohko.toml names a file that the reader puts there
                (stranger / "my-register" / "customers.csv").write_text(CRM, encoding="utf-8")
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-c", line],
                cwd=stranger, env=environment(PATH=path), capture_output=True, text=True, check=False, timeout=300,
            )  # fmt: skip
            assert done.returncode == 0, (line, done.stdout[-2000:], done.stderr[-2000:])
            ran += 1
    assert ran >= 15
    for page, title in (("report-fi.html", "Asiakasarvoraportti"), ("dashboard-fi.html", "Asiakasmittaristo")):
        assert title in (stranger / page).read_text(encoding="utf-8")


def test_every_file_that_the_readme_points_to_is_there() -> None:
    places = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(places) > 20
    assert [place for place in places if not (Path(__file__).resolve().parents[2] / place).exists()] == []
