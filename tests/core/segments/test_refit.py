"""A refit keeps the names of segments that are still the same customers, and only theirs."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest

from lohko.errors import InputRefused
from lohko.outcome import Env, Other, StepResult
from lohko.segments.model import PATH
from lohko.segments.params import SegmentParams
from lohko.segments.step import segment

DAY = dt.date(2025, 12, 31)


@pytest.fixture(scope="module")
def first(customers: pl.DataFrame) -> StepResult:
    return segment({"value": customers.lazy()}, SegmentParams(k=4, bootstraps=5), Env(DAY))


def refit(value: pl.DataFrame, old: dict[str, bytes], k: int = 4) -> StepResult:
    env = Env(DAY, others={"previous": Other(files=old)})
    return segment({"value": value.lazy()}, SegmentParams(k=k, bootstraps=5, previous="old"), env)


def old_names(result: StepResult) -> dict[str, bytes]:
    """Give the model's segments names that nobody would make up."""
    content = json.loads(result.files[PATH])
    for number, saved in enumerate(content["segments"]):
        saved |= {"slug": f"old-{number}", "names": dict.fromkeys(("en", "fi", "sv"), f"Old {number}")}
    return {PATH: json.dumps(content).encode()}


def slugs(result: StepResult) -> list[str]:
    return [entry["slug"] for entry in json.loads(result.files[PATH])["segments"]]


def test_the_same_customers_change_nothing(customers: pl.DataFrame, first: StepResult) -> None:
    again = refit(customers, dict(first.files))
    assert again.files[PATH] == first.files[PATH]
    assert again.figures["previous"]["moved"] == 0
    assert again.figures["previous"]["gone"] == []


def test_names_last_in_every_table_and_figure(customers: pl.DataFrame, first: StepResult) -> None:
    again = refit(customers[:580], old_names(first))
    assert slugs(again) == ["old-0", "old-1", "old-2", "old-3"]
    assert set(again.tables["segments"].lazy().collect()["segment"]) == {*slugs(again), "no-value-yet"}
    assert set(again.tables["segment_profiles"].lazy().collect()["segment_name"]) >= {"Old 0", "Old 3"}
    assert list(again.figures["stability"]) == slugs(again)
    assert all(match["kept"] and match["jaccard"] > 0.9 for match in again.figures["previous"]["matches"])


def test_what_is_another_segment_takes_no_old_name(customers: pl.DataFrame, first: StepResult) -> None:
    fewer = refit(customers, dict(first.files), k=2)
    told = fewer.figures["previous"]
    for match in told["matches"]:
        assert match["kept"] == (match["jaccard"] >= 0.5)
        assert match["kept"] or match["segment"] not in slugs(first)
    assert set(told["gone"]) == set(slugs(first)) - {match["was"] for match in told["matches"] if match["kept"]}
    assert told["gone"]
    assert len(set(slugs(fewer))) == 2
    assert "segments_gone" in {finding.code for finding in fewer.findings}


def test_a_package_without_a_model_is_told(customers: pl.DataFrame) -> None:
    with pytest.raises(InputRefused, match="--previous") as caught:
        refit(customers, {})
    assert caught.value.code == "segment_model_missing"
