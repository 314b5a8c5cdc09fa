"""Small groups are kept back, and totals do not give them away."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from lohko.disclosure import veiled, veiled_grid
from lohko.views.report.model import HIDDEN
from lohko.views.report.privacy import Group, cells, veil

counts = st.lists(st.integers(0, 40), min_size=1, max_size=8)


def test_one_small_group_takes_the_next_smallest_with_it():
    assert veil([100, 3, 20, 0], 5) == (100, HIDDEN, HIDDEN, 0)


def test_two_small_groups_hide_each_other_once_they_are_enough():
    assert veil([100, 3, 4], 5) == (100, HIDDEN, HIDDEN)


def test_nothing_small_nothing_hidden():
    assert veil([5, 0, 9], 5) == (5, 0, 9)


@given(counts, st.integers(1, 10))
def test_the_whole_less_the_shown_never_tells_of_fewer_than_k(groups: list[int], k: int):
    flags = veiled(groups, k)
    hidden = sum(count for count, hide in zip(groups, flags, strict=True) if hide)
    assert all(hide for count, hide in zip(groups, flags, strict=True) if 0 < count < k)
    assert hidden == 0 or hidden >= k or hidden == sum(groups)


@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=4), st.integers(1, 8))
def test_no_row_or_column_total_gives_a_cell_away(grid: list[list[int]], k: int):
    hidden = veiled_grid(grid, k)
    lines = [[(y, x) for x in range(3)] for y in range(len(grid))]
    lines += [[(y, x) for y in range(len(grid))] for x in range(3)]
    for line in lines:
        inside = [(y, x) for y, x in line if hidden[y][x]]
        together = sum(grid[y][x] for y, x in inside)
        whole = sum(grid[y][x] for y, x in line)
        assert all(hidden[y][x] for y, x in line if 0 < grid[y][x] < k)
        assert not inside or (len(inside) > 1 and together >= k) or together == whole


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10**6)), min_size=1, max_size=8))
def test_hidden_groups_together_keep_the_sums(groups: list[tuple[int, int]]):
    made = [Group((str(place),), people, Decimal(money)) for place, (people, money) in enumerate(groups)]
    shown, rest = cells(made, 5)
    if rest is None or rest.customers is HIDDEN:
        return
    people = sum(cell.customers for cell in (*shown, rest) if isinstance(cell.customers, int))
    money = sum((cell.amount for cell in (*shown, rest) if isinstance(cell.amount, Decimal)), Decimal(0))
    assert people == sum(count for count, _ in groups)
    assert money == sum(amount for _, amount in groups)
