"""What holds for all tests."""

from __future__ import annotations

import functools
import os
from typing import Any

# Tests' frames are of a few rows: a second thread of polars only costs (a fifth of the processor time). The programs that
# tests/e2e starts have the threads a user's have. Settled before polars is imported.
OWN = {"POLARS_MAX_THREADS": "1"}
os.environ.update(OWN)

import polars as pl  # noqa: E402
from hypothesis import settings  # noqa: E402

# Time is no assertion: a loaded machine is slow, not wrong. All else is as hypothesis has it (in CI: the same cases each time).
settings.register_profile("lohko", settings(), deadline=None)
settings.load_profile("lohko")

JOIN = pl.LazyFrame.join


@functools.wraps(JOIN)
def _in_no_order(self: pl.LazyFrame, *args: Any, maintain_order: Any = None, **more: Any) -> pl.LazyFrame:
    """Join, and turn the rows round where no order was asked for.

    Polars promises none then, and with several threads gives another each time. So what rests on the order that one thread
    happens to give fails here, and each time.
    """
    joined = JOIN(self, *args, maintain_order=maintain_order, **more)
    return joined.reverse() if maintain_order in (None, "none") else joined


pl.LazyFrame.join = _in_no_order  # type: ignore[method-assign]
