"""The one place where consoles are made: colour, width and encoding are decided here, for each stream on its own."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

UNBOUNDED = 10_000
"""The width of a stream that is no screen: nothing is folded and nothing cut, whoever reads it."""


def make_console(stderr: bool) -> Console:
    """Return a console on standard output or standard error.

    Colour and layout need a terminal, unless ``FORCE_COLOR`` asks for them; ``NO_COLOR`` and ``TERM=dumb`` turn colour
    off. What is not a terminal gets plain text of any width. Text is never read as markup. Characters the stream's
    encoding lacks are replaced rather than ending the run.
    """
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
    if not encoding.startswith("utf") and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
    forced = os.environ.get("FORCE_COLOR", "") not in {"", "0"}
    terminal = forced or stream.isatty()
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in {"dumb", "unknown"}
    return Console(
        stderr=stderr,
        force_terminal=terminal,
        color_system="auto" if colour else None,
        no_color=not colour,
        width=None if terminal else UNBOUNDED,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
