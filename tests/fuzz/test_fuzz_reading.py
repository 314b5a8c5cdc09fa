"""A bounded run of the fuzz target, so that it stays in order; nights of it are run by hand."""

from __future__ import annotations

import os

import pytest
from tests.fuzz.reading import fuzz


@pytest.mark.slow
def test_no_bytes_are_a_fault() -> None:
    assert fuzz(float(os.environ.get("LOHKO_FUZZ_SECONDS", "20"))) > 100
