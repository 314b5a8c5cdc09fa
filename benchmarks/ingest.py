"""Measure ``lohko ingest`` beside polars without any checking and DuckDB with the same parsing, alternating in one run.

    python benchmarks/ingest.py --rounds 3
    python benchmarks/ingest.py --megabytes 1000 --grow --folder /some/where/with/room

The file is made: purchases with a semicolon, decimal commas, ``d.m.yyyy H:MM`` and letters beyond ASCII; ``--dirty`` spoils a share of
its rows. Each figure is a process of its own: wall time, CPU time (user and system), peak memory.

- ``lohko``: the program, ``lohko ingest transactions=FILE -o DIR``: every line accounted for, every cell checked, sha256 of input and output
- ``polars``: ``scan_csv → sink_parquet``, all of it text, nothing checked
- ``duckdb``: ``read_csv`` with ``store_rejects``, dates and decimals parsed, to Parquet (zstd)
"""

from __future__ import annotations

import argparse
import compileall
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

import lohko
import lohko_cli

PRODUCTS = (
    "Kahvi suodatinjauhatus 500 g", "Ruisleipä", "Villasukat harmaa 39–42", "Höyryrauta", "Pöytälamppu messinki", "Äitienpäiväkortti",
    "Smörgåsbord för två", "Tråd och nål", "Coffee maker 1.2 l", "USB-C cable 2 m", "Juhlapöytäliina 140 × 220", "Lahjakortti",
)  # fmt: skip
CHANNELS = ("verkkokauppa", "myymälä Töölö", "myymälä Kamppi", "puhelin")
BATCH = 500_000
HEADER = "customer_id;transaction_id;occurred_at;amount;product;channel\n"

POLARS = """
import sys, polars as pl
pl.scan_csv(sys.argv[1], separator=";", infer_schema=False).sink_parquet(sys.argv[2] + ".parquet")
"""

DUCKDB = """
import sys, duckdb
con = duckdb.connect()
con.execute('''
    COPY (SELECT * FROM read_csv(?, delim=';', header=true, quote='"', strict_mode=true, decimal_separator=',',
        timestampformat='%d.%m.%Y %H:%M', store_rejects=true, rejects_limit=0,
        columns={'customer_id': 'VARCHAR', 'transaction_id': 'VARCHAR', 'occurred_at': 'TIMESTAMP',
                 'amount': 'DECIMAL(18, 4)', 'product': 'VARCHAR', 'channel': 'VARCHAR'}))
    TO ''' + repr(sys.argv[2] + ".parquet") + " (FORMAT parquet, COMPRESSION zstd)", [sys.argv[1]])
"""


def batches(seed: int) -> Iterator[pl.DataFrame]:
    """Yield rows without end, the same for the same seed."""
    rng = np.random.default_rng(seed)
    first = 0
    while True:
        number = np.arange(first, first + BATCH)
        customer = (rng.pareto(1.2, BATCH) * 20_000).astype(np.int64) % 1_000_000
        minute = np.sort(rng.integers(0, 60 * 15, BATCH)) + 7 * 60
        day = np.datetime64("2021-01-01") + (number // 20_000).astype("timedelta64[D]")
        cents = np.maximum(rng.lognormal(7.5, 0.9, BATCH).astype(np.int64), 5) * np.where(
            rng.random(BATCH) < 0.03, -1, 1
        )
        frame = pl.DataFrame({
            "customer": customer + 10_000, "number": number, "day": day, "minute": minute, "cents": cents,
            "product": rng.integers(0, len(PRODUCTS), BATCH), "channel": rng.integers(0, len(CHANNELS), BATCH),
        })  # fmt: skip
        sign = pl.when(pl.col("cents") < 0).then(pl.lit("-")).otherwise(pl.lit(""))
        euros, rest = pl.col("cents").abs() // 100, pl.col("cents").abs() % 100
        yield frame.select(
            pl.format("A{}", "customer"),
            pl.format("T{}", pl.col("number").cast(pl.String).str.zfill(9)).alias("transaction_id"),
            pl.format(
                "{} {}:{}", pl.col("day").dt.strftime("%-d.%-m.%Y"), pl.col("minute") // 60,
                (pl.col("minute") % 60).cast(pl.String).str.zfill(2),
            ).alias("occurred_at"),
            pl.format("{}{},{}", sign, euros, rest.cast(pl.String).str.zfill(2)).alias("amount"),
            pl.lit(pl.Series(PRODUCTS)).gather(pl.col("product")).alias("product"),
            pl.lit(pl.Series(CHANNELS)).gather(pl.col("channel")).alias("channel"),
        )  # fmt: skip
        first += BATCH


def spoil(lines: list[bytes], share: float, rng: np.random.Generator) -> list[bytes]:
    """Break some lines: short, long, a bad date, a bad amount, an open quote, blank; and quote some products."""
    ways = (
        lambda f: f[:4],
        lambda f: [*f, b"x"],
        lambda f: [*f[:2], b"31.2.2024 9:00", *f[3:]],
        lambda f: [*f[:3], b"12.90", *f[4:]],
        lambda f: [*f[:4], b'"' + f[4], f[5]],
        lambda _: [b""],
        lambda f: [*f[:4], b'"' + f[4] + b'; ""xl"""', f[5]],
    )
    chosen = np.flatnonzero(rng.random(len(lines)) < share)
    for index, way in zip(chosen, rng.integers(0, len(ways), len(chosen)), strict=True):
        lines[index] = b";".join(ways[way](lines[index].split(b";")))
    return lines


def make(path: Path, megabytes: int, dirty: float) -> None:
    """Write the file, batch by batch."""
    size = megabytes * 1_000_000
    rng = np.random.default_rng(11)
    with path.open("wb") as out:
        out.write(HEADER.encode())
        for frame in batches(7):
            data = frame.write_csv(separator=";", include_header=False).encode()
            lines = data.splitlines()
            if dirty:
                data = b"\n".join(spoil(lines, dirty, rng)) + b"\n"
            room = size - out.tell()
            if len(data) >= room:
                out.write(data[: data.rfind(b"\n", 0, room) + 1])
                return
            out.write(data)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: seconds, CPU seconds, and its peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


def run(words: list[str]) -> Cost:
    """Run a program to its end and say what it took."""
    began = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode not in (0, 3):  # 3: with findings
        raise SystemExit(f"{' '.join(words[:3])} … ended with {process.returncode}\n{said.decode()[-2000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def programs(peer: str) -> dict[str, list[str]]:
    """Return the programs to compare, without file and output."""
    known = {"lohko": [sys.executable, "-c", LOHKO], "polars": [sys.executable, "-c", POLARS]}
    asked = subprocess.run([peer, "-c", "import duckdb"], capture_output=True, check=False)
    if asked.returncode == 0:
        known["duckdb"] = [peer, "-c", DUCKDB]
    else:
        print("DuckDB is missing: it is left out (pip install duckdb, or --peer PYTHON with it)")
    return known


LOHKO = """
import sys
from lohko_cli.__main__ import main  # as the program `lohko` does
sys.argv = ["lohko", "ingest", "transactions=" + sys.argv[1], "-o", sys.argv[2], "--quiet"]
main()
"""


def measure(file: Path, known: dict[str, list[str]], rounds: int, folder: Path) -> dict[str, list[Cost]]:
    """Run the programs in turn, round by round."""
    costs: dict[str, list[Cost]] = {name: [] for name in known}
    for _ in range(rounds):
        for name, words in known.items():
            out = folder / f"out-{name}"
            costs[name].append(run([*words, str(file), str(out)]))
            shutil.rmtree(out, ignore_errors=True)
            out.with_name(out.name + ".parquet").unlink(missing_ok=True)
            last = costs[name][-1]
            print(f"  {name:8}{last.wall:8.2f} s {last.cpu:8.2f} CPU s {last.memory:8.0f} MiB", flush=True)
    return costs


def tell(costs: dict[str, list[Cost]]) -> None:
    """Print medians, and their ratios to bare polars within each round."""
    print(f"{'':8}{'wall s':>9}{'CPU s':>9}{'peak MiB':>10}{'× wall':>9}{'× CPU':>9}")
    bare = costs["polars"]
    for name, taken in costs.items():
        wall, cpu = (statistics.median(getattr(c, what) for c in taken) for what in ("wall", "cpu"))
        times = [
            statistics.median(getattr(c, w) / getattr(b, w) for c, b in zip(taken, bare, strict=True))
            for w in ("wall", "cpu")
        ]
        print(f"{name:8}{wall:9.2f}{cpu:9.2f}{max(c.memory for c in taken):10.0f}{times[0]:9.2f}{times[1]:9.2f}")


def main() -> None:
    """Make the files, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dirty", type=float, default=0.0, metavar="SHARE", help="share of rows to spoil")
    parser.add_argument("--grow", action="store_true", help="measure memory with four times the size, too")
    parser.add_argument("--folder", type=Path, help="where the files go (default: a temporary folder)")
    parser.add_argument("--peer", default=sys.executable, metavar="PYTHON", help="a Python that has duckdb")
    parser.add_argument("--only", help="programs to run, with commas")
    args = parser.parse_args()
    known = {n: w for n, w in programs(args.peer).items() if not args.only or n in args.only.split(",")}
    for package in (lohko, lohko_cli):  # as an installer does it; a checkout may have no bytecode
        compileall.compile_dir(package.__path__[0], quiet=1)
    with tempfile.TemporaryDirectory(dir=args.folder) as place:
        folder = Path(place)
        for megabytes, rounds in ((args.megabytes, args.rounds), *(((4 * args.megabytes, 1),) if args.grow else ())):
            file = folder / "transactions.csv"
            maker = multiprocessing.get_context("spawn").Process(target=make, args=(file, megabytes, args.dirty))
            maker.start()  # in a process of its own: children take over the peak memory of the process that starts them
            maker.join()
            print(f"{file.stat().st_size / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
            costs = measure(file, known, rounds, folder)
            if "polars" in costs:
                tell(costs)


if __name__ == "__main__":
    main()
