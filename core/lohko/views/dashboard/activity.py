"""Which kinds of activity the data cover, in which periods: where data begin or end, customers seem to come or go.

Growth accounting (Hsu 2015, *Diligence at Social Capital*, part 1) tells the active of a period from those of the one
before. It needs both periods whole.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lohko.views.dashboard.model import Activity, LeftOut
from lohko.views.dashboard.snapshots import CONTRACTS, EVENTS

_PARTIAL = 0.8
"""A period shorter than this share of the median one is partial."""
_SLACK = 0.1
"""Data that begin or end within this share of a period of its edge cover it: nothing happens every day."""

Spans = Mapping[str, tuple[dt.date, dt.date]]


@dataclass(frozen=True, slots=True)
class Windows:
    """The period that ends at each package.

    Attributes
    ----------
    starts : the day before each period's first day; the first period is given the length of the second
    whole : whether the data cover it
    activity : what counted
    """

    starts: tuple[dt.date, ...]
    whole: tuple[bool, ...]
    activity: Activity


def windows(days: Sequence[dt.date], spans: Sequence[Spans]) -> Windows:
    """Find the periods and what can be told of them.

    Parameters
    ----------
    days : the packages' days, ascending, two or more
    spans : by package and kind, the first and the last day known
    """
    lengths = [(after - before).days for before, after in itertools.pairwise(days)]
    starts = (days[0] - dt.timedelta(days=lengths[0]), *days[:-1])
    lengths = [lengths[0], *lengths]
    usual = statistics.median(lengths[1:])
    long = [length >= _PARTIAL * usual for length in lengths]
    told = [kind for kind in EVENTS if any(kind in span for span in spans)]
    if not told and any(CONTRACTS in span for span in spans):
        told = [CONTRACTS]
    covered = {
        kind: [
            _covers(span.get(kind), start, end, kind) and enough
            for span, start, end, enough in zip(spans, starts, days, long, strict=True)
        ]
        for kind in told
    }
    best = max(covered.values(), key=sum, default=[False] * len(days))
    if not any(best):
        kinds: list[str] = []
    else:
        kinds = [kind for kind in told if all(own or not need for own, need in zip(covered[kind], best, strict=True))]
        if CONTRACTS not in kinds and all(CONTRACTS in span for span in spans):
            kinds.append(CONTRACTS)
    left = [kind for kind in told if kind not in kinds]
    begins = min((spans[0][kind][0] for kind in kinds if kind in spans[0] and kind != CONTRACTS), default=None)
    first = best.index(True) if any(best) else 0
    return Windows(
        starts,
        tuple(best),
        Activity(
            kinds=tuple(kinds),
            left_out=tuple(LeftOut(kind, *_span(kind, spans)) for kind in left),
            begins=begins,
            window_start=starts[first] + dt.timedelta(days=1),
            returns_known=begins is None or begins < starts[first] - _slack(starts[first], days[first]),
        ),
    )


def blank(whole: Sequence[bool], place: int, activity: Activity) -> str | None:
    """Say why the growth of a period cannot be told, if it cannot."""
    if not activity.kinds:
        return "partial" if activity.left_out else "no_events"
    if not whole[place]:
        return "partial"
    return None if whole[place - 1] else "partial_before"


def _covers(span: tuple[dt.date, dt.date] | None, start: dt.date, end: dt.date, kind: str) -> bool:
    if span is None:
        return False
    slack = _slack(start, end)
    return span[0] <= start + slack and (kind == CONTRACTS or span[1] >= end - slack)


def _slack(start: dt.date, end: dt.date) -> dt.timedelta:
    return dt.timedelta(days=math.ceil((end - start).days * _SLACK))


def _span(kind: str, spans: Sequence[Spans]) -> tuple[dt.date | None, dt.date | None]:
    """Return the first day the oldest package that knows the kind has, and the last that the newest one has."""
    known = [span[kind] for span in spans if kind in span]
    return (known[0][0], known[-1][1]) if known else (None, None)
