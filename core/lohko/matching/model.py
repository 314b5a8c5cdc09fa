"""The pair model: one person, one household or strangers, fitted by expectation and maximisation on pattern counts.

Fellegi & Sunter (1969) with three kinds of pair, of which the household comes in two sorts (with and without a common mailbox
or number, since those who share one thing share more). The fit follows Winkler (1988) and Enamorado, Fifield & Imai (2019):
missing values are no evidence, beliefs enter as counts of pairs. What strangers show is measured on random pairs and by counting
values, so the shares of one person and one household are shares of *all* pairs of the register, not only of those compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lohko.matching.coding import FloatArray
from lohko.matching.compare.base import FieldModel
from lohko.matching.patterns import Cells, Patterns, levels_of, rarity_of_cells
from lohko.matching.settings import limits

SAME, HOUSEHOLD, SHARING = 0, 1, 2
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class FieldShares:
    """Shares of pairs at each level of a field: of one person and of both sorts of household, and of strangers.

    ``kin``: on personal fields, the share of both sorts of household that agree as one person would (namesakes, twins).
    """

    kinds: tuple[FloatArray, FloatArray, FloatArray]
    strangers: FloatArray
    kin: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted model.

    Attributes
    ----------
    fields : the fields
    shares : what was learnt of each
    rates : share of one-person pairs and of both sorts of household pairs among all pairs
    rounds : of expectation and maximisation
    converged : the shares had stopped moving
    """

    fields: tuple[FieldModel, ...]
    shares: tuple[FieldShares, ...]
    rates: tuple[float, float, float]
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


def weigh(model: Model, cells: Cells) -> Weights:
    """Return the weights of patterns."""
    same, by_field = _log_ratios(model, cells)
    joint, odds = _posterior(model, same, by_field)
    rest = np.logaddexp(0.0, np.logaddexp(odds[HOUSEHOLD], odds[SHARING]))
    return Weights(
        joint[SAME],
        joint[HOUSEHOLD] + joint[SHARING],
        (odds[SAME] - rest) / np.log(2),
        same / np.log(2),
        -rest / np.log(2),
    )


def _posterior(model: Model, same: FloatArray, related: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return probabilities of the three related kinds, and their log odds against strangers."""
    strangers = np.log(1.0 - sum(model.rates))
    sums = (same.sum(axis=1), related[0].sum(axis=1), related[1].sum(axis=1))
    odds = [value + np.log(rate) - strangers for value, rate in zip(sums, model.rates, strict=True)]
    top = np.maximum(0.0, np.maximum.reduce(odds))
    parts = [np.exp(value - top) for value in odds]
    total = np.exp(-top) + parts[0] + parts[1] + parts[2]
    return [part / total for part in parts], odds


def _log_ratios(model: Model, cells: Cells) -> tuple[FloatArray, FloatArray]:
    """Return natural log ratios against strangers, per field: for one person, and for both sorts of household."""
    levels, rarity = levels_of(cells), rarity_of_cells(cells) * np.log(2)
    same = np.zeros(cells.shape)
    related = np.zeros((2, *cells.shape))
    for column, (field, share) in enumerate(zip(model.fields, model.shares, strict=True)):
        level = levels[:, column]
        # Agreement on a value that many hold says less, on a rare one more.
        same[:, column] = _ratio(share.kinds[SAME], share.strangers)[level] - rarity[:, column]
        for sort in (0, 1):
            if field.personal:
                kin = share.kin[sort]
                related[sort, :, column] = np.where(level == 0, 0.0, np.log((1 - kin) + kin * np.exp(same[:, column])))
            else:
                related[sort, :, column] = _ratio(share.kinds[sort + 1], share.strangers)[level] - rarity[:, column]
    return same, related


def _ratio(shares: FloatArray, strangers: FloatArray) -> FloatArray:
    ratio = np.log(np.maximum(shares, _TINY)) - np.log(np.maximum(strangers, _TINY))
    ratio[0] = 0.0
    return ratio


def fit(fields: tuple[FieldModel, ...], patterns: Patterns, random: Patterns, rows: int) -> Model:
    """Fit the model.

    Parameters
    ----------
    fields : the fields of the register
    patterns : candidate pairs by pattern
    random : random pairs by pattern
    rows : rows of the register

    Returns
    -------
    Model
        Shares are smoothed by the beliefs of ``kinds.toml``, worth ``prior_pairs`` pairs.
    """
    bound = limits()
    possible = max(rows * (rows - 1) // 2, 1)
    levels = levels_of(patterns.cells)
    by_chance = levels_of(random.cells)
    counts = patterns.counts.astype(np.float64)
    expected = [
        _chance(
            f, _tally(by_chance[:, k], random.counts.astype(np.float64), f), _tally(levels[:, k], counts, f), possible
        )
        for k, f in enumerate(fields)
    ]
    beliefs = (bound.prior_duplicates, bound.prior_households, bound.prior_sharing)
    none = np.zeros(0)
    shares = tuple(
        FieldShares(
            (_smooth(f, none, f.same), _smooth(f, none, f.related[0]), _smooth(f, none, f.related[1])),
            _strangers(f, seen, np.zeros(f.size), possible),
            f.kind.kin,
        )
        for f, seen in zip(fields, expected, strict=True)
    )
    rates = [min(belief * max(rows, 1) / possible, 0.2) for belief in beliefs]
    model = Model(fields, shares, (rates[0], rates[1], rates[2]), 0, converged=False)
    for turn in range(1, bound.rounds + 1):
        same, related = _log_ratios(model, patterns.cells)
        joint, _ = _posterior(model, same, related)
        weighted = [part * counts for part in joint]
        new = []
        for column, field in enumerate(fields):
            found = [_tally(levels[:, column], part, field) for part in weighted]
            new.append(
                FieldShares(
                    (
                        _smooth(field, found[SAME], field.same),
                        _smooth(field, found[HOUSEHOLD], field.related[0]),
                        _smooth(field, found[SHARING], field.related[1]),
                    ),
                    _strangers(field, expected[column], found[SAME] + found[HOUSEHOLD] + found[SHARING], possible),
                    _kin(
                        field, model.shares[column], same[:, column], related[:, :, column], weighted, levels[:, column]
                    ),
                )
            )
        few = min(max(rows, 1), bound.prior_pairs)
        rates = [
            min((float(part.sum()) + belief * few) / (possible + 2.0), 0.3)
            for part, belief in zip(weighted, beliefs, strict=True)
        ]
        moved = max(
            *(abs(float(np.log(now / before))) for now, before in zip(rates, model.rates, strict=True)),
            *(float(np.abs(a.kinds[SAME] - b.kinds[SAME]).max()) * 10 for a, b in zip(new, model.shares, strict=True)),
        )
        model = Model(fields, tuple(new), (rates[0], rates[1], rates[2]), turn, converged=bool(moved < bound.tolerance))
        if model.converged:
            break
    return model


def _tally(levels: Cells, counts: FloatArray, field: FieldModel) -> FloatArray:
    found: FloatArray = np.bincount(levels, weights=counts, minlength=field.size).astype(np.float64)
    return found


def _kin(
    field: FieldModel,
    share: FieldShares,
    same: FloatArray,
    related: FloatArray,
    weighted: list[FloatArray],
    level: Cells,
) -> tuple[float, float]:
    """Return the share of each sort of household that agrees in a personal field as one person would."""
    if not field.personal:
        return field.kind.kin
    found = []
    for sort in (0, 1):
        kin, belief = share.kin[sort], field.kind.kin[sort]
        pairs = np.where(level > 0, weighted[sort + 1], 0.0)
        agreeing = pairs * kin * np.exp(np.minimum(same - related[sort], 0.0 - np.log(max(kin, _TINY))))
        strength = limits().prior_pairs
        found.append(min((float(agreeing.sum()) + strength * belief) / (float(pairs.sum()) + strength), 0.5))
    return found[0], found[1]


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
        part = (found * scale + limits().prior_pairs * believed) / (scale + limits().prior_pairs)
        shares[fixed] = field.strangers[fixed]
        shares[where] = part * (1.0 - shares[fixed].sum())
    return shares
