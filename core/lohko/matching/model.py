"""The pair model: one person, one household or strangers, fitted by expectation and maximisation on pattern counts.

Fellegi & Sunter (1969) with three kinds of pair, of which the household comes in three sorts: plain, with a common mailbox or
number (those who share one thing share more), and born on one day (twins agree in all but their first names). The fit follows Winkler (1988) and Enamorado, Fifield & Imai (2019):
missing values are no evidence, beliefs enter as counts of pairs. What strangers show is measured on random pairs and by counting
values, so the shares of one person and one household are shares of *all* pairs of the register, not only of those compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lohko.matching.coding import FloatArray
from lohko.matching.compare.base import FieldModel
from lohko.matching.patterns import Cells, Coded, Patterns, levels_of, rarity_of_cells
from lohko.matching.settings import limits

SAME = 0
HOUSEHOLD, SHARING, TWINS = RELATED = (1, 2, 3)
_KINDS = 4
_TINY = 1e-12
_HOPELESS = 1e-7
_REVIEW = 10
_LEAST_CHANCE = 0.02


@dataclass(frozen=True, slots=True)
class FieldShares:
    """Shares of pairs at each level of a field: of one person and of the sorts of household, and of strangers.

    ``kin``: on personal fields, the share of each sort of household that agrees as one person would (namesakes, twins).
    """

    kinds: tuple[FloatArray, ...]
    strangers: FloatArray
    kin: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted model.

    Attributes
    ----------
    fields : the fields
    shares : what was learnt of each
    rates : share of one-person pairs and of each sort of household pairs among all pairs
    rounds : of expectation and maximisation
    converged : the shares had stopped moving
    """

    fields: tuple[FieldModel, ...]
    shares: tuple[FieldShares, ...]
    rates: tuple[float, ...]
    rounds: int
    converged: bool


@dataclass(frozen=True, slots=True)
class Weights:
    """What patterns say, in bits where not said otherwise.

    Attributes
    ----------
    same, household : probability of one person, of two people of one household
    total : log odds of one person = prior + sum of ``fields`` + ``against_household``
    fields : weight of each field for one person against strangers
    against_household : what the household explanation takes away
    """

    same: FloatArray
    household: FloatArray
    total: FloatArray
    fields: FloatArray
    against_household: FloatArray


def prior_bits(model: Model) -> float:
    """Return log2 of the odds of one person against strangers for any two rows, before looking at them."""
    return float(np.log2(model.rates[SAME] / (1.0 - sum(model.rates))))


def expected_pairs(model: Model, rows: int) -> float:
    """Return how many pairs of one person the model sees in a register of so many rows."""
    return model.rates[SAME] * rows * (rows - 1) / 2


def weigh(model: Model, cells: Cells) -> Weights:
    """Return the weights of patterns."""
    patterns = Coded(cells)
    ratios = [_log_ratios(model, column, found) for column, found in enumerate(patterns.cells)]
    odds = _odds(model, patterns, ratios)
    joint = _posterior(odds)
    rest = np.logaddexp(0.0, np.logaddexp.reduce(odds[list(RELATED)], axis=0))
    fields = np.empty(cells.shape)
    for column, (ratio, found) in enumerate(zip(ratios, patterns.cells, strict=True)):
        fields[:, column] = ratio[SAME][np.searchsorted(found, cells[:, column])]
    return Weights(
        joint[SAME],
        joint[list(RELATED)].sum(axis=0),
        (odds[SAME] - rest) / np.log(2),
        fields / np.log(2),
        -rest / np.log(2),
    )


def _odds(model: Model, patterns: Coded, ratios: list[FloatArray]) -> FloatArray:
    """Return natural log odds against strangers: a row a kind of pair, a column a pattern."""
    prior = (np.log(np.maximum(model.rates, _TINY**2)) - np.log(1.0 - sum(model.rates)))[:, None]
    return prior + patterns.summed(ratios) if ratios else np.repeat(prior, len(patterns), axis=1)


def _posterior(odds: FloatArray) -> FloatArray:
    """Return the probabilities of the kinds other than strangers."""
    top = np.maximum(0.0, odds.max(axis=0))
    parts = np.exp(odds - top)
    found: FloatArray = parts / (np.exp(-top) + parts.sum(axis=0))
    return found


def _log_ratios(model: Model, column: int, cells: Cells) -> FloatArray:
    """Return natural log ratios against strangers of one field's cells: a row a kind of pair."""
    field, share = model.fields[column], model.shares[column]
    level, rarity = levels_of(cells), rarity_of_cells(cells) * np.log(2)
    # Agreement on a value that many hold says less, on a rare one more.
    found = np.stack([_ratio(shares, share.strangers)[level] - rarity for shares in share.kinds])
    if field.personal:
        for kind, kin in zip(RELATED, share.kin, strict=True):
            found[kind] = np.where(level == 0, 0.0, np.log((1 - kin) + kin * np.exp(found[SAME])))
    return found


def _ratio(shares: FloatArray, strangers: FloatArray) -> FloatArray:
    ratio = np.log(np.maximum(shares, _TINY)) - np.log(np.maximum(strangers, _TINY))
    ratio[0] = 0.0
    return ratio


def fit(
    fields: tuple[FieldModel, ...],
    patterns: Patterns,
    random: Patterns,
    rows: int,
    answers: tuple[FloatArray, FloatArray] | None = None,
) -> Model:
    """Fit the model.

    Parameters
    ----------
    fields : the fields of the register
    patterns : candidate pairs by pattern
    random : random pairs by pattern
    rows : rows of the register
    answers : per pattern, answered pairs (not among its counts) that are one customer, and two: their kind is known

    Returns
    -------
    Model
        Shares are smoothed by the beliefs of ``kinds.toml``, worth ``prior_pairs`` pairs.
    """
    bound = limits()
    possible = max(rows * (rows - 1) // 2, 1)
    coded = Coded(patterns.cells)
    counts = patterns.counts.astype(np.float64)
    seen_by_chance = Coded(random.cells)
    by_chance = seen_by_chance.counted(random.counts.astype(np.float64)[None])
    compared = coded.counted(counts[None])
    expected = [
        _chance(
            f, _tally(seen_by_chance.cells[k], by_chance[k][0], f), _tally(coded.cells[k], compared[k][0], f), possible
        )
        for k, f in enumerate(fields)
    ]
    dated = any(field.kind.name == "date" for field in fields)
    beliefs = (
        bound.prior_duplicates,
        bound.prior_households,
        bound.prior_sharing,
        bound.prior_twins if dated else 0.0,
    )
    nothing = np.zeros((_KINDS, 0))
    rates = [min(belief * max(rows, 1) / possible, 0.2) for belief in beliefs]
    shares = tuple(
        FieldShares(_kinds(f, nothing), _strangers(f, seen, np.zeros(f.size), possible), f.kind.kin)
        for f, seen in zip(fields, expected, strict=True)
    )
    model = Model(fields, shares, tuple(rates), 0, converged=False)
    active, active_counts, told = coded, counts, answers
    for turn in range(1, bound.rounds + 1):
        if turn % _REVIEW == 1:
            # Patterns that are next to surely strangers add nothing; all are looked at again every few rounds.
            every = _posterior(_odds(model, coded, [_log_ratios(model, k, c) for k, c in enumerate(coded.cells)]))
            alive = every.sum(axis=0) > _HOPELESS
            if answers is not None:
                alive |= (answers[0] + answers[1]) > 0
            active, active_counts = coded.some(alive), counts[alive]
            told = (answers[0][alive], answers[1][alive]) if answers is not None else None
        ratios = [_log_ratios(model, column, found) for column, found in enumerate(active.cells)]
        posterior = _posterior(_odds(model, active, ratios))
        weighted = posterior * active_counts
        if told is not None:
            # Of an answered pair it is known whether it is one customer; two may be a household or strangers.
            weighted[SAME] += told[0]
            weighted[list(RELATED)] += told[1] * posterior[list(RELATED)] / np.maximum(1.0 - posterior[SAME], _TINY)
        new = []
        by_cell = active.counted(weighted)
        for column, field in enumerate(fields):
            found = np.stack([_tally(active.cells[column], part, field) for part in by_cell[column]])
            new.append(
                FieldShares(
                    _kinds(field, found),
                    _strangers(field, expected[column], found.sum(axis=0), possible),
                    _kin(model, column, ratios[column], active.cells[column], by_cell[column]),
                )
            )
        few = min(max(rows, 1), bound.prior_rows)
        rates = [
            min((float(part.sum()) + belief * few) / (possible + 2.0), 0.3) if belief else 0.0
            for part, belief in zip(weighted, beliefs, strict=True)
        ]
        # More "twins" than households of other sorts can have would be people under two first names.
        rates[TWINS] = min(rates[TWINS], bound.most_twins * (rates[HOUSEHOLD] + rates[SHARING]))
        moved = max(
            [
                abs(float(np.log(rates[SAME] / model.rates[SAME]))),
                *(float(np.abs(a.kinds[SAME] - b.kinds[SAME]).max()) for a, b in zip(new, model.shares, strict=True)),
            ]
        )
        model = Model(fields, tuple(new), tuple(rates), turn, converged=bool(moved < bound.tolerance))
        if model.converged:
            break
    return model


def _kinds(field: FieldModel, found: FloatArray) -> tuple[FloatArray, ...]:
    """Return smoothed shares of the kinds other than strangers from counts (a row a kind)."""
    return tuple(_smooth(field, found[kind], (field.same, *field.related)[kind]) for kind in range(_KINDS))


def _tally(cells: Cells, counts: FloatArray, field: FieldModel) -> FloatArray:
    """Return counts by level of one field from counts by cell."""
    return np.bincount(levels_of(cells), weights=counts, minlength=field.size).astype(np.float64)


def _kin(model: Model, column: int, ratio: FloatArray, cells: Cells, weighted: FloatArray) -> tuple[float, ...]:
    """Return the share of each sort of household that agrees in a personal field as one person would.

    ``weighted``: pairs of each kind by cell.
    """
    field, share = model.fields[column], model.shares[column]
    if not field.personal:
        return share.kin
    level = levels_of(cells)
    strength = limits().prior_pairs
    found = []
    for kind, kin, belief in zip(RELATED, share.kin, field.kind.kin, strict=True):
        if kind == TWINS:
            found.append(belief)  # what twins are is defined by their date and names
            continue
        pairs: FloatArray = np.where(level > 0, weighted[kind], 0.0).astype(np.float64)
        agreeing = pairs * kin * np.exp(ratio[SAME] - ratio[kind])
        share_of_kin = (float(agreeing.sum()) + strength * belief) / (float(pairs.sum()) + strength)
        # Namesakes and twins are few: a "household" that mostly agrees in personal fields would be one person.
        found.append(min(share_of_kin, 2.0 * belief, 0.999))
    return tuple(found)


def _smooth(field: FieldModel, found: FloatArray, belief: FloatArray) -> FloatArray:
    """Return shares by level: found counts and the belief, worth some pairs, each group of levels adding up to one."""
    shares = np.zeros(field.size)
    for group in np.unique(field.group[field.group >= 0]):
        where = field.group == group
        believed = belief[where] / belief[where].sum()
        counted = found[where] if len(found) else np.zeros(int(where.sum()))
        shares[where] = (counted + limits().prior_pairs * believed) / (counted.sum() + limits().prior_pairs)
    return shares


def _chance(field: FieldModel, seen: FloatArray, compared: FloatArray, possible: int) -> FloatArray:
    """Return expected pairs of the whole register at each level: from random pairs, at least those compared."""
    total = max(float(seen.sum()), 1.0)
    expected = np.maximum(seen / total * possible, compared)
    return np.where(field.group >= 0, expected, 0.0)


def _strangers(field: FieldModel, expected: FloatArray, related: FloatArray, possible: int) -> FloatArray:
    """Return what strangers show: all pairs less those of one person or household; counted levels stand as they are."""
    shares = np.zeros(field.size)
    weight = min(float(possible), float(limits().sample_pairs))
    rest = np.maximum(expected - related, 0.0)
    for group in np.unique(field.group[field.group >= 0]):
        where = (field.group == group) & ~field.counted
        fixed = (field.group == group) & field.counted
        believed = field.strangers[where] / field.strangers[where].sum()
        seen = rest[where].sum()
        scale = weight * seen / max(possible, 1)
        found = rest[where] / max(float(seen), _TINY)
        part = (found * scale + limits().prior_strangers * believed) / (scale + limits().prior_strangers)
        # Counting values counts the rows of one person, too: what EM takes for related pairs is no chance agreement. In a
        # small register a good part of the rate is belief, of which these pairs are no part: that part stands.
        pairs = max(float(expected[field.group == group].sum()), 1.0)
        chance = field.strangers[fixed] - field.seen * related[fixed] / pairs
        shares[fixed] = np.maximum(chance, max(_LEAST_CHANCE, 1.0 - field.seen) * field.strangers[fixed])
        shares[where] = part * (1.0 - shares[fixed].sum())
    return shares
