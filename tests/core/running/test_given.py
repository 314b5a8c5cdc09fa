"""Files that parameters name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from lohko.errors import InputRefused
from lohko.parameters import Params, option
from lohko.reading.params import IngestParams
from lohko.running.given import note_given, read_given, read_tables


@dataclass(frozen=True, slots=True)
class Named(Params):
    book: str | None = option(None, "a file", file=True)
    word: str = option("x", "no file")


def test_a_named_file_is_read_and_noted_without_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_bytes(b"a,b\n")
    found = read_given(Named(str(path)))
    assert found["book"].data == b"a,b\n"
    digest = hashlib.sha256(b"a,b\n").hexdigest()
    assert note_given(found) == ({"name": "book.csv", "parameter": "book", "bytes": 4, "sha256": digest},)


def test_what_is_not_named_is_not_read() -> None:
    assert read_given(Named()) == {}


def test_a_missing_file_is_refused_with_its_option(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="--book") as caught:
        read_given(Named(str(tmp_path / "no.csv")))
    assert caught.value.code == "input_missing"


@dataclass(frozen=True, slots=True)
class WithTable(Params):
    areas: str | None = option(None, "a table", file=True, table="areas")


def test_a_named_table_is_read_as_ingest_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "alueet.csv"
    path.write_text("Postinumero;Väestö\n00100;12\n", encoding="cp1252")
    found = read_tables(WithTable(str(path)), IngestParams(), {}, tmp_path)
    assert found["areas"].collect().rows() == [("00100", "12")]
    assert read_tables(WithTable(), IngestParams(), {}, tmp_path) == {}
