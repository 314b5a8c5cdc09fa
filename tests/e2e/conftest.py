"""The real program, as a shell would start it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import OWN
from tests.e2e.warm import Warm

Program = Callable[..., subprocess.CompletedProcess[bytes]]

CRM = """asiakasnumero;etunimi;sukunimi;sähköposti;puhelin;katuosoite;postinumero;postitoimipaikka;syntymäaika;sähköpostilupa
1;Aino;Virtanen;aino.virtanen@posti.example;040 123 4567;Mannerheimintie 5 A 3;00100;Helsinki;1.2.1980;kyllä
2;Aino;Virtanen;aino.virtanen@posti.example;+358401234567;Mannerheimintie 5 A 3;100;HELSINKI;1.2.1980;
3;Väinö;Mäkelä;vaino.makela@posti.example;050 555 1234;Hämeenkatu 1;33100;Tampere;12.12.1955;ei
4;Liisa;Mäkelä;liisa.makela@posti.example;050 555 9999;Hämeenkatu 1;33100;Tampere;3.4.1958;kyllä
"""
ORDERS = """asiakasnumero;pvm;summa;tuote
1;3.1.2026;12,50;lehti
2;4.2.2026;1 000,00;kirja
3;5.3.2026;-5,00;lehti
3;1.3.2026;20,00;lehti
;6.3.2026;7,00;lehti
"""


def environment(**more: str) -> dict[str, str]:
    """Return an environment without anything of the caller's that could colour or configure, nor what tests/conftest.py sets."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LOHKO_", "COV_"))}
    for name in ("FORCE_COLOR", "NO_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "CI", "POLARS_MAX_THREADS"):
        kept.pop(name, None)
    return {**kept, **more}


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """The program imported once by each worker; every call is a process of its own."""
    parent = Warm(environment())
    yield parent
    parent.close()


@pytest.fixture
def lohko(tmp_path: Path, warm: Warm) -> Program:
    """Run the program in the test's folder and return what it printed and its exit code.

    It is started cold, as a shell does, where `cold` says so and where the environment is the test's own, settings of lohko
    aside: locale, zone, threads and colours are settled while the program is imported. `bound`: it may write and read only
    what anybody could, also where root runs the tests. What is warm has one thread of polars, what is cold those of the machine.
    """

    def run(
        *words: str | Path,
        stdin: bytes = b"",
        env: dict[str, str] | None = None,
        bound: bool = False,
        cold: bool = False,
        cwd: Path = tmp_path,
    ) -> subprocess.CompletedProcess[bytes]:
        given = [str(word) for word in words]
        whole = environment(**(env or {}))
        if not cold and all(name.startswith("LOHKO_") for name in env or {}):
            return warm.run(given, cwd=cwd, stdin=stdin, env=whole | OWN, timeout=120, bound=bound)
        assert not bound
        return subprocess.run(
            [sys.executable, "-m", "lohko_cli", *given],
            cwd=cwd,
            input=stdin,
            capture_output=True,
            env=whole,
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """A folder with a small Finnish register in cp1252 and its orders."""
    (tmp_path / "crm.csv").write_bytes(CRM.encode("cp1252"))
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return tmp_path


def outcome_of(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-3000:])
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def cold(folder: Path, *words: str) -> dict[str, Any]:
    """Run the program as a shell does: with a hash seed of its own, and everything imported anew."""
    program = [sys.executable, "-m", "lohko_cli", *words, "--json"]
    return outcome_of(subprocess.run(program, cwd=folder, env=environment(), capture_output=True, check=False))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company's register: run by the first worker that needs it, copied by all."""
    own = tmp_path_factory.mktemp("sample")
    workers = "PYTEST_XDIST_WORKER" in os.environ
    shared = (tmp_path_factory.getbasetemp().parent if workers else tmp_path_factory.getbasetemp()) / "sample-run"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            shared.mkdir(exist_ok=True)
            cold(shared, "init", "register", "--sample")
            outcome = cold(shared, "run", "register", "--as-of", "2026-10-31")
            assert outcome["state"] == "done"
            (shared / "done").touch()
    shutil.copytree(shared / "register", own / "register")
    return own / "register"
