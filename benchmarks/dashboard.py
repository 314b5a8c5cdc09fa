"""How much processor time a dashboard of two packages takes at a million customers: python benchmarks/dashboard.py"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.core.views.dashboard_fixtures import NEW, OLD, saved

from lohko.views.dashboard.build import build
from lohko.views.dashboard.renderers import render
from lohko.views.dashboard.snapshots import Snapshot


def package(day: dt.date, customers: int, seed: int) -> Snapshot:
    """Return a package of so many customers, of whom one in eight has a second number merged into it."""
    rng = np.random.default_rng(seed)
    back = rng.exponential(200, customers).astype(int)
    days = rng.poisson(rng.gamma(1.0, 12, customers))
    ids = pl.Series([f"crm:{n:08d}" for n in range(customers)])
    last = pl.Series([day] * customers) - pl.Series(back).cast(pl.Duration("ms")) * 86_400_000
    value = pl.DataFrame({"customer_id": ids, "visit_days": days, "visits": (days > 0).astype(float)}).with_columns(
        monetary=pl.lit(0).cast(pl.Decimal(18, 4)),
        last_visit=pl.when(pl.col("visit_days") > 0).then(last.cast(pl.Date)),
        first_visit=pl.when(pl.col("visit_days") > 0).then(pl.lit(dt.date(2020, 1, 1))),
    )
    twins = pl.DataFrame({"source_customer_id": "shop:" + ids.str.tail(8), "customer_id": ids}).gather_every(8)
    crosswalk = pl.concat([pl.DataFrame({"source_customer_id": ids, "customer_id": ids}), twins])
    return Snapshot(str(day), "value", "0" * 64, day, {"value": value.lazy(), "crosswalk": crosswalk.lazy()}, saved())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    customers = parser.parse_args().customers
    pair = [package(OLD, customers * 9 // 10, 1), package(NEW, customers, 2)]
    began = time.process_time()
    made = build(pair)
    built = time.process_time()
    pages = {ending: len(render(made.dashboard, ending, "fi")) for ending in (".html", ".xlsx", ".md", ".json")}
    done = time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{customers:,} customers: {built - began:.1f} s of CPU to compare, {done - built:.1f} s to draw four forms")
    print(
        f"peak memory {memory:.1f} GB; " + ", ".join(f"{ending} {size / 1024:.0f} kB" for ending, size in pages.items())
    )


if __name__ == "__main__":
    main()
