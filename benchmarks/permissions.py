"""Decide permissions beside reading and writing the tables they are decided from: CPU seconds and peak memory, in one run.

    python benchmarks/permissions.py --customers 1000000 --events 5000000

Events are on four channels; `permissions` has a row for each of the contract's seven. One peer reads the package's tables whole and
writes them again, as lohko writes tables (Parquet, zstd); the other also writes the permissions, made before, as the step must. `step` is the
whole of `lohko consents IN -o OUT`, package to package; `core` is the decisions alone, from the tables read to the table made. Each figure
is a process of its own; the least of --repeat counts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

MAKE = """
import datetime as dt, sys, numpy as np, polars as pl
from pathlib import Path
from lohko.package.descriptor import Record
from lohko.package.writing import PackageWriter
customers, events, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
rng = np.random.default_rng(11)
def pick(words, size, p=None):
    return pl.Series(words, dtype=pl.String).gather(rng.choice(len(words), size, p=p))
def moments(size, blank=0.1):
    day = pl.Series(rng.integers(1_640_995_200, 1_782_000_000, size) * 1_000_000).cast(pl.Datetime("us", "UTC"))
    return pl.DataFrame({"day": day, "kept": rng.random(size) >= blank}).select(pl.when("kept").then("day").alias("day"))["day"]
n = customers
ids = pl.Series(np.arange(n)).cast(pl.String).str.zfill(8)
first = pick(["Aino", "Eino", "Maija", "Väinö", "Helmi", "Onni", "Åsa", "Lars"], n)
last = pick(["Virtanen", "Korhonen", "Mäkinen", "Nieminen", "Lindström", "Öberg", "Salo", "Koski", "Järvinen", "Heikkilä"], n)
# Three in a hundred share an address with another customer.
point = np.where(rng.random(n) < 0.03, rng.integers(0, n, n), np.arange(n))
number = pl.Series(point)
frame = pl.DataFrame({
    "customer_id": ids, "row_id": pl.Series(np.arange(n)).cast(pl.String).str.zfill(8),
    "customer_type": pick(["person", "company", None], n, [0.85, 0.1, 0.05]), "first_name": first, "last_name": last,
    "company_name": pick([None, "Firma Oy", "Tmi Salo"], n, [0.9, 0.08, 0.02]),
    "street": "Katu " + pl.Series(rng.integers(1, 900, n)).cast(pl.String),
    "postcode": pl.Series(rng.integers(1, 999, n)).cast(pl.String).str.zfill(4) + "0", "city": pick(["Helsinki", "Turku", "Oulu"], n),
    "country": pick(["FI", "FI", "FI", "SE", None], n), "source": pick(["crm", "shop", None], n),
    "birth_date": pl.Series(rng.integers(-14000, 17000, n)).cast(pl.Int32).cast(pl.Date),
    "informed": pl.Series(rng.integers(0, 3, n)).replace_strict([0, 1, 2], [True, False, None], return_dtype=pl.Boolean),
}).with_columns(
    email=pl.when(number % 9 > 0).then(pl.concat_str(pl.lit("nimi"), number, pl.lit("@esimerkki.fi"))),
    phone=pl.when(number % 7 > 0).then(pl.concat_str(pl.lit("+35840"), (1_000_000 + number).cast(pl.String))),
)
e = events
consents = pl.DataFrame({
    "customer_id": ids.gather(rng.integers(0, n, e)), "channel": pick(["email", "sms", "phone", "post"], e, [0.5, 0.2, 0.15, 0.15]),
    "status": pick(["granted", "withdrawn", "objected", "unknown"], e, [0.8, 0.12, 0.05, 0.03]), "recorded_at": moments(e),
    "source": pick(["form-web", "form-shop", "call centre", "import 2019", None], e, [0.4, 0.3, 0.1, 0.1, 0.1]),
    "wording": pick(["v1", "v2", "v3", None], e), "purpose": pick(["newsletter", "offers", None], e),
    "basis": pick(["consent", "existing_customer", "company", None], e, [0.8, 0.1, 0.05, 0.05]),
    "method": pick(["active", "pre_ticked", "oral", "imported", None], e, [0.6, 0.1, 0.1, 0.1, 0.1]),
    "told_at_sale": pl.Series(rng.random(e) < 0.5), "similar_products": pl.Series(rng.random(e) < 0.5),
    "opt_out_offered": pl.Series(rng.random(e) < 0.5), "double_opt_in_at": moments(e, 0.9), "expires_at": moments(e, 0.95),
})
s = customers // 20
entries = pl.DataFrame({
    "register": pick(["Puhelin-Robinson", "Posti-Robinson", "own list"], s), "channel": pick(["phone", "post", "email"], s),
    "screened_at": pl.Series([dt.datetime(2026, 6, 20, tzinfo=dt.UTC)] * s).cast(pl.Datetime("us", "UTC")),
    "customer_id": pl.Series([None] * s, dtype=pl.String),
    "email": "NIMI" + pl.Series(rng.integers(0, 2 * n, s)).cast(pl.String) + "@esimerkki.fi",
    "phone": "040 " + pl.Series(1_000_000 + rng.integers(0, 2 * n, s)).cast(pl.String),
    "first_name": pick(["Aino", None], s), "last_name": pick(["Virtanen", "Öberg"], s),
    "street": "katu " + pl.Series(rng.integers(1, 900, s)).cast(pl.String),
    "postcode": pl.Series(rng.integers(1, 999, s)).cast(pl.String).str.zfill(4) + "0",
})
writer = PackageWriter(Path(folder))
for name, table in (("customers", frame), ("consents", consents), ("suppressions", entries)):
    writer.table(name, table)
writer.commit(Record(step="ingest", version="0", parameters={}, inputs=(), accounting={}, as_of=None, timezone="Europe/Helsinki",
    findings=[], figures={}, history=(), started="2026-01-01T00:00:00+00:00", seconds=0.0))
"""

RUN = """
import datetime as dt, json, resource, sys, time
from pathlib import Path
import polars as pl
mode, package, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
import lohko.cleaning.consents, lohko.running.shell  # start-up is not counted
from lohko.cleaning.params import ConsentsParams
from lohko.outcome import Env
from lohko.reading.params import IngestParams
from lohko.running.shell import Job, run_step
names, day = ("customers", "consents", "suppressions"), dt.date(2026, 6, 30)
made = [pl.read_parquet(out / "permissions.parquet")] if mode == "all" else []
start, wall = time.process_time(), time.time()
if mode in ("inputs", "all"):
    for name in names:
        table = pl.read_parquet(package / f"{name}.parquet")
        table.write_parquet(out.with_suffix(f".{name}"), compression="zstd")
    for table in made:
        table.write_parquet(out.with_suffix(".permissions"), compression="zstd")
elif mode == "core":
    tables = {name: pl.scan_parquet(package / f"{name}.parquet") for name in names}
    made = lohko.cleaning.consents.consents(tables, ConsentsParams(), Env(day, "Europe/Helsinki")).tables["permissions"]
else:
    job = Job("consents", package, out, ConsentsParams(), IngestParams(), as_of=day)
    run_step(job, now=lambda: dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
print(json.dumps({"cpu_s": round(time.process_time() - start, 2), "wall_s": round(time.time() - wall, 2),
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
"""


def run(mode: str, package: Path, out: Path, repeat: int) -> dict[str, float]:
    """Return the least CPU seconds of some runs, with that run's wall seconds and peak memory."""
    found = []
    for _ in range(repeat):
        done = subprocess.run(
            [sys.executable, "-c", RUN, mode, str(package), str(out)], capture_output=True, text=True, check=True
        )
        found.append(json.loads(done.stdout))
    return min(found, key=lambda one: one["cpu_s"])


def main() -> None:
    """Make the package, run the decisions, the whole step and the peers; print a line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder to keep the made package in")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = words.keep or Path(scratch)
        package, out = folder / "in", folder / "out"
        if not package.exists():
            subprocess.run(
                [sys.executable, "-c", MAKE, str(words.customers), str(words.events), str(package)], check=True
            )
        ours = {mode: run(mode, package, out, words.repeat) for mode in ("core", "step")}
        inputs, everything = (run(mode, package, out, words.repeat) for mode in ("inputs", "all"))
        print(json.dumps({"what": "read and write the tables", **inputs}))
        print(json.dumps({"what": "the same, and write the permissions", **everything}))
        for mode, found in ours.items():
            ratios = {
                "times_tables": round(found["cpu_s"] / inputs["cpu_s"], 2),
                "times_with_permissions": round(found["cpu_s"] / everything["cpu_s"], 2),
            }
            print(json.dumps({"what": mode, **found, **ratios}))
        print(
            json.dumps({"permissions_sha256": hashlib.sha256((out / "permissions.parquet").read_bytes()).hexdigest()})
        )


if __name__ == "__main__":
    main()
