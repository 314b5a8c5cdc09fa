"""What a churn model foretold against what happened: does it rank, are its percentages true, beside the base rate."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lohko.value.churn.design import Floats

BINS = 10
LEAST = 20  # customers a row of the calibration table stands for, at least


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good the probabilities were.

    Attributes
    ----------
    customers, churned : judged, and those of them who left
    auc : chance that a leaver was given more than a stayer (.5: by lot), with its 95 % interval (Hanley & McNeil 1982)
    brier : mean squared error of the probabilities; ``brier_base`` that of the base rate of the training data for everyone
    log_loss : mean negative log-likelihood; ``log_loss_base`` likewise
    predicted, observed : mean probability and share that left
    slope : of a logistic regression of what happened on the log-odds: 1 is calibrated, below 1 too sure of itself (Cox 1958)
    ece : mean distance of predicted and observed share over the table's rows
    lift_tenth : churn among the tenth said to be most at risk, over churn among all
    table : per tenth of the customers by risk: customers, mean predicted, observed share
    """

    customers: int
    churned: int
    auc: float
    auc_low: float
    auc_high: float
    brier: float
    brier_base: float
    log_loss: float
    log_loss_base: float
    predicted: float
    observed: float
    slope: float | None
    ece: float
    lift_tenth: float
    table: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self) | {"table": list(self.table)}


def judge(predicted: Floats, label: NDArray[np.bool_], base: float) -> Judgement:
    """Compare probabilities with what happened.

    Parameters
    ----------
    predicted : the probabilities
    label : whether the customer left; both kinds must occur
    base : the base rate that would have been said of everyone

    Raises
    ------
    ValueError
        All labels are alike.
    """
    left = int(label.sum())
    stayed = label.size - left
    if not left or not stayed:
        message = "all labels are alike: nothing can be judged"
        raise ValueError(message)
    auc = _auc(predicted, label)
    spread = _auc_spread(auc, left, stayed)
    table = _table(predicted, label)
    return Judgement(
        customers=label.size,
        churned=left,
        auc=round(auc, 6),
        auc_low=round(max(auc - 1.96 * spread, 0.0), 6),
        auc_high=round(min(auc + 1.96 * spread, 1.0), 6),
        brier=round(float(((predicted - label) ** 2).mean()), 6),
        brier_base=round(float(((base - label) ** 2).mean()), 6),
        log_loss=_log_loss(predicted, label),
        log_loss_base=_log_loss(np.full(label.size, base), label),
        predicted=round(float(predicted.mean()), 6),
        observed=round(left / label.size, 6),
        slope=_slope(predicted, label),
        ece=round(sum(row["customers"] * abs(row["predicted"] - row["observed"]) for row in table) / label.size, 6),
        lift_tenth=round(_lift(predicted, label), 6),
        table=table,
    )


def _auc(predicted: Floats, label: NDArray[np.bool_]) -> float:
    """Return the share of pairs in order, ties as halves (Mann & Whitney 1947)."""
    values, at, count = np.unique(predicted, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count - 1) / 2
    left = int(label.sum())
    assert values.size == rank.size
    return float((rank[at][label].sum() - left * (left + 1) / 2) / (left * (label.size - left)))


def _auc_spread(auc: float, left: int, stayed: int) -> float:
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (left - 1) * (q1 - auc**2) + (stayed - 1) * (q2 - auc**2)
    return float(np.sqrt(max(variance, 0.0) / (left * stayed)))


def _log_loss(predicted: Floats, label: NDArray[np.bool_]) -> float:
    p = np.clip(predicted, 1e-12, 1 - 1e-12)
    return round(float(-(np.where(label, np.log(p), np.log(1 - p))).mean()), 6)


def _slope(predicted: Floats, label: NDArray[np.bool_]) -> float | None:
    """Return the slope of what happened on the log-odds said, by Newton steps; None where it runs away."""
    p = np.clip(predicted, 1e-9, 1 - 1e-9)
    odds = np.log(p / (1 - p))
    if odds.std() == 0:
        return None
    design = np.column_stack([np.ones_like(odds), odds])
    at = np.array([0.0, 1.0])
    for _ in range(50):
        now = 1 / (1 + np.exp(-np.clip(design @ at, -500, 500)))
        gradient = design.T @ (label - now)
        if np.abs(gradient).max() < 1e-9:
            break
        curve = design.T @ (design * (now * (1 - now))[:, None])
        if np.linalg.det(curve) <= 0:
            return None
        at = at + np.linalg.solve(curve, gradient)
    return round(float(at[1]), 4) if np.isfinite(at[1]) and abs(at[1]) < 100 else None


def _lift(predicted: Floats, label: NDArray[np.bool_]) -> float:
    """Return churn among the tenth most at risk over churn among all; those said alike share the last place."""
    places = label.size / 10
    _, at = np.unique(-predicted, return_inverse=True)
    members, left = np.bincount(at).astype(np.float64), np.bincount(at, weights=label)
    before = np.concatenate([[0.0], np.cumsum(members)[:-1]])
    taken = np.clip((places - before) / members, 0.0, 1.0)
    return float((left * taken).sum() / places / label.mean())


def _table(predicted: Floats, label: NDArray[np.bool_]) -> tuple[dict[str, Any], ...]:
    """Return the calibration table: as many rows of equal size as there are customers for, ten at most."""
    _, at, count = np.unique(predicted, return_inverse=True, return_counts=True)
    share = (np.bincount(at, weights=label) / count)[at]  # those said alike are alike, whatever their order
    order = np.argsort(predicted, kind="stable")
    bins = max(1, min(BINS, label.size // LEAST))
    return tuple(
        {
            "customers": int(part.size),
            "predicted": round(float(predicted[part].mean()), 6),
            "observed": round(float(share[part].mean()), 6),
        }
        for part in np.array_split(order, bins)
    )
