"""Real commands, killed at random moments: what is found afterwards is the old result or the new one, whole.

A driver imports the program once (`warm.preload`) and forks a child for each run; the parent kills it with SIGKILL after a
random part of the time a run takes. (Children are forked before polars has started its threads, so that the fork is safe.)
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.conftest import CRM, ORDERS, environment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
KILLS = {"ingest": 40, "append": 140, "postcodes": 15, "report": 8}

DRIVER = r"""
import contextlib, hashlib, io, json, os, random, signal, sys, time
from pathlib import Path

from lohko_cli import app
from lohko.package.reading import Package
from lohko.package import files
from tests.e2e import warm

warm.preload()  # once, in the parent

what, kills = sys.argv[1], int(sys.argv[2])
here = Path.cwd()
rng = random.Random(what)
target = {"ingest": here / "out", "append": here / "in", "postcodes": here / "fixed.csv", "report": here / "report.json"}[what]


def inputs(turn):
    return turn // 2 % 2


def words(turn):
    if what == "ingest":
        return ["ingest", f"customers=crm{inputs(turn)}.csv", "transactions=orders.csv", "-o", "out"]
    if what == "append":
        return ["ingest", f"transactions=more{turn}.csv", "--append", "in"]
    if what == "postcodes":
        return ["postcodes", f"crm{inputs(turn)}.csv", "-o", "fixed.csv"]
    return ["report", f"in{inputs(turn)}", "-o", "report.json"]


def prepare(turn):
    if what == "append":
        Path(f"more{turn}.csv").write_text(f"asiakasnumero;pvm;summa\n1;13.5.2026;{turn},00\n")


def spawn(turn):
    child = os.fork()
    if child:
        return child
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    sys.argv = ["lohko", *words(turn), "-q", "--wait", "5"]
    try:
        app.main()
    except SystemExit as end:
        os._exit(end.code or 0)
    os._exit(71)


def state():
    # in a child, since polars may start threads when a package is opened
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if target.suffix:
                found = hashlib.sha256(target.read_bytes()).hexdigest()
            else:
                package = Package.open(target)
                for table in package.tables:
                    (path,) = package.paths(table)
                    assert files.fingerprint(path) == package.resource(table)["sha256"]
                    assert package.scan(table).collect().height == package.rows(table)
                found = package.fingerprint
        except BaseException as error:
            found = f"broken: {error!r}"
        os.write(writer, found.encode())
        os._exit(0)
    os.close(writer)
    found = b""
    while piece := os.read(reader, 4096):
        found += piece
    os.close(reader)
    os.waitpid(child, 0)
    return found.decode()


def temporary():
    found = set()
    for path in here.glob(".*"):
        with contextlib.suppress(FileNotFoundError):
            if path.name.endswith(("-new", "-scratch", "-old")):
                found.add((path.name, path.stat().st_ino, path.stat().st_ctime_ns))
    return found


def run(turn, after=None, writing=False):
    # killed after so many seconds, counted from the start or from when it begins to write
    prepare(turn)
    before = temporary()
    began = time.monotonic()
    child = spawn(turn)
    if after is not None:
        while writing and not temporary() - before and time.monotonic() - began < 20:
            time.sleep(0.0005)
        time.sleep(after)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - began


spans = []
for turn in range(4):
    code, span = run(turn)
    assert code == 0, (turn, code)
    spans.append(span)
typical = sorted(spans[1:])[1]
before = state()
expected = {}
killed = changed = leftovers = turn = 0
turn = 3
began = time.monotonic()
while killed < kills:
    turn += 1
    writing = turn % 2 == 0 or what == "report"
    code, _ = run(turn, rng.uniform(0, 0.004 if what == "report" else 0.5 * typical if writing else 1.1 * typical), writing)
    after = state()
    assert not after.startswith("broken"), (turn, code, after)
    assert code in (0, -9), (turn, code)
    left = [p.name for p in here.iterdir() if p.name.startswith(".")]
    leftovers += any(name.endswith(("-new", "-scratch", "-old")) for name in left)
    if code == -9:
        killed += 1
    # the new result is what a run that is left alone gives: the old or that, never a third
    if after != before:
        changed += 1
        if what != "append":
            known = expected.setdefault(inputs(turn), after)
            assert after == known, turn
    # a machine that gets busier or quieter on the way must not move all kills before, or behind, the exchange
    typical *= 0.9 if code == 0 or after != before else 1.03
    before = after
    assert time.monotonic() - began < 250
# runs that are left alone reach the new result, for one input and the other
ends = set()
for _ in range(4):
    turn += 1
    code, _ = run(turn)
    assert code == 0, code
    ends.add(state())
left = sorted(p.name for p in here.iterdir() if p.name.startswith("."))
assert not [n for n in left if not n.endswith("-mark")], left
print(json.dumps({"killed": killed, "ends": len(ends), "changed": changed, "leftovers": leftovers, "span": typical}))
"""


@pytest.mark.parametrize("what", KILLS)
def test_a_killed_run_leaves_the_old_result_or_the_new(lohko, tmp_path: Path, what: str) -> None:
    (tmp_path / "crm0.csv").write_bytes(CRM.encode("cp1252"))
    (tmp_path / "crm1.csv").write_bytes(CRM.replace("Väinö", "Ville").encode("cp1252"))
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    if what in {"append", "report"}:
        for name, crm in (("in", "crm0.csv"), ("in0", "crm0.csv"), ("in1", "crm1.csv"))[what == "report" :]:
            done = lohko("ingest", f"customers={crm}", "transactions=orders.csv", "-o", name, "-q")
            assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DRIVER, what, str(KILLS[what])],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["killed"] == KILLS[what]
    assert found["leftovers"] > 0, found  # some died while they wrote, and the next runs cleaned up
    assert found["ends"] == (4 if what == "append" else 2), found
    if what == "append":  # most of its kills fall while it writes
        assert found["changed"] > 0, found


def test_there_are_at_least_two_hundred_kills() -> None:
    assert sum(KILLS.values()) >= 200
