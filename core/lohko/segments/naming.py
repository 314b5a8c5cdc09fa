"""Names and slugs from the fixed vocabulary: what sets a segment apart, unique, never a number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lohko.segments.behaviour import vocabulary
from lohko.segments.facets import Facets
from lohko.segments.params import LANGUAGES

Words = dict[str, str]  # language → text


@dataclass(frozen=True, slots=True)
class Name:
    """A segment's slug and its name in each language."""

    slug: str
    texts: Words


def group_name(key: str) -> Name:
    """Return the name of a group that is not a cluster (``inactive``, ``new``, ``everybody``, ``mixed``)."""
    words = vocabulary("names")["group"][key]
    found = _finish([words])
    return Name(words.get("slug", found.slug), found.texts)


def name(segments: Sequence[Facets]) -> list[Name]:
    """Name clusters, in their order.

    First by money and freshness (or by what those who never bought do instead), then by visits and social acts where these
    set a cluster apart; clusters that begin alike are told apart by the feature in which they differ most.
    """
    parts = [_head(f) for f in segments]
    for dimension in ("visits", "social"):
        parts = [
            _beside(p, f, dimension) if f.apart.get(dimension) else p for p, f in zip(parts, segments, strict=True)
        ]
    for i, group in _alike(parts):
        parts[i] = _distinguish(parts[i], segments, i, group)
    for dimension in ("visits", "social"):
        for group in _clashes(parts):
            if len({segments[i].levels.get(dimension) for i in group}) > 1:
                for i in group:
                    parts[i] = _beside(parts[i], segments[i], dimension)
    for group in _clashes(parts):
        _compare(parts, segments, group, frozenset())
    while groups := _clashes(parts):  # dozens of clusters on one feature: words run out
        for group in groups:
            _letter(parts, group)
    return [_finish(p) for p in parts]


def _head(facets: Facets) -> list[Words]:
    words = vocabulary("names")
    money = facets.levels.get("financial")
    if money is not None and facets.does("financial"):
        return [words["buyers"]["once" if facets.once and money != "high" else money][facets.freshness]]
    first = leading(facets)
    if first is None:
        return [words["group"]["mixed"]]
    does = words["without_money"][first][facets.levels[first]]
    return [does] if money is None else [_joined(does, words["purchases"][money])]


def leading(facets: Facets) -> str | None:
    """Return what a cluster that does not buy does first of all: ``visits`` or ``social``; None where it does neither."""
    if not facets.does("social"):
        return "visits" if facets.does("visits") else None
    # Social acts are rarer than visits, so they say more; only clearly stronger visits go before them.
    order = ("none", "few", "low", "middle", "high")
    visits, social = facets.levels.get("visits", "none"), facets.levels["social"]
    return "social" if order.index(social) + 1 >= order.index(visits) else "visits"


def _beside(parts: list[Words], facets: Facets, dimension: str) -> list[Words]:
    """Add what the cluster does in a dimension, unless its first words say so already."""
    words = vocabulary("names")
    level = facets.levels.get(dimension)
    if level is None:
        return parts
    does = words["without_money"][dimension].get(level)
    told = [does] + [_joined(does, tail) for tail in words["purchases"].values()] if does else []
    extra = words["besides"][dimension][level]
    return parts if parts[0] in told or extra in parts else [*parts, extra]


def _joined(first: Words, then: Words) -> Words:
    return {language: first[language] + then[language] for language in LANGUAGES}


def _alike(parts: Sequence[list[Words]]) -> list[tuple[int, list[int]]]:
    """Find the clusters that have only the first words to their name, where others begin with the same words."""
    return [
        (i, group)
        for i, words in enumerate(parts)
        if len(words) == 1 and len(group := [j for j, other in enumerate(parts) if other[0] == words[0]]) > 1
    ]


def _distinguish(parts: list[Words], segments: Sequence[Facets], own: int, group: list[int]) -> list[Words]:
    """Add what a cluster does and others who share its first words do not, or the feature in which it stands out."""
    for dimension in ("visits", "social"):
        if segments[own].does(dimension) and any(not segments[j].does(dimension) for j in group):
            return _beside(parts, segments[own], dimension)
    compared = vocabulary("names")["compared"]
    best: tuple[float, str, str] = (0.0, "", "")
    for feature in sorted(segments[own].typical):
        others = [segments[j].typical[feature] for j in group if j != own]
        mine = segments[own].typical[feature]
        for gap, grade in ((mine - max(others), "more"), (min(others) - mine, "less")):
            if gap > best[0]:
                best = (gap, feature, grade)
    _, feature, grade = best
    return [*parts, _filled(compared.get(feature, compared["other"])[grade], feature=feature)] if feature else parts


def _clashes(parts: Sequence[list[Words]]) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for i, words in enumerate(parts):
        groups.setdefault(_finish(words).slug, []).append(i)
    return [group for group in groups.values() if len(group) > 1]


def _compare(parts: list[list[Words]], segments: Sequence[Facets], group: list[int], used: frozenset[str]) -> None:
    """Tell namesakes apart by the feature in which they differ most, in two or three grades; and again by the next."""
    gaps = []
    for feature in sorted(set(segments[group[0]].typical) - used):
        standing = {i: segments[i].typical[feature] for i in group}
        spread = max(standing.values()) - min(standing.values())
        if spread > 0:
            gaps.append((spread, feature, _grades(standing)))
    compared = vocabulary("names")["compared"]
    if not gaps:
        _letter(parts, group)
        return
    _, feature, grades = max(gaps, key=lambda gap: (gap[0], gap[1]))
    words = compared.get(feature, compared["other"])
    for grade, members in grades.items():
        for i in members:
            parts[i] = [*parts[i], _filled(words[grade], feature=feature)]
        if len(members) > 1:
            _compare(parts, segments, members, used | {feature})


def _letter(parts: list[list[Words]], group: list[int]) -> None:
    words = vocabulary("names")["compared"]["group"]["more"]
    for letter, i in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", group, strict=False):
        parts[i] = [*parts[i], _filled(words, letter=letter)]


def _grades(standing: dict[int, float]) -> dict[str, list[int]]:
    """Cut at the widest gap, or at the two widest where the second is at least half as wide."""
    ranked = sorted(standing, key=lambda i: (standing[i], i))
    steps = sorted(
        ((standing[right] - standing[left], place) for place, (left, right) in enumerate(pairwise(ranked), 1)),
        key=lambda step: (-step[0], step[1]),
    )
    cuts = sorted(place for step, place in steps[:2] if step >= steps[0][0] / 2)
    grades = ("less", "more") if len(cuts) == 1 else ("less", "middle", "more")
    bounds = [0, *cuts, len(ranked)]
    return {grade: sorted(ranked[a:b]) for grade, (a, b) in zip(grades, pairwise(bounds), strict=True)}


def _filled(words: Words, **values: str) -> Words:
    return {language: text.format(**values) for language, text in words.items()}


def _finish(parts: Sequence[Words]) -> Name:
    texts = {language: ", ".join(words[language] for words in parts) for language in LANGUAGES}
    plain = unicodedata.normalize("NFKD", texts["en"]).encode("ascii", "ignore").decode("ascii").lower()
    return Name(re.sub(r"[^a-z0-9]+", "-", plain).strip("-"), texts)
