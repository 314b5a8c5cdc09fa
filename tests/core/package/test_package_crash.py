"""A run that dies at any write point leaves the old package or the new one, whole, and the next run cleans up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# The driver forks a child per write point before polars has started threads; the child dies there without any clean-up.
DRIVER = r"""
import json, os, pathlib, sys
from pathlib import Path
import polars as pl
from lohko.package import files
from lohko.package.descriptor import Record
from lohko.package.lock import lock
from lohko.package.reading import Package
from lohko.package.writing import PackageWriter, check_target

target, swaps = Path(sys.argv[1]), sys.argv[2] == "swap"
if not swaps:
    files.exchange = lambda left, right: False

def write(rows):
    check_target(target)
    with lock(target):
        writer = PackageWriter(target)
        writer.table("customers", pl.DataFrame({"customer_id": [str(n) for n in range(rows)]}))
        writer.file("model/model.json", str(rows).encode())
        writer.commit(Record("ingest", "0", {}, (), {}))

def die_at(point):
    left = [point]
    def wrap(owner, name):
        real = getattr(owner, name)
        def counted(*words, **more):
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)
            done = real(*words, **more)
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)
            return done
        setattr(owner, name, counted)
    for owner, name in ((os, "fsync"), (os, "open"), (os, "link"), (Path, "rename"), (Path, "mkdir"),
                        (Path, "unlink"), (files, "exchange"), (files.shutil, "rmtree")):
        wrap(owner, name)

def child(rows, point):
    pid = os.fork()
    if pid == 0:
        if point:
            die_at(point)
        write(rows)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

assert child(1, 0) == 0
seen, died, rows = {1}, 0, 1
for point in range(1, 400):
    rows += 1
    code = child(rows, point)
    found = Package.open(target)
    now = found.rows("customers")
    assert now in (rows, rows - 1) or now in seen, (point, now)
    assert found.files()["model/model.json"] == str(now).encode(), point
    seen = {now, rows}
    if code == 0:
        break
    assert code == 9, code
    died += 1
else:
    raise AssertionError("the write never ended")
left = sorted(p.name for p in target.parent.iterdir())
assert left == [target.name], left
print(died)
"""


@pytest.mark.parametrize("way", ["swap", "renames"])
def test_death_at_every_write_point(tmp_path: Path, way: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DRIVER, str(tmp_path / "work"), way],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20
