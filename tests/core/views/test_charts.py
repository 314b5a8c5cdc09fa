"""Charts of ranges and of numbers over time: round axes, nothing drawn over what is hidden, a terminal form of each."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from lohko.views.report.chapters.axes import axis
from lohko.views.report.document import (
    Column,
    Document,
    Facts,
    Figure,
    Range,
    Ranges,
    Section,
    Table,
    Trend,
    Trends,
    Value,
)
from lohko.views.report.renderers.charts import chart
from lohko_cli.view.charts import interval, spark
from lohko_cli.view.report import show_document

TABLE = Table(
    "t",
    "Sizes",
    (Column("Segment"), Column("Size", "count")),
    ((Value("a"), Value("1", 1)), (Value("b"), Value("2", 2))),
)
RANGES = Ranges(
    (Range("Heavy readers", 0.2, 0.5, 0.8, "12 (2 to 22)"), Range("[/] few", None, None, None, "cannot tell yet")),
    ((0.0, "0"), (0.5, "10"), (1.0, "20")),
    (0.25, "All: 5"),
    (("money", "Score"), ("people", "Interval")),
)
TRENDS = Trends(
    (Trend("Heavy", (0.5, 1.0, 0.8), ("50", "100", "80")), Trend("Few", (1.0, None, 0.9), ("10", "hidden", "9"))),
    ((0.0, "2024-12-31"), (0.4, "2025-06-30"), (1.0, "2026-12-31")),
)  # fmt: skip


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_an_axis_holds_its_values_and_has_few_round_ticks(one: float, other: float) -> None:
    low, high = sorted((one, other))
    along = axis(low, high, -100, 100)
    assert -100 <= along.first <= low + 1e-6
    assert high - 1e-6 <= along.last <= 100
    assert 2 <= len(along.ticks) <= 7
    assert all(0 <= along.place(value) <= 1 for value in (low, high, *along.ticks))


@pytest.mark.parametrize(
    ("low", "high", "ticks"), [(-28, 49, (-40, -20, 0, 20, 40, 60)), (95, 100, (95, 96, 97, 98, 99, 100))]
)
def test_ticks_are_round(low: float, high: float, ticks: tuple[float, ...]) -> None:
    assert axis(low, high, -100, 100).ticks == ticks


def test_a_range_without_a_score_says_why_and_has_no_dot() -> None:
    drawn = chart(Figure("Scores", RANGES, TABLE))
    assert drawn.count("<svg") == 2
    assert drawn.count("<circle") == drawn.count("<rect") == 2  # one range, wide and narrow
    assert drawn.count(">cannot tell yet<") == drawn.count(">12 (2 to 22)<") == drawn.count(">All: 5<") == 2


def test_no_line_runs_over_what_is_hidden() -> None:
    drawn = chart(Figure("Sizes", TRENDS, TABLE))
    assert drawn.count('class="trend"') == 2 * 2
    assert drawn.count("<circle") == 2 * 5
    assert drawn.count(">2026-12-31<") == drawn.count(">80<") == 2


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_terminal_draws_both(width: int, encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="replace")
    blocks = (Figure("Scores", RANGES, TABLE), Figure("Over time", TRENDS, TABLE))
    shown = Document("en", "T", "", "", Facts(()), (Section("a", "S", "", blocks),), "", "", "")
    show_document(shown, Console(file=stream, width=width, force_terminal=True, color_system=None))
    stream.flush()
    text = raw.getvalue().decode(encoding)
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert ("[/] few" in text) == ("12 (2 to 22)" in text) == (width > 40)  # else there is room for the table only
    assert ("=#*" if encoding == "ascii" else "▅█▇") in text
    assert ("#?#" if encoding == "ascii" else "█?█") in text


def test_places_on_the_terminal_are_those_of_the_axis() -> None:
    assert interval(0.2, 0.5, 0.8, 0.3, 11, ascii_only=True).plain == "..-|-o---.."
    assert interval(0.0, 0.0, 1.0, None, 5, ascii_only=True).plain == "o----"
    assert spark((0.0, 0.5, 1.0, None)).plain == "▁▅█?"
    assert spark((0.0, 0.5, 1.0, None), ascii_only=True).plain == "_=#?"
