"""Exit codes, streams and messages of the real program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lohko.package.files import neighbour
from lohko.package.lock import lock
from lohko.package.reading import Package


def ingest(lohko, register: Path, out: str = "in", *more: str):
    return lohko("ingest", "customers=crm.csv", "transactions=orders.csv", "-o", out, *more)


def test_done_is_0_and_words_go_to_stderr(lohko, register) -> None:
    done = ingest(lohko, register)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
    assert b"customers" in done.stderr
    package = Package.open(register / "in")
    assert package.rows("customers") == 4
    assert package.rows("transactions") == 4
    assert b"no_customer" in (register / "in" / "rejects.csv").read_bytes()


def test_quiet_is_quiet(lohko, register) -> None:
    done = ingest(lohko, register, "in", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_json_is_one_object_and_nothing_else(lohko, register) -> None:
    done = ingest(lohko, register, "in", "--json")
    content = json.loads(done.stdout)
    assert content["command"] == "ingest"
    assert content["exit_code"] == 0
    account = content["accounting"]["transactions"]
    assert (account["rows_in"], account["rows_out"], account["rejected"]) == (5, 4, 1)
    assert done.stderr == b""


def test_a_gate_is_1_and_the_result_stands(lohko, register) -> None:
    (register / "orders.csv").write_text("asiakasnumero;pvm;summa\n1;31.2.2026;5,00\n1;3.1.2026;5,00\n")
    done = ingest(lohko, register, "in", "--max-rejects", "0")
    assert done.returncode == 1, done.stderr
    assert Package.open(register / "in").rows("transactions") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("dedup",),
        ("dedupe", "in"),
        ("dedupe", "in", "-o", "out", "--threshold", "2"),
        ("dedupe", "in", "-o", "out", "--threshold", "high"),
        ("ingest", "crm.csv"),
        ("ingest", "custmers=crm.csv", "-o", "out"),
        ("value", "in", "-o", "out", "--as-of", "31.12.2026"),
        ("report", "in", "-o", "report.docx"),
        ("run",),
        ("show", "in", "--csv"),
    ],
)
def test_wrong_words_are_2(lohko, register, words) -> None:
    done = lohko(*words)
    assert done.returncode == 2, done.stderr
    assert done.stdout == b""
    assert done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("dedupe", "nothing", "-o", "out"),
        ("dedupe", "empty.csv", "-o", "out"),
        ("ingest", "nothing.csv", "-o", "out"),
        ("report", "nothing"),
        ("show", "crm.csv"),
        ("explain", "nonsense"),
        ("columns", "nonsense"),
    ],
)
def test_unusable_input_is_3_and_nothing_is_written(lohko, register, words) -> None:
    (register / "empty.csv").write_bytes(b"")
    before = sorted(register.rglob("*"))
    done = lohko(*words)
    assert done.returncode == 3, done.stderr
    assert b"error[" in done.stderr
    assert b"help:" in done.stderr
    assert sorted(register.rglob("*")) == before


def test_a_foreign_output_is_4_and_untouched_unless_forced(lohko, register) -> None:
    (register / "out").mkdir()
    (register / "out" / "thesis.txt").write_text("years of work")
    done = ingest(lohko, register, "out")
    assert done.returncode == 4
    assert (register / "out" / "thesis.txt").read_text() == "years of work"
    assert ingest(lohko, register, "out", "--force").returncode == 0
    assert not (register / "out" / "thesis.txt").exists()


def test_a_foreign_file_is_4_and_our_own_is_replaced(lohko, register) -> None:
    out = register / "fixed.csv"
    out.write_text("theirs")
    words = ("postcodes", "crm.csv", "-o", "fixed.csv")
    assert lohko(*words).returncode == 4
    assert out.read_text() == "theirs"
    out.unlink()
    assert lohko(*words).returncode == 0
    assert lohko(*words).returncode == 0
    with out.open("a") as handle:
        handle.write("an answer somebody typed in\n")
    assert lohko(*words).returncode == 4


def test_no_permission_is_4(lohko, register) -> None:
    (register / "closed").mkdir(mode=0o500)
    done = lohko("ingest", "customers=crm.csv", "-o", "closed/in", bound=True)
    assert done.returncode == 4, done.stderr
    assert b"no permission" in done.stderr
    assert not list((register / "closed").iterdir())


def test_an_unreadable_input_is_3(lohko, register) -> None:
    (register / "crm.csv").chmod(0o000)
    done = lohko("ingest", "customers=crm.csv", "-o", "in", bound=True)
    assert done.returncode == 3, done.stderr
    assert not (register / "in").exists()


@pytest.mark.parametrize("closed", ["in", "in/datapackage.json", "in/customers.parquet"])
def test_a_package_of_another_user_is_3(lohko, register, closed) -> None:
    ingest(lohko, register, "in")
    (register / closed).chmod(0o000)
    done = lohko("postcodes", "in", "-o", "out", bound=True)
    (register / closed).chmod(0o700)
    assert done.returncode == 3, done.stderr
    assert b"no permission" in done.stderr


def test_a_name_that_is_no_utf8_is_2(lohko, register) -> None:
    name = os.fsdecode("kirjat\xe4\xe4.csv".encode("latin-1"))
    (register / "crm.csv").rename(register / name)
    for words in (
        ("ingest", f"customers={name}", "-o", "in"),
        ("ingest", "customers=kir*.csv", "-o", "in"),
        ("health", name),
    ):
        done = lohko(*words)
        assert done.returncode == 2, done.stderr
        assert b"error[name_not_utf8]" in done.stderr


def test_a_full_disk_is_4_and_the_old_result_stands(lohko, register) -> None:
    assert ingest(lohko, register).returncode == 0
    before = Package.open(register / "in").fingerprint
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); sys.dont_write_bytecode = True;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200));"
        "sys.argv = ['lohko', 'ingest', 'customers=crm.csv', '-o', 'in', '-q'];"
        "from lohko_cli.app import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=register, capture_output=True, check=False)
    assert done.returncode == 4, done.stderr
    assert Package.open(register / "in").fingerprint == before


def test_a_held_lock_is_5(lohko, register) -> None:
    with lock(register / "in"):
        done = ingest(lohko, register)
    assert done.returncode == 5
    assert b"--wait" in done.stderr
    assert ingest(lohko, register).returncode == 0


def test_csv_and_json_are_not_asked_for_together(lohko, register) -> None:
    done = lohko("show", "in", "customers", "--csv", "--json")
    assert done.returncode == json.loads(done.stdout)["exit_code"] == 2


def test_errors_are_json_where_asked(lohko, register) -> None:
    done = lohko("dedupe", "nothing", "-o", "out", "--json")
    content = json.loads(done.stdout)
    assert done.returncode == content["exit_code"] == 3
    assert content["error"]["code"] == "input_missing"


def test_a_fault_is_70_without_a_trace_or_a_customer(tmp_path) -> None:
    code = (
        "import sys; import lohko.running.doctor as d\n"
        "def broken(): raise RuntimeError('Liisa Virtanen 010190-123X')\n"
        "d.examine = broken\n"
        "sys.argv = ['lohko', 'doctor']\n"
        "from lohko_cli.app import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 70
    assert b"Virtanen" not in done.stderr + done.stdout
    assert b"Traceback" not in done.stderr


def test_a_closed_pipe_is_141(lohko, register) -> None:
    lines = ["asiakasnumero;etunimi;postinumero"] + [f"{n};Nimi{n};00100" for n in range(200_000)]
    (register / "big.csv").write_text("\n".join(lines))
    script = f'"{sys.executable}" -m lohko_cli postcodes big.csv -o - -q | head -1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", script], cwd=register, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("customer_id,")
    assert lines[-1] == "141"
    assert done.stderr == ""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_end_it_cleanly(register, number, code) -> None:
    script = (
        "import sys, time; import lohko.running.ingesting as i\n"
        "def slow(*a, **k):\n    print('begun', flush=True); time.sleep(60)\n"
        "i.ingest = slow\n"
        "sys.argv = ['lohko', 'ingest', 'customers=crm.csv', '-o', 'in']\n"
        "from lohko_cli.app import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=register, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(timeout=20) == code
        assert time.monotonic() - began < 20
    left = {path.name for path in register.iterdir()}
    assert left <= {"crm.csv", "orders.csv", neighbour(register / "in", "lock").name}


def test_the_log_holds_counts_and_codes_but_no_cell(lohko, register) -> None:
    assert ingest(lohko, register, "in", "--log-file", "log.jsonl").returncode == 0
    lohko("dedupe", "nothing", "-o", "out", "--log-file", "log.jsonl")
    lines = [json.loads(line) for line in (register / "log.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["started", "finished", "started", "failed"]
    text = (register / "log.jsonl").read_text()
    for cell in ("Virtanen", "posti.example", "Mannerheimintie", "00100"):
        assert cell not in text
    assert lines[1]["accounting"]["customers"]["rows_out"] == 4
    assert (register / "log.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("env", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}, {"TZ": "Pacific/Kiritimati"}])
def test_locale_and_zone_of_the_machine_do_not_matter(lohko, register, env) -> None:
    assert ingest(lohko, register, "a").returncode == 0
    done = lohko("ingest", "customers=crm.csv", "transactions=orders.csv", "-o", "b", env=env)
    assert done.returncode == 0, done.stderr
    assert Package.open(register / "a").fingerprint == Package.open(register / "b").fingerprint


def test_dry_run_writes_nothing(lohko, register) -> None:
    before = sorted(register.iterdir())
    assert ingest(lohko, register, "in", "--dry-run").returncode == 0
    assert lohko("postcodes", "crm.csv", "-o", "out", "--dry-run").returncode == 0
    assert sorted(register.iterdir()) == before


def test_rows_that_cannot_be_read_are_not_lost_in_a_pipe(lohko, register) -> None:
    data = (register / "crm.csv").read_bytes() + b"5;too;short\n"
    done = lohko("postcodes", "-", "-o", "-", stdin=data)
    assert done.returncode == 3
    assert done.stdout == b""
    assert b"--rejects" in done.stderr
    done = lohko("postcodes", "-", "-o", "-", "--rejects", "aside.csv", stdin=data)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 5
    assert b"too;short" in (register / "aside.csv").read_bytes()


def test_the_pipe_of_the_readme(lohko, register) -> None:
    python = f'"{sys.executable}" -m lohko_cli'
    script = f"set -euo pipefail; cat crm.csv | {python} postcodes - -o - | {python} dedupe - -o - > out.csv"
    done = subprocess.run(["bash", "-c", script], cwd=register, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = (register / "out.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4  # a header, and three customers: rows 1 and 2 are one
    assert "00100" in lines[1]
    assert sum("Mäkelä" in line for line in lines) == 2


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_large_table_goes_whole_through_a_pipe(lohko, register, unbuffered) -> None:
    lines = ["asiakasnumero;etunimi;postinumero"] + [f"{n};Nimi{n};00100" for n in range(20_000)]
    done = lohko(
        "postcodes", "-", "-o", "-", "-q", stdin="\n".join(lines).encode(), env={"PYTHONUNBUFFERED": unbuffered}
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 20_001


def test_conclusions_about_customers_who_were_merged_are_left_out(lohko, register) -> None:
    assert ingest(lohko, register).returncode == 0
    assert lohko("consents", "in", "-o", "permitted").returncode == 0
    done = lohko("dedupe", "permitted", "-o", "merged")
    assert done.returncode == 0, done.stderr
    package = Package.open(register / "merged")
    assert "permissions" not in package.tables
    account = package.record["accounting"]["permissions"]
    assert account["rows_in"] == account["dropped"] == 28
    assert b"permissions was left out" in done.stderr


def test_a_file_named_twice_is_refused_and_copies_are_told(lohko, register) -> None:
    assert lohko("ingest", "transactions=orders.csv", "transactions=./orders.csv", "-o", "in").returncode == 2
    (register / "copy.csv").write_bytes((register / "orders.csv").read_bytes())
    done = lohko("ingest", "transactions=orders.csv", "transactions=copy.csv", "-o", "in")
    assert done.returncode == 0, done.stderr
    assert b"hold the same bytes" in done.stderr


def test_a_header_alone_is_told(lohko, register) -> None:
    (register / "crm.csv").write_text("asiakasnumero;etunimi\n")
    done = lohko("ingest", "customers=crm.csv", "-o", "in")
    assert done.returncode == 0
    assert b"customers: the files hold no rows" in done.stderr


def test_a_target_that_holds_a_source_is_refused_even_when_forced(lohko, register) -> None:
    done = lohko("ingest", "customers=crm.csv", "-o", ".", "--force")
    assert done.returncode == 4
    assert (register / "crm.csv").exists()
