"""How often the intervals of totals hold: simulated companies with a known future.

    python benchmarks/intervals.py [--companies 40] [--buyers 2000]

Every company is two years of Pareto/NBD purchases with Gamma-Gamma spend; the third year is held back and compared with
the 95 % intervals of `lohko.value.lifetime` (no discount). Printed: the share of companies whose future fell inside, and the intervals' mean width.
"""

from __future__ import annotations

import argparse
import datetime as dt

import numpy as np
import polars as pl

from lohko.value.lifetime import lifetime
from lohko.value.params import ValueParams

EPOCH, PAST, FUTURE = dt.date(1970, 1, 1), 730, 365
ORIGIN = 10_000


def company(seed: int, buyers: int) -> tuple[pl.DataFrame, int, float]:
    """Return purchase occasions up to the day `PAST`, and how many, of how much, come in the year after it."""
    rng = np.random.default_rng(seed)
    rate, leaving = rng.gamma(0.6, 1 / 60, buyers), rng.gamma(0.6, 1 / 200, buyers)
    life, start, scale = (
        rng.standard_exponential(buyers) / leaving,
        rng.integers(0, 200, buyers),
        rng.gamma(4, 1 / 40, buyers),
    )
    rows, count, money = [], 0, 0.0
    for n in range(buyers):
        days, t = {int(start[n])}, 0.0
        while True:
            t += rng.standard_exponential() / rate[n]
            if t > life[n] or start[n] + t >= PAST + FUTURE:
                break
            days.add(int(start[n] + t))
        for day in sorted(days):
            spent = max(0.01, round(float(rng.gamma(6) / scale[n]), 2))
            if day <= PAST:
                rows.append((n, EPOCH + dt.timedelta(days=ORIGIN + day), round(spent * 10_000)))
            else:
                count, money = count + 1, money + spent
    kinds = {"n": pl.UInt32, "day": pl.Date, "total": pl.Int64}
    return pl.DataFrame(rows, schema=kinds, orient="row"), count, money


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--companies", type=int, default=40)
    parser.add_argument("--buyers", type=int, default=2000)
    asked = parser.parse_args()
    as_of = EPOCH + dt.timedelta(days=ORIGIN + PAST)
    inside: dict[str, list[bool]] = {"purchases": [], "clv": []}
    widths: dict[str, list[float]] = {"purchases": [], "clv": []}
    for seed in range(asked.companies):
        days, count, money = company(seed, asked.buyers)
        found = (
            lifetime(days, as_of, ValueParams(discount_rate=0.0, horizon_days=FUTURE)).figures.get("intervals") or {}
        )
        for name, came in (("purchases", count), ("clv", money)):
            if told := found.get(name):
                inside[name].append(told["low"] <= came <= told["high"])
                widths[name].append((told["high"] - told["low"]) / (told["high"] + told["low"]))
    for name, hits in inside.items():
        if hits:
            print(
                f"{name}: {sum(hits)} of {len(hits)} inside the 95 % interval; mean half-width {np.mean(widths[name]):.1%}"
            )


if __name__ == "__main__":
    main()
