"""Fingerprints are those of the bytes as they were given, and don't hold up a run that fails."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from lohko.reading.beside import Beside

TEXT = b"customer_id;occurred_at;amount\n1;1.3.2024;1,5\n"


def test_they_are_there_when_the_block_ends(tmp_path):
    path = tmp_path / "f"
    data = bytes(range(256)) * 20_000
    path.write_bytes(data)
    with Beside() as beside:
        taken = [beside.fingerprint(path) for _ in range(3)]
    assert {t.result(timeout=0) for t in taken} == {hashlib.sha256(data).hexdigest()}


def test_a_failure_does_not_wait(tmp_path):
    path = tmp_path / "f"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a terabyte of nothing: hashing it takes most of an hour

    def fail():
        with Beside() as beside:
            beside.fingerprint(path)
            beside.fingerprint(path)
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()


def test_packed_files_are_fingerprinted_as_they_came(read):
    packed = gzip.compress(TEXT, mtime=0)
    reading = read({"a.csv": TEXT, "b.csv.gz": packed}, "transactions=a.csv", "transactions=b.csv.gz")
    assert [i.sha256 for i in reading.inputs] == [hashlib.sha256(d).hexdigest() for d in (TEXT, packed)]
    assert [i.bytes for i in reading.inputs] == [len(TEXT), len(packed)]
