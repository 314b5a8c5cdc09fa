"""How well a rule would have foretold what came: fitted on what was known then, judged by what followed."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How far predictions were from what happened.

    Attributes
    ----------
    mae : mean absolute error per customer (smallest for a median: a rule that foretells too little looks good in it)
    rmse : root of the mean squared error (smallest for an expectation)
    deviance : mean Poisson deviance (for counts; smallest for an expectation, the heaviest buyers not ruling it); None where
        something happened that was foretold as impossible
    bias : predicted total over actual total, less 1; None where nothing happened
    correlation : Pearson's, None where either does not vary
    top_tenth : share of the actual total that the best-predicted tenth of the customers made; None where nothing did
    """

    mae: float
    rmse: float
    deviance: float | None
    bias: float | None
    correlation: float | None
    top_tenth: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Return plain JSON values."""
        return asdict(self)


def accuracy(predicted: Array, actual: Array, *, counts: bool = True) -> Accuracy:
    """Compare predictions with what happened, customer by customer (``counts``: what is foretold are counts, not money).

    Customers predicted alike share the last place in the top tenth by halves, so that their order plays no part.
    """
    error = predicted - actual
    total = float(actual.sum())
    correlation = None
    if actual.size > 1 and predicted.std() > 0 and actual.std() > 0:
        correlation = round(float(np.corrcoef(predicted, actual)[0, 1]), 6)
    return Accuracy(
        mae=round(float(np.abs(error).mean()), 6),
        rmse=round(float(np.sqrt((error**2).mean())), 6),
        deviance=_deviance(predicted, actual) if counts else None,
        bias=round(float(predicted.sum()) / total - 1, 6) if total > 0 else None,
        correlation=correlation,
        top_tenth=round(_top_tenth(predicted, actual) / total, 6) if total > 0 else None,
    )


CALIBRATION_TO = 7  # repeat occasions: more are one row, as in Fader, Hardie & Lee (2005)


def calibration(group: Array, predicted: Array, actual: Array) -> list[dict[str, float | int]]:
    """Return, by the number of repeat occasions known before, what was foretold and what came, per customer.

    Parameters
    ----------
    group : repeat occasions before the holdout; from `CALIBRATION_TO` on they are one row
    predicted, actual : occasions in the holdout
    """
    rows: list[dict[str, float | int]] = []
    for count in range(CALIBRATION_TO + 1):
        part = group >= count if count == CALIBRATION_TO else group == count
        if part.any():
            rows.append(
                {
                    "repeats": count,
                    "customers": int(part.sum()),
                    "predicted": round(float(predicted[part].mean()), 6),
                    "actual": round(float(actual[part].mean()), 6),
                }
            )
    return rows


def _deviance(predicted: Array, actual: Array) -> float | None:
    some = actual > 0
    if np.any(predicted[some] <= 0):
        return None
    grown = actual[some] * np.log(actual[some] / predicted[some])
    return round(float(2 * (grown.sum() - actual.sum() + predicted.sum()) / actual.size), 6)


def _top_tenth(predicted: Array, actual: Array) -> float:
    places = actual.size / 10
    values, at = np.unique(-predicted, return_inverse=True)
    members = np.bincount(at).astype(np.float64)
    sums = np.bincount(at, weights=actual)
    before = np.concatenate([[0.0], np.cumsum(members)[:-1]])
    taken = np.clip((places - before) / members, 0.0, 1.0)
    assert values.size == taken.size
    return float(sums @ taken)
