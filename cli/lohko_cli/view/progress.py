"""A progress bar for work over a second, on a terminal; the moments before it are silent."""

from __future__ import annotations

import time
from typing import Any

_PATIENCE = 1.0


class Bar:
    """A progress callback that shows itself only if the work is still going on after a second."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._bar: Any = None
        self._task: Any = None
        self._what = ""

    def __call__(self, what: str, done: int, total: int | None = None) -> None:
        if self._bar is None:
            if time.monotonic() - self._began < _PATIENCE:
                return
            self._bar = self._start()
        if self._task is None or what != self._what:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(what, total=total, completed=done)
            self._what = what
        else:
            self._bar.update(self._task, completed=done, total=total)

    def stop(self) -> None:
        """Take the bar away, before results are shown."""
        if self._bar is not None:
            self._bar.stop()

    def _start(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        bar.start()
        return bar
