"""``lohko dedupe --undo``: what clean merged and mended is taken back, table by table."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from tests.e2e.conftest import Program

from lohko.package.reading import Package


def test_clean_and_undo_give_the_package_of_ingest_back(lohko: Program, register: Path) -> None:
    assert lohko("ingest", "customers=crm.csv", "transactions=orders.csv", "-o", "in").returncode == 0
    assert lohko("clean", "in", "-o", "clean").returncode == 0
    merged = Package.open(register / "clean")
    assert merged.rows("customers") == 3
    assert merged.scan("transactions").filter(pl.col("source_customer_id") == "2").collect()[
        "customer_id"
    ].to_list() == ["1"]
    done = lohko("dedupe", "--undo", "clean", "-o", "back")
    assert done.returncode == 0, done.stderr
    assert b"4 rows again" in done.stderr
    first, back = Package.open(register / "in"), Package.open(register / "back")
    assert set(back.tables) == set(first.tables)
    for name in first.tables:
        assert back.scan(name).collect().equals(first.scan(name).collect()), name
    assert (register / "clean" / "review.csv").exists()
    assert not (register / "back" / "review.csv").exists()  # its questions were about pairs that are no more
    again = lohko("dedupe", "--undo", "back", "-o", "further")
    assert again.returncode == 3
    assert b"dedupe_nothing_to_undo" in again.stderr
    assert not (register / "further").exists()


def test_undo_of_a_file_is_refused_and_clean_knows_no_undo(lohko: Program, register: Path) -> None:
    assert lohko("dedupe", "--undo", "crm.csv", "-o", "out").returncode == 3
    assert lohko("clean", "--undo", "crm.csv", "-o", "out").returncode == 2
