"""The table ``goals`` against what happened: for the company, its business units, segments and touchpoints."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl

from lohko.disclosure import tells, veiled
from lohko.views.experience.answers import counted, scales
from lohko.views.experience.estimates import ENOUGH, estimate, proportion
from lohko.views.goals.counting import Counted, Data, count
from lohko.views.goals.judging import Judged, judge_growing_share, judge_sample, judge_share, judge_sum
from lohko.views.goals.measures import Measure, folded, measures, recognised
from lohko.views.goals.periods import Period, period
from lohko.views.report.model import HIDDEN, Segments
from lohko.views.report.sections.numbered import Numbering, among, distinct
from lohko.views.report.sections.sources import Sources
from lohko.views.report.targets import Target, Targets, Unassigned

_FOR: Final = ("business_unit", "segment", "touchpoint")
_LATE: Final = 31
"""Data that begin so many days after the period tell less than the whole of it."""
_HISTORY: Final = 365
"""Days of purchases before the period without which nobody can be told to be new."""


def targets(sources: Sources, as_of: dt.date, segments: Segments | None) -> Targets | None:
    """Hold every target against what happened up to ``as_of``; None where the package has no targets."""
    goals = sources.tables.get("goals")
    if goals is None:
        return None
    rows = goals.collect()
    absent = [pl.lit(None, pl.String).alias(name) for name in (*_FOR, "period") if name not in rows.columns]
    asked = [row for row in rows.with_columns(absent).rows(named=True) if row["target"] is not None]
    spans = [span for row in asked if (span := period(row["period"], as_of)) is not None]
    bench = _Bench(sources, as_of, segments, min((span.first for span in spans), default=as_of))
    found = sorted(_veiled([bench.target(row) for row in asked], sources.k), key=_place)
    return Targets(tuple(found), _unassigned(found))


def _veiled(held: list[_Held], k: int) -> list[Target]:
    """Hide also what the targets of all units, or of all segments, less the company's would tell of fewer than ``k`` people."""
    found = [each.target for each in held]
    for own, other in (("business_unit", "segment"), ("segment", "business_unit")):
        parts: dict[tuple[Any, ...], dict[str, list[int]]] = {}
        for place, target in enumerate(found):
            if (name := getattr(target, own)) and not getattr(target, other) and held[place].people is not None:
                key = (target.measure, target.channel, target.touchpoint, target.first, target.last)
                parts.setdefault(key, {}).setdefault(folded(name), []).append(place)
        for group in parts.values():
            places = list(group.values())
            people = [held[each[0]].people or 0 for each in places]
            rest = max(0, max(held[each[0]].whole for each in places) - sum(people))
            flags = veiled([*people, rest], k)
            for place in (place for each, hide in zip(places, flags, strict=False) if hide for place in each):
                found[place] = _hidden(found[place])
    return found


def _hidden(target: Target) -> Target:
    return replace(target, actual=HIDDEN, low=None, high=None, due=None, state="open", why="hidden", missing=None)


def _place(target: Target) -> tuple[Any, ...]:
    """Order by measure and period, the company before its parts."""
    order = measures().index(target.measure) if target.measure else len(measures())
    parts = [getattr(target, name) or "" for name in _FOR]
    depth = max((place for place, part in enumerate(parts, 1) if part), default=0)
    return (
        order,
        target.channel or ("" if target.measure else target.name),
        target.period or "",
        depth,
        *parts,
        target.target,
    )


def _unassigned(found: list[Target]) -> tuple[Unassigned, ...]:
    """Compare the units' targets for a sum with the company's, where both are set for a period."""
    told = []
    for whole in found:
        if whole.measure is None or whole.kind != "sum" or any(getattr(whole, name) for name in _FOR):
            continue
        units = [
            other.target
            for other in found
            if (other.measure, other.period) == (whole.measure, whole.period)
            and other.business_unit
            and not (other.segment or other.touchpoint)
        ]
        if units:
            together = sum(units, Decimal(0))
            told.append(Unassigned(whole.measure, whole.period, whole.target, together, whole.target - together))
    return tuple(told)


@dataclass(frozen=True, slots=True)
class _Held:
    """A target, the customers behind it (None: nothing was counted), and those behind the company's figure."""

    target: Target
    people: int | None = None
    whole: int = 0


@dataclass(frozen=True, slots=True)
class _People:
    """The customers a target is for (one flag a number; None: all, also those nobody knows), or why they are not known."""

    flags: pl.Series | None = None
    slug: str | None = None
    why: str | None = None


class _Bench:
    """Holds targets against the data; each measure of a period is counted once."""

    def __init__(self, sources: Sources, as_of: dt.date, segments: Segments | None, first: dt.date) -> None:
        self.sources, self.as_of = sources, as_of
        self.data = Data(sources.tables, as_of, sources.timezone, first, Numbering(sources.numbered))
        self.counts: dict[tuple[Measure, Period, bool], Counted | None] = {}
        self.slugs = _slugs(sources, segments)

    def target(self, row: Mapping[str, Any]) -> _Held:
        measure, span = recognised(row["measure"]), period(row["period"], self.as_of)
        people = self.people(row)
        asked = Target(
            measure.code if measure else None,
            str(row["measure"]),
            measure.channel if measure else None,
            measure.kind if measure else "sum",
            row["business_unit"],
            row["segment"],
            people.slug,
            row["touchpoint"],
            row["period"],
            span.first if span else None,
            span.last if span else None,
            row["target"],
            gap=measure.gap if measure else "",
        )
        why = _why(measure, span, people, self.as_of)
        if measure is None or span is None or why is not None:
            return _Held(replace(asked, why=why))
        if measure.kind == "share" and asked.target > 1:  # written as per cent
            asked = replace(asked, target=asked.target / 100)
        if measure.code in scales() and not _on_scale(measure.code, asked.target):
            return _Held(replace(asked, why="off_scale"))
        whole = self.counted(measure, span, by_touchpoint=asked.touchpoint is not None)
        if whole is None:
            return _Held(replace(asked, why="no_touchpoint" if asked.touchpoint else "no_data"))
        part = _Part(whole, people.flags, asked.touchpoint, self.sources.k)
        return _Held(_held(asked, measure, span, part, self.as_of), part.people, part.all_of_them)

    @cached_property
    def units(self) -> dict[str, pl.Series]:
        """The customers of each business unit, one flag a number, by the name that its spellings fold to."""
        rows = self.sources.tables["customers"].select("customer_id", "business_unit").drop_nulls().collect()
        rows = rows.with_columns(self.sources.numbered.of_ids(rows["customer_id"]))
        found: dict[str, pl.Series] = {}
        for (name,), own in rows.group_by("business_unit"):
            flags = np.zeros(len(self.sources.numbered), dtype=np.bool_)
            flags[own["customer_id"].to_numpy()] = True
            key = folded(str(name))
            found[key] = pl.Series(flags) | found[key] if key in found else pl.Series(flags)
        return found

    def counted(self, measure: Measure, span: Period, *, by_touchpoint: bool) -> Counted | None:
        key = (measure, span, by_touchpoint)
        if key not in self.counts:
            self.counts[key] = count(measure, span, self.data, by_touchpoint=by_touchpoint)
        return self.counts[key]

    def people(self, row: Mapping[str, Any]) -> _People:
        """Return the customers of a unit, of a segment, or of both."""
        flags, slug = None, None
        if row["business_unit"]:
            if "business_unit" not in self.sources.columns("customers"):
                return _People(why="no_units")
            flags = self.units.get(folded(row["business_unit"]))
            if flags is None:
                return _People(why="unknown_unit")
        if row["segment"]:
            slug = self.slugs.get(folded(row["segment"]))
            if slug is None:
                return _People(why="unknown_segment" if self.slugs else "no_segments")
            own = self.sources.segment.cast(pl.String).eq_missing(slug)
            flags = own if flags is None else flags & own
        return _People(flags, slug)


def _slugs(sources: Sources, segments: Segments | None) -> dict[str, str]:
    """Return the segments' slugs by every name they go by."""
    table = sources.tables.get("segments")
    if table is None:
        return {}
    named = [name for name in ("segment", "segment_name") if name in sources.columns("segments")]
    found: dict[str, str] = {}
    for row in table.select(named).unique().sort(named).collect().rows():
        found |= {folded(name): row[0] for name in row if name}
    for item in segments.items if segments else ():
        found |= {folded(name): item.slug for name in item.names.values()}
    return found


def _why(measure: Measure | None, span: Period | None, people: _People, as_of: dt.date) -> str | None:
    """Tell why a target cannot be held against anything; None where it can."""
    if measure is None:
        return "unknown_measure"
    if span is None:
        return "unread_period"
    if span.first > as_of:
        return "not_begun"
    return people.why


def _on_scale(measure: str, target: Decimal) -> bool:
    low, high = (-100.0, 100.0) if measure == "nps" else scales()[measure]
    return low <= target <= high


class _Part:
    """What was counted, cut to the people and the touchpoint of a target."""

    def __init__(self, whole: Counted, flags: pl.Series | None, touchpoint: str | None, k: int) -> None:
        self.whole, self.k = whole, k
        rows = whole.rows
        if touchpoint is not None:
            names = rows["touchpoint"].unique().drop_nulls().to_list()
            rows = rows.filter(pl.col("touchpoint").is_in([n for n in names if folded(n) == folded(touchpoint)]))
        self.rows = rows if flags is None else rows.filter(among(flags, rows["customer_id"]))
        self.people = _behind(self.rows)
        self.all_of_them = _behind(whole.rows if touchpoint is None else rows)

    def shown(self) -> bool:
        """Tell whether neither the people behind the part, nor those of the whole who are not, are too few to show."""
        return tells(self.people, self.all_of_them, self.k) and not 0 < self.all_of_them < self.k

    def sum(self, column: str) -> Decimal:
        """Sum a column exactly."""
        return Decimal(self.rows.select(pl.col(column).cast(pl.Decimal(38, 4)).sum()).item() or 0)


def _behind(rows: pl.DataFrame) -> int:
    """Count the customers behind a figure."""
    some = rows.filter(pl.col("part") != 0) if "part" in rows.columns and "base" not in rows.columns else rows
    return distinct(some["customer_id"])


def _held(asked: Target, measure: Measure, span: Period, part: _Part, as_of: dt.date) -> Target:
    if not part.shown():
        return _hidden(asked)
    if measure.kind == "sum":
        return _held_sum(asked, measure, span, part, as_of)
    if measure.code == "churn_rate":
        return _held_churn(asked, measure, span, part, as_of)
    found = _held_score(asked, measure, part) if measure.kind == "score" else _held_share(asked, measure, part)
    # what does not grow may still rise, or fall, while the period runs
    return replace(found, state="behind") if found.state == "missed" and span.last > as_of else found


def _held_score(asked: Target, measure: Measure, part: _Part) -> Target:
    told = estimate(measure.code, counted(part.rows), scales()[measure.code])
    if told is None or told.answers < ENOUGH:
        return replace(asked, why="too_few")
    found = replace(asked, actual=told.value, low=told.low, high=told.high)
    return _judged(found, judge_sample(measure, told, asked.target))


def _kept_back(asked: Target, part: _Part) -> Target | None:
    """Return the target of a share that cannot be told; None where it can."""
    base = part.rows.height
    if not base:
        return replace(asked, why="nobody")
    if not tells(int(part.sum("part")), base, part.k):
        return _hidden(asked)
    return None


def _held_share(asked: Target, measure: Measure, part: _Part) -> Target:
    if (unknown := _kept_back(asked, part)) is not None:
        return unknown
    own, base = int(part.sum("part")), part.rows.height
    told = proportion(own, base)
    if measure.code != "conversion_rate":  # everybody was counted: chance has no part in it
        return _judged(replace(asked, actual=told.value), judge_share(own, base, asked.target))
    if base < ENOUGH:
        return replace(asked, why="too_few")
    found = replace(asked, actual=told.value, low=told.low, high=told.high)
    return _judged(found, judge_sample(measure, told, asked.target))


def _held_churn(asked: Target, measure: Measure, span: Period, part: _Part, as_of: dt.date) -> Target:
    if (unknown := _kept_back(asked, part)) is not None:
        return unknown
    own, base, elapsed = int(part.sum("part")), part.rows.height, span.elapsed(as_of)
    due = _due(asked.target, elapsed)
    found = replace(asked, actual=proportion(own, base).value, due=due)
    return _judged(found, judge_growing_share(own, base, asked.target, elapsed, more=measure.more))


def _due(target: Decimal, elapsed: float) -> Decimal | None:
    """Return what an even pace would have brought; None once the period is over."""
    return (target * Decimal(str(round(elapsed, 6)))).quantize(Decimal("0.0001")) if elapsed < 1 else None


def _held_sum(asked: Target, measure: Measure, span: Period, part: _Part, as_of: dt.date) -> Target:
    since, elapsed = part.whole.since, span.elapsed(as_of)
    if since is None:
        return replace(asked, why="no_data")
    if measure.code == "new_customers" and since > span.first - dt.timedelta(days=_HISTORY):
        return replace(asked, why="no_history")
    actual = part.sum("part")
    found = replace(asked, actual=actual, due=_due(asked.target, elapsed))
    verdict = judge_sum(actual, asked.target, elapsed, more=measure.more)
    short = since > span.first + dt.timedelta(days=_LATE)
    if short and verdict.state != ("reached" if measure.more else "missed"):
        return replace(found, due=None, why="begins_later")
    return _judged(found, verdict)


def _judged(target: Target, verdict: Judged) -> Target:
    return replace(target, state=verdict.state, missing=verdict.missing)
