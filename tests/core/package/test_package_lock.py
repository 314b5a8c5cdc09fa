"""One writer at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lohko.errors import Locked
from lohko.package.files import neighbour
from lohko.package.lock import lock

HOLD = """
import sys, time
from pathlib import Path
from lohko.package.lock import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_writer_is_refused_and_the_lock_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "work"
    with lock(target), pytest.raises(Locked) as caught, lock(target):
        pass
    assert caught.value.exit_code == 5
    assert list(tmp_path.iterdir()) == []


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    target = tmp_path / "work"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(target)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Locked), lock(target):
            pass
        holder.kill()
        holder.wait()
        with lock(target):
            assert neighbour(target, "lock").exists()


def test_waiting_takes_the_lock_when_its_holder_ends(tmp_path: Path) -> None:
    target = tmp_path / "work"
    code = HOLD.replace("time.sleep(60)", "time.sleep(0.5)")
    with subprocess.Popen([sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        began = time.monotonic()
        with lock(target, wait=30):
            assert time.monotonic() - began < 30
        holder.wait()


def test_a_lock_file_that_its_holder_removed_is_not_taken_for_the_lock(tmp_path: Path) -> None:
    target = tmp_path / "work"
    path = neighbour(target, "lock")
    stale = os.open(path, os.O_RDWR | os.O_CREAT)
    path.unlink()
    with lock(target):
        assert os.fstat(stale).st_ino != path.stat().st_ino or os.fstat(stale).st_nlink == 0
    os.close(stale)
