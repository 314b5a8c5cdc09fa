"""``review.csv`` filled in and handed back, as a person and their spreadsheet would."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from tests.e2e.conftest import Program

NAMESAKE = "5;Aino;Virtanen;;;;00100;Helsinki;;\n6;Aino;Virtanen;;;;00100;Helsinki;;\n"


def test_a_filled_in_review_file_binds_and_is_never_written_over(lohko: Program, register: Path) -> None:
    crm = register / "crm.csv"
    crm.write_bytes(crm.read_bytes() + NAMESAKE.encode("cp1252"))
    assert lohko("ingest", "customers=crm.csv", "-o", "in").returncode == 0
    first = lohko("dedupe", "in", "-o", "work", "--review", "0")
    assert first.returncode == 0, first.stderr
    review = register / "work" / "review.csv"
    head, *lines = review.read_text(encoding="utf-8-sig").splitlines()
    assert lines, first.stderr
    assert head.startswith("same? (yes/no),question,now,probability")
    filled = "\r\n".join([head, *('"kyllä"' + line.removeprefix('""') for line in lines)])
    review.write_bytes(filled.replace(",", ";").encode("cp1252"))  # as Excel saves it in Finland
    refused = lohko("dedupe", "in", "-o", "work")
    assert refused.returncode == 4
    assert b"review.csv was changed" in refused.stderr
    assert b"kyll" in review.read_bytes()
    done = lohko("dedupe", "in", "-o", "work", "--answers", "work/review.csv")
    assert done.returncode == 0, done.stderr
    assert f"{len(lines)} answer" in done.stderr.decode()
    walk = pl.read_parquet(register / "work" / "crosswalk.parquet")
    kept = pl.read_csv(register / "work" / "answers.csv", infer_schema=False)
    owner = dict(walk.select("row_id", "customer_id").iter_rows())
    assert kept.height == len(lines)
    assert all(owner[left] == owner[right] for left, right in kept.select("left_row_id", "right_row_id").iter_rows())
    later = lohko("clean", "work", "-o", "clean")
    assert later.returncode == 0, later.stderr
    again = pl.read_parquet(register / "clean" / "crosswalk.parquet")
    assert dict(again.select("row_id", "customer_id").iter_rows()) == owner
    assert (register / "clean" / "answers.csv").read_bytes() == (register / "work" / "answers.csv").read_bytes()
