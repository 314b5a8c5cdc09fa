"""Segments against what people usually do: stability, seeds, shares, time.

    python benchmarks/segments.py --online-retail online_retail_lines.csv.gz --cdnow cdnow_master.csv.gz --million

Beside lohko: StandardScaler + KMeans, Yeo–Johnson + KMeans, and the tutorial script of RFM quintiles (rank, qcut).
The data are the UCI "Online Retail" lines and the CDNOW master file of Fader and Hardie; neither is part of this repository.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.preprocessing import PowerTransformer, StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from lohko.outcome import Env
from lohko.segments.behaviour import read
from lohko.segments.clusters import starts
from lohko.segments.fitting import JUDGED_ROWS
from lohko.segments.methods import cluster
from lohko.segments.params import METHODS, SegmentParams
from lohko.segments.stability import Resample, jaccard, prediction_strength, resamples
from lohko.segments.step import segment
from lohko.segments.transform import learn

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]
RFM = ("recency_days", "frequency", "monetary")
BOOTSTRAPS = 20
SEEDS = range(10)


def online_retail(path: Path) -> pl.DataFrame:
    """Return the 4,338 buyers: sales with a customer, no cancellations, a positive price."""
    lines = pl.read_csv(path, infer_schema=False, encoding="utf8-lossy").filter(pl.col("CustomerID") != "")
    lines = lines.with_columns(
        pl.col("Quantity").cast(pl.Int64),
        pl.col("UnitPrice").cast(pl.Float64),
        pl.col("InvoiceDate").str.slice(0, 10).str.to_date().alias("day"),
    ).filter((pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0) & ~pl.col("InvoiceNo").str.starts_with("C"))
    amount = pl.col("Quantity") * pl.col("UnitPrice")
    return rfm(lines.select(customer_id="CustomerID", day="day", amount=amount))


def cdnow(path: Path) -> pl.DataFrame:
    """Return the 23,570 customers as of the end of the calibration period."""
    lines = pl.read_csv(path).select(
        customer_id=pl.col("customer_id").cast(pl.String), day=pl.col("date").str.to_date(), amount="spend"
    )
    return rfm(lines.filter(pl.col("day") <= dt.date(1997, 9, 30)))


def rfm(purchases: pl.DataFrame) -> pl.DataFrame:
    """Return one row of recency, frequency (purchase days) and money a customer."""
    end = purchases["day"].max()
    return (
        purchases.group_by("customer_id")
        .agg(
            recency_days=(pl.lit(end) - pl.col("day").max()).dt.total_days(),
            frequency=pl.col("day").n_unique(),
            monetary=pl.col("amount").sum().round(2).cast(pl.Decimal(18, 4)),
        )
        .sort("customer_id")
        .with_columns(financial=pl.lit(1.0))
    )


def row(name: str, k: int, values: tuple[float, float, float, float, float]) -> None:
    """Print one line of the table."""
    print(f"{name:<28}{k:>3}" + "".join(f"{v:>10.3f}" for v in values), flush=True)


def measure(name: str, k: int, matrix: Floats, samples: list[Resample], n_init: int, *, method: str = "kmeans") -> None:
    """Measure one preparation: silhouette, lowest Jaccard and ARI over bootstraps, ARI over seeds, smallest share."""
    labels = cluster(matrix, k, 1, n_init, method).labels(matrix)
    seeds = [cluster(matrix, k, seed, n_init, method).labels(matrix) for seed in SEEDS]
    seed_ari = min(adjusted_rand_score(a, b) for i, a in enumerate(seeds) for b in seeds[:i])
    low = float(jaccard(labels, k, samples, 1, lambda: None, method=method).min())
    others = [cluster(s.drawn, k, i, 10, method).labels(s.everyone) for i, s in enumerate(samples)]
    ari = float(np.mean([adjusted_rand_score(labels, other) for other in others]))
    rows = np.random.default_rng(1).permutation(len(matrix))[:5_000]
    silhouette = float(silhouette_score(matrix[rows], labels[rows]))
    share = float(np.bincount(labels, minlength=k).min() / len(labels))
    row(name, k, (silhouette, low, ari, seed_ari, share))


def bootstrap(raw: Floats, prepare: Callable[[Floats], Callable[[Floats], Floats]]) -> list[Resample]:
    """Draw bootstrap samples and refit a preparation on each."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(BOOTSTRAPS):
        rows = np.sort(rng.integers(0, len(raw), len(raw)))
        everyone = prepare(raw[rows])(raw)
        found.append(Resample(everyone[rows], everyone))
    return found


def standardised(raw: Floats) -> Callable[[Floats], Floats]:
    """Fit StandardScaler."""
    return StandardScaler().fit(raw).transform  # type: ignore[no-any-return]


def yeo_johnson(raw: Floats) -> Callable[[Floats], Floats]:
    """Fit PowerTransformer."""
    return PowerTransformer().fit(raw).transform  # type: ignore[no-any-return]


def quintiles(raw: Floats) -> Labels:
    """Name segments as the tutorials do: rank(method='first'), quintiles, a few cuts on R and F."""
    scores = []
    for column, sign in ((0, -1), (1, 1)):
        order = np.argsort(sign * raw[:, column], kind="stable")
        rank = np.empty(len(raw), dtype=np.intp)
        rank[order] = np.arange(len(raw))
        scores.append(rank * 5 // len(raw))
    return np.asarray((scores[0] >= 3) * 2 + (scores[1] >= 3), dtype=np.intp)


def shuffled_quintiles(raw: Floats) -> float:
    """Return the ARI of the quintile script with itself when the rows come in another order."""
    order = np.random.default_rng(1).permutation(len(raw))
    back = np.empty(len(raw), dtype=np.intp)
    back[order] = quintiles(raw[order])
    return float(adjusted_rand_score(quintiles(raw), back))


def compare(title: str, frame: pl.DataFrame, ks: tuple[int, ...]) -> None:
    """Print the table of one data set."""
    behaviour = read(frame.lazy(), RFM)
    raw = np.column_stack([behaviour.values[f] for f in RFM])
    print(f"\n{title}: {len(raw):,} customers, {BOOTSTRAPS} bootstraps, {len(SEEDS)} seeds")
    print(f"{'':<28}{'k':>3}" + "".join(f"{h:>10}" for h in ("silh.", "Jmin", "ARI boot", "ARI seed", "share")))
    matrix = learn(behaviour, RFM).apply(behaviour)
    ours = resamples(behaviour, RFM, BOOTSTRAPS, 1)
    for k in ks:
        for method in METHODS:
            measure(f"lohko --method {method}", k, matrix, ours, starts(len(raw)), method=method)
        for name, prepare in (("Yeo-Johnson + KMeans", yeo_johnson), ("StandardScaler + KMeans", standardised)):
            measure(name, k, prepare(raw)(raw), bootstrap(raw, prepare), 10)
    print(f"RFM quintiles, rank first: ARI with itself on shuffled rows {shuffled_quintiles(raw):.3f}")
    before = time.process_time()
    result = segment({"value": frame.lazy()}, SegmentParams(), Env(dt.date(2011, 12, 9)))
    print(f"lohko segment: {result.figures['why_k']}; {time.process_time() - before:.1f} s CPU")
    print("prediction strength " + ", ".join(f"{k}: {prediction_strength(matrix, k, 1):.2f}" for k in ks))


def made(n: int, columns: int, apart: float) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return so many customers around six centres, and the names of their features."""
    rng = np.random.default_rng(1)
    centres = rng.normal(0, apart, (6, columns))
    raw = np.exp(centres[rng.integers(0, 6, n)] + rng.normal(0, 1, (n, columns)))
    names = tuple(f"feature_{i}" for i in range(columns))
    frame = pl.DataFrame(raw, schema=list(names)).with_columns(
        customer_id=pl.int_range(n).cast(pl.String).str.zfill(9), financial=pl.lit(1.0)
    )
    return frame, names


def million(n: int, columns: int, k: int, apart: float) -> None:
    """Print CPU seconds at size: all of lohko's step against one scikit-learn fit with n_init 10 on the same matrix.

    What choosing and stability cost does not grow with the size: it is told by a run on as many customers as they use.
    """
    frame, names = made(n, columns, apart)
    params = SegmentParams(k=k, features=names)
    seconds = []
    for part in (frame, frame.head(JUDGED_ROWS)):
        before = time.process_time()
        segment({"value": part.lazy()}, params, Env(dt.date(2026, 1, 1)))
        seconds.append(time.process_time() - before)
    behaviour = read(frame.lazy(), names)
    matrix = learn(behaviour, names).apply(behaviour)
    before = time.process_time()
    with threadpool_limits(limits=1):
        KMeans(k, n_init=10, random_state=1).fit(matrix)
    theirs = time.process_time() - before
    print(
        f"{n:,} x {columns}, k = {k}, clusters {apart} apart: lohko segment {seconds[0]:.1f} s CPU in all "
        f"(about {seconds[1]:.1f} s of it choosing and stability); KMeans n_init 10 alone {theirs:.1f} s CPU",
        flush=True,
    )


def choosing_k(columns: int, apart: float) -> None:
    """Print what choosing among all k costs by method: on as many customers as k-means is judged on, which is the most there is."""
    frame, names = made(JUDGED_ROWS, columns, apart)
    for method in METHODS:
        before = time.process_time()
        segment({"value": frame.lazy()}, SegmentParams(method=method, features=names), Env(dt.date(2026, 1, 1)))
        print(f"choosing k, --method {method}: {time.process_time() - before:.1f} s CPU", flush=True)


def main() -> None:
    """Run what paths were given for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--online-retail", type=Path)
    parser.add_argument("--cdnow", type=Path)
    parser.add_argument("--million", action="store_true")
    chosen = parser.parse_args()
    if chosen.online_retail:
        compare("Online Retail, full year", online_retail(chosen.online_retail), (4, 6))
    if chosen.cdnow:
        compare("CDNOW, calibration period", cdnow(chosen.cdnow), (5,))
    if chosen.million:
        for apart in (0.5, 1.2):
            million(1_000_000, 8, 6, apart)
        choosing_k(8, 0.5)


if __name__ == "__main__":
    main()
