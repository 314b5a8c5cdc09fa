"""Fingerprints of inputs, taken beside the reading: hashing leaves the interpreter free, so it costs no time of its own."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self

_BLOCK = 1 << 20


class Fingerprints:
    """Takes the sha256 of files in a thread of its own; the ``with`` block ends when they are all there, or at once where it fails."""

    def __init__(self) -> None:
        self._stop = Event()
        self._pool = ThreadPoolExecutor(1, "fingerprint")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._stop.set()
        self._pool.shutdown(cancel_futures=kind is not None)

    def of(self, path: Path) -> Future[str]:
        """Begin to take the fingerprint of a file; its ``result()`` is the sha256 as hex."""
        return self._pool.submit(self._take, path)

    def _take(self, path: Path) -> str:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while not self._stop.is_set() and (block := file.read(_BLOCK)):
                digest.update(block)
        return digest.hexdigest()
