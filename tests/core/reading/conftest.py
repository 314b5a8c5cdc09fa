"""A way to read bytes as files, for all tests of reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lohko.reading.ingest import Reading, ingest
from lohko.reading.params import IngestParams
from lohko.reading.sources import parse_sources

Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Read files given as name → bytes (or text); ``words`` name them as the command line would."""
    count = 0

    def run(
        files: Mapping[str, bytes | str],
        *words: str,
        mapping: Mapping[str, Mapping[str, str]] | None = None,
        stdin: bytes | None = None,
        **params: Any,
    ) -> Reading:
        nonlocal count
        count += 1
        here = tmp_path / f"in-{count}"
        scratch = tmp_path / f"scratch-{count}"
        here.mkdir()
        scratch.mkdir()
        for name, data in files.items():
            (here / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        monkeypatch.chdir(here)
        sources = parse_sources(words or tuple(files))
        return ingest(sources, IngestParams(**params), mapping=mapping or {}, scratch=scratch, stdin=stdin)

    return run
