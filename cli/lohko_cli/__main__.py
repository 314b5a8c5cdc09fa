"""The program's entry: ``lohko`` and ``python -m lohko_cli``."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys

# What polars asks of the environment when it is loaded. Its allocator gives back memory that is free for half a second, while a run of some
# seconds asks for the same again and again. Of a large text file it parses large pieces at a time; with smaller ones reading it takes
# half the memory, and no more time.
POLARS = {"_RJEM_MALLOC_CONF": "dirty_decay_ms:3000", "POLARS_CSV_CHUNK_SIZE": "4000000"}


def main() -> None:
    """Listen for signals before anything slow is imported, run the program, and leave."""
    from lohko_cli import signals, streams

    streams.mend()
    signals.install()
    for name, value in POLARS.items():
        os.environ.setdefault(name, value)

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
