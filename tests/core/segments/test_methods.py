"""Both ways to cluster: fitted, placed, stored and scored alike."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from lohko.outcome import Env, Other, StepResult
from lohko.segments.assign import assign
from lohko.segments.methods import Clusters, cluster
from lohko.segments.model import PATH
from lohko.segments.params import AssignParams, SegmentParams
from lohko.segments.step import segment

DAY = dt.date(2025, 12, 31)
GMM = SegmentParams(k=4, bootstraps=5, method="gmm")


@pytest.fixture(scope="module")
def mixture(customers: pl.DataFrame) -> StepResult:
    return segment({"value": customers.lazy()}, GMM, Env(DAY))


def frame(result: StepResult, table: str = "segments") -> pl.DataFrame:
    found = result.tables[table]
    assert isinstance(found, pl.DataFrame)
    return found


def test_a_mixture_tells_a_narrow_group_inside_a_wide_one() -> None:
    rng = np.random.default_rng(1)
    wide, narrow = rng.normal(0, 3, (600, 2)), rng.normal(0.5, 0.3, (600, 2))
    matrix, kind = np.vstack([wide, narrow]), np.repeat([0, 1], 600)
    right = {}
    for method in ("kmeans", "gmm"):
        labels = cluster(matrix, 2, 1, 10, method).labels(matrix)
        right[method] = max((labels == kind).mean(), (labels != kind).mean())
    assert right["gmm"] > 0.9 > right["kmeans"]


def test_the_likeliest_part_and_how_much_likelier_it_is() -> None:
    parts = Clusters(np.array([[0.0], [4.0]]), np.array([[1.0], [4.0]]), np.array([0.7, 0.3]))
    x = np.linspace(-4, 12, 33)
    each = np.array([0.7 * norm.pdf(x, 0, 1), 0.3 * norm.pdf(x, 4, 2)])
    labels, confidence = parts.place(x[:, None])
    assert labels.tolist() == each.argmax(axis=0).tolist()
    assert confidence == pytest.approx(1 - each.min(axis=0) / each.max(axis=0), abs=1e-5)


def test_known_groups_are_found_by_a_mixture_too(mixture: StepResult) -> None:
    assert frame(mixture, "segment_profiles")["segment"].to_list() == [
        "active-big-spenders",
        "lapsed-light-buyers-few-visits",
        "visitors-without-purchases",
        "advocates-without-purchases",
        "no-value-yet",
    ]
    assert min(value for value in mixture.figures["stability"].values()) > 0.9


def test_the_model_says_its_method_and_scores_by_it(customers: pl.DataFrame, mixture: StepResult) -> None:
    content = json.loads(mixture.files[PATH])
    assert content["method"] == "gmm"
    assert len(content["spreads"]) == len(content["weights"]) == 4
    env = Env(DAY, others={"model": Other(files=mixture.files)})
    assert frame(assign({"value": customers.lazy()}, AssignParams(), env)).equals(frame(mixture))
    alone = frame(assign({"value": customers[7:8].lazy()}, AssignParams(), env))
    assert alone.row(0) == frame(mixture).row(7)


def test_the_order_of_rows_is_irrelevant_to_a_mixture(customers: pl.DataFrame, mixture: StepResult) -> None:
    shuffled = segment({"value": customers.reverse().lazy()}, GMM, Env(DAY))
    assert shuffled.files == mixture.files
    assert frame(shuffled).equals(frame(mixture))
