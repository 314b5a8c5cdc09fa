"""Small groups are kept back, and totals do not give them away."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from lohko.disclosure import computable, sealed, veiled, veiled_grid
from lohko.views.report.model import HIDDEN
from lohko.views.report.privacy import Group, cells, veil
from lohko.views.report.sections.classes import told_together
from lohko.views.report.sections.worth import _presence

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


def test_a_zero_hides_a_group_where_nobody_else_can():
    # 3 takes 10 with it, 10 is alone in its column, which shows its sum: the sum less nothing would tell it, and so 3
    hidden = veiled_grid([[3, 10, 40], [20, 0, 50], [30, 0, 60]], 5)
    assert hidden[0][0]
    assert sum(row[1] for row in hidden) > 1


def test_what_sums_tell_together():
    rows_and_columns = [[0, 1], [2, 3], [0, 2], [1, 3]]
    assert computable([3, 4, 5, 6], rows_and_columns, [True] * 4) == set()
    assert computable([3, 4, 5, 6], rows_and_columns, [True, True, True, False]) == {0, 1, 2}
    assert computable([3, 0, 0, 6], rows_and_columns, [True, True, False, True]) == {0, 1, 3}
    # two hidden groups that add up to nothing are nothing
    assert computable([3, 0, 0, 9], [[0, 1], [1, 2]], [True, True, True, False]) == {0, 1, 2}


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.sampled_from([0, 0, 1, 3, 6, 9, 30]), min_size=4, max_size=4), min_size=3, max_size=4),
    st.integers(2, 6),
)
def test_no_hidden_group_follows_from_all_that_is_shown(grid: list[list[int]], k: int):
    """Solve for the least and the most that each hidden small group can be, given every sum that may be shown itself."""
    hidden = veiled_grid(grid, k)
    if 0 < sum(map(sum, grid)) < k:
        return
    cells = [(y, x) for y in range(len(grid)) for x in range(4) if hidden[y][x]]
    lines = [[(y, x) for x in range(4)] for y in range(len(grid))] + [
        [(y, x) for y in range(len(grid))] for x in range(4)
    ]
    totals = [[sum(grid[y][x] for y, x in line) for line in own] for own in (lines[: len(grid)], lines[len(grid) :])]
    closed = [hide for own in totals for hide in veiled(own, k)]
    known = [line for line, hide in zip(lines, closed, strict=True) if not hide]
    known.append([cell for line in lines[: len(grid)] for cell in line])
    equations = [[float(cell in line) for cell in cells] for line in known]
    sums = [sum(grid[y][x] for y, x in line if hidden[y][x]) for line in known]
    for place, (y, x) in enumerate(cells):
        if not 0 < grid[y][x] < k:
            continue
        goal = [float(other == place) for other in range(len(cells))]
        least = linprog(goal, A_eq=equations, b_eq=sums).fun
        most = linprog([-cost for cost in goal], A_eq=equations, b_eq=sums)
        assert most.status == 3 or -most.fun - least > 0.5  # 3: without bound


def test_a_sum_that_is_kept_back_does_not_follow_from_what_is_shown():
    # the whole less the group of 50 would be the hidden three: 50 goes, too, or, where only parts may go, nothing more can
    groups = [[0], [1], [2], [0, 1], [2], [0, 1, 2]]
    hidden = [True, True, True, True, False, False]
    assert sealed([1, 2, 50], groups, hidden, 5) == (True, True, True, True, True, False)
    assert sealed([1, 2, 50], groups, hidden, 5, hideable=3) == tuple(hidden)
    # columns of 3 and of 20 are kept back; where all cells of the second were shown, the first would follow
    grid = veiled_grid([[2, 12, 40], [1, 8, 50]], 5)
    assert grid[0][1] or grid[1][1]


CLASSES = st.dictionaries(
    st.tuples(*[st.integers(0, 3)] * 3), st.sampled_from([1, 3, 4, 6, 9, 30, 100]), min_size=3, max_size=20
)


@settings(max_examples=25, deadline=None)
@given(CLASSES)
def test_combinations_classes_and_map_together_tell_of_no_small_group(found: dict[tuple[int, int, int], int]):
    """Set up all that is shown as equations over the 64 kinds of customers: no hidden small group may be a sum of them."""
    rows = [(*kind, customers, Decimal(0), 0) for kind, customers in sorted(found.items())]
    places, k = [0, 1, 2], 5
    kinds = [(x, y, z) for x, y, z in product(range(4), repeat=3)]
    counts = np.array([found.get(kind, 0) for kind in kinds])
    groups = _presence(rows, places)
    told = told_together(rows, places, groups, k)
    shown: list[tuple[list[bool], bool]] = []
    for group, hide in zip(groups, told.presence, strict=True):
        shown.append(
            ([all((n > 0) == (h == "yes") for n, h in zip(kind, group.key, strict=True)) for kind in kinds], hide)
        )
    for (place, step), hide in zip(product(places, range(4)), told.levels, strict=True):
        shown.append(([kind[place] == step for kind in kinds], hide))
    for (y, x), hide, silent in zip(product(range(4), range(4)), told.cells, told.inner, strict=True):
        shown.append(([kind[:2] == (x, y) for kind in kinds], hide))
        shown.append(([kind[:2] == (x, y) and kind[2] > 0 for kind in kinds], silent))
        shown.append(([kind[:2] == (x, y) and kind[2] == 0 for kind in kinds], True))  # no table shows it
    sizes = [int(counts[inside].sum()) for inside, _ in shown]
    if 0 < counts.sum() < k:
        return
    assert all(hide for (_, hide), size in zip(shown, sizes, strict=True) if 0 < size < k)
    nobody = np.any(
        [inside for (inside, hide), size in zip(shown, sizes, strict=True) if not hide and not size] or [[False] * 64],
        axis=0,
    )
    known = [np.ones(64), *(np.array(inside, float) for inside, hide in shown if not hide)]
    matrix = np.array([np.where(nobody, 0, row) for row in known])
    rank = np.linalg.matrix_rank(matrix)
    for (inside, hide), size in zip(shown, sizes, strict=True):
        if hide and 0 < size < k:
            assert np.linalg.matrix_rank(np.vstack([matrix, np.where(nobody, 0, np.array(inside, float))])) > rank


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
