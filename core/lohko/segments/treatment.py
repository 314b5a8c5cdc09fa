"""What to do with a segment: a hint bound to a goal, and the dimension to activate next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import cast

from lohko.segments.behaviour import DIMENSIONS, Behaviour, vocabulary
from lohko.segments.facets import MOSTLY, Facets
from lohko.segments.naming import leading


@dataclass(frozen=True, slots=True)
class Next:
    """The dimension to activate next, None where nothing is said; and how well it stands.

    Attributes
    ----------
    dimension : the dimension
    customers : share of the segment's customers for whom value says it; None where it is by rule
    odds : mean share, among customers alike, of those for whom it came next, as value counted them
    """

    dimension: str | None
    customers: float | None = None
    odds: float | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """A hint's key and its goal (``acquire``, ``sell_more``, ``keep``)."""

    hint: str
    goal: str


def treat_group(key: str) -> Treatment:
    """Return the treatment of a group that is not a cluster: ``inactive``, ``new`` or ``everybody``."""
    hints = {"inactive": "acquire_first_step", "new": "acquire_welcome"}
    return _treatment(hints.get(key, "keep_watch"))


def treat(facets: Facets) -> Treatment:
    """Choose the treatment of a cluster by its money and freshness, then by what else sets it apart."""
    money = facets.levels.get("financial")
    if not facets.does("financial"):
        first = leading(facets)
        if first is None:
            return _treatment("acquire_first_step" if money == "none" else "keep_watch")
        occasional = first == "visits" and facets.levels[first] == "low"
        kind = "social" if first == "social" else "occasional_visits" if occasional else "visits"
        return _treatment(f"acquire_{'few_' if money == 'few' else ''}from_{kind}")
    if facets.freshness == "lapsed":
        base = "keep_once_reminder" if facets.once else "keep_light_reminder" if money == "low" else "keep_win_back"
    elif facets.contracts >= MOSTLY:
        base = "keep_contract"
    elif facets.lapsing:
        base = "keep_lapsing"
    elif money == "high":
        base = "keep_reward"
    else:
        base = "sell_more_second_purchase" if facets.once else "sell_more_grow"
    fitting = f"{base}_{_kind(facets)}"
    return _treatment(fitting if fitting in vocabulary("hints")["hints"] else base)


def _kind(facets: Facets) -> str:
    """Return what buyers do besides buying, the rarest first; where that is nothing special, whether they bought just now."""
    if facets.does("social"):
        return "advocates"
    visits = {"none": "away", "few": "away", "low": "occasional", "high": "frequent"}
    return visits.get(facets.levels.get("visits", "middle"), "recent" if facets.freshness == "recent" else "usual")


def next_step(members: Behaviour, facets: Facets | None) -> Next:
    """Return the dimension to activate next: what value says of most of the customers, else the least used one.

    Parameters
    ----------
    members : the segment's customers
    facets : None where the segment is not a cluster
    """
    said = members.advice
    if said is None or said.count() < MOSTLY * len(said) or not len(said):
        return Next(_least_used(facets))
    counts = Counter(d for d in said.to_list() if d in DIMENSIONS)
    if not counts:
        return Next(_least_used(facets))
    dimension = max(DIMENSIONS, key=lambda d: counts[d])  # the first of equals
    odds = None if members.odds is None else members.odds.filter(said == dimension).drop_nulls()
    # summed as integers: a mean of floats would depend on the machine
    mean = (
        None
        if odds is None or not len(odds)
        else round(sum(round(x * 1e9) for x in odds.to_list()) / len(odds) / 1e9, 6)
    )
    return Next(dimension, round(counts[dimension] / len(said), 6), mean)


def hint_text(key: str, language: str) -> str:
    """Return a hint's text (``en``, ``fi`` or ``sv``)."""
    return cast("str", vocabulary("hints")["hints"][key][language])


def goal_text(key: str, language: str) -> str:
    """Return a goal's name."""
    return cast("str", vocabulary("hints")["goals"][key][language])


def activation_text(dimension: str, language: str) -> str:
    """Return how to activate a dimension."""
    return cast("str", vocabulary("hints")["activate"][dimension][language])


def _treatment(hint: str) -> Treatment:
    return Treatment(hint, cast("str", vocabulary("hints")["hints"][hint]["goal"]))


def _least_used(facets: Facets | None) -> str | None:
    """Return the least used dimension of the model: money first where there is none of it, then visits, then social."""
    if facets is None:
        return None
    for levels in (("none", "few"), ("low",)):
        for dimension in DIMENSIONS:
            if facets.levels.get(dimension) in levels and (dimension != "financial" or levels != ("low",)):
                return dimension
    return None
