"""Segments beside a column kept out of them: ratios flagged, small cells never told, nor what would give them away."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.errors import UsageFault
from lohko.outcome import Env, StepResult
from lohko.segments.fairness import LEAST, check
from lohko.segments.params import SegmentParams
from lohko.segments.step import segment

DAY = dt.date(2025, 12, 31)


def people(cells: dict[tuple[str | None, str], int], column: str = "sex") -> tuple[pl.DataFrame, pl.LazyFrame]:
    """Make a table of segments and one of customers with so many in each group and segment."""
    rows = [(group, slug) for (group, slug), count in cells.items() for _ in range(count)]
    ids = [f"c{i:05d}" for i in range(len(rows))]
    slugs = [slug for _, slug in rows]
    segments = pl.DataFrame({"customer_id": ids, "segment": slugs, "segment_name": [s.title() for s in slugs]})
    customers = pl.DataFrame({"customer_id": ids, column: pl.Series([group for group, _ in rows], dtype=pl.String)})
    return segments, customers.lazy()


def told(cells: dict[tuple[str | None, str], int], column: str = "sex") -> dict[tuple[str, str], dict[str, object]]:
    segments, customers = people(cells, column)
    found = check(segments, {"customers": customers}, (column,), DAY).table
    return {(row["group"], row["segment"]): row for row in found.to_dicts()}


def test_shares_stand_beside_the_overall_ones_and_ratios_outside_are_flagged() -> None:
    found = told({("f", "best"): 40, ("f", "rest"): 160, ("m", "best"): 120, ("m", "rest"): 80})
    row = found["f", "best"]
    assert (row["share"], row["overall_share"], row["ratio"]) == (0.2, 0.4, 0.5)
    assert (row["flag"], row["by_chance"]) == ("under", False)
    assert (found["m", "best"]["flag"], found["m", "best"]["ratio"]) == ("over", 1.5)
    even = told({("f", "best"): 42, ("f", "rest"): 58, ("m", "best"): 38, ("m", "rest"): 62})
    assert {row["flag"] for row in even.values()} == {None}


def test_what_few_people_would_give_by_chance_is_told_so() -> None:
    found = told({("f", "best"): 10, ("f", "rest"): 10, ("m", "best"): 380, ("m", "rest"): 620})
    assert (found["f", "best"]["flag"], found["f", "best"]["by_chance"]) == ("over", True)


def test_a_group_left_out_of_a_segment_is_flagged_without_its_number() -> None:
    found = told({("f", "best"): 0, ("f", "rest"): 500, ("m", "best"): 200, ("m", "rest"): 300})
    row = found["f", "best"]
    assert (row["customers"], row["ratio"], row["flag"], row["by_chance"]) == (None, None, "under", False)


def test_sizes_that_would_tell_of_a_small_group_are_kept_back() -> None:
    cells: dict[tuple[str | None, str], int] = {
        ("f", "a"): 40,
        ("f", "b"): 40,
        ("m", "a"): 400,
        ("m", "b"): 400,
        (None, "a"): 4,
    }
    cells |= {("f", "tiny"): 2, ("m", "tiny"): 2}
    found = told(cells)
    # nobody's number follows from the others': the group of 4 and the next smallest are kept back, the segment of 4 likewise
    assert {row["group_customers"] for (group, _), row in found.items() if group != "m"} == {None}
    assert found["m", "a"]["group_customers"] == 802
    assert {row["overall_share"] for (_, slug), row in found.items() if slug in {"tiny", "b"}} == {None}
    assert all(row["share"] is None and row["flag"] is None for (group, _), row in found.items() if group == "f")


def test_rare_groups_go_together_and_the_unknown_are_a_group() -> None:
    cells: dict[tuple[str | None, str], int] = {("fi", "a"): 60, ("fi", "b"): 60, (None, "a"): 20, (None, "b"): 20}
    cells |= {(f"language {i}", slug): 3 for i in range(8) for slug in "ab"}
    found = told(cells, "language")
    assert {group for group, _ in found} == {"fi", "(others)", "(empty)"}
    assert found["(others)", "a"]["customers"] == 24


def test_birth_dates_are_compared_by_age() -> None:
    cells: dict[tuple[str | None, str], int] = {}
    for born in ("2007-12-31", "2008-01-01", "1950-12-31", "1951-01-01", "2027-01-01"):
        cells |= {(born, "a"): 10, (born, "b"): 10}
    found = told(cells, "birth_date")
    assert [row["group"] for row in found.values() if row["segment"] == "a"] == [
        "(empty)",
        "00-17",
        "18-29",
        "60-74",
        "75+",
    ]


def test_a_column_that_is_nowhere_names_the_nearest() -> None:
    segments, customers = people({("f", "best"): 40})
    with pytest.raises(UsageFault) as caught:
        check(segments, {"customers": customers}, ("sexx",), DAY)
    assert caught.value.code == "segment_fairness_column"
    assert "sex" in (caught.value.hint or "")


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=1, max_size=4))
def test_no_cell_under_ten_can_be_read_or_worked_out(grid: list[list[int]]) -> None:
    cells = {(f"g{y}", f"s{x}"): count for y, row in enumerate(grid) for x, count in enumerate(row)}
    if not sum(cells.values()):
        return
    found = told(cells)  # type: ignore[arg-type]
    for key, row in found.items():
        assert row["customers"] is None or row["customers"] >= LEAST  # type: ignore[operator]
        assert (row["share"] is None) == (row["customers"] is None or row["group_customers"] is None), key
        assert (row["ratio"] is None) == (row["share"] is None or row["overall_share"] is None), key
    counts: dict[tuple[str, str], int] = {}
    for (group, slug), count in cells.items():
        small = sum(grid[int(group[1:])]) < LEAST
        place = ("(others)" if small else group, slug)
        counts[place] = counts.get(place, 0) + count
    for axis in (0, 1):
        for line in {key[axis] for key in found}:
            hidden = [counts[key] for key, row in found.items() if key[axis] == line and row["customers"] is None]
            assert not 0 < sum(hidden) < LEAST or sum(n for k, n in counts.items() if k[axis] == line) < LEAST


def test_the_step_checks_when_asked_and_forgets_when_not(customers: pl.DataFrame) -> None:
    place = pl.int_range(pl.len())
    register = customers.select("customer_id", sex=pl.when(place % 20 < 4).then(pl.lit("m")).otherwise(pl.lit("f")))
    tables = {"value": customers.lazy(), "customers": register.lazy()}

    def run(**wishes: object) -> StepResult:
        return segment(tables, SegmentParams(k=4, bootstraps=5, **wishes), Env(DAY))  # type: ignore[arg-type]

    asked = run(fairness=("sex",))
    finding = next(f for f in asked.findings if f.code == "segments_fairness")
    assert finding.level == "warning"
    assert finding.data["flagged"] > 0
    table = asked.tables["segment_fairness"]
    assert isinstance(table, pl.DataFrame)
    assert (
        table.filter((pl.col("segment") == "active-big-spenders") & (pl.col("group") == "m"))["flag"].item() == "over"
    )
    assert asked.files == run().files  # it describes the segments and does not make them
    assert "segment_fairness" in run().outdated
