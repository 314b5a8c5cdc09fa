"""Matching proper: rows in, clusters and weighed pairs out. Knows nothing of tables, merging or packages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from lohko.matching.blocking import Candidates, Pairs, candidates
from lohko.matching.cluster import Labels, components, inner_pairs, split
from lohko.matching.coding import FloatArray, distinct, encode
from lohko.matching.model import Model, Weights, expected_pairs, fit, weigh
from lohko.matching.params import DedupeParams
from lohko.matching.patterns import Cells, Patterns, compare_pairs, count_patterns, levels_of
from lohko.matching.register import Register, prepare
from lohko.matching.sampling import random_pairs
from lohko.matching.settings import limits
from lohko.outcome import Progress, silent

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


def match(customers: pl.DataFrame, params: DedupeParams, together: pl.Series, progress: Progress = silent) -> Matched:
    """Match the rows of a table.

    Parameters
    ----------
    customers : rows in an order of their content
    params : thresholds and further columns
    together : per row a key; rows that share it are one customer beforehand
    progress : told how far it is
    """
    register = prepare(customers, params.compare)
    found = candidates(register.views(), register.size)
    bound = _bound(together)
    pairs = distinct(np.concatenate([found.pairs, bound])) if len(bound) else found.pairs
    random = count_patterns(compare_pairs(register, random_pairs(register.size)))
    cells = compare_pairs(register, pairs, lambda done: progress("comparing pairs", done, len(pairs)))
    patterns = count_patterns(cells)
    inside = _among(pairs, found.pairs)
    if len(pairs) > len(found.pairs):
        # Rows bound by their id (or by an earlier run) are compared, but teach the model nothing that blocking did not find.
        counts = np.bincount(patterns.of_pair[inside], minlength=len(patterns.counts))
        patterns = Patterns(patterns.cells, counts.astype(np.int64), patterns.of_pair)
    model = fit(register.fields, patterns, random, register.size)
    weights = weigh(model, patterns.cells)
    same = guarded(register, model, patterns.cells, weights)[patterns.of_pair]
    tied = _among(pairs, bound)
    linked = (same >= params.threshold) | tied
    clusters = _clusters(register, model, pairs[linked], bound)
    home = _households(register, patterns.cells, weights)[patterns.of_pair] | (same >= params.threshold) | tied
    households = components(register.size, pairs[home])
    worth = (same >= limits().kept_probability) | (weights.same[patterns.of_pair] >= params.review)
    kept = np.flatnonzero(worth & inside)
    shown = patterns.of_pair[kept]
    return Matched(
        register,
        model,
        found,
        pairs[kept],
        cells[kept],
        same[kept],
        weights.household[shown],
        weights.total[shown],
        weights.fields[shown],
        weights.against_household[shown],
        clusters,
        households,
        len(found.pairs),
    )


def _among(pairs: Pairs, some: Pairs) -> npt.NDArray[np.bool_]:
    """Return which pairs are among ``some`` (sorted)."""
    if not len(some):
        return np.zeros(len(pairs), dtype=np.bool_)
    at = np.minimum(np.searchsorted(some, pairs), len(some) - 1)
    found: npt.NDArray[np.bool_] = some[at] == pairs
    return found


def _bound(together: pl.Series) -> Pairs:
    """Return pairs that tie the rows of one key to the first of them."""
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
    with less beyond name and town, where it is nearly sure.
    """
    levels = levels_of(cells)
    strong = np.zeros(len(cells), dtype=np.bool_)
    beyond = np.zeros(len(cells))
    given = any(field.kind.name == "given" for field in register.fields)
    for column, field in enumerate(register.fields):
        level = levels[:, column]
        strong |= field.strong[level]
        is_the_name = field.kind.is_name and (field.kind.name != "fullname" or not given)
        if not is_the_name:
            beyond += np.where(field.beyond_town[level], np.maximum(weights.fields[:, column], 0.0), 0.0)
    tells = any(entry.kind in TELLING for entry in register.chosen)
    bound = limits()
    enough = beyond >= (bound.beyond_bits if tells else bound.beyond_bits_without)
    if tells and expected_pairs(model, register.size) >= bound.learnt_pairs:
        enough |= (beyond >= bound.beyond_bits_learnt) & (weights.same >= bound.beyond_probability)
    return np.where(strong | enough, weights.same, np.minimum(weights.same, 0.49))


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
    patterns = count_patterns(compare_pairs(register, inner))
    weights = weigh(model, patterns.cells)
    same = np.clip(guarded(register, model, patterns.cells, weights), 1e-9, 1 - 1e-9)
    bits = np.log2(same / (1 - same))
    # Two rows that merely show nothing in common do not contradict each other: only what they show speaks against a
    # cluster, unless they are likelier to be two people of one household.
    silent = (bits < 0) & (weights.household < weights.same + 0.5 * (1 - weights.same))
    bits = np.where(silent, np.minimum(weights.fields.sum(axis=1), 0.0), bits)
    return split(labels, inner, bits[patterns.of_pair], bound)
