"""The whole chain on the sample company, as the README tells it: run, run again, shuffle, report."""

from __future__ import annotations

import gzip
import random
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.e2e.conftest import cold, environment, outcome_of
from tests.e2e.warm import Warm

from lohko.outcome import Account
from lohko.package.reading import Package

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


Call = Callable[..., dict[str, Any]]


@pytest.fixture
def call(warm: Warm) -> Call:
    def run(folder: Path, *words: str) -> dict[str, Any]:
        return outcome_of(warm.run([*words, "--json"], cwd=folder, stdin=b"", env=environment(), timeout=300))

    return run


def package(sample: Path, step: str) -> Package:
    return Package.open(sample / "work" / step)


def test_every_accounts_closes_in_every_package(sample: Path) -> None:
    for step in ("ingest", "clean", "value", "segment"):
        opened = package(sample, step)
        accounting = opened.record["accounting"]
        assert set(accounting) == set(opened.tables)
        assert accounting
        for table, account in accounting.items():
            Account(**account).check(table)
            assert account["rows_out"] == opened.rows(table)


def test_rows_are_conserved_from_the_files_to_the_crosswalk(sample: Path) -> None:
    came = package(sample, "ingest").rows("customers")
    opened = package(sample, "clean")
    assert opened.rows("crosswalk") == came
    assert opened.rows("originals") == came
    customers = opened.scan("customers").select("customer_id").collect().to_series()
    assert customers.is_unique().all()
    merged_into = opened.scan("crosswalk").select(pl.col("customer_id").unique()).collect().to_series()
    assert set(merged_into) == set(customers)
    assert customers.len() < came


def test_money_is_conserved_from_the_files_to_the_report(sample: Path) -> None:
    total = pl.col("amount").sum()
    amounts = [
        package(sample, step).scan("transactions").select(total).collect().item() for step in ("ingest", "clean")
    ]
    assert amounts[0] == amounts[1]
    opened = package(sample, "segment")
    known = opened.scan("value").select(pl.col("monetary").sum()).collect().item()
    totals = next(r for r in opened.history if r["step"] == "value")["figures"]["totals"]
    assert known + Decimal(totals["unknown_customer_amount"]) == Decimal(totals["amount"])
    assert Decimal(totals["amount"]) == amounts[1]


def test_a_second_run_does_no_work(sample: Path, call: Call) -> None:
    outcome = call(sample.parent, "run", "register", "--as-of", "2026-10-31", "--from", "ingest", "--until", "ingest")
    assert [step["state"] for step in outcome["steps"]] == ["up_to_date"]
    outcome = call(sample.parent, "run", "register", "--as-of", "2026-10-31")
    assert {step["state"] for step in outcome["steps"]} == {"up_to_date"}
    assert outcome["state"] == "up_to_date"


def test_the_cut_is_a_package_as_of_the_first_year(sample: Path) -> None:
    cut = Package.open(sample / "work" / "segment@2025-10-31")
    assert cut.record["as_of"] == "2025-10-31"
    now = package(sample, "segment")
    early = cut.scan("value").select(pl.col("monetary").sum()).collect().item()
    late = now.scan("value").select(pl.col("monetary").sum()).collect().item()
    assert early < late


def test_duplicates_are_found_and_lookalikes_stay_apart(sample: Path) -> None:
    truth = pl.read_csv(sample / "truth.csv", infer_schema=False)
    truth = truth.select(
        pl.format("{}:{}", "source", "customer_id").alias("source_customer_id"), "person_id", "planted"
    )
    walk = package(sample, "clean").scan("crosswalk").collect().unique("source_customer_id")
    known = walk.join(truth.unique("source_customer_id"), on="source_customer_id")
    assert known.filter(pl.col("person_id").n_unique().over("customer_id") > 1).is_empty()
    parted = known.filter(pl.col("customer_id").n_unique().over("person_id") > 1)
    assert parted["person_id"].n_unique() <= 12
    assert known["customer_id"].n_unique() == pytest.approx(3000, abs=12)


def test_everyone_has_one_value_and_one_segment(sample: Path) -> None:
    opened = package(sample, "segment")
    customers = opened.scan("customers").select("customer_id").collect().to_series().sort()
    for table in ("value", "segments"):
        ids = opened.scan(table).select("customer_id").collect().to_series()
        assert ids.to_list() == customers.to_list()
    profiles = opened.scan("segment_profiles").collect()
    assert profiles.get_column("customers").sum() == customers.len()
    assert profiles.get_column("segment_name").is_unique().all()
    assert 4 <= profiles.height <= 10


def test_permissions_are_there_for_every_customer_and_channel(sample: Path) -> None:
    opened = package(sample, "clean")
    permissions = opened.scan("permissions").collect()
    customers = opened.rows("customers")
    counts = permissions.group_by("channel").len().sort("channel")
    assert counts.get_column("len").unique().to_list() == [customers]
    assert permissions.select("customer_id", "channel").is_unique().all()
    may = permissions.filter(pl.col("decision") == "may")
    assert 0 < may.height < permissions.height / 2
    assert may.get_column("evidence").is_not_null().all()


def shuffle(path: Path, rng: random.Random) -> None:
    """Shuffle a file's lines but the first; multi-line fields and trailers would be torn, so those files stay as they are."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    head, *lines = data.split(b"\n")
    tail = lines.pop() if lines and not lines[-1] else b""
    if any(line.count(b'"') % 2 for line in lines):
        return
    rng.shuffle(lines)
    data = b"\n".join([head, *lines, tail])
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def test_shuffled_rows_give_the_same_value_and_segments(sample: Path, tmp_path: Path, call: Call) -> None:
    other = tmp_path / "register"
    other.mkdir()
    rng = random.Random(1)
    shuffled = 0
    for path in sorted(sample.glob("*")):
        if path.is_file():
            shutil.copy(path, other / path.name)
            if ".csv" in path.name and path.name != "truth.csv":
                before = (other / path.name).read_bytes()
                shuffle(other / path.name, rng)
                shuffled += before != (other / path.name).read_bytes()
    assert shuffled > 5
    settings = other / "lohko.toml"
    told = settings.read_text(encoding="utf-8")
    assert "\ncuts = " in told
    settings.write_text(
        told.replace("\ncuts = ", "\n# cuts = "), encoding="utf-8"
    )  # the later day alone: half the work
    call(tmp_path, "run", "register", "--as-of", "2026-10-31", "--until", "segment")
    for step, table in (
        ("clean", "crosswalk"), ("clean", "permissions"), ("clean", "customers"), ("value", "value"),
        ("segment", "segments"), ("segment", "segment_profiles"),
    ):  # fmt: skip
        left, right = package(sample, step), package(other, step)
        assert left.resource(table)["sha256"] == right.resource(table)["sha256"], (step, table)


def test_a_model_of_the_first_year_scores_the_second_and_the_drift_shows(sample: Path, call: Call) -> None:
    first = package(sample, "segment@2025-10-31")
    words = (
        "assign",
        str(sample / "work" / "value"),
        "--model",
        str(first.path),
        "-o",
        str(sample / "work" / "assign"),
    )
    outcome = call(sample, *words)
    figures, scored = outcome["figures"], package(sample, "assign")
    assert figures["model_as_of"] == "2025-10-31"
    assert scored.files(("model/",)) == first.files(("model/",))
    segments = scored.scan("segments").collect()
    assert segments.height == scored.rows("value")
    assert set(segments["segment"]) <= set(first.scan("segment_profiles").collect()["segment"])
    # a year more of purchases and visits per customer: another population by these counts, and it is said which
    assert figures["drift_highest"] > 0.25
    assert "segments_drift" in {finding["code"] for finding in outcome["findings"]}
    assert sum(entry["now"] for entry in figures["shares"].values()) == pytest.approx(1, abs=1e-4)
    # the model's own customers, scored by it, have not moved
    words = ("assign", str(sample / "work" / "value@2025-10-31"), "--model", str(first.path), "-o", "same")
    still = call(sample, *words)["figures"]
    assert (still["drift_highest"], still["share_shift"]) == (0, 0)
    own = Package.open(sample / "same")
    assert own.scan("segments").collect().equals(first.scan("segments").collect())
    assert own.scan("segment_profiles").collect().equals(first.scan("segment_profiles").collect())


@pytest.mark.parametrize("lang", ["en", "fi", "sv"])
@pytest.mark.parametrize("ending", [".html", ".md", ".json"])
def test_reports_are_the_same_bytes_each_time(sample: Path, tmp_path: Path, lang: str, ending: str, call: Call) -> None:
    # once with a hash seed of its own, so that the order of a set shows
    for name, how in (("a", cold), ("b", call)):
        how(tmp_path, "report", str(sample / "work" / "segment"), "-o", f"{name}{ending}", "--lang", lang)
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_the_dashboard_of_the_two_years_is_one_command(sample: Path, call: Call) -> None:
    told = call(sample, "compare", "work/segment@2025-10-31", "work/segment")
    truth = pl.read_csv(sample / "truth.csv", infer_schema=False)
    assert truth.height > told["periods"][0]["customers"] > told["periods"][0]["customers_before"]
    last = told["periods"][0]
    growth = last["growth"]
    assert growth["before"] + growth["new"] - growth["lost"] == growth["active"]
    assert growth["reactivated"] is None  # the data begin with the first year
    assert (last["blank"], last["gone"]) == (None, 0)
    own = package(sample, "segment").scan("segments").group_by("segment").len().collect().rows()
    assert {segment["slug"]: segment["now"] for segment in last["segments"]} == dict(own)
    call(sample, "compare", "work/segment@2025-10-31", "work/segment", "-o", "dashboard.html", "--lang", "fi")
    assert "Asiakasmittaristo" in (sample / "dashboard.html").read_text(encoding="utf-8")


def test_no_customer_is_named_in_what_is_handed_on(sample: Path) -> None:
    page = (sample / "work" / "report.html").read_text(encoding="utf-8")
    customers = package(sample, "clean").scan("customers").select("email", "phone").collect()
    for column in customers:
        told = column.drop_nulls().unique().sort()
        told = told.filter(told.str.len_chars() > 5)  # a phone "123" stands in many a number of the page
        assert told.len() > 500
        assert not [value for value in told if value in page]


def test_originals_are_the_rows_as_they_came(sample: Path) -> None:
    came = package(sample, "ingest").scan("customers").collect().sort("row_id")
    kept = package(sample, "clean").scan("originals").collect()
    assert kept.equals(came)
