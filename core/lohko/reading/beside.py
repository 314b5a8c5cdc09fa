"""Work done beside the reading: fingerprints of inputs, and the rest of a gate's walk while the file is already parsed.

Hashing and parsing leave the interpreter free, so they cost little time of their own.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:  # this module is wanted before the gate's libraries are loaded
    from lohko.reading.gate import Gate

_BLOCK = 1 << 18  # what fits the cache
_LARGE = 1 << 23  # while modules are loaded the interpreter is busy, and every return to it is waited for


class Beside:
    """Two threads, one for fingerprints and one for gates; the ``with`` block ends when all is done, or at once where it fails."""

    def __init__(self) -> None:
        self._stop = Event()
        self._begun: dict[Path, Future[str]] = {}
        self._pools = {name: ThreadPoolExecutor(1, name) for name in ("fingerprint", "gate")}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._stop.set()
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=kind is not None)

    def begin(self, paths: Iterable[Path]) -> None:
        """Begin to take fingerprints that will be asked for, while modules are still being loaded."""
        for path in paths:
            self._begun[path] = self._pools["fingerprint"].submit(self._hash, path, _LARGE)

    def fingerprint(self, path: Path) -> Future[str]:
        """Begin to take the fingerprint of a file, if that was not begun; its ``result()`` is the sha256 as hex."""
        return self._begun.get(path) or self._pools["fingerprint"].submit(self._hash, path, _BLOCK)

    def finish(self, walk: Iterator[Gate], gate: Gate) -> Future[Gate]:
        """Begin to walk on through a gate; the ``result()`` is the gate at the end, or raises what the walk raises."""
        return self._pools["gate"].submit(self._walk, walk, gate)

    def _hash(self, path: Path, room: int) -> str:
        digest = hashlib.sha256()
        block = memoryview(bytearray(room))
        with path.open("rb", buffering=0) as file:
            while not self._stop.is_set() and (size := file.readinto(block)):
                digest.update(block[:size])
        return digest.hexdigest()

    def _walk(self, walk: Iterator[Gate], gate: Gate) -> Gate:
        last = deque((gate,), 1)
        last.extend(takewhile(lambda _: not self._stop.is_set(), walk))
        return last.pop()
