"""What stands in docs/cron.md is run as it stands there, with the folder's name changed."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.conftest import environment

from lohko.package.reading import Package

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cron.md").read_text(encoding="utf-8")
PLACE = "/srv/register"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder such as the page speaks of: files, a configuration, and lohko in a venv of its own."""
    folder = tmp_path_factory.mktemp("srv")
    bin_ = folder / ".venv" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "lohko").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lohko_cli "$@"\n')
    (bin_ / "lohko").chmod(0o755)
    people = [f"{n};Nimi{n};Suku{n};n{n}@posti.example;00100;kyllä" for n in range(120)]
    orders = [f"{n % 100};{n % 27 + 1}.{n % 9 + 1}.2026;{n % 40},50" for n in range(600)]
    head = "asiakasnumero;etunimi;sukunimi;sähköposti;postinumero;sähköpostilupa\n"
    (folder / "crm.csv").write_text(head + "\n".join(people), encoding="utf-8")
    (folder / "orders.csv").write_text("asiakasnumero;pvm;summa\n" + "\n".join(orders), encoding="utf-8")
    (folder / "lohko.toml").write_text('[sources]\ncustomers = "crm.csv"\ntransactions = "orders.csv"\n')
    (folder / "work").mkdir()
    return folder


def shell(command: str, cwd: Path, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    env = {**environment(PATH=path), "HOME": str(cwd)}
    return subprocess.run(
        ["bash", "-c", command], cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=300
    )


def states(log: Path) -> list[str]:
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [line["state"] for line in lines if line["event"] == "finished"]


def test_the_crontab_line_then_the_service_of_systemd(place: Path) -> None:
    (line,) = blocks("cron")
    schedule = re.fullmatch(r"((?:\S+\s+){5})(.*)\n", line)
    assert schedule is not None
    assert "%" not in schedule[2]  # cron would take it for a line end
    done = shell(schedule[2].replace(PLACE, str(place)), Path("/"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (place / "work" / "report.html").stat().st_size > 10_000
    assert "up_to_date" not in states(place / "run.jsonl")

    service, timer = (configparser.ConfigParser(interpolation=None, strict=True) for _ in range(2))
    for parser, text in zip((service, timer), blocks("ini"), strict=True):
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(text.replace(PLACE, str(place)))
    assert timer["Timer"]["OnCalendar"]
    assert timer["Install"]["WantedBy"] == "timers.target"
    words = shlex.split(service["Service"]["ExecStart"])
    ran = subprocess.run(
        words,
        cwd=service["Service"]["WorkingDirectory"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
    assert set(states(place / "run.jsonl")[-5:]) == {"up_to_date"}


def test_the_scripts(place: Path, tmp_path: Path) -> None:
    chain, append, pipe = blocks("sh")
    for name in ("crm.csv", "orders.csv"):
        (tmp_path / name).write_bytes((place / name).read_bytes())
    (tmp_path / "work").mkdir()
    script = tmp_path / "night.sh"
    script.write_text(chain)
    script.chmod(0o755)
    path = f"{place / '.venv' / 'bin'}{os.pathsep}/usr/bin:/bin"
    done = shell(str(script), Path("/"), path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Package.open(tmp_path / "work" / "segment").rows("segments") == 120

    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "may.csv").write_text("asiakasnumero;pvm;summa\n1;13.5.2026;5,00\n", encoding="utf-8")
    for _ in range(2):
        done = shell(append, tmp_path, path)
        assert done.returncode == 0, done.stderr
        assert Package.open(tmp_path / "work" / "ingest").rows("transactions") == 601

    done = shell(pipe, tmp_path, path)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "clean.csv").read_text(encoding="utf-8").splitlines()) == 121
    (tmp_path / "crm.csv").unlink()
    assert shell(pipe, tmp_path, path).returncode == 3  # of the first, though the last would have had the last word
