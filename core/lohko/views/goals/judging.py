"""Actual against target: reached, on course, behind, missed, or not to be told yet; and what is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from lohko.views.experience.estimates import Estimate
from lohko.views.goals.measures import Measure

State = Literal["reached", "on_course", "behind", "missed", "open"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and what is missing to the target (None: nothing, or it cannot be told)."""

    state: State
    missing: Decimal | None = None


def judge_sum(actual: Decimal, target: Decimal, elapsed: float, *, more: bool) -> Judged:
    """Judge what grows over the period against the target, and while the period runs against an even pace.

    Parameters
    ----------
    elapsed : share of the period that is over, 0 to 1
    more : True where more is better; else the target is a limit
    """
    due = target * Decimal(str(round(elapsed, 6)))
    over = elapsed >= 1
    if more:
        gap = target - actual
        if gap <= 0:
            return Judged("reached")
        return Judged("missed" if over else "on_course" if actual >= due else "behind", gap)
    if actual > target:
        return Judged("missed", actual - target)
    if over:
        return Judged("reached")
    return Judged("on_course" if actual <= due else "behind")


def judge_growing_share(part: int, base: int, target: Decimal, elapsed: float, *, more: bool) -> Judged:
    """Judge a share whose part grows over the period (customers lost), as a sum of people; a gap in whole people."""
    found = judge_sum(Decimal(part), target * base, elapsed, more=more)
    if found.missing is None:
        return found
    return Judged(found.state, found.missing.to_integral_value(ROUND_CEILING))


def judge_share(part: int, base: int, target: Decimal) -> Judged:
    """Judge a share that stands as it is, of everybody; a gap in whole people."""
    gap = (target * base).to_integral_value(ROUND_CEILING) - part
    return Judged("missed", gap) if gap > 0 else Judged("reached")


def judge_sample(measure: Measure, told: Estimate, target: Decimal) -> Judged:
    """Judge a score of a sample: it is above or below the target only where its whole interval is."""
    aim = float(target)
    state: State = "reached" if told.low >= aim else "missed" if told.high < aim else "open"
    short = aim - told.value if measure.more else told.value - aim
    if not measure.more:
        state = "reached" if told.high <= aim else "missed" if told.low > aim else "open"
    if short <= 0:
        return Judged(state)
    if (
        measure.gap == "answers"
    ):  # one answer from detractor to passive, or from passive to promoter, is one of `answers` hundredths
        return Judged(state, Decimal(math.ceil(round(short * told.answers / 100, 6))))
    if measure.gap == "customers":
        return Judged(state, Decimal(math.ceil(round(short * told.answers, 6))))
    return Judged(state, Decimal(str(round(short, 2))))
