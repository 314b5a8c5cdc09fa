"""Standard streams that were closed before the program began (``>&-``, some schedulers)."""

from __future__ import annotations

import os
import sys


def mend() -> None:
    """Put something in the place of closed streams, before the next file that is opened gets their numbers.

    Words for a closed stderr vanish. What is written to a closed stdout is refused, so that a result nobody gets is no success.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR if number == 2 else os.O_RDONLY)  # takes the lowest number that is free
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - lives as long as the program
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
