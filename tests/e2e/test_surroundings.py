"""Two runs at once, disks that are full or closed, streams that are gone, other locales and zones: the real program."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.e2e.conftest import CRM, environment

from lohko.package.lock import lock
from lohko.package.reading import Package


def ingest(lohko, out: str = "in", *more: str, env: dict[str, str] | None = None):
    return lohko("ingest", "customers=crm.csv", "transactions=orders.csv", "-o", out, *more, env=env)


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start the program in a process that tells when it holds its lock, and waits for a word before it goes on."""
    script = (
        "import sys; import lohko.running.ingesting as i\n"
        "real = i.ingest\n"
        "def slow(*a, **k):\n    print('begun', flush=True); sys.stdin.readline(); return real(*a, **k)\n"
        "i.ingest = slow\n"
        f"sys.argv = ['lohko', *{list(words)!r}]\n"
        "from lohko_cli.app import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    return process


def test_of_two_runs_one_wins_and_the_other_is_5_or_waits(lohko, register) -> None:
    first = start(register, "ingest", "customers=crm.csv", "-o", "in", "-q")
    refused = ingest(lohko, "in", "--json")
    assert refused.returncode == 5
    assert json.loads(refused.stdout)["error"]["code"] == "locked"
    assert not (register / "in").exists()
    impatient = ingest(lohko, "in", "--wait", "0.3", "-q")
    assert impatient.returncode == 5
    waiting = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "lohko_cli",
            "ingest",
            "customers=crm.csv",
            "transactions=orders.csv",
            "-o",
            "in",
            "--wait",
            "60",
        ],
        cwd=register,
        env=environment(),
        stderr=subprocess.PIPE,
    )
    time.sleep(0.5)
    assert first.communicate(b"\n", timeout=60)[1] == b""
    assert first.returncode == 0
    assert waiting.communicate(timeout=60)[1]
    assert waiting.returncode == 0
    assert set(Package.open(register / "in").tables) >= {"customers", "transactions"}  # the one that waited came last
    assert not list(register.glob(".in.lohko-*"))


def test_a_run_that_was_killed_frees_its_lock(lohko, register) -> None:
    first = start(register, "ingest", "customers=crm.csv", "-o", "in", "-q")
    first.kill()
    first.communicate()
    assert ingest(lohko, "in").returncode == 0
    assert not list(register.glob(".in.lohko-*"))


# Python would cut the compiled modules that it keeps, too, without a word.
LIMITED = (
    "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); sys.dont_write_bytecode = True;"
    "resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
    "sys.argv = ['lohko', *{words!r}];"
    "from lohko_cli.app import main; main()"
)


@pytest.mark.parametrize(
    ("words", "size"),
    [
        (["ingest", "transactions=more.csv", "--append", "in", "-q"], 2000),
        (["postcodes", "in", "-o", "out", "-q"], 3000),
        (["postcodes", "crm.csv", "-o", "fixed.csv", "-q"], 200),
        (["ingest", "crm.csv", "--write-mapping", "map.toml", "-q"], 50),
    ],
)
def test_a_full_disk_is_4_at_every_command(lohko, register, words, size) -> None:
    assert ingest(lohko).returncode == 0
    (register / "more.csv").write_text("asiakasnumero;pvm;summa\n" + "1;13.5.2026;1,00\n" * 5000, encoding="utf-8")
    before = {p: p.read_bytes() for p in register.rglob("*") if p.is_file()}
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(size=size, words=words)], cwd=register, capture_output=True, check=False
    )
    assert done.returncode == 4, done.stderr
    assert b"error[output_refused]" in done.stderr
    assert {p: p.read_bytes() for p in register.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    "words", [["--append", "closed/in"], ["-o", "closed/out"], ["--write-mapping", "closed/map.toml"]]
)
def test_a_read_only_folder_is_4(lohko, register, words) -> None:
    (register / "closed").mkdir()
    assert ingest(lohko, "closed/in").returncode == 0
    (register / "closed").chmod(0o500)
    done = lohko("ingest", "crm.csv", *words, bound=True)
    (register / "closed").chmod(0o700)
    assert done.returncode == 4, done.stderr
    assert b"no permission" in done.stderr


@pytest.mark.parametrize("closed", ["stdout", "stderr", "both"])
def test_streams_that_are_closed_do_not_fail_a_run(register, closed) -> None:
    ends = {"stdout": ">&-", "stderr": "2>&-", "both": ">&- 2>&-"}[closed]
    command = f'"{sys.executable}" -m lohko_cli ingest customers=crm.csv -o in {ends}'
    done = subprocess.run(["bash", "-c", command], cwd=register, env=environment(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert Package.open(register / "in").rows("customers") == 4


def test_results_for_a_closed_stdout_are_no_success(lohko, register) -> None:
    assert ingest(lohko).returncode == 0
    command = f'"{sys.executable}" -m lohko_cli show in customers --csv >&-'
    done = subprocess.run(["bash", "-c", command], cwd=register, env=environment(), capture_output=True, check=False)
    assert done.returncode not in {0, 1}


def test_results_for_a_full_stdout_are_no_success(lohko, register) -> None:
    assert ingest(lohko).returncode == 0
    for words in ("show in customers --csv", "postcodes crm.csv -o - -q"):
        command = f'"{sys.executable}" -m lohko_cli {words} > /dev/full'
        done = subprocess.run(
            ["bash", "-c", command], cwd=register, env=environment(), capture_output=True, check=False
        )
        assert done.returncode == 4, (words, done.returncode, done.stderr)


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        pytest.param({"LC_ALL": "tr_TR.UTF-8"}, marks=pytest.mark.slow),
        pytest.param({"TZ": "America/St_Johns"}, marks=pytest.mark.slow),
        {"TZ": "nonsense"},
        pytest.param({"COLUMNS": "20"}, marks=pytest.mark.slow),
    ],
)
def test_words_and_results_are_the_same_in_every_locale_and_zone(lohko, register, env) -> None:
    one = ingest(lohko, "a")
    two = ingest(lohko, "b", env=env)
    assert two.returncode == 0, two.stderr
    assert Package.open(register / "a").fingerprint == Package.open(register / "b").fingerprint
    if "LC_ALL" not in env:
        shown = [done.stderr.split(b"\n", 1)[1] for done in (one, two)]
        assert shown[0] == shown[1]
    csv = [lohko("show", name, "customers", "--csv", env=more).stdout for name, more in (("a", None), ("b", env))]
    assert csv[0] == csv[1]
    assert "Mäkelä".encode() in csv[1]


@pytest.mark.parametrize(
    "words",
    [("dedup",), ("dedupe", "--threshold", "high", "x"), ("run", "--land"), ("columns", "a", "b"), ("report", "x", "--lang"),
     ("show", "x", "--rows", "-1"), ("dedupe", "in", "-o", "out", "--threshold", "2"), ("ingest",)],
)  # fmt: skip
def test_wrong_words_have_the_one_shape_of_errors(lohko, register, words) -> None:
    done = lohko(*words)
    lines = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout) == (2, b"")
    assert lines[0].startswith("error[")
    assert lines[-2].startswith("  = help: ")
    assert lines[-1].startswith("  = see: lohko explain ")
    done = lohko(*words, "--json")
    content = json.loads(done.stdout)
    assert (done.returncode, content["exit_code"], done.stderr) == (2, 2, b"")
    assert content["error"]["code"] in {"usage", "option_value"}
    assert content["error"]["hint"]


def test_values_are_shown_on_request_alone(lohko, register) -> None:
    (register / "spoilt.csv").write_text("asiakasnumero;pvm;summa\n1,23E+11;13.3.2026;1\n", encoding="utf-8")
    words = ("ingest", "transactions=spoilt.csv", "-o", "out")
    assert b"1,23E+11" not in lohko(*words).stderr
    assert b"= value: '1,23E+11'" in lohko(*words, "--show-values").stderr
    assert "values" not in json.loads(lohko(*words, "--json").stdout)["error"]
    assert json.loads(lohko(*words, "--json", "--show-values").stdout)["error"]["values"] == ["1,23E+11"]
    assert b"1,23E+11" not in lohko(*words, "--log-file", "log.jsonl", "--show-values").stdout
    assert "1,23E+11" not in (register / "log.jsonl").read_text()


def test_many_places_are_five_and_a_count(lohko, register) -> None:
    rows = "".join(f"{n},23E+11;13.3.2026;1\n" for n in range(1, 9))
    (register / "spoilt.csv").write_text(f"asiakasnumero;pvm;summa\n{rows}", encoding="utf-8")
    shown = lohko("ingest", "transactions=spoilt.csv", "-o", "out").stderr.decode()
    assert shown.count("  --> spoilt.csv:") == 5
    assert "and 3 more" in shown


def test_a_mapping_is_drafted_mended_and_given_back(lohko, register) -> None:
    text = CRM.replace("etunimi", "kutsumanimitys")
    (register / "crm.csv").write_bytes(text.encode("cp1252"))
    assert lohko("ingest", "customers=crm.csv", "--write-mapping", "map.toml").returncode == 0
    assert not (register / "in").exists()
    draft = (register / "map.toml").read_text(encoding="utf-8")
    assert '"kutsumanimitys"' in draft
    (register / "map.toml").write_text(
        draft.replace("[mapping.customers]", '[mapping.customers]\nfirst_name = "kutsumanimitys"')
    )
    assert lohko("ingest", "customers=crm.csv", "--mapping", "map.toml", "-o", "in").returncode == 0
    assert Package.open(register / "in").scan("customers").collect()["first_name"][0] == "Aino"
    assert (
        lohko("ingest", "customers=crm.csv", "--write-mapping", "map.toml").returncode == 4
    )  # mended by hand: not ours
    with lock(register / "in"):
        assert lohko("ingest", "customers=crm.csv", "--append", "in").returncode == 5
