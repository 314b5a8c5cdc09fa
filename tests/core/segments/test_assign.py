"""A saved model: the same segment for the same customer, and how far they have moved."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pytest

from lohko.errors import InputRefused
from lohko.outcome import Env, Other, StepResult
from lohko.segments.assign import assign
from lohko.segments.model import PATH, load
from lohko.segments.params import AssignParams, SegmentParams
from lohko.segments.step import segment

DAY = dt.date(2025, 12, 31)


@pytest.fixture(scope="module")
def trained(customers: pl.DataFrame) -> StepResult:
    return segment({"value": customers.lazy()}, SegmentParams(k=4, bootstraps=5), Env(DAY))


def score(value: pl.DataFrame, trained: StepResult, **wishes: object) -> StepResult:
    return assign({"value": value.lazy()}, AssignParams(**wishes), beside(trained.files))  # type: ignore[arg-type]


def beside(files: Mapping[str, bytes]) -> Env:
    return Env(DAY, others={"model": Other(files=files)})


def frame(result: StepResult, table: str = "segments") -> pl.DataFrame:
    found = result.tables[table]
    assert isinstance(found, pl.DataFrame)
    return found


def test_the_same_customer_gets_the_same_segment(customers: pl.DataFrame, trained: StepResult) -> None:
    again = score(customers, trained)
    assert frame(again).equals(frame(trained))
    assert again.figures["drift_highest"] == 0
    assert all(abs(entry["change"]) < 1e-9 for entry in again.figures["shares"].values())
    assert again.files[PATH] == trained.files[PATH]


def test_a_single_customer_is_scored_as_among_all(customers: pl.DataFrame, trained: StepResult) -> None:
    for place in (0, 5, 13, 17, 19):
        alone = frame(score(customers[place : place + 1], trained))
        assert alone.row(0) == frame(trained).row(place)


def test_the_profiles_are_of_these_customers_in_the_words_of_the_model(
    customers: pl.DataFrame, trained: StepResult
) -> None:
    profiles, own = (frame(score(customers, trained), "segment_profiles"), frame(trained, "segment_profiles"))
    assert profiles.equals(own)
    some = customers.filter(pl.col("frequency") > 0)
    fewer = frame(score(some, trained), "segment_profiles")
    assert fewer["customers"].sum() == some.height
    assert fewer["share"].sum() == pytest.approx(1, abs=1e-5)
    words = ["segment", "segment_name", "rule", "rule_right", "stability", "treatment_hint"]
    assert (
        fewer.select(words).rows()
        == own.filter(pl.col("segment").is_in(fewer["segment"].to_list())).select(words).rows()
    )


def test_few_customers_cannot_cross_the_gate_by_chance(customers: pl.DataFrame, trained: StepResult) -> None:
    alone = score(customers[:1], trained, max_drift=0.25)
    assert alone.figures["drift_highest"] > 0.25
    assert alone.gate is None
    assert "segments_drift" not in {f.code for f in alone.findings}


def test_the_shares_of_segments_can_cross_the_gate_alone(customers: pl.DataFrame, trained: StepResult) -> None:
    slug = frame(trained)["segment"][0]
    own = customers.filter(frame(trained)["segment"] == slug)
    assert own.height > 50
    gone = score(own, trained, max_drift=0.25)
    assert gone.gate is not None
    assert "segments" in gone.gate
    assert gone.figures["share_shift"] == pytest.approx(1 - own.height / customers.height, abs=1e-5)


def test_drift_shows_and_can_be_a_gate(customers: pl.DataFrame, trained: StepResult) -> None:
    moved = score(customers.with_columns(pl.col("visit_days") * 4), trained, max_drift=0.25)
    assert moved.figures["drift"]["visit_days"] > 0.25
    assert moved.figures["drift"]["frequency"] == 0
    assert moved.figures["gate_crossed"]
    assert moved.gate is not None
    assert "visit_days" in moved.gate
    assert "segments_drift" in {f.code for f in moved.findings}
    assert not score(customers, trained, max_drift=0.25).figures["gate_crossed"]


def test_names_come_from_the_model_in_any_language(customers: pl.DataFrame, trained: StepResult) -> None:
    swedish = frame(score(customers, trained, lang="sv"))
    assert swedish["segment"].equals(frame(trained)["segment"])
    assert "Inget värde ännu" in swedish["segment_name"].to_list()


def test_the_model_reads_back_as_it_was(trained: StepResult) -> None:
    model = load(trained.files[PATH])
    assert model.to_bytes() == trained.files[PATH]
    assert model.as_of == DAY


@pytest.mark.parametrize(
    ("files", "drop", "code"),
    [
        ({}, (), "segment_model_missing"),
        ({PATH: b"{}"}, (), "segment_model_unreadable"),
        ({PATH: b"not json"}, (), "segment_model_unreadable"),
        ({PATH: b'{"schema": 99, "lohko": "9.0"}'}, (), "segment_model_schema"),
        ({PATH: b"[1]"}, (), "segment_model_unreadable"),
        (None, ("visit_days",), "segment_model_features"),
    ],
)
def test_what_cannot_be_scored_is_refused(
    customers: pl.DataFrame, trained: StepResult, files: dict[str, bytes] | None, drop: tuple[str, ...], code: str
) -> None:
    env = beside(trained.files if files is None else files)
    with pytest.raises(InputRefused) as caught:
        assign({"value": customers.drop(drop).lazy()}, AssignParams(), env)
    assert caught.value.code == code


def test_nobody_is_refused(customers: pl.DataFrame, trained: StepResult) -> None:
    with pytest.raises(InputRefused) as caught:
        score(customers.head(0), trained)
    assert caught.value.code == "segment_nobody"


def test_a_model_saved_before_next_shares_were_known_still_scores(customers: pl.DataFrame, trained: StepResult) -> None:
    content = json.loads(trained.files[PATH])
    for saved in (*content["segments"], content["inactive"]):
        del saved["next_share_customers"], saved["next_share"]
    content["inactive"] |= {"slug": "not-yet-active", "names": dict.fromkeys(("en", "fi", "sv"), "Not yet active")}
    older = replace(trained, files={PATH: json.dumps(content).encode()})
    again = frame(score(customers, older))
    assert set(again["segment"]) ^ set(frame(trained)["segment"]) == {"no-value-yet", "not-yet-active"}
