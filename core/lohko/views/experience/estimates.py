"""Scores of surveys with the interval that a sample leaves open, and the test of whether a group differs from the rest.

All of it stands on counts of answers by score, so that it is the same whatever the order of the answers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from scipy.special import ndtr, stdtrit

ENOUGH: Final = 30
"""Fewer answers than this tell no score."""
_LEVEL: Final = 0.95
_Z: Final = 1.959963984540054
PROMOTERS: Final = 9
"""The lowest score of a promoter (Reichheld, 2003)."""
DETRACTORS: Final = 6
"""The highest score of a detractor."""

Verdict = Literal["above", "below", "open"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score of a group.

    Attributes
    ----------
    answers : answers it rests on
    value, low, high : the score and its 95 % interval, in the measure's own units (NPS: -100 to 100; shares: 0 to 1)
    variance : of the score, in the same units squared
    """

    answers: int
    value: float
    low: float
    high: float
    variance: float


def mood(score: float) -> str:
    """Return whether an NPS answer is a promoter's, a passive's or a detractor's."""
    return "promoter" if score >= PROMOTERS else "detractor" if score <= DETRACTORS else "passive"


def estimate(measure: str, scores: Mapping[float, int], scale: tuple[float, float]) -> Estimate | None:
    """Return the score of a measure; None without answers.

    Parameters
    ----------
    measure : ``nps`` for the Net Promoter Score; any other is a mean on its scale
    scores : answers by score
    scale : the lowest and the highest score
    """
    if not sum(scores.values()):
        return None
    return net_promoter(scores) if measure == "nps" else mean(scores, scale)


def net_promoter(scores: Mapping[float, int]) -> Estimate:
    """Return the Net Promoter Score in points from -100 to 100, with the adjusted Wald interval.

    Three answers are added, 3/4 promoters, 3/4 detractors and 3/2 passives, which keeps the interval honest in small
    samples and near the ends (Rocks 2016, *The American Statistician* 70(4), "Interval estimation for the Net Promoter
    Score"). The score itself is the plain one.
    """
    answers = sum(scores.values())
    up = sum(count for score, count in scores.items() if mood(score) == "promoter")
    down = sum(count for score, count in scores.items() if mood(score) == "detractor")
    wide = answers + 3
    high, low = (up + 0.75) / wide, (down + 0.75) / wide
    centre = high - low
    variance = (high + low - centre**2) / wide
    half = _Z * math.sqrt(variance)
    return Estimate(
        answers,
        _rounded(100 * (up - down) / answers),
        _rounded(100 * max(-1.0, centre - half)),
        _rounded(100 * min(1.0, centre + half)),
        1e4 * variance,
    )


def mean(scores: Mapping[float, int], scale: tuple[float, float]) -> Estimate:
    """Return the mean score with Student's interval (1908), kept within the scale; one answer leaves the whole scale open."""
    answers = sum(scores.values())
    ordered = sorted(scores.items())
    middle = math.fsum(score * count for score, count in ordered) / answers
    if answers < 2:
        return Estimate(answers, _rounded(middle), *scale, (scale[1] - scale[0]) ** 2 / 4)
    spread = math.fsum(count * (score - middle) ** 2 for score, count in ordered) / (answers - 1)
    half = float(stdtrit(answers - 1, (1 + _LEVEL) / 2)) * math.sqrt(spread / answers)
    low, high = max(scale[0], middle - half), min(scale[1], middle + half)
    return Estimate(answers, _rounded(middle), _rounded(low), _rounded(high), spread / answers)


def proportion(part: int, whole: int) -> Estimate:
    """Return a share between 0 and 1 with its score interval (Wilson 1927, *JASA* 22)."""
    share = part / whole
    wide = 1 + _Z**2 / whole
    centre = (share + _Z**2 / (2 * whole)) / wide
    half = _Z / wide * math.sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2))
    # the ends of the scale belong to the interval where nobody, or everybody, is in the part
    low = 0.0 if part == 0 else max(0.0, centre - half)
    high = 1.0 if part == whole else min(1.0, centre + half)
    return Estimate(whole, _rounded(share, 6), _rounded(low, 6), _rounded(high, 6), share * (1 - share) / whole)


def compared(measure: str, groups: Sequence[Mapping[float, int]], scale: tuple[float, float]) -> list[Verdict | None]:
    """Tell of each group whether its score lies above or below that of all others together.

    A two-sided test of the difference of two independent scores, at 5 % over all groups together (Holm 1979,
    *Scandinavian Journal of Statistics* 6).

    Parameters
    ----------
    groups : answers by score, one mapping a group; a customer is in one group only

    Returns
    -------
    One verdict a group: ``open`` where a difference of this size may be chance, None where either side has fewer than
    :data:`ENOUGH` answers.
    """
    found: dict[int, tuple[float, Verdict]] = {}
    for place, own in enumerate(groups):
        others = _together([group for other, group in enumerate(groups) if other != place])
        mine, rest = estimate(measure, own, scale), estimate(measure, others, scale)
        if mine is None or rest is None or min(mine.answers, rest.answers) < ENOUGH:
            continue
        spread = math.sqrt(mine.variance + rest.variance)
        apart = mine.value - rest.value
        chance = 2 * float(ndtr(-abs(apart) / spread)) if spread else float(apart == 0)
        found[place] = (chance, "above" if apart > 0 else "below")
    verdicts: list[Verdict | None] = ["open" if place in found else None for place in range(len(groups))]
    for rank, (place, (chance, verdict)) in enumerate(sorted(found.items(), key=lambda item: (item[1][0], item[0]))):
        if chance * (len(found) - rank) > 1 - _LEVEL:
            break
        verdicts[place] = verdict
    return verdicts


def _together(groups: Sequence[Mapping[float, int]]) -> dict[float, int]:
    found: dict[float, int] = {}
    for group in groups:
        for score, count in group.items():
            found[score] = found.get(score, 0) + count
    return found


def _rounded(value: float, digits: int = 4) -> float:
    return round(float(value), digits) + 0.0  # no minus zero
