"""The program's entry: ``lohko`` and ``python -m lohko_cli``."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys


def main() -> None:
    """Listen for signals before anything slow is imported, run the program, and leave."""
    from lohko_cli import signals, streams

    streams.mend()
    signals.install()
    # polars' allocator gives memory back that is free for half a second, and a run of some seconds asks for the same again and again
    os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:3000")

    from lohko_cli.app import main as run

    try:
        run()
    except SystemExit as end:
        leave(end)


def leave(end: SystemExit) -> None:
    """End the process at once: to give back the memory of a large run piece by piece takes a quarter of a second, and nobody needs it."""
    if end.code is not None and not isinstance(end.code, int):
        raise end  # words for people, which Python prints
    atexit._run_exitfuncs()  # noqa: SLF001 - what was to be done at the end is done
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(end.code or 0)


if __name__ == "__main__":
    main()
