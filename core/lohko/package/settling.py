"""Finished files are forced to the disk and fingerprinted while the run goes on, so that it need not wait for that at its end."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from lohko.package.files import fingerprint, sync


class Settling:
    """A thread for that; the ``with`` block ends when the file at hand is done."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "settling")
        self._digests: dict[Path, Future[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def begin(self, path: Path) -> None:
        """Begin with a file that will not change any more."""
        self._digests[path] = self._pool.submit(_settle, path)

    def digest(self, path: Path) -> str | None:
        """Return the sha256 of a file that was begun, once it is on the disk; None for another.

        Raises
        ------
        OSError
            It could not be forced to the disk, or is gone.
        """
        begun = self._digests.get(path)
        return begun.result() if begun is not None else None


def _settle(path: Path) -> str:
    sync(path)
    return fingerprint(path)
