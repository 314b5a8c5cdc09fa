"""Lets the tests of this room import their shared helpers as ``tests.core.views``; one browser for a module's tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.core.views.chromium import Page

ROOT = str(Path(__file__).parents[3])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    from tests.core.views import chromium

    with chromium.page() as opened:
        yield opened
