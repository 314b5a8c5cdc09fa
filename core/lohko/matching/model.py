"""The pair model: one person, one household or strangers, fitted by expectation and maximisation on pattern counts.

Fellegi & Sunter (1969) with three kinds of pair; the fit follows Winkler (1988) and Enamorado, Fifield & Imai (2019): missing
values are no evidence, beliefs enter as counts of pairs. What strangers show is measured on random pairs and by counting
values, so the shares of one person and one household are shares of *all* pairs of the register, not only of those compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lohko.matching.coding import FloatArray
from lohko.matching.compare.base import FieldModel
from lohko.matching.patterns import Cells, Patterns, levels_of, rarity_of_cells
from lohko.matching.settings import limits

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class FieldShares:
    """Shares of pairs at each level of a field: of one person, of one household, of strangers."""

    same: FloatArray
    household: FloatArray
    strangers: FloatArray


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted model.

    Attributes
    ----------
    fields : the fields
    shares : what was learnt of each
    same_rate, household_rate : share of one-person and of one-household pairs among all pairs
    rounds : of expectation and maximisation
    converged : the shares had stopped moving
    """

    fields: tuple[FieldModel, ...]
    shares: tuple[FieldShares, ...]
    same_rate: float
    household_rate: float
    rounds: int
    converged: bool


@dataclass(frozen=True, slots=True)
class Weights:
    """What patterns say: probability of one person and of one household, and the weight of each field in bits.

    ``total`` = prior + sum of ``fields`` + ``household`` (what the household explanation takes away).
    """

    same: FloatArray
    household: FloatArray
    total: FloatArray
    fields: FloatArray
    against_household: FloatArray


def prior_bits(model: Model) -> float:
    """Return log2 of the odds that any two rows are one person, before looking at them."""
    strangers = 1.0 - model.same_rate - model.household_rate
    return float(np.log2(model.same_rate / strangers))


def weigh(model: Model, cells: Cells) -> Weights:
    """Return the weights of patterns."""
    same, household = _log_ratios(model.fields, model.shares, cells)
    strangers = 1.0 - model.same_rate - model.household_rate
    s = same.sum(axis=1) + np.log(model.same_rate / strangers)
    h = household.sum(axis=1) + np.log(model.household_rate / strangers)
    top = np.maximum(0.0, np.maximum(s, h))
    es, eh, eu = np.exp(s - top), np.exp(h - top), np.exp(-top)
    total = es + eh + eu
    rest = np.log(eh + eu) + top  # log odds of "not one person" against strangers
    return Weights(es / total, eh / total, (s - rest) / np.log(2), same / np.log(2), -rest / np.log(2))


def _log_ratios(
    fields: tuple[FieldModel, ...], shares: tuple[FieldShares, ...], cells: Cells
) -> tuple[FloatArray, FloatArray]:
    """Return natural log ratios of one person, and of one household, against strangers: a row a pattern, a column a field."""
    levels, rarity = levels_of(cells), rarity_of_cells(cells) * np.log(2)
    same = np.zeros(cells.shape)
    household = np.zeros(cells.shape)
    for column, (field, share) in enumerate(zip(fields, shares, strict=True)):
        level = levels[:, column]
        with np.errstate(divide="ignore", invalid="ignore"):
            for_same = np.where(np.arange(field.size) == 0, 0.0, np.log(share.same) - np.log(share.strangers))
            for_household = np.where(np.arange(field.size) == 0, 0.0, np.log(share.household) - np.log(share.strangers))
        for_same = np.nan_to_num(for_same)
        for_household = np.nan_to_num(for_household)
        # Agreement on a value that many hold says less, on a rare one more.
        same[:, column] = for_same[level] - rarity[:, column]
        if field.personal:
            kin = field.kind.kin
            household[:, column] = np.where(level == 0, 0.0, np.log((1 - kin) + kin * np.exp(same[:, column])))
        else:
            household[:, column] = for_household[level] - rarity[:, column]
    return same, household


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
    possible = rows * (rows - 1) // 2
    levels = levels_of(patterns.cells)
    by_chance = levels_of(random.cells)
    counts = patterns.counts.astype(np.float64)
    compared = [_tally(levels[:, k], counts, f) for k, f in enumerate(fields)]
    chance = [
        _chance(f, _tally(by_chance[:, k], random.counts.astype(np.float64), f), compared[k], possible)
        for k, f in enumerate(fields)
    ]
    nothing = np.zeros(0)
    shares = tuple(
        FieldShares(
            _smooth(f, nothing, f.same),
            _smooth(f, nothing, f.household),
            _strangers(f, expected, np.zeros(f.size), possible),
        )
        for f, expected in zip(fields, chance, strict=True)
    )
    same_rate = min(bound.prior_duplicates * max(rows, 1) / max(possible, 1), 0.2)
    household_rate = min(bound.prior_households * max(rows, 1) / max(possible, 1), 0.2)
    model = Model(fields, shares, same_rate, household_rate, 0, converged=False)
    for turn in range(1, bound.rounds + 1):
        weights = weigh(model, patterns.cells)
        same, household = weights.same * counts, weights.household * counts
        new = []
        for column, field in enumerate(fields):
            found_same = _tally(levels[:, column], same, field)
            found_household = _tally(levels[:, column], household, field)
            new.append(
                FieldShares(
                    _smooth(field, found_same, field.same),
                    _smooth(field, found_household, field.household),
                    _strangers(field, chance[column], found_same + found_household, possible),
                )
            )
        total = possible + 2.0
        expected_same = bound.prior_duplicates * min(max(rows, 1), bound.prior_pairs)
        expected_household = bound.prior_households * min(max(rows, 1), bound.prior_pairs)
        same_rate = min((same.sum() + expected_same) / total, 0.45)
        household_rate = min((household.sum() + expected_household) / total, 0.45)
        moved = max(
            abs(float(np.log(same_rate / model.same_rate))),
            abs(float(np.log(household_rate / model.household_rate))),
            *(float(np.abs(a.same - b.same).max()) for a, b in zip(new, model.shares, strict=True)),
        )
        model = Model(fields, tuple(new), same_rate, household_rate, turn, converged=bool(moved < bound.tolerance))
        if model.converged:
            break
    return model


def _tally(levels: Cells, counts: FloatArray, field: FieldModel) -> FloatArray:
    found: FloatArray = np.bincount(levels, weights=counts, minlength=field.size).astype(np.float64)
    return found


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
    expected[0] = 0.0
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
        part = (rest[where] / max(seen, _TINY) * scale + limits().prior_pairs * believed) / (
            scale + limits().prior_pairs
        )
        shares[fixed] = field.strangers[fixed]
        shares[where] = part * (1.0 - shares[fixed].sum())
    return shares
