"""Ends on INT, TERM, HUP (a terminal or connection that closes) and PIPE at once and cleanly, even while a long native call is running.

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
if hasattr(signal, "SIGHUP"):
    CODES[signal.SIGHUP] = 129
if hasattr(signal, "SIGPIPE"):
    CODES[signal.SIGPIPE] = (
        141  # Python ignores it and raises BrokenPipeError instead, which Typer would make an exit 1
    )


_leaving = threading.Lock()
_installed = threading.Event()


def install() -> None:
    """Begin to listen, once. Only the program itself does so; a library's user keeps the signals."""
    if _installed.is_set():
        return
    _installed.set()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for number in CODES:
        # `nohup` and shells' background jobs have INT ignored: obey
        if number == getattr(signal, "SIGPIPE", None) or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda received, _frame: leave(CODES[signal.Signals(received)]))
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
    if not _leaving.acquire(blocking=False):  # the other of handler and thread is at it
        threading.Event().wait()
    files = sys.modules.get("lohko.package.files")
    if files is not None:
        for path in list(files.leftovers):
            files.remove(path)
    if os.isatty(2):
        with contextlib.suppress(OSError):
            os.write(2, b"\x1b[?25h")  # a progress bar may have hidden the cursor
    words = {129: "hung up", 130: "interrupted", 143: "terminated"}.get(code)
    if words:
        with contextlib.suppress(OSError):
            os.write(2, f"\nlohko: {words}; nothing half-written is left\n".encode())
    os._exit(code)
