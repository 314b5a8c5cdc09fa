"""How well the models foretell a holdout, beside figures measured earlier with other programs on the same data.

    python benchmarks/holdout.py --cdnow-master cdnow_master.csv.gz --online-retail online_retail_lines.csv.gz

The CDNOW 1/10 sample comes with the development package `lifetimes`; the other two files are given: the CDNOW master set
(customer_id, date, quantity, spend) and the lines of Online Retail (UCI; InvoiceNo, Quantity, InvoiceDate, UnitPrice, CustomerID).

CDNOW: 39 weeks to learn from (1997-01-01 to 1997-09-30), 39 to judge. Online Retail: sales (quantity and price above 0, no cancelled
invoices, customer known), learnt from to --retail-cut, judged on the rest. Several purchases a day are one occasion.

A line a rule: ours, and where there is one the anchor: what lifetimes and a prototype reached. bias = predicted total / actual - 1; top10, top20 =
share of the actual total in the best-ranked tenth and fifth.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.value.backtest import accuracy
from lohko.value.events import MINOR
from lohko.value.histories import after, histories
from lohko.value.models.bgnbd import BetaGeometric, fit_beta_geometric
from lohko.value.models.fitting import fold
from lohko.value.models.gamma_gamma import fit_gamma_gamma
from lohko.value.models.pareto import ParetoNBD, fit_pareto

Array = NDArray[np.float64]
NAMES = ("corr", "spearman", "mae", "rmse", "bias", "top10", "top20")
RETAIL = (0.823, 0.524, 1.504, 2.502, -0.091, 0.363, 0.512)
ANCHORS: dict[tuple[str, str], tuple[float, ...]] = {
    ("CDNOW sample", "BG/NBD"): (0.626, 0.449, 0.785, 1.608, -0.121, 0.467, 0.633),
    ("CDNOW sample", "Pareto/NBD"): (0.630, 0.460, 0.755, 1.603, -0.115, 0.470, 0.629),
    ("CDNOW sample", "x/T t"): (0.584, 0.490, 1.024, 2.212, 0.557, 0.458, 0.642),
    ("CDNOW sample", "x/T t, none if silent"): (0.603, 0.463, 0.815, 2.024, -0.026, 0.471, 0.597),
    ("CDNOW sample", "spend: Pareto/NBD x Gamma-Gamma"): (0.572, 0.445, 29.45, 72.2, -0.148, 0.503, 0.672),
    ("CDNOW sample", "spend: past rate"): (0.294, 0.480, 43.31, 200.0, 0.612, 0.487, 0.660),
    ("CDNOW master", "BG/NBD"): (0.669, 0.442, 0.819, 1.733, -0.143, 0.456, 0.630),
    ("CDNOW master", "Pareto/NBD"): (0.671, 0.452, 0.794, 1.726, -0.129, 0.460, 0.632),
    ("CDNOW master", "x/T t"): (0.651, 0.485, 1.038, 2.158, 0.474, 0.444, 0.626),
    ("CDNOW master", "spend: Pareto/NBD x Gamma-Gamma"): (0.669, 0.442, 31.99, 92.9, -0.158, 0.516, 0.684),
    ("Online Retail", "BG/NBD"): RETAIL,
    ("Online Retail", "Pareto/NBD"): RETAIL,
    ("Online Retail", "x/T t"): (0.741, 0.543, 1.620, 2.885, -0.163, 0.351, 0.509),
    ("Online Retail", "spend: Pareto/NBD x Gamma-Gamma"): (0.814, 0.527, 1022, 5251, -0.306, 0.562, 0.669),
    ("Online Retail", "spend: past rate"): (0.797, 0.554, 960, 4814, -0.343, 0.556, 0.667),
}


def days(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the occasions (``n``, ``day``, ``total``) of rows of ``customer``, ``day`` and ``spend``, sorted."""
    minor = (pl.col("spend") * MINOR).round().cast(pl.Int64)
    summed = rows.group_by("customer", "day").agg(minor.sum().alias("total"))
    return (
        summed.with_columns((pl.col("customer").rank("dense") - 1).cast(pl.UInt32).alias("n"))
        .select("n", "day", "total")
        .sort("n", "day")
    )


def ranks(values: Array) -> Array:
    """Return average ranks, ties sharing theirs."""
    return pl.Series(values).rank("average").to_numpy()


def top(predicted: Array, actual: Array, share: float) -> float:
    """Return the part of the actual total that the best-ranked share of the customers made."""
    best = np.argsort(-predicted, kind="stable")[: round(share * actual.size)]
    return float(actual[best].sum() / actual.sum())


def told(predicted: Array, actual: Array) -> dict[str, float]:
    """Return the seven measures."""
    found = accuracy(predicted, actual, counts=False)
    values = (
        found.correlation,
        float(np.corrcoef(ranks(predicted), ranks(actual))[0, 1]),
        found.mae,
        found.rmse,
        found.bias,
        top(predicted, actual, 0.1),
        top(predicted, actual, 0.2),
    )
    return {name: round(float(value or 0.0), 4) for name, value in zip(NAMES, values, strict=True)}


def judge(data: str, occasions: pl.DataFrame, cut: dt.date, end: dt.date) -> None:
    """Print one line a rule."""
    epoch = dt.date(1970, 1, 1)
    start, stop = (cut - epoch).days, (end - epoch).days
    occasions = occasions.filter(pl.col("day").min().over("n") < cut)  # observed for a day at least
    who = histories(occasions, start)
    came, spent = after(occasions, who, start, stop)
    ahead = float(stop - start)
    history = fold(who.x, who.tx, who.T)
    rate = who.x / np.maximum(who.T, 1.0) * ahead
    repeat = (who.x > 0) & (who.mean > 0)  # some CDNOW lines are free of charge
    mean = np.where(repeat, who.mean, 0.0)
    models: dict[str, BetaGeometric | ParetoNBD] = {
        "BG/NBD": fit_beta_geometric(history),
        "Pareto/NBD": fit_pareto(history),
    }
    foretold = {k: m.expected(history.x, history.tx, history.T, ahead)[history.place] for k, m in models.items()}
    spend = fit_gamma_gamma(who.x[repeat], who.mean[repeat])
    rules: dict[str, tuple[Array, Array]] = {
        **{name: (found, came) for name, found in foretold.items()},
        "x/T t": (rate, came),
        "x/T t, none if silent": (np.where(who.T - who.tx > ahead / 3, 0.0, rate), came),
        "spend: Pareto/NBD x Gamma-Gamma": (foretold["Pareto/NBD"] * spend.expected(who.x, mean), spent),
        "spend: past rate": (mean * rate, spent),
    }
    for rule, (predicted, actual) in rules.items():
        line: dict[str, Any] = {"data": data, "customers": len(who), "rule": rule, "ours": told(predicted, actual)}
        anchor = ANCHORS.get((data, rule))
        if anchor:
            line["anchor"] = dict(zip(NAMES, anchor, strict=True))
        if rule in models:
            line["at_edge"] = models[rule].at_edge
        print(json.dumps(line))


def main() -> None:
    """Judge what was given."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--cdnow-master", type=Path)
    ask.add_argument("--online-retail", type=Path)
    ask.add_argument("--retail-cut", type=dt.date.fromisoformat, default=dt.date(2011, 6, 9))
    words = ask.parse_args()
    cut, end = dt.date(1997, 9, 30), dt.date(1998, 6, 30)
    peer = find_spec("lifetimes")
    if peer and peer.origin:
        text = (Path(peer.origin).parent / "datasets" / "CDNOW_sample.txt").read_text(encoding="utf-8")
        rows = [line.split() for line in text.splitlines() if line.strip()]
        sample = pl.DataFrame(
            {
                "customer": [row[1] for row in rows],
                "day": [dt.datetime.strptime(row[2], "%Y%m%d").date() for row in rows],  # noqa: DTZ007 - days have no zone
                "spend": [float(row[4]) for row in rows],
            }
        )
        judge("CDNOW sample", days(sample), cut, end)
    if words.cdnow_master:
        master = pl.read_csv(words.cdnow_master).select(
            pl.col("customer_id").alias("customer"), pl.col("date").str.to_date().alias("day"), "spend"
        )
        judge("CDNOW master", days(master), cut, end)
    if words.online_retail:
        lines = pl.read_csv(words.online_retail, schema_overrides={"InvoiceNo": pl.String, "StockCode": pl.String})
        sold = lines.filter(
            pl.col("CustomerID").is_not_null()
            & ~pl.col("InvoiceNo").str.starts_with("C")
            & (pl.col("Quantity") > 0)
            & (pl.col("UnitPrice") > 0)
        ).select(
            pl.col("CustomerID").alias("customer"),
            pl.col("InvoiceDate").str.slice(0, 10).str.to_date().alias("day"),
            (pl.col("Quantity") * pl.col("UnitPrice")).alias("spend"),
        )
        judge("Online Retail", days(sold), words.retail_cut, dt.date(2011, 12, 9))


if __name__ == "__main__":
    main()
