"""A readable rule for each segment: a small decision tree on raw units, with its fidelity told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import floor, inf
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from lohko.segments.behaviour import Behaviour, Bools, Floats, dimension_of, vocabulary
from lohko.segments.clusters import Labels, sample_rows
from lohko.segments.params import LANGUAGES
from lohko.segments.phrases import NEVER, TENDENCY, Box, sentence
from lohko.segments.transform import Preparation, clean

DEPTH = 3
DEEPER = 4  # for a segment that the shallow trees describe with many wrongly in it
BRANCHES = 2  # a rule joins this many branches at most: more is no rule to a reader
EARNED = 0.02  # of F1: what a second branch must add
SPARED = 0.005  # of F1: a condition worth no more is left out
TAIL = 0.95  # a cut above this share of the real days asks whether it ever was, not when
ROWS = 10_000  # customers the tree is grown on; its fidelity is told from all
WEIGHED = 50_000  # customers that branches and conditions are weighed on; what a rule covers is told from all


@dataclass(frozen=True, slots=True)
class Rule:
    """A segment's rule by language, the share of the segment it covers, and the share of those it fits that are in it."""

    texts: Mapping[str, str]
    covers: float | None = None
    right: float | None = None


def fixed_rule(key: str, **numbers: int) -> Rule:
    """Return the rule of a group that is not a cluster, with the numbers that stand in it."""
    return Rule({language: text.format(**numbers) for language, text in vocabulary("rules")["fixed"][key].items()})


def explain(
    behaviour: Behaviour, preparation: Preparation, labels: Labels, k: int, seed: int
) -> tuple[list[Rule], float]:
    """Return each cluster's rule, and the tree's fidelity: the share of customers it puts where the clusters put them.

    A tree of depth 3 (CART, Breiman et al. 1984) is grown on raw units; its thresholds are rounded for reading before
    the fidelity is measured. A cluster's rule is one or two leaves of that tree, or of a tree that tells it from the rest,
    whichever describes it better; of one level more where too many others would fit and the longer rule earns it.
    """
    everybody = _raw(behaviour, preparation)
    rows = sample_rows(len(labels), WEIGHED, seed)
    raw = everybody if rows is None else {feature: x[rows] for feature, x in everybody.items()}
    own = labels if rows is None else labels[rows]
    whole = {feature: bool(np.all(x == np.floor(x))) for feature, x in everybody.items()}
    boxes = _grow(raw, whole, own, seed, DEPTH)
    predicted = np.full(len(labels), -1, dtype=np.intp)
    for box, label in boxes:
        predicted[_fits(everybody, box)] = label
    rules = []
    for cluster in range(k):
        inside = own == cluster
        shared = [box for box, label in boxes if label == cluster]
        other = inside.astype(np.intp)
        alone = [box for box, _ in _grow(raw, whole, other, seed, DEPTH)]
        best = max(_best(raw, shared, inside), _best(raw, alone, inside), key=_f1)
        if best.boxes and _shares(raw, best.boxes, inside)[1] < TENDENCY:
            longer = _best(raw, [box for box, _ in _grow(raw, whole, other, seed, DEEPER)], inside)
            best = longer if longer.f1 > best.f1 + EARNED else best
        told = _Branches(_shorter(raw, whole, best.boxes, inside)) if best.boxes else best
        rules.append(_rule(everybody, whole, told, labels == cluster))
    return rules, round(float((predicted == labels).mean()), 6)


def _raw(behaviour: Behaviour, preparation: Preparation) -> dict[str, Floats]:
    known = vocabulary("features")
    found = {}
    for column in preparation.columns:
        active = behaviour.active.get(column.dimension, np.ones(len(behaviour.ids), dtype=np.bool_))
        nothing = NEVER if known.get(column.feature, {}).get("better") == "less" else 0.0
        x = clean(behaviour.values[column.feature], column.fill)
        found[column.feature] = np.where(active, x, nothing)
    return found


def _grow(
    raw: Mapping[str, Floats], whole: Mapping[str, bool], labels: Labels, seed: int, depth: int
) -> list[tuple[Box, int]]:
    """Grow a tree and return its leaves: by feature, above what and up to what; and the label."""
    names = list(raw)
    matrix = np.column_stack([raw[n] for n in names])
    rows = sample_rows(len(labels), ROWS, seed)
    tree = DecisionTreeClassifier(
        max_depth=depth, min_samples_leaf=max(1, min(10, len(labels) // 100)), random_state=seed
    )
    tree.fit(matrix if rows is None else matrix[rows], labels if rows is None else labels[rows])
    grown: Any = tree.tree_
    longest = {f: float(np.quantile(x[x < NEVER], TAIL)) if 0 < (x < NEVER).mean() < 1 else inf for f, x in raw.items()}
    leaves: list[tuple[Box, int]] = []

    def walk(node: int, box: Box) -> None:
        left, right = int(grown.children_left[node]), int(grown.children_right[node])
        if left == right:
            leaves.append((box, int(tree.classes_[int(np.argmax(grown.value[node][0]))])))
            return
        feature, threshold = names[int(grown.feature[node])], float(grown.threshold[node])
        cut = float(floor(threshold)) if whole[feature] else float(f"{threshold:.3g}")
        if threshold > longest[feature]:
            cut = NEVER / 2  # between those for whom it was long ago and those for whom it never was
        above, up_to = box.get(feature, (-inf, inf))
        walk(left, {**box, feature: (above, min(up_to, cut))})
        walk(right, {**box, feature: (max(above, cut), up_to)})

    walk(0, {})
    return _merged(leaves)


def _merged(leaves: list[tuple[Box, int]]) -> list[tuple[Box, int]]:
    """Join leaves of one label that touch: they differ in one feature only, where one ends as the other begins."""
    for (left, label), (right, other) in combinations(leaves, 2):
        if label != other or left.keys() != right.keys():
            continue
        apart = [f for f in left if left[f] != right[f]]
        if len(apart) != 1:
            continue
        (a, b), (c, d) = left[apart[0]], right[apart[0]]
        if b == c or a == d:
            joined = {**left, apart[0]: (min(a, c), max(b, d))}
            box = {f: bounds for f, bounds in joined.items() if bounds != (-inf, inf)}
            rest = [leaf for leaf in leaves if leaf[0] is not left and leaf[0] is not right]
            return _merged([*rest, (box, label)])
    return leaves


def _fits(raw: Mapping[str, Floats], box: Box) -> Bools:
    fits = np.ones(len(next(iter(raw.values()))), dtype=np.bool_)
    for feature, (above, up_to) in box.items():
        fits &= (raw[feature] > above) & (raw[feature] <= up_to)
    return fits


@dataclass(frozen=True, slots=True)
class _Branches:
    """Branches of a rule, the largest first, and the harmonic mean of what they cover and how often they are right."""

    boxes: tuple[Box, ...] = ()
    f1: float = 0.0


def _f1(branches: _Branches) -> float:
    return branches.f1


def _best(raw: Mapping[str, Floats], boxes: Sequence[Box], inside: Bools) -> _Branches:
    """Take the one or two branches that describe the segment best; a second one must earn its length."""
    fits = {i: _fits(raw, box) for i, box in enumerate(boxes) if box}
    size = int(inside.sum())
    best: tuple[float, tuple[int, ...]] = (0.0, ())
    for count in range(1, BRANCHES + 1):
        for chosen in combinations(fits, count):
            either = np.logical_or.reduce([fits[i] for i in chosen])
            f1 = round(2 * int((either & inside).sum()) / max(int(either.sum()) + size, 1), 9)
            if f1 > best[0] + (EARNED if count > len(best[1]) and best[1] else 0.0):
                best = (f1, chosen)
    ranked = sorted(best[1], key=lambda i: (-int((fits[i] & inside).sum()), i))
    return _Branches(tuple(boxes[i] for i in ranked), best[0])


def _shares(raw: Mapping[str, Floats], boxes: Sequence[Box], inside: Bools) -> tuple[float, float]:
    """Return the share of the segment that fits, and the share of those who fit that is in the segment."""
    either = np.logical_or.reduce([_fits(raw, box) for box in boxes])
    caught = int((either & inside).sum())
    return caught / int(inside.sum()), caught / int(either.sum())


def _shorter(
    raw: Mapping[str, Floats], whole: Mapping[str, bool], boxes: tuple[Box, ...], inside: Bools
) -> tuple[Box, ...]:
    """Leave out conditions that change next to nothing, and say "anything at all" by a dimension's first feature."""
    known, found = vocabulary("features"), list(boxes)
    for i in range(len(found)):
        for feature in sorted(found[i]):
            rest = {f: bounds for f, bounds in found[i].items() if f != feature}
            own = dimension_of(feature)
            lead = next(
                (f for f in raw if dimension_of(f) == own and "some" in known.get(f, {}).get("en", {})), feature
            )
            above, up_to = rest.get(lead, (-inf, inf))
            some = {**rest, lead: (max(above, 0.0), up_to)}  # such as: has visited, for: has viewed pages
            anything = found[i][feature] == (0.0, inf) and whole[feature] and lead != feature and up_to > 0
            for other in (rest, some) if anything else (rest,):
                told = [*found[:i], other, *found[i + 1 :]]
                if other and _score(raw, told, inside) >= _score(raw, boxes, inside) - SPARED:
                    found = told
                    break
    return tuple(found)


def _score(raw: Mapping[str, Floats], boxes: Sequence[Box], inside: Bools) -> float:
    either = np.logical_or.reduce([_fits(raw, box) for box in boxes])
    return round(2 * int((either & inside).sum()) / max(int(either.sum()) + int(inside.sum()), 1), 9)


def _rule(raw: Mapping[str, Floats], whole: Mapping[str, bool], branches: _Branches, inside: Bools) -> Rule:
    if not branches.boxes:
        return fixed_rule("no_rule")
    covers, right = _shares(raw, branches.boxes, inside)
    return Rule(
        {language: sentence(branches.boxes, whole, language, covers, right) for language in LANGUAGES},
        round(covers, 6),
        round(right, 6),
    )
