"""The dashboard as one plain value: counts and codes. No words, no language, no layout.

A number that is ``None`` cannot be told; one that is ``HIDDEN`` is known but belongs to fewer people than may be shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lohko.views.report.model import Ratio, Shown, plain

SCHEMA: Final = "lohko.dashboard/1"


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth accounting over active customers: ``before + new + reactivated - lost = active``.

    Attributes
    ----------
    before, active : active in the period before, and in this one
    new : active for the first time, as far as the older package knows
    retained : active in both
    reactivated : active now and once before, but not in the period before; None where the data do not reach that far back
    lost : active in the period before, not in this one
    new_share : new of the active
    churn : lost of those active before
    """

    before: Shown | None
    new: Shown | None
    retained: Shown | None
    reactivated: Shown | None
    lost: Shown | None
    active: Shown | None
    new_share: Ratio
    churn: Ratio


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """One segment in one period: ``before + came + moved_in - moved_out - gone = now``, with ``stayed`` in both.

    Attributes
    ----------
    came, gone : customers who were not in the older register, or are no more in the newer one
    change_share, share : the change of what was before; the customers now of all
    growth : new and reactivated by their segment now, lost by the segment they were in; None where it cannot be told
    """

    slug: str
    before: Shown
    now: Shown
    change: Shown
    change_share: Ratio
    share: Ratio
    stayed: Shown
    came: Shown
    moved_in: Shown
    moved_out: Shown
    gone: Shown
    growth: Growth | None


@dataclass(frozen=True, slots=True)
class Move:
    """How many went from one segment to another; None stands for outside the register."""

    source: str | None
    target: str | None
    customers: Shown


@dataclass(frozen=True, slots=True)
class Period:
    """What happened from one package to the next.

    Attributes
    ----------
    start, end : the days of the two packages; the period begins the day after ``start``
    blank : why growth cannot be told: ``partial_before``, ``partial`` (the data do not cover the period), ``no_events``
    came, gone : see :class:`SegmentChange`
    stayed, moved : customers in the same segment and in another one, of those in both; None without segments
    segments, moves : empty without segments
    """

    start: dt.date
    end: dt.date
    days: int
    blank: str | None
    customers_before: int
    customers: int
    came: Shown
    gone: Shown
    stayed: Shown | None
    moved: Shown | None
    growth: Growth | None
    segments: tuple[SegmentChange, ...] = ()
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """One package as it was compared.

    Attributes
    ----------
    name, step, as_of, sha256 : of the package
    customers : valued customers, as customers of the newest register
    merged : customers of the package who have been merged with another of it since, and count once
    parted : customers of the newest register who were one with another in this package
    active : active in the period that ends here; None where it cannot be told
    begins : the first day of the activity the package knows of
    found : how many of its customers are in the newest register, where fewer than half are; else None
    sizes : customers by segment
    own_model : whether the package's own segments stand on another model than the one used here
    """

    name: str
    step: str
    as_of: dt.date
    sha256: str
    customers: int
    merged: int
    parted: int
    active: Shown | None
    begins: dt.date | None
    found: int | None
    sizes: Mapping[str, Shown]
    own_model: bool


@dataclass(frozen=True, slots=True)
class Frozen:
    """The one model all packages were scored with: where it came from, and its segments' names by language."""

    package: str
    as_of: dt.date
    version: str
    names: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A kind of activity that the data do not cover throughout: known from its first to its last day."""

    kind: str
    first: dt.date | None
    last: dt.date | None


@dataclass(frozen=True, slots=True)
class Activity:
    """What counted as being active.

    Attributes
    ----------
    kinds : of ``purchases``, ``contracts``, ``visits``, ``social``
    left_out : kinds that would have shown customers coming or going only because the data begin or end
    begins : the first day the data know of, of the kinds counted
    window_start : where the first period begins
    returns_known : whether the data reach far enough back to tell who came back from who is new
    """

    kinds: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    begins: dt.date | None
    window_start: dt.date
    returns_known: bool


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The customer dashboard over two or more packages, oldest first."""

    as_of: dt.date
    group_minimum: int
    cuts: tuple[Cut, ...]
    periods: tuple[Period, ...]
    model: Frozen | None
    activity: Activity

    @property
    def last(self) -> Period:
        """The newest period."""
        return self.periods[-1]

    def as_dict(self) -> dict[str, Any]:
        """Return the dashboard as plain JSON values; dates in ISO, what is kept back as ``"hidden"``."""
        return {"schema_version": 1, "schema": SCHEMA, **plain(self)}
