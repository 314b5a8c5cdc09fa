"""A package read back is what was written: tables, types, files, record."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lohko.errors import InputRefused, OutputRefused
from lohko.package.descriptor import Record
from lohko.package.reading import Package
from lohko.package.writing import Format, PackageWriter, check_target
from lohko.tables.types import MONEY, TIMESTAMP

CUSTOMERS = pl.DataFrame(
    {"customer_id": ["007", "1", None], "postcode": ["00100", "33100", None], "first_name": ['A "B", c', "Ä\nö", ""]},
)
TRANSACTIONS = pl.DataFrame(
    {
        "customer_id": ["1", "007"],
        "occurred_at": [dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC), None],
        "amount": [Decimal("12.3400"), Decimal("-99999999999999.9999")],
        "quantity": [3, None],
        "score": [0.1, None],
        "informed": [True, False],
        "birth_date": [dt.date(1980, 2, 29), None],
    },
    schema_overrides={"occurred_at": TIMESTAMP, "amount": MONEY},
)


def record(**more: Any) -> Record:
    return Record("ingest", "0", {}, (), {}, **more)


def write(target: Path, fmt: Format = "parquet") -> Package:
    writer = PackageWriter(target, fmt)
    writer.table("customers", CUSTOMERS)
    writer.table("transactions", TRANSACTIONS.lazy())
    writer.file("model/model.json", b"{}")
    writer.commit(record())
    return Package.open(target)


@pytest.mark.parametrize("fmt", ["parquet", "csv"])
def test_round_trip(tmp_path: Path, fmt: Format) -> None:
    package = write(tmp_path / "p", fmt)
    assert_frame_equal(package.scan("transactions").collect(), TRANSACTIONS)
    assert package.scan("customers").collect().get_column("customer_id").to_list() == ["007", "1", None]
    assert package.scan("customers").collect().get_column("first_name").to_list()[:2] == ['A "B", c', "Ä\nö"]
    assert package.rows("customers") == 3
    assert package.files() == {"model/model.json": b"{}"}
    assert package.files(("value/",)) == {}


def test_descriptor_follows_frictionless_and_tells_every_files_digest(tmp_path: Path) -> None:
    package = write(tmp_path / "p")
    content = json.loads((tmp_path / "p" / "datapackage.json").read_text())
    assert content["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert [entry["name"] for entry in content["resources"]] == ["customers", "transactions"]
    for entry in content["resources"]:
        assert len(entry["sha256"]) == 64
        assert entry["hash"] == f"sha256:{entry['sha256']}"
        assert entry["bytes"] == (tmp_path / "p" / entry["path"]).stat().st_size
    kinds = {field["name"]: field["type"] for field in package.resource("transactions")["schema"]["fields"]}
    assert kinds["amount"] == "number"
    assert kinds["occurred_at"] == "datetime"
    assert kinds["birth_date"] == "date"


def test_everything_is_for_its_owner_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write(tmp_path / "p")
    finally:
        os.umask(old)
    for path in [tmp_path / "p", *(tmp_path / "p").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_same_content_gives_the_same_bytes_and_fingerprint(tmp_path: Path) -> None:
    left, right = write(tmp_path / "a"), write(tmp_path / "b")
    assert left.fingerprint == right.fingerprint
    for name in ("customers", "transactions"):
        assert left.paths(name)[0].read_bytes() == right.paths(name)[0].read_bytes()


def test_carried_tables_are_linked_not_copied(tmp_path: Path) -> None:
    package = write(tmp_path / "a")
    writer = PackageWriter(tmp_path / "b")
    writer.carry(package, "transactions")
    writer.commit(record(history=package.history))
    carried = Package.open(tmp_path / "b")
    assert carried.paths("transactions")[0].samefile(package.paths("transactions")[0])
    assert_frame_equal(carried.scan("transactions").collect(), TRANSACTIONS)
    assert [entry["step"] for entry in carried.history] == ["ingest", "ingest"]


def test_carrying_into_another_format_converts(tmp_path: Path) -> None:
    package = write(tmp_path / "a")
    writer = PackageWriter(tmp_path / "b", "csv")
    writer.carry(package, "transactions")
    writer.commit(record())
    assert_frame_equal(Package.open(tmp_path / "b").scan("transactions").collect(), TRANSACTIONS)


def test_a_table_in_parts_is_read_and_carried(tmp_path: Path) -> None:
    package = write(tmp_path / "a")
    (tmp_path / "a" / "visits").mkdir()
    content = json.loads((tmp_path / "a" / "datapackage.json").read_text())
    entry = content["resources"][1]
    parts = []
    for number, half in enumerate((TRANSACTIONS[:1], TRANSACTIONS[1:])):
        half.write_parquet(tmp_path / "a" / "visits" / f"{number}.parquet")
        parts.append(f"visits/{number}.parquet")
    size = sum((tmp_path / "a" / part).stat().st_size for part in parts)
    content["resources"].append({**entry, "name": "visits", "path": parts, "bytes": size})
    (tmp_path / "a" / "datapackage.json").write_text(json.dumps(content))
    package = Package.open(tmp_path / "a")
    writer = PackageWriter(tmp_path / "b")
    writer.carry(package, "visits")
    writer.commit(record())
    assert_frame_equal(Package.open(tmp_path / "b").scan("visits").collect(), TRANSACTIONS)


def test_abandoning_leaves_the_old_package(tmp_path: Path) -> None:
    write(tmp_path / "p")
    writer = PackageWriter(tmp_path / "p")
    writer.table("customers", CUSTOMERS.head(1))
    writer.abandon()
    assert Package.open(tmp_path / "p").rows("customers") == 3
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_the_next_run_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    leftover = tmp_path / ".p.lohko-new"
    leftover.mkdir()
    (leftover / "customers.parquet").write_bytes(b"half")
    write(tmp_path / "p")
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_a_changed_file_is_told(tmp_path: Path) -> None:
    write(tmp_path / "p")
    with (tmp_path / "p" / "customers.parquet").open("ab") as handle:
        handle.write(b"x")
    with pytest.raises(InputRefused) as caught:
        Package.open(tmp_path / "p")
    assert caught.value.code == "package_damaged"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    write(tmp_path / "p")
    (tmp_path / "p" / "model" / "model.json").unlink()
    with pytest.raises(InputRefused, match="is missing"):
        Package.open(tmp_path / "p")


def test_a_missing_table_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as caught:
        write(tmp_path / "p").scan("visits")
    assert caught.value.exit_code == 3
    assert "customers" in (caught.value.hint or "")


@pytest.mark.parametrize("content", [None, "{}", "not json", '{"name": "x", "resources": []}'])
def test_folders_of_others_are_refused_both_ways(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "letter.txt").write_text("dear")
    if content is not None:
        (tmp_path / "theirs" / "datapackage.json").write_text(content)
    with pytest.raises(InputRefused) as caught:
        Package.open(tmp_path / "theirs")
    assert caught.value.code == "not_a_package"
    with pytest.raises(OutputRefused):
        check_target(tmp_path / "theirs")
    check_target(tmp_path / "theirs", force=True)


def test_an_empty_folder_is_a_fine_target(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    check_target(tmp_path / "new")


def test_a_target_whose_folder_would_lie_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nowhere").touch()
    with pytest.raises(OutputRefused, match="nowhere is a file"):
        check_target(tmp_path / "nowhere" / "p")


def test_a_misspelt_table_is_met_with_the_nearest(tmp_path: Path) -> None:
    content = {"lohko": {}, "resources": [{"name": "customers"}, {"name": "visits"}]}
    with pytest.raises(InputRefused, match="no table 'costumers'") as caught:
        Package(tmp_path, content).scan("costumers")
    assert str(caught.value.hint).startswith("did you mean 'customers'?")


def test_a_folder_of_packages_names_them(tmp_path: Path) -> None:
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / "datapackage.json").write_text('{"lohko": {}, "resources": []}', encoding="utf-8")
    with pytest.raises(InputRefused, match="is not a package") as caught:
        Package.open(tmp_path)
    assert str(tmp_path / "clean") in str(caught.value.hint)


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../b"])
def test_file_names_never_lead_outside(tmp_path: Path, name: str) -> None:
    writer = PackageWriter(tmp_path / "p")
    with pytest.raises(OutputRefused, match="inside the package"):
        writer.file(name, b"")
    writer.abandon()


def test_files_that_somebody_put_into_a_package_are_not_swept_away(tmp_path: Path) -> None:
    write(tmp_path / "p")
    check_target(tmp_path / "p")
    (tmp_path / "p" / "model" / "notes.txt").write_text("mine")
    with pytest.raises(OutputRefused, match=r"model/notes\.txt"):
        check_target(tmp_path / "p")
    check_target(tmp_path / "p", force=True)
