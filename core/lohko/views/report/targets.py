"""The management's targets as plain values: actual against target, as far as it can be told, and what is missing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from lohko.views.report.model import Hidden


@dataclass(frozen=True, slots=True)
class Target:
    """One target.

    Attributes
    ----------
    measure : its code; None where the measure is not known, ``name`` then has what was asked
    channel : of a permission share, the channel
    kind : ``sum``, ``share`` or ``score``
    business_unit, segment, touchpoint : what the target is for; all None: the whole company
    segment_name : the segment's slug in this package
    period, first, last : as written, and the days it stands for
    target, actual : in the measure's own units (money exact, shares 0 to 1)
    low, high : 95 % interval of an actual that rests on a sample
    due : of a running sum, what an even pace would have brought by the report's day
    state : ``reached``, ``on_course``, ``behind``, ``missed``, or ``open``: cannot be told yet
    why : why it is open, as a code; None where chance alone leaves it so
    missing, gap : what is missing to the target, and in what
    """

    measure: str | None
    name: str
    channel: str | None
    kind: str
    business_unit: str | None
    segment: str | None
    segment_name: str | None
    touchpoint: str | None
    period: str | None
    first: dt.date | None
    last: dt.date | None
    target: Decimal
    actual: Decimal | float | Hidden | None = None
    low: float | None = None
    high: float | None = None
    due: Decimal | None = None
    state: str = "open"
    why: str | None = None
    missing: Decimal | None = None
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Unassigned:
    """What the targets of the business units leave of the company's, or exceed it by (below nothing)."""

    measure: str
    period: str | None
    company: Decimal
    units: Decimal
    rest: Decimal


@dataclass(frozen=True, slots=True)
class Targets:
    """All targets, by measure and period, the company's first; and what units' targets leave of the company's."""

    items: tuple[Target, ...]
    unassigned: tuple[Unassigned, ...]
