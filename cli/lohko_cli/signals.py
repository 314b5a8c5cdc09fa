"""Ends on INT and TERM at once and cleanly, even while a long native call is running.

Python runs signal handlers only between its own instructions; a polars query can keep it waiting for minutes. So a thread
reads the wake-up descriptor that the interpreter's C handler writes to, removes this run's temporary files and leaves.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def install() -> None:
    """Begin to listen. Only the program itself does so; a library's user keeps the signals."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for number in CODES:
        if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` and shells' background jobs set it so: obey
            signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_listen, args=(reader,), daemon=True, name="signals").start()


def _listen(reader: int) -> None:
    while True:
        for byte in os.read(reader, 16):
            code = next((code for number, code in CODES.items() if number == byte), None)
            if code is not None:
                leave(code)


def leave(code: int) -> None:
    """Remove what is half-written and end the process with this exit code."""
    files = sys.modules.get("lohko.package.files")
    if files is not None:
        for path in list(files.leftovers):
            files.remove(path)
    words = "interrupted" if code == CODES[signal.SIGINT] else "terminated"
    with contextlib.suppress(OSError):
        os.write(2, f"\nlohko: {words}; nothing half-written is left\n".encode())
    os._exit(code)
