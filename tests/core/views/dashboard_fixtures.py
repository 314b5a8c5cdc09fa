"""Small packages in memory to compare, and a model of two segments made by hand: light and heavy visitors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from lohko.segments.behaviour import Behaviour
from lohko.segments.methods import Clusters
from lohko.segments.model import Model, SavedSegment
from lohko.segments.transform import Column, Preparation
from lohko.views.dashboard.snapshots import Snapshot

OLD, NEW = dt.date(2025, 12, 31), dt.date(2026, 12, 31)
BEGIN = dt.date(2022, 1, 10)
Row = tuple[str, int, dt.date | None, dt.date | None]
"""Customer, visit days, first and last visit."""


def segment(slug: str) -> SavedSegment:
    names = {lang: f"{slug} ({lang})" for lang in ("en", "fi", "sv")}
    return SavedSegment(slug, names, names, "keep_reward", "keep", None, 0.9, 100, 0.4)


def model(heavy: float = 20.0) -> Model:
    """Return a model that parts visitors between one and ``heavy`` days."""
    preparation = Preparation((Column("visit_days", "visits", True, 1.0, 0.0, 20.0, 0.0, -2.0, 1.0),))
    days = np.array([1.0, heavy])
    ids = pl.Series(["a", "b"])
    nothing = pl.Series([0, 0])
    active = {"visits": np.ones(2, dtype=np.bool_)}
    centres = preparation.apply(Behaviour(ids, {"visit_days": days}, active, nothing, nothing))
    return Model(
        version="0.1.0",
        as_of=NEW,
        customers=200,
        active=190,
        seed=1,
        k=2,
        dimensions=("visits",),
        features=("visit_days",),
        preparation=preparation,
        clusters=Clusters(centres),
        segments=(segment("heavy"), segment("light")),
        inactive=segment("silent"),
        bands={},
        thresholds={},
    )


def saved(heavy: float = 20.0) -> bytes:
    """Return the model as a package holds it; the first centre is the heavy one, as segments go by value."""
    made = model(heavy)
    return replace(made, clusters=Clusters(made.clusters.centres[::-1])).to_bytes()


def value(rows: Iterable[Row]) -> pl.DataFrame:
    rows = list(rows)
    return pl.DataFrame(
        {
            "customer_id": [row[0] for row in rows],
            "monetary": [None] * len(rows),
            "visit_days": [row[1] for row in rows],
            "visits": [float(row[1] > 0) for row in rows],
            "first_visit": [row[2] for row in rows],
            "last_visit": [row[3] for row in rows],
        },
        schema={
            "customer_id": pl.String,
            "monetary": pl.Decimal(18, 4),
            "visit_days": pl.Int64,
            "visits": pl.Float64,
            "first_visit": pl.Date,
            "last_visit": pl.Date,
        },
    )


def snapshot(
    day: dt.date,
    rows: Iterable[Row],
    merged: Mapping[str, str] | None = None,
    *,
    scored: bytes | None = None,
    name: str = "",
) -> Snapshot:
    """Return a package of these customers; ``merged`` maps numbers of the sources to customers."""
    tables = {"value": value(rows).lazy()}
    if merged is not None:
        tables["crosswalk"] = pl.LazyFrame(
            {"source_customer_id": list(merged), "customer_id": list(merged.values())},
            schema={"source_customer_id": pl.String, "customer_id": pl.String},
        )
    return Snapshot(name or f"value@{day}", "value", f"{day:%Y%m%d}" * 8, day, tables, scored)


def company(customers: int = 600, seed: int = 3) -> list[Snapshot]:
    """Return three yearly packages of a company that grows, each with the same model."""
    rng = np.random.default_rng(seed)
    days = [dt.date(2024, 12, 31), OLD, NEW]
    found = []
    starts = rng.integers(0, 4, customers)
    rates = rng.gamma(1.2, 9, customers)
    silent = rng.random((customers, 5)) < 0.18
    for place, day in enumerate(days):
        rows: list[Row] = []
        for n in range(customers):
            years = [y for y in range(starts[n], place + 2) if not silent[n, y]]
            if starts[n] > place + 1:
                continue
            count = int(sum(rates[n] for _ in years))
            first = dt.date(2023 + years[0], 1, 1 + n % 28) if years and count else None
            last = dt.date(2023 + years[-1], 12, 1 + n % 31) if years and count else None
            rows.append((f"c{n:04d}", count, first, last))
        found.append(snapshot(day, rows, scored=saved(), name=f"segment@{day}"))
    return found
