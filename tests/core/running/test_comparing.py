"""``lohko compare`` on packages on disk: what it writes, what it notes, and what it refuses."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

import polars as pl
import pytest

from lohko.errors import InputRefused, LohkoError, OutputRefused, UsageFault
from lohko.package.descriptor import Record
from lohko.package.reading import Package
from lohko.package.writing import PackageWriter
from lohko.running.comparing import CompareJob, run_compare
from lohko.running.params import CompareParams

ROOT = str(Path(__file__).parents[3])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.core.views.dashboard_fixtures import company, saved  # noqa: E402


def now() -> dt.datetime:
    return dt.datetime(2027, 1, 5, tzinfo=dt.UTC)


@pytest.fixture
def packages(tmp_path: Path) -> tuple[Path, Path]:
    found = []
    for snapshot, name in zip(company(150)[-2:], ("value@2025-12-31", "value"), strict=True):
        writer = PackageWriter(tmp_path / name)
        writer.table("value", snapshot.tables["value"])
        writer.file("model/model.json", saved())
        record = Record("value", "0.1.0", {}, (), {}, as_of=snapshot.as_of.isoformat(), timezone="Europe/Helsinki")
        writer.commit(record)
        found.append(tmp_path / name)
    return found[0], found[1]


def test_a_package_holds_both_tables_and_all_that_the_newest_held(packages, tmp_path):
    outcome, dashboard = run_compare(CompareJob(packages, tmp_path / "compare"), now=now)
    made = Package.open(tmp_path / "compare")
    assert set(made.tables) == {"value", "movements", "dashboard"}
    assert made.record["as_of"] == "2026-12-31"
    assert [entry["name"] for entry in made.record["inputs"]] == ["value@2025-12-31", "value"]
    assert [record["step"] for record in made.history] == ["value", "compare"]
    assert outcome.accounting["movements"].derived == made.rows("movements") == dashboard.last.customers
    counted = made.scan("dashboard").collect()
    whole = counted.filter(pl.col("segment").is_null()).row(0, named=True)
    assert dashboard.last.growth is not None
    assert (whole["customers"], whole["churn"]) == (dashboard.last.customers, dashboard.last.growth.churn)
    assert made.files(("model/",))["model/model.json"] == saved()
    # a second time, the same; and the new package can be compared in its turn
    first = made.fingerprint
    run_compare(CompareJob(packages[::-1], tmp_path / "compare"), now=now)
    assert Package.open(tmp_path / "compare").fingerprint == first
    run_compare(CompareJob((packages[0], tmp_path / "compare"), tmp_path / "again.json"), now=now)


@pytest.mark.parametrize("ending", [".html", ".md", ".json", ".xlsx", ".csv", ".parquet"])
def test_the_ending_decides_the_form(packages, tmp_path, ending):
    output = tmp_path / f"dashboard{ending}"
    run_compare(CompareJob(packages, output, CompareParams(lang="fi")), now=now)
    content = output.read_bytes()
    begin = {
        ".html": b"<!doctype",
        ".md": b"# ",
        ".json": b"{",
        ".xlsx": b"PK",
        ".csv": b"period_start",
        ".parquet": b"PAR1",
    }
    assert content.strip().startswith(begin[ending])
    if ending == ".json":
        assert json.loads(content)["schema"] == "lohko.dashboard/1"


def test_a_dry_run_writes_nothing(packages, tmp_path):
    outcome, _ = run_compare(CompareJob(packages, tmp_path / "d.html", dry_run=True), now=now)
    assert outcome.state == "dry_run"
    assert not (tmp_path / "d.html").exists()


def test_another_packages_model_can_be_named(packages, tmp_path):
    writer = PackageWriter(tmp_path / "model")
    writer.file("model/model.json", saved(6.0))
    writer.commit(Record("segment", "0.1.0", {}, (), {}))
    params = CompareParams(model=str(tmp_path / "model"))
    outcome, dashboard = run_compare(CompareJob(packages, None, params), now=now)
    assert dashboard.model is not None
    assert dashboard.model.package == "model"
    assert all(cut.own_model for cut in dashboard.cuts)
    assert outcome.inputs[-1]["parameter"] == "model"


def refused(kind: type[LohkoError], job: CompareJob) -> str:
    with pytest.raises(kind) as caught:
        run_compare(job, now=now)
    return caught.value.code


def test_what_cannot_be_compared_or_written_is_refused(packages, tmp_path):
    old, new = packages
    writer = PackageWriter(tmp_path / "bare")
    writer.table("customers", pl.DataFrame({"customer_id": ["a"]}))
    writer.commit(Record("ingest", "0.1.0", {}, (), {}))
    assert refused(UsageFault, CompareJob((new,), None)) == "compare_alone"
    assert refused(InputRefused, CompareJob((new, new), None)) == "compare_same_day"
    assert refused(InputRefused, CompareJob((old, tmp_path / "bare"), None)) == "table_needed"
    assert refused(InputRefused, CompareJob((old, tmp_path / "nothing"), None)) == "input_missing"
    assert refused(UsageFault, CompareJob(packages, tmp_path / "d.docx")) == "option_value"
    assert refused(OutputRefused, CompareJob((new, old), new)) == "output_is_input"
    assert refused(OutputRefused, CompareJob(packages, new / "inside")) == "output_is_input"
    (tmp_path / "mine.html").write_text("mine")
    assert refused(OutputRefused, CompareJob(packages, tmp_path / "mine.html")) == "output_exists"
