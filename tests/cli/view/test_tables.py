"""Tables in the terminal: nothing cut at any width, nothing that a terminal would obey."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from lohko_cli.view.charts import bar, stack
from lohko_cli.view.tables import clean, table

words = st.text(alphabet="abcdeåäö ", min_size=0, max_size=40)


def drawn(grid: object, width: int = 80, *, terminal: bool = True) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, force_terminal=terminal, color_system=None).print(grid)
    return stream.getvalue()


def test_fits_and_aligns():
    shown = drawn(table(["Segment", "Share of customers"], [["Loyal", "17 %"], ["New", "3 %"]], numeric=[1]), 24)
    assert shown.splitlines() == [
        "Segment   Share of",
        "         customers",
        "──────────────────",
        "Loyal         17 %",
        "New            3 %",
    ]


def test_total_is_set_apart():
    lines = drawn(table(["a", "b"], [["x", "1"], ["all", "1"]], numeric=[1], total=True)).splitlines()
    assert lines[1] == lines[3] == "──────"


def test_elsewhere_than_on_a_terminal_lines_are_plain_and_whole():
    long = "a very long cell " * 20
    shown = drawn(table(["name", "n"], [[long, 1], ["b", None]], numeric=[1]), 10_000, terminal=False)
    assert shown.splitlines()[1] == f"{long}  1"
    assert "…" not in shown
    assert "\x1b" not in shown
    assert all(line == line.rstrip() for line in shown.splitlines())


def test_nothing_in_a_cell_is_obeyed():
    nasty = "[/] [link=http://x]\x1b[31m\u202ered\u2066\u200b\x00\x9b\nnext"
    assert clean(nasty) == "[/] [link=http://x][31mred next"
    shown = drawn(table(["[bold]", "x"], [[nasty, nasty]]), 120)
    assert "[/] [link=http://x][31mred next" in shown
    assert "[bold]" in shown
    assert "\x1b" not in shown


def test_too_many_columns_become_blocks():
    shown = drawn(table([f"column{n}" for n in range(12)], [[f"cell{n}" for n in range(12)]]), 40)
    assert all(f"column{n}: cell{n}" in shown for n in range(1, 12))
    assert all(cell_len(line) <= 40 for line in shown.splitlines())


@given(
    st.lists(st.tuples(words, st.integers(0, 10**9), words), max_size=6),
    st.tuples(words, words, words),
    st.integers(24, 140),
)
def test_every_letter_is_shown_within_the_width(rows, titles, width):
    shown = drawn(table(titles, rows, numeric=[1]), width)
    assert all(cell_len(line) <= width for line in shown.splitlines())
    letters = shown.replace("─", "")
    for row in rows:
        assert str(row[1]) in letters
    assert sum(not letter.isspace() for letter in letters) >= sum(
        not letter.isspace() for row in rows for cell in row for letter in str(cell)
    )


@given(st.floats(0, 1), st.integers(1, 60))
def test_bars_keep_to_their_room_and_show_what_is_there(size, width):
    for ascii_only in (False, True):
        drawn_bar = bar(size, width, "money", ascii_only=ascii_only)
        assert drawn_bar.cell_len <= width
        assert bool(drawn_bar.plain) == (size > 0)
        assert not ascii_only or drawn_bar.plain.isascii()


def test_a_whole_of_parts_keeps_its_width():
    parts = [(1 / 7, tone) for tone in ("good", "ask", "screen", "review", "bad", "good", "ask")]
    assert stack(parts, 40).cell_len == 40


def test_a_piece_of_text_stays_as_it_is_styled():
    grid = table(["a"], [[Text("x", style="red")]])
    assert isinstance(grid.rows[0][0], Text)
