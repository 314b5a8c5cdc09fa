"""Made-up customers whose groups are known."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from lohko.outcome import Env


def scores(x: np.ndarray) -> np.ndarray:
    """Rank among the non-zero, 0 to 1; nothing is 0."""
    found = np.zeros(len(x))
    doing = x > 0
    if doing.any():
        found[doing] = (np.argsort(np.argsort(x[doing])) + 1) / doing.sum()
    return found


def value_table(
    frequency: np.ndarray,
    monetary: np.ndarray,
    recency: np.ndarray,
    visit_days: np.ndarray,
    social_acts: np.ndarray,
) -> pl.DataFrame:
    """Make a value table of these customers."""
    n = len(frequency)
    bought = frequency > 0
    return pl.DataFrame(
        {
            "customer_id": [f"c{i:06d}" for i in range(n)],
            "recency_days": [int(r) if b else None for r, b in zip(recency, bought, strict=True)],
            "frequency": frequency.astype(np.int64),
            "monetary": [Decimal(str(round(float(m), 2))) for m in monetary],
            "visit_days": visit_days.astype(np.int64),
            "shares": social_acts.astype(np.int64),
            "financial": scores(monetary),
            "visits": scores(visit_days),
            "social": scores(social_acts),
        },
        schema_overrides={"recency_days": pl.Int64, "monetary": pl.Decimal(18, 4)},
    )


def company(n: int = 600, seed: int = 7) -> pl.DataFrame:
    """Make four kinds of customers, and a twentieth who have done nothing.

    Heavy buyers who visit much, light lapsed buyers, readers who never buy, advocates who never buy.
    """
    rng = np.random.default_rng(seed)
    kind = np.arange(n) % 20
    heavy, light, reader, advocate = (
        kind < 4,
        (kind >= 4) & (kind < 12),
        (kind >= 12) & (kind < 16),
        (kind >= 16) & (kind < 19),
    )
    frequency = np.where(heavy, rng.poisson(14, n) + 4, np.where(light, rng.poisson(0.6, n) + 1, 0))
    monetary = np.round(frequency * rng.lognormal(3.2, 0.4, n), 2)
    recency = np.where(heavy, rng.integers(0, 40, n), rng.integers(200, 700, n))
    visits = np.where(heavy | reader | advocate, rng.poisson(30, n) + 1, np.where(light & (rng.random(n) < 0.3), 1, 0))
    acts = np.where(advocate, rng.poisson(9, n) + 2, np.where(heavy & (rng.random(n) < 0.1), 1, 0))
    return value_table(frequency, monetary, recency, visits, acts)


@pytest.fixture(scope="session")
def customers() -> pl.DataFrame:
    return company()


@pytest.fixture(scope="session")
def env() -> Env:
    return Env(dt.date(2025, 12, 31))
