"""What to do with a segment: a hint bound to a goal, and the dimension to activate next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from lohko.segments.behaviour import vocabulary
from lohko.segments.facets import Facets


@dataclass(frozen=True, slots=True)
class Treatment:
    """A hint's key, its goal (``acquire``, ``sell_more``, ``keep``), and the next dimension, None where all are in use."""

    hint: str
    goal: str
    next_dimension: str | None


def treat_group(key: str) -> Treatment:
    """Return the treatment of a group that is not a cluster: ``inactive`` or ``everybody``."""
    return _treatment("acquire_first_step", "visits") if key == "inactive" else _treatment("keep_watch", None)


def treat(facets: Facets) -> Treatment:
    """Choose the treatment of a cluster by its money, freshness, visits and social acts."""
    money = facets.levels.get("financial")
    visits, social = facets.levels.get("visits", "none"), facets.levels.get("social", "none")
    if money in {None, "none"}:
        if visits == social == "none":
            return _treatment("keep_watch" if money is None else "acquire_first_step", _next(facets))
        return _treatment("acquire_from_social" if social != "none" else "acquire_from_visits", _next(facets))
    if facets.freshness == "lapsed":
        small = money == "low" or facets.once
        return _treatment("keep_light_reminder" if small else "keep_win_back", _next(facets))
    if money == "high":
        return _treatment("keep_reward", _next(facets))
    return _treatment("sell_more_second_purchase" if facets.once else "sell_more_grow", _next(facets))


def hint_text(key: str, language: str) -> str:
    """Return a hint's text (``en``, ``fi`` or ``sv``)."""
    return cast("str", vocabulary("hints")["hints"][key][language])


def goal_text(key: str, language: str) -> str:
    """Return a goal's name."""
    return cast("str", vocabulary("hints")["goals"][key][language])


def activation_text(dimension: str, language: str) -> str:
    """Return how to activate a dimension."""
    return cast("str", vocabulary("hints")["activate"][dimension][language])


def _treatment(hint: str, next_dimension: str | None) -> Treatment:
    return Treatment(hint, cast("str", vocabulary("hints")["hints"][hint]["goal"]), next_dimension)


def _next(facets: Facets) -> str | None:
    """Return the least used dimension of the model: money first where there is none of it, then visits, then social."""
    for level in ("none", "low"):
        for dimension in ("financial", "visits", "social"):
            if facets.levels.get(dimension) == level and (dimension != "financial" or level == "none"):
                return dimension
    return None
