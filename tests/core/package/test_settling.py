"""What is settled beside a run is what lies there when it is asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lohko.package import settling as module
from lohko.package.settling import Settling


def test_a_file_that_was_begun_has_its_fingerprint_and_is_on_the_disk(tmp_path, monkeypatch):
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"abc" * 100_000)
    synced: list[Path] = []
    monkeypatch.setattr(module, "sync", synced.append)
    with Settling() as settling:
        settling.begin(path)
        assert settling.digest(path) == hashlib.sha256(b"abc" * 100_000).hexdigest()
        assert settling.digest(other) is None
    assert synced == [path]


def test_what_cannot_be_settled_is_said_when_it_is_asked_for(tmp_path):
    with Settling() as settling:
        settling.begin(tmp_path / "nothing")
        with pytest.raises(FileNotFoundError):
            settling.digest(tmp_path / "nothing")
