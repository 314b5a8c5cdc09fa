"""``lohko assign`` as a shell would call it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from lohko.package.reading import Package

HEAD = "customer_id,recency_days,frequency,monetary,visit_days,financial,visits,social\n"


def value(n: int, *, often: int = 1) -> str:
    """Return a value table: every other customer buys and visits much."""
    rows = (
        f"c{i:04d},{i % 30},{12 + i % 7},{900 + i}.50,{often * (20 + i % 9)},.9,.9,0\n"
        if i % 2
        else f"c{i:04d},{200 + i % 90},1,{5 + i % 13}.00,{often * (1 + i % 3)},.2,.2,0\n"
        for i in range(n)
    )
    return HEAD + "".join(rows)


@pytest.fixture
def trained(lohko, tmp_path: Path) -> Path:
    (tmp_path / "value.csv").write_text(value(200), encoding="utf-8")
    done = lohko("segment", "value.csv", "-o", "model", "--k", "2", "--bootstraps", "5")
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_the_same_customers_get_the_same_segments_also_through_a_pipe(lohko, trained) -> None:
    done = lohko("assign", "value.csv", "--model", "model", "-o", "scored", "--max-drift", "0.25")
    assert done.returncode == 0, done.stderr
    own, scored = Package.open(trained / "model"), Package.open(trained / "scored")
    assert scored.scan("segments").collect().equals(own.scan("segments").collect())
    assert set(scored.tables) == set(own.tables)
    piped = lohko("assign", "-", "--model", "model", "-o", "-", stdin=value(1).encode())
    assert piped.returncode == 0, piped.stderr
    first = own.scan("segments").head(1).collect().row(0)
    assert piped.stdout.decode().splitlines()[1].split(",")[:2] == list(first[:2])


@pytest.mark.slow
def test_another_number_of_threads_makes_the_same_bytes(lohko, trained) -> None:
    for threads in ("1", "3"):
        env = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
        done = lohko("segment", "value.csv", "-o", f"with{threads}", "--k", "2", "--bootstraps", "5", env=env)
        assert done.returncode == 0, done.stderr
        for name in ("segments.parquet", "segment_profiles.parquet", "model/model.json"):
            assert (trained / f"with{threads}" / name).read_bytes() == (trained / "model" / name).read_bytes()


def test_drift_is_a_gate_and_the_result_stands(lohko, trained) -> None:
    (trained / "later.csv").write_text(value(200, often=5), encoding="utf-8")
    words = ("assign", "later.csv", "--model", "model", "-o", "scored")
    done = lohko(*words)
    assert done.returncode == 0
    assert b"drifted" in done.stderr
    gated = lohko(*words, "--max-drift", "0.25", "--json")
    assert gated.returncode == 1
    content = json.loads(gated.stdout)
    assert content["exit_code"] == 1
    assert "visit_days" in content["gate"]
    assert content["figures"]["drift"]["frequency"] == 0
    assert Package.open(trained / "scored").scan("segments").select(pl.len()).collect().item() == 200


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("value.csv", "-o", "out"), 2, "--model PACKAGE"),
        (("value.csv", "--model", "nowhere", "-o", "out"), 3, "nowhere does not exist"),
        (("bare.csv", "--model", "model", "-o", "out"), 3, "visit_days"),
        (("value.csv", "--model", "model", "-o", "model"), 4, "model is both"),
    ],
)
def test_what_cannot_be_done_is_said(lohko, trained, words, code, said) -> None:
    (trained / "bare.csv").write_text("customer_id,recency_days,frequency,monetary\n1,2,3,4.0\n", encoding="utf-8")
    done = lohko("assign", *words)
    assert done.returncode == code, done.stderr
    assert said in done.stderr.decode()
    assert not (trained / "out").exists()
