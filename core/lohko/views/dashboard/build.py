"""From two or more packages to the dashboard: every figure is counted once, here; renderers only draw it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from lohko.errors import InputRefused
from lohko.segments.model import Model, load
from lohko.views.dashboard import counts as exact
from lohko.views.dashboard import hiding
from lohko.views.dashboard.activity import blank, windows
from lohko.views.dashboard.counts import Counts, count
from lohko.views.dashboard.model import Cut, Dashboard, Frozen, Move, Period
from lohko.views.dashboard.people import Matched, match, numbers, themselves
from lohko.views.dashboard.persons import as_persons, movements
from lohko.views.dashboard.snapshots import EVENTS, Snapshot, State, read_state
from lohko.views.report.build import GROUP_MINIMUM
from lohko.views.report.model import Shown


@dataclass(frozen=True, slots=True)
class _Read:
    """One package, read: its customers as it has them, and as customers of the newest register."""

    snapshot: Snapshot
    state: State
    matched: Matched
    persons: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Made:
    """What comparing makes: the dashboard for people, and the tables, exact, for the next step.

    Attributes
    ----------
    tables : ``movements`` (a row a customer and period) and ``dashboard`` (a row a segment and period)
    """

    dashboard: Dashboard
    tables: Mapping[str, pl.DataFrame]


def build(
    snapshots: Sequence[Snapshot], *, model: tuple[str, bytes] | None = None, group_minimum: int = GROUP_MINIMUM
) -> Made:
    """Compare packages.

    Parameters
    ----------
    snapshots : two or more; their order does not matter, their days do
    model : where the model comes from, and the model all are scored with (default: that of the newest package that has one)
    group_minimum : groups of fewer people are kept back in the dashboard (1: nothing is)

    Raises
    ------
    InputRefused
        Two packages are of one day (``compare_same_day``), have no customer in common (``compare_strangers``), or cannot be
        scored with the model.
    """
    ordered = sorted(snapshots, key=lambda snapshot: (snapshot.as_of, snapshot.name))
    _check_days(ordered)
    if model is None:
        model = next(((each.name, each.model) for each in reversed(ordered) if each.model is not None), None)
    frozen = load(model[1]) if model is not None else None
    states = [read_state(snapshot, frozen) for snapshot in ordered]
    matches = _matches(ordered, states)
    found = windows([snapshot.as_of for snapshot in ordered], [state.spans for state in states])
    read = [
        _Read(snapshot, state, matched, as_persons(state, matched, found.activity.kinds, start))
        for snapshot, state, matched, start in zip(ordered, states, matches, found.starts, strict=True)
    ]
    slugs = tuple(segment.slug for segment in frozen.known) if frozen is not None else ()
    k = max(1, group_minimum)
    periods, moved, counted = [], [], []
    for place, (before, now) in enumerate(itertools.pairwise(read), start=1):
        start, end = before.snapshot.as_of, now.snapshot.as_of
        why = blank(found.whole, place, found.activity)
        rows = movements(before.persons, now.persons, start, end, told=why is None)
        numbers = count(rows, slugs, start, end)
        periods.append(_period(numbers, why, k, returns_known=found.activity.returns_known))
        moved.append(rows.drop("known_before", "known"))
        counted.append(exact.table(numbers, told=why is None))
    used = model[1] if model is not None else None
    actives = [_active_before(periods[0]), *(period.growth.active if period.growth else None for period in periods)]
    dashboard = Dashboard(
        as_of=ordered[-1].as_of,
        group_minimum=k,
        cuts=tuple(
            _cut(each, active, found.activity.kinds, used, _sizes(each.persons, slugs, k))
            for each, active in zip(read, actives, strict=True)
        ),
        periods=tuple(periods),
        model=_frozen(model[0], frozen) if model is not None and frozen is not None else None,
        activity=found.activity,
    )
    return Made(dashboard, {"movements": pl.concat(moved), "dashboard": pl.concat(counted)})


def _check_days(ordered: Sequence[Snapshot]) -> None:
    for before, after in itertools.pairwise(ordered):
        if before.as_of == after.as_of:
            raise InputRefused(
                "compare_same_day", f"{before.name} and {after.name} were both valued as of {before.as_of}"
            )


def _matches(ordered: Sequence[Snapshot], states: Sequence[State]) -> list[Matched]:
    """Match every package's customers with those of the newest."""
    known = [
        numbers(state.frame["customer_id"], snapshot.tables.get("crosswalk"))
        for snapshot, state in zip(ordered, states, strict=True)
    ]
    newest = states[-1].frame["customer_id"]
    found = [*(match(older, known[-1]) for older in known[:-1]), themselves(newest)]
    for snapshot, state, matched in zip(ordered, states, found, strict=True):
        if state.frame.height and len(newest) and not matched.found:
            raise InputRefused(
                "compare_strangers", f"{snapshot.name} and {ordered[-1].name} have no customer in common"
            )
    return found


def _period(counts: Counts, why: str | None, k: int, *, returns_known: bool) -> Period:
    told = why is None
    moved, (came, gone) = hiding.moves(counts, k)
    stayed, left = hiding.stayed(counts, k)
    return Period(
        start=counts.start,
        end=counts.end,
        days=(counts.end - counts.start).days,
        blank=why,
        customers_before=counts.before,
        customers=counts.now,
        came=came,
        gone=gone,
        stayed=stayed,
        moved=left,
        growth=hiding.growth(counts, k, returns_known=returns_known) if told else None,
        segments=hiding.segments(counts, moved, k, told=told),
        moves=tuple(Move(source, target, customers) for (source, target), customers in moved.items()),
    )


def _active_before(period: Period) -> Shown | None:
    return period.growth.before if period.growth else None


def _sizes(persons: pl.DataFrame, slugs: Sequence[str], k: int) -> dict[str, Shown]:
    number = dict(persons.group_by("segment").len().rows())
    return dict(zip(slugs, hiding.sizes([number.get(slug, 0) for slug in slugs], k), strict=True))


def _cut(
    read: _Read, active: Shown | None, kinds: Sequence[str], model: bytes | None, sizes: Mapping[str, Shown]
) -> Cut:
    snapshot, matched, spans = read.snapshot, read.matched, read.state.spans
    return Cut(
        name=snapshot.name,
        step=snapshot.step,
        as_of=snapshot.as_of,
        sha256=snapshot.sha256,
        customers=read.persons.height,
        merged=matched.merged,
        parted=matched.parted,
        active=active,
        begins=min((spans[kind][0] for kind in kinds if kind in spans and kind in EVENTS), default=None),
        found=matched.found if matched.found * 2 < read.state.frame.height else None,
        sizes=sizes,
        own_model=snapshot.model is not None and snapshot.model != model,
    )


def _frozen(package: str, model: Model) -> Frozen:
    return Frozen(
        package,
        model.as_of,
        model.version,
        {segment.slug: dict(segment.names) for segment in model.known},
    )
