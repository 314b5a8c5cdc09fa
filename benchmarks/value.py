"""Fit BG/NBD and Pareto/NBD to simulated customers, lohko and lifetimes side by side; events to features beside a bare scan.

    python benchmarks/value.py --customers 1000000 --peer /path/to/venv-with-lifetimes/bin/python
    python benchmarks/value.py --events 20000000 --visits 50000000

CPU seconds of the process (user and system) and its peak memory. Each figure is a process of its own. A peer that does not
end within --patience seconds counts as that long.

Events to features: transactions (2 % are refunds, three quarters of them of an earlier purchase) and visits of a million customers, most
events on few of them, once as CSV and once as the Parquet that a package holds. The bare scan reads every column the features need, typed,
and folds it into one sum: no grouping, no joining. The limit, 2.5 times the scan, is of the CSV files; Parquet is so much
cheaper to read that what is left is the cost of grouping by customer.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MAKE = """
import sys, numpy as np
size, path = int(sys.argv[1]), sys.argv[2]
rng = np.random.default_rng(7)
rate, leaving = rng.gamma(0.6, 70, size) / 4900, rng.gamma(0.6, 1 / 80.0, size)
T = rng.integers(1, 730, size).astype(float)
seen = np.minimum(rng.exponential(1 / leaving), T)
x = rng.poisson(rate * seen)
tx = np.where(x > 0, np.maximum(np.round(seen * rng.random(size) ** (1 / np.maximum(x, 1))), 1), 0.0)
x = np.minimum(x, tx).astype(float)
np.savez(path, x=x, tx=tx, T=T)
"""

OURS = """
import json, resource, sys, time, numpy as np
from lohko.value.models.bgnbd import fit_beta_geometric
from lohko.value.models.fitting import fold
from lohko.value.models.pareto import fit_pareto
data = np.load(sys.argv[1]); x, tx, T = data["x"], data["tx"], data["T"]
start = time.process_time()
history = fold(x, tx, T)
model = fit_pareto(history) if sys.argv[2] == "pareto" else fit_beta_geometric(history)
cpu = time.process_time() - start
print(json.dumps({"cpu_s": round(cpu, 2), "parameters": model.parameters, "log_likelihood": model.log_likelihood,
    "unique": int(history.x.size), "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
"""

PEER = """
import json, resource, sys, time, warnings, numpy as np
warnings.simplefilter("ignore")
from lifetimes import BetaGeoFitter, ParetoNBDFitter
data = np.load(sys.argv[1]); x, tx, T = data["x"], data["tx"], data["T"]
fitter = ParetoNBDFitter() if sys.argv[2] == "pareto" else BetaGeoFitter()
start = time.process_time()
fitter.fit(x, tx, T)
cpu = time.process_time() - start
print(json.dumps({"cpu_s": round(cpu, 2), "parameters": {k: float(v) for k, v in fitter.params_.items()},
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
"""

EVENTS = """
import datetime as dt, sys, numpy as np, polars as pl
events, visits, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
rng = np.random.default_rng(1)
customers = 1_000_000
weight = rng.gamma(0.5, 1.0, customers); weight /= weight.sum()
def some(size):
    at = pl.Series(rng.integers(1_672_531_200, 1_735_600_000, size) * 1_000_000).cast(pl.Datetime("us", "UTC"))
    return {"customer_id": pl.Series(rng.choice(customers, size, p=weight)).cast(pl.String), "occurred_at": at}
cents = (rng.gamma(2, 20, events) * 100).astype(np.int64)
loose, back = int(events * 0.005), int(events * 0.015)
cents[:loose] *= -1
lines = pl.DataFrame(some(events - back)).with_columns(
    (pl.Series(cents[back:]).cast(pl.Decimal(18, 4)) / 100).cast(pl.Decimal(18, 4)).alias("amount"),
    ("p" + pl.Series(rng.integers(0, 500, events - back)).cast(pl.String)).alias("product"),
)
refunds = lines.tail(back).with_columns(pl.col("occurred_at").dt.offset_by("3d"), (-pl.col("amount")).alias("amount"))
order = rng.permutation(events)
tables = {
    "transactions": pl.concat([lines, refunds])[order],
    "visits": pl.DataFrame(some(visits)).with_columns(
        pl.Series(rng.integers(1, 20, visits)).alias("page_views"),
        pl.Series(rng.integers(0, 2, visits)).alias("downloads"),
    ),
    "customers": pl.DataFrame({"customer_id": pl.Series(range(customers)).cast(pl.String)}),
}
for name, frame in tables.items():
    frame.write_csv(f"{folder}/{name}.csv")
    frame.lazy().sink_parquet(f"{folder}/{name}.parquet", compression="zstd", row_group_size=262_144)
"""

FEATURES = """
import datetime as dt, json, resource, sys, time, polars as pl
from lohko.outcome import Env
from lohko.tables.types import schema
from lohko.value.features import features
folder, kind, mode = sys.argv[1:]
def table(name):
    if kind == "parquet":
        return pl.scan_parquet(f"{folder}/{name}.parquet")
    header = open(f"{folder}/{name}.csv").readline().strip().split(",")
    found = pl.scan_csv(f"{folder}/{name}.csv", schema_overrides={c: pl.String for c in header})
    kinds = schema(name, tuple(header))
    times = [c for c in header if kinds[c] == pl.Datetime("us", "UTC")]
    rest = [pl.col(c).cast(k) for c, k in kinds.items() if c not in times]
    read = [pl.col(c).str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f%z", time_unit="us", time_zone="UTC") for c in times]
    return found.with_columns(*rest, *read)
def folded(name, type_):
    column = pl.col(name)
    return column.str.len_bytes().sum() if type_ == pl.String else column.to_physical().sum()
tables = {name: table(name) for name in ("customers", "transactions", "visits")}
start, wall = time.process_time(), time.time()
if mode == "scan":
    for frame in tables.values():
        frame.select(folded(*column) for column in frame.collect_schema().items()).collect()
else:
    features(tables, Env(as_of=dt.date(2024, 12, 30)))
print(json.dumps({"cpu_s": round(time.process_time() - start, 2), "wall_s": round(time.time() - wall, 2),
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
"""


def run(python: str, code: str, *words: str, patience: float | None = None) -> dict[str, Any] | None:
    """Run code in a process of its own and return what it printed; None if it did not end in time."""
    try:
        done = subprocess.run(
            [python, "-c", code, *words], capture_output=True, text=True, timeout=patience, check=True
        )
    except subprocess.TimeoutExpired:
        return None
    return json.loads(done.stdout) if done.stdout.strip() else {}


def show(what: str, found: dict[str, Any] | None, patience: float) -> None:
    """Print one figure as a line of JSON."""
    print(json.dumps({"what": what, **(found if found is not None else {"stopped_after_s": patience})}))


def main() -> None:
    """Run what was asked for."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--customers", type=int, default=0)
    ask.add_argument("--events", type=int, default=0)
    ask.add_argument("--visits", type=int, default=0)
    ask.add_argument("--peer", help="a python in whose environment lifetimes is installed")
    ask.add_argument("--patience", type=float, default=360.0)
    words = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if words.customers:
            path = str(Path(folder) / "customers.npz")
            run(sys.executable, MAKE, str(words.customers), path)
            for model in ("bgnbd", "pareto"):
                show(f"lohko {model}", run(sys.executable, OURS, path, model), words.patience)
                if words.peer:
                    found = run(words.peer, PEER, path, model, patience=words.patience)
                    show(f"lifetimes {model}", found, words.patience)
        if words.events:
            run(sys.executable, EVENTS, str(words.events), str(words.visits or words.events), folder)
            for kind in ("csv", "parquet"):
                scan, ours = (run(sys.executable, FEATURES, folder, kind, mode) or {} for mode in ("scan", "features"))
                ratios = {f"{c}_ratio": round(ours[f"{c}_s"] / scan[f"{c}_s"], 2) for c in ("cpu", "wall")}
                show(f"bare scan, {kind}", scan, words.patience)
                show(f"events to features, {kind}", ours | ratios, words.patience)


if __name__ == "__main__":
    main()
