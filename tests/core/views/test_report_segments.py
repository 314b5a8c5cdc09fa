"""The chapter on segments: how many and which by rule, beside value classes, and beside a column kept out of them."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest
from tests.core.views import fixtures

from lohko.segments.fairness import check
from lohko.views.report.build import build
from lohko.views.report.model import HIDDEN, Report
from lohko.views.report.renderers import to_markdown


def with_groups(kinds: tuple[str, ...]) -> Report:
    """Build a report whose last segments are groups by rule."""
    content = json.loads(fixtures.files()["model/model.json"])
    for kind in kinds:
        content[kind] = content["segments"].pop()
    return build(
        fixtures.tables(), fixtures.history(), {"model/model.json": json.dumps(content).encode()}, fixtures.AS_OF
    )


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ((), "Customers form 5 segments"),
        (
            ("inactive",),
            "There are 5 segments: 4 found by what customers do, not by who they are, and one of those who",
        ),
        (("new",), "There are 5 segments: 4 found by what customers do, not by who they are, and one of those too new"),
        (("new", "inactive"), "There are 5 segments: 3 found by what customers do"),
    ],
)
def test_groups_by_rule_are_told_from_segments(kinds: tuple[str, ...], words: str) -> None:
    assert words in to_markdown(with_groups(kinds), "en")


@pytest.mark.parametrize(
    ("lang", "again", "surely"),
    [
        ("en", "found again, but", "sure"),
        ("fi", "löytyy uudelleen, mutta", "varma"),
        ("sv", "återfinns, men", "säkert"),
    ],
)
def test_no_segment_is_sure_where_their_number_failed_a_test(lang: str, again: str, surely: str) -> None:
    report = with_groups(())
    assert report.segments is not None
    assert report.segments.choice is not None
    told = {}
    for passed in (False, True):
        choice = replace(report.segments.choice, passed=passed)
        text = to_markdown(replace(report, segments=replace(report.segments, choice=choice)), lang)
        rows = [line for line in text.splitlines() if line.startswith("|") and any(map(str.isdigit, line))]
        told[passed] = sum(again in row for row in rows), sum(row.endswith(f"{surely} |") for row in rows)
    assert told[False][0] == told[True][1] > 0
    assert told[False][1] == told[True][0] == 0


def test_segments_beside_value_classes_add_up_to_the_segments() -> None:
    report = with_groups(())
    assert report.segments is not None
    sizes = {segment.slug: segment.customers for segment in report.segments.items}
    assert {cross.dimension for cross in report.segments.levels} == {"financial", "visits", "social"}
    for cross in report.segments.levels:
        assert cross.by_segment >= cross.without
        for slug, counts in cross.rows:
            known = [count for count in counts if isinstance(count, int)]
            assert sum(known) == sizes[slug] if HIDDEN not in counts else sum(known) < sizes[slug]
            assert not any(0 < count < 5 for count in known)


@pytest.mark.parametrize(
    ("lang", "words", "unknown"), [("en", "uneven shares", "not known"), ("fi", "epätasaisia", "ei tiedossa")]
)
def test_uneven_shares_are_shown_by_group(lang: str, words: str, unknown: str) -> None:
    tables = fixtures.tables()
    segments = tables["segments"].collect()
    first = pl.col("segment") == fixtures.SEGMENTS[0][0]
    sex = segments.select("customer_id", sex=pl.when(first).then(None).otherwise(pl.lit("f"))).lazy()
    tables["segment_fairness"] = check(segments, {"customers": sex}, ("sex",), fixtures.AS_OF).table.lazy()
    text = to_markdown(build(tables, fixtures.history(), fixtures.files(), fixtures.AS_OF), lang)
    assert words in text
    assert any(line.startswith(f"| {unknown} |") for line in text.splitlines())
