"""The dashboard's figures: flows that add up, customers merged since who are not lost, and blanks where nothing can be told."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.views.dashboard_fixtures import BEGIN, NEW, OLD, Row, company, saved, snapshot

from lohko.errors import InputRefused
from lohko.views.dashboard import hiding
from lohko.views.dashboard.build import Made, build
from lohko.views.dashboard.counts import Counts
from lohko.views.dashboard.model import Growth
from lohko.views.report.model import HIDDEN

EARLY, LATE = dt.date(2025, 7, 1), dt.date(2026, 12, 20)
ANCHOR: list[Row] = [("anchor", 9, BEGIN, dt.date(2025, 12, 30))]  # the data reach back, and up to the older day
LATER: list[Row] = [("anchor", 12, BEGIN, dt.date(2026, 12, 30))]


def growth(made: Made) -> Growth:
    found = made.dashboard.last.growth
    assert found is not None
    return found


def statuses(made: Made) -> dict[str, str]:
    rows = made.tables["movements"].filter(pl.col("as_of") == made.dashboard.as_of)
    return dict(rows.select("customer_id", "status").rows())


def test_every_customer_has_the_status_that_the_definitions_say():
    before = [
        *ANCHOR,
        ("stays", 5, BEGIN, EARLY),
        ("leaves", 5, BEGIN, EARLY),
        ("sleeps", 3, BEGIN, dt.date(2023, 5, 1)),
    ]
    before += [("returns", 3, BEGIN, dt.date(2023, 5, 1)), ("wakes", 0, None, None)]
    now = [*LATER, ("stays", 9, BEGIN, LATE), ("leaves", 5, BEGIN, EARLY), ("sleeps", 3, BEGIN, dt.date(2023, 5, 1))]
    now += [("returns", 4, BEGIN, LATE), ("wakes", 1, LATE, LATE), ("comes", 2, LATE, LATE)]
    made = build([snapshot(OLD, before), snapshot(NEW, now)], group_minimum=1)
    assert statuses(made) == {
        "anchor": "retained", "stays": "retained", "leaves": "lost", "sleeps": "quiet",
        "returns": "reactivated", "wakes": "new", "comes": "new",
    }  # fmt: skip
    assert growth(made) == Growth(
        before=3, new=2, retained=2, reactivated=1, lost=1, active=5, new_share=0.4, churn=0.333333
    )
    assert made.dashboard.last.came == 1
    assert made.dashboard.activity.returns_known


def test_customers_merged_since_count_once_and_are_not_lost():
    before = [*ANCHOR, ("a", 3, BEGIN, EARLY), ("b", 2, BEGIN, EARLY)]
    now = [*LATER, ("b", 6, BEGIN, LATE)]
    merged = {"anchor": "anchor", "a": "b", "b": "b"}
    made = build([snapshot(OLD, before), snapshot(NEW, now, merged)], group_minimum=1)
    assert statuses(made) == {"anchor": "retained", "b": "retained"}
    assert (made.dashboard.cuts[0].merged, made.dashboard.cuts[0].customers) == (1, 2)
    assert made.dashboard.last.gone == 0


def test_customers_parted_since_are_not_new():
    before = [*ANCHOR, ("a", 5, BEGIN, EARLY)]
    now = [*LATER, ("a", 5, BEGIN, LATE), ("b", 2, BEGIN, LATE)]
    made = build(
        [
            snapshot(OLD, before, {"anchor": "anchor", "a": "a", "b": "a"}),
            snapshot(NEW, now, {"anchor": "anchor", "a": "a", "b": "b"}),
        ],
        group_minimum=1,
    )
    assert statuses(made) == {"anchor": "retained", "a": "retained", "b": "retained"}
    assert made.dashboard.cuts[0].parted == 1
    assert made.dashboard.last.came == 0


def test_the_older_package_may_hold_the_numbers_as_they_came():
    before = [*ANCHOR, ("shop:9", 3, BEGIN, EARLY)]
    now = [*LATER, ("crm:1", 6, BEGIN, LATE)]
    merged = {"anchor": "anchor", "shop:9": "crm:1", "crm:1": "crm:1"}
    made = build([snapshot(OLD, before), snapshot(NEW, now, merged)], group_minimum=1)
    assert statuses(made) == {"anchor": "retained", "crm:1": "retained"}


def test_growth_is_blank_where_the_data_begin_within_the_period_before():
    begin = dt.date(2025, 6, 1)
    before: list[Row] = [("a", 3, begin, dt.date(2025, 12, 30)), ("b", 3, begin, EARLY)]
    now: list[Row] = [("a", 3, begin, dt.date(2026, 12, 30)), ("b", 3, begin, EARLY), ("c", 1, LATE, LATE)]
    made = build([snapshot(OLD, before), snapshot(NEW, now)], group_minimum=1)
    last = made.dashboard.last
    assert (last.blank, last.growth) == ("partial_before", None)
    assert made.tables["movements"]["status"].null_count() == 3
    assert made.tables["dashboard"]["churn"].to_list() == [None]
    assert made.dashboard.activity.begins == begin


def test_a_kind_of_activity_that_begins_late_is_left_out_and_said():
    def with_purchases(rows: list[Row], first: dt.date, last: dt.date, day: dt.date):
        made = snapshot(day, rows)
        bought = made.tables["value"].with_columns(first_purchase=pl.lit(first), last_purchase=pl.lit(last))
        return replace(made, tables={"value": bought})

    rows = [*ANCHOR, ("quit", 2, BEGIN, dt.date(2024, 1, 1))]
    later = [*LATER, ("quit", 2, BEGIN, dt.date(2024, 1, 1))]
    sales = dt.date(2025, 11, 1)  # the shop's data begin late: everyone would seem to have come back
    made = build([with_purchases(rows, sales, sales, OLD), with_purchases(later, sales, LATE, NEW)], group_minimum=1)
    assert made.dashboard.activity.kinds == ("visits",)
    assert [left.kind for left in made.dashboard.activity.left_out] == ["purchases"]
    assert statuses(made)["quit"] == "quiet"


def test_a_period_much_shorter_than_the_others_is_blank():
    short = NEW + dt.timedelta(days=60)
    snapshots = [*company(120), snapshot(short, [("c0001", 9, BEGIN, short)], scored=saved())]
    made = build(snapshots)
    assert [period.blank for period in made.dashboard.periods] == [None, None, "partial"]
    assert made.dashboard.cuts[-1].active is None


def test_returns_are_not_told_where_no_data_reach_that_far_back():
    begin = dt.date(2025, 1, 2)
    before: list[Row] = [("a", 3, begin, dt.date(2025, 12, 30))]
    now: list[Row] = [("a", 3, begin, dt.date(2026, 12, 30)), ("b", 1, LATE, LATE)]
    made = build([snapshot(OLD, before), snapshot(NEW, now)], group_minimum=1)
    assert growth(made).reactivated is None
    assert growth(made).new == 1
    assert not made.dashboard.activity.returns_known


def test_one_model_for_all_so_that_nobody_moves_by_cutting_anew():
    rows: list[Row] = [(f"c{n}", 1 + n % 30, BEGIN, dt.date(2025, 12, 1 + n % 31)) for n in range(200)]
    later: list[Row] = [(name, days, first, dt.date(2026, 12, last.day)) for name, days, first, last in rows if last]
    own, other = saved(20.0), saved(6.0)
    made = build([snapshot(OLD, rows, scored=other), snapshot(NEW, later, scored=own)])
    assert (made.dashboard.last.moved, made.dashboard.last.stayed) == (0, 200)
    assert [cut.own_model for cut in made.dashboard.cuts] == [True, False]
    named = build([snapshot(OLD, rows, scored=other), snapshot(NEW, later, scored=own)], model=("chosen", other))
    assert named.dashboard.last.moved == 0
    assert named.dashboard.cuts[1].sizes != made.dashboard.cuts[1].sizes
    assert named.dashboard.model is not None
    assert named.dashboard.model.package == "chosen"


def test_without_a_model_growth_is_told_and_segments_are_not():
    made = build([snapshot(OLD, ANCHOR), snapshot(NEW, LATER)], group_minimum=1)
    assert made.dashboard.model is None
    assert made.dashboard.last.segments == ()
    assert growth(made).retained == 1


def test_packages_of_one_day_and_strangers_are_refused():
    with pytest.raises(InputRefused) as caught:
        build([snapshot(OLD, ANCHOR), snapshot(OLD, LATER)])
    assert caught.value.code == "compare_same_day"
    with pytest.raises(InputRefused) as caught:
        build([snapshot(OLD, ANCHOR), snapshot(NEW, [("crm:anchor", 1, LATE, LATE)])])
    assert caught.value.code == "compare_strangers"


def test_the_order_of_packages_and_rows_changes_nothing():
    snapshots = company(300)
    made = build(snapshots)
    rng = random.Random(5)
    shuffled = [
        replace(
            each, tables={"value": each.tables["value"].collect().sample(fraction=1.0, shuffle=True, seed=place).lazy()}
        )
        for place, each in enumerate(snapshots)
    ]
    rng.shuffle(shuffled)
    again = build(shuffled)
    assert again.dashboard == made.dashboard
    assert all(again.tables[name].equals(table) for name, table in made.tables.items())


DATES = st.dates(BEGIN, OLD)


@st.composite
def worlds(draw: st.DrawFn):
    """Customers of two years; of some the numbers are merged into one customer in the second."""
    ids = [f"c{n}" for n in range(draw(st.integers(1, 25)))]
    target = {name: draw(st.sampled_from(ids[: place + 1])) for place, name in enumerate(ids)}
    merged = {name: target[target[name]] for name in ids}
    before: list[Row] = list(ANCHOR)
    for name in ids:
        if draw(st.booleans()):
            first, last = sorted((draw(DATES), draw(DATES)))
            before.append(
                (name, draw(st.integers(1, 40)), first, last) if draw(st.booleans()) else (name, 0, None, None)
            )
    now: list[Row] = list(LATER)
    for name in sorted({merged[merged[name]] for name in ids}):
        last = draw(st.dates(OLD, NEW)) if draw(st.booleans()) else draw(DATES)
        now.append((name, draw(st.integers(0, 40)), BEGIN, last))
    return before, now, {**{name: merged[merged[name]] for name in ids}, "anchor": "anchor"}


@settings(max_examples=20)
@given(worlds(), st.randoms(use_true_random=False))
def test_flows_add_up_whatever_happened(world, rng):
    before, now, merged = world
    pair = [snapshot(OLD, before, scored=saved()), snapshot(NEW, now, merged, scored=saved())]
    made = build(pair, group_minimum=1)
    last, found = made.dashboard.last, growth(made)
    counts = [found.before, found.new, found.reactivated, found.lost, found.active, found.retained]
    assert all(isinstance(count, int) for count in counts)
    active_before, new, back, lost, active, retained = counts
    assert active_before + new + back - lost == active  # type: ignore[operator]
    assert active_before == retained + lost  # type: ignore[operator]
    assert last.customers_before + last.came - last.gone == last.customers == len(now)  # type: ignore[operator]
    assert last.stayed + last.moved == last.customers - last.came  # type: ignore[operator]
    for segment in last.segments:
        assert segment.before + segment.came + segment.moved_in - segment.moved_out - segment.gone == segment.now  # type: ignore[operator]
        assert segment.before == segment.stayed + segment.moved_out + segment.gone  # type: ignore[operator]
    assert sum(segment.now for segment in last.segments) == last.customers  # type: ignore[misc]
    rows = made.tables["movements"]
    assert rows["customer_id"].is_unique().all()
    assert set(rows.filter(pl.col("segment").is_not_null())["customer_id"]) == {row[0] for row in now}
    # the newest register's customers are never told lost because they were merged
    assert Counter(rows["status"].to_list())["lost"] == lost
    table = made.tables["dashboard"].filter(pl.col("segment").is_null()).row(0, named=True)
    assert [table[name] for name in ("active_before", "new", "reactivated", "lost", "active")] == counts[:5]
    rng.shuffle(before)
    rng.shuffle(now)
    again = build([snapshot(NEW, now, merged, scored=saved()), snapshot(OLD, before, scored=saved())], group_minimum=1)
    assert again.dashboard == made.dashboard


CELLS = st.lists(st.integers(0, 12), min_size=16, max_size=16)


@settings(max_examples=60)
@given(CELLS, st.integers(2, 6))
def test_no_hidden_group_can_be_worked_out_from_what_is_shown(cells, k):
    slugs = ("a", "b", "c")
    ends = (*slugs, None)
    moves = Counter({(y, x): cells[4 * r + c] for r, y in enumerate(ends) for c, x in enumerate(ends) if y or x})
    before = sum(moves[y, x] for y in slugs for x in ends)
    now = sum(moves[y, x] for y in ends for x in slugs)
    came, gone = sum(moves[None, x] for x in slugs), sum(moves[y, None] for y in slugs)
    counts = Counts(OLD, NEW, slugs, moves, Counter(), Counter(), before, now, came, gone)
    shown, (shown_came, shown_gone) = hiding.moves(counts, k)
    changes = {change.slug: change for change in hiding.segments(counts, shown, k, told=False)}
    assert all(not 0 < count < k for count in shown.values() if count is not HIDDEN)
    assert (shown_came is HIDDEN) == (shown_gone is HIDDEN)

    def lines():
        for y in slugs:
            yield changes[y].before, [shown[y, x] for x in ends], [moves[y, x] for x in ends]
            yield changes[y].now, [shown[x, y] for x in ends], [moves[x, y] for x in ends]
        yield shown_came, [shown[None, x] for x in slugs], [moves[None, x] for x in slugs]
        yield shown_gone, [shown[y, None] for y in slugs], [moves[y, None] for y in slugs]

    for total, told, real in lines():
        hidden = [count for count, show in zip(real, told, strict=True) if show is HIDDEN]
        if total is HIDDEN:
            assert all(show is HIDDEN for show in told)
        elif hidden:
            assert len(hidden) > 1
            assert sum(hidden) >= k or sum(hidden) == sum(real)
