"""Matching proper: rows in, clusters and weighed pairs out. Knows nothing of tables, merging or packages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from lohko.matching.answers import NONE, Verdicts
from lohko.matching.blocking import Candidates, Pairs, candidates
from lohko.matching.cluster import Labels, components, inner_pairs, split
from lohko.matching.coding import Codes, FloatArray, distinct, encode, repeats
from lohko.matching.constraints import keep_apart
from lohko.matching.model import Model, Weights, expected_pairs, fit, weigh
from lohko.matching.params import DedupeParams
from lohko.matching.patterns import Cells, Patterns, levels_of, patterns_of
from lohko.matching.register import Register, prepare
from lohko.matching.sampling import random_pairs
from lohko.matching.settings import limits
from lohko.outcome import Progress, silent

_HALF = 0.5
TELLING = frozenset({"email", "phone", "date", "id", "street"})


@dataclass(frozen=True, slots=True)
class Matched:
    """The result of matching.

    Attributes
    ----------
    register, model, candidates : what was compared, learnt and brought together
    pairs : the compared pairs worth telling, sorted
    cells : what they show
    same, household : probability of one person, of one household
    bits : match weight
    field_bits : weight per field; ``household_bits`` what the household explanation takes away
    clusters, households : for every row, the smallest row of its cluster
    compared : pairs compared in all
    threshold : probability from which pairs were merged
    expected_precision : mean probability of the pairs from the threshold on
    verdicts : what people answered
    told : probability of each answered pair (one customer, then two) by a model that knew no answers
    """

    register: Register
    model: Model
    candidates: Candidates
    pairs: Pairs
    cells: Cells
    same: FloatArray
    household: FloatArray
    bits: FloatArray
    field_bits: FloatArray
    household_bits: FloatArray
    clusters: Labels
    households: Labels
    compared: int
    threshold: float
    expected_precision: float
    verdicts: Verdicts
    told: FloatArray


@dataclass(frozen=True, slots=True)
class Beforehand:
    """What is settled before matching.

    Attributes
    ----------
    together : per row a key; rows that share it are one customer
    verdicts : what people answered about pairs of rows
    anchors : per row a number of which a customer may hold but one, -1 for none (customers of a register that others join)
    """

    together: pl.Series
    verdicts: Verdicts = NONE
    anchors: Codes | None = None


def match(customers: pl.DataFrame, params: DedupeParams, settled: Beforehand, progress: Progress = silent) -> Matched:
    """Match the rows of a table.

    Parameters
    ----------
    customers : rows in an order of their content
    params : thresholds and further columns
    settled : what is one customer, or two, beforehand
    progress : told how far it is
    """
    register = prepare(customers, params.compare)
    found = candidates(register.views(), register.size)
    verdicts = settled.verdicts
    bound = distinct(np.concatenate([_bound(settled.together), verdicts.same]))
    further = np.concatenate([bound, verdicts.different])
    pairs = distinct(np.concatenate([found.pairs, further])) if len(further) else found.pairs
    random = patterns_of(register, random_pairs(register.size))
    patterns = patterns_of(register, pairs, lambda done: progress("comparing pairs", done, len(pairs)))
    inside = np.ones(len(pairs), dtype=np.bool_)
    if len(pairs) > len(found.pairs):
        inside = among(pairs, found.pairs)
        # Rows bound by their id (or by an earlier run) are compared, but teach the model nothing that blocking did not find.
        counts = np.bincount(patterns.of_pair[inside], minlength=len(patterns.counts))
        patterns = Patterns(patterns.cells, counts.astype(np.int64), patterns.of_pair)
    answered = _answered(pairs, patterns, verdicts)
    model = fit(register.fields, patterns, random, register.size)
    told = np.empty(0)
    if answered is not None:
        blind = guarded(register, model, patterns.cells, weigh(model, patterns.cells))[patterns.of_pair]
        told = blind[np.searchsorted(pairs, np.concatenate([verdicts.same, verdicts.different]))]
        counts = patterns.counts - np.bincount(
            patterns.of_pair[inside & among(pairs, answered.pairs)], minlength=len(patterns.counts)
        )
        patterns = Patterns(patterns.cells, counts.astype(np.int64), patterns.of_pair)
        model = fit(register.fields, patterns, random, register.size, (answered.same, answered.different))
    weights = weigh(model, patterns.cells)
    same = guarded(register, model, patterns.cells, weights)[patterns.of_pair]
    tied = among(pairs, bound)
    threshold, expected = _threshold(params, same[inside & (same >= _HALF)])
    linked = ((same >= threshold) | tied) & ~among(pairs, verdicts.different)
    clusters = _clusters(register, model, pairs[linked], bound)
    sure = np.where(tied, np.inf, same)[linked]
    clusters = keep_apart(clusters, pairs[linked], sure, verdicts.different, settled.anchors)
    home = _households(register, patterns.cells, weights)[patterns.of_pair] | (same >= threshold) | tied
    households = components(register.size, pairs[home])
    worth = (same >= limits().kept_probability) | (weights.same[patterns.of_pair] >= params.review)
    asked = among(pairs, answered.pairs) if answered is not None else np.zeros(len(pairs), dtype=np.bool_)
    kept = np.flatnonzero((worth & inside) | asked)
    shown = patterns.of_pair[kept]
    return Matched(
        register,
        model,
        found,
        pairs[kept],
        patterns.cells[shown],
        same[kept],
        weights.household[shown],
        weights.total[shown],
        weights.fields[shown],
        weights.against_household[shown],
        clusters,
        households,
        len(found.pairs),
        threshold,
        expected,
        verdicts,
        told,
    )


@dataclass(frozen=True, slots=True)
class _Answered:
    """Answered pairs, and per pattern how many of them are one customer and two."""

    pairs: Pairs
    same: FloatArray
    different: FloatArray


def _answered(pairs: Pairs, patterns: Patterns, verdicts: Verdicts) -> _Answered | None:
    if not verdicts.count:
        return None
    size = len(patterns.counts)
    same, different = (
        np.bincount(patterns.of_pair[np.searchsorted(pairs, some)], minlength=size).astype(np.float64)
        for some in (verdicts.same, verdicts.different)
    )
    return _Answered(np.sort(np.concatenate([verdicts.same, verdicts.different])), same, different)


def _threshold(params: DedupeParams, same: FloatArray) -> tuple[float, float]:
    """Return the probability from which pairs are merged, and their mean probability (1 where there are none).

    ``same``: the probabilities that are not below a half.
    With ``precision`` it is the lowest from which the mean probability of all pairs is at least that, never below a half.
    """
    likely = np.sort(same)[::-1]
    if params.precision is None:
        merged = likely[likely >= params.threshold]
        return params.threshold, float(np.round(merged.mean(), 6)) if len(merged) else 1.0
    # probabilities are rounded, so that equal pairs are merged or left together
    likely = np.round(likely, 9)
    mean = np.cumsum(likely) / np.arange(1, len(likely) + 1)
    ends = np.flatnonzero(np.append(likely[1:] != likely[:-1], True)) if len(likely) else np.empty(0, dtype=np.int64)
    reached = ends[mean[ends] >= params.precision]
    if not len(reached):
        return 1.0, 1.0
    last = int(reached[-1])
    return float(likely[last]) - 1e-9, float(np.round(mean[last], 6))


def among(pairs: Pairs, some: Pairs) -> npt.NDArray[np.bool_]:
    """Return which pairs are among ``some`` (sorted)."""
    if not len(some):
        return np.zeros(len(pairs), dtype=np.bool_)
    at = np.minimum(np.searchsorted(some, pairs), len(some) - 1)
    found: npt.NDArray[np.bool_] = some[at] == pairs
    return found


def _bound(together: pl.Series) -> Pairs:
    """Return pairs that tie the rows of one key to the first of them."""
    if not repeats(together):
        return np.empty(0, dtype=np.int64)
    key = encode(together)
    order = np.argsort(key.codes, kind="stable")
    codes = key.codes[order]
    starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1])) if len(codes) else np.empty(0, dtype=np.int64)
    first = np.repeat(order[starts], np.diff(np.append(starts, len(codes))))
    made = (first << 32 | order)[(order != first) & (codes >= 0)]
    return np.sort(made)


def guarded(register: Register, model: Model, cells: Cells, weights: Weights) -> FloatArray:
    """Return the probability of one person, held below any threshold where nothing tells namesakes apart.

    Names and a town that agree are no proof: the register is a small part of all who bear the name. Where a register
    has fields that tell namesakes apart (mail, phone, birth date, id, street), a pair must agree in one of them, or in
    several others; where it has none, in something beyond name and town. A model learnt from many duplicates is trusted
    with less beyond name and town, where it is nearly sure. Where nothing of two whole names is alike, a door, a number and a mailbox in common are
    those of a household or a house; only a birth date or an id speaks for one person. One mailbox with two numbers is what a father and a son of one name show, and two known first names
    that look alike (Eino and Aino) are mostly those of two people: such pairs must be nearly sure.
    """
    levels = levels_of(cells)
    strong, others, proven, mailbox, number, numbers, two = (np.zeros(len(cells), dtype=np.bool_) for _ in range(7))
    beyond = np.zeros(len(cells))
    given = any(field.kind.name == "given" for field in register.fields)
    for column, field in enumerate(register.fields):
        level = levels[:, column]
        strong |= field.strong[level]
        if field.kind.name == "fullname" and not given:
            others |= field.against[level]
        elif field.kind.name == "given":
            two |= level == field.labels.index("known alike")
        elif field.kind.name in {"date", "id"}:
            proven |= (level > 0) & ~field.against[level]
        elif field.kind.name == "email":
            mailbox |= field.agree[level]
        elif field.kind.name == "phone":
            number |= (level > 0) & ~field.against[level]
            numbers |= field.against[level]
        is_the_name = field.kind.is_name and (field.kind.name != "fullname" or not given)
        if not is_the_name:
            beyond += np.where(field.beyond_town[level], np.maximum(weights.fields[:, column], 0.0), 0.0)
    tells = any(entry.kind in TELLING for entry in register.chosen)
    bound = limits()
    enough = beyond >= (bound.beyond_bits if tells else bound.beyond_bits_without)
    if tells and expected_pairs(model, register.size) >= bound.learnt_pairs:
        enough |= (beyond >= bound.beyond_bits_learnt) & (weights.same >= bound.beyond_probability)
    namesakes = ~(strong | enough)
    family = (two | (mailbox & numbers & ~number)) & (weights.same < bound.family_probability)
    return np.where(namesakes | ((others | family) & ~proven), np.minimum(weights.same, 0.49), weights.same)


def _households(register: Register, cells: Cells, weights: Weights) -> npt.NDArray[np.bool_]:
    """Return which patterns show one household: sure not to be strangers, a door, number or mailbox in common, no other address."""
    levels = levels_of(cells)
    apart = np.zeros(len(cells), dtype=np.bool_)
    shared = apart.copy()
    for column, field in enumerate(register.fields):
        if field.name == "address":
            apart |= field.against[levels[:, column]]
        if not field.personal:
            shared |= field.strong[levels[:, column]]
    return (weights.same + weights.household >= 0.9) & shared & ~apart


def _clusters(register: Register, model: Model, linked: Pairs, bound: Pairs) -> Labels:
    labels = components(register.size, linked)
    inner = inner_pairs(labels, limits().cluster_exact)
    if not len(inner):
        return labels
    patterns = patterns_of(register, inner)
    weights = weigh(model, patterns.cells)
    same = np.clip(guarded(register, model, patterns.cells, weights), 1e-9, 1 - 1e-9)
    bits = np.log2(same / (1 - same))
    # Two rows that merely show nothing in common do not contradict each other: only what they show speaks against a
    # cluster, unless they are likelier to be two people of one household.
    silent = (bits < 0) & (weights.household < weights.same + 0.5 * (1 - weights.same))
    bits = np.where(silent, np.minimum(weights.fields.sum(axis=1), 0.0), bits)
    return split(labels, inner, bits[patterns.of_pair], bound)
