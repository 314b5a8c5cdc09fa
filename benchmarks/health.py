"""Health: CPU seconds of ``lohko health`` beside reading and writing the same file, in the same run.

    python benchmarks/health.py [--customers 1000000] [--duplicates]

The register is made: names, e-mail addresses and phone numbers nearly all different, existing Finnish postcodes with their places, one
row in ten with a fault, yes/no permissions. ``lohko health FILE --no-duplicates -o OUT.json`` is compared with lohko's own reading and
writing (``lohko ingest``: a gate against broken rows, types, accounts, sha256) and with polars alone, which checks nothing.
``--duplicates`` also runs it with the matcher. Each is a process of its own; the least CPU time of ``--repeat`` counts.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from lohko.cleaning import postal_lists

PEER = "import sys, polars as pl; pl.read_csv(sys.argv[1], infer_schema=False).write_csv(sys.argv[2])"
FIRST = ("Aino", "Eino", "Matti", "Maija", "Väinö", "Helmi", "Onni", "Åsa", "Lars", "Ritva", "Tauno", "Liisa")
LAST = ("Virtanen", "Korhonen", "Nieminen", "Mäkinen", "Lindström", "Öberg", "Salo", "Koski", "Järvinen", "Heikkilä")


def register(rows: int, seed: int) -> pl.DataFrame:
    """Return a register of so many customers; one row in ten has a fault."""
    rng = np.random.default_rng(seed)

    def pick(words: tuple[str | None, ...], p: list[float] | None = None) -> pl.Series:
        return pl.Series(words, dtype=pl.String).gather(rng.choice(len(words), rows, p=p))

    places = postal_lists.finnish_names().join(postal_lists.finland().filter(pl.col("type") == "normal"), on="code")
    drawn = places[rng.integers(0, places.height, rows)]
    number = pl.Series(np.arange(rows))
    first, last = pick(FIRST), pick(LAST)
    line = pl.Series(rng.permutation(max(10000000, rows))[:rows]).cast(pl.String).str.zfill(7)
    frame = pl.DataFrame(
        {
            "customer_id": number.cast(pl.String).str.zfill(8),
            "first_name": first,
            "last_name": last,
            "email": (first.str.to_lowercase() + "." + last.str.to_lowercase() + number.cast(pl.String))
            .str.normalize("NFKD")
            .str.replace_all(r"\p{M}", "")
            + pick(("@posti.fi", "@gmail.com", "@luukku.com", "@yritys.fi")),
            "phone": pick(("040", "+35850", "044 ")) + line,
            "street": pick(("Kotitie ", "Rantakatu ", "Storgatan "))
            + pl.Series(rng.integers(1, 90, rows)).cast(pl.String),
            "postcode": drawn["code"],
            "city": drawn["name"].str.to_titlecase(),
            "country": pick(("FI", "FI", "FI", "Suomi", None)),
            "birth_date": (pl.Series(rng.integers(-12_000, 14_000, rows)).cast(pl.Int32).cast(pl.Date)).cast(pl.String),
            "created_at": (pl.Series(rng.integers(15_000, 19_500, rows)).cast(pl.Int32).cast(pl.Date)).cast(pl.String),
            "updated_at": (pl.Series(rng.integers(19_500, 20_600, rows)).cast(pl.Int32).cast(pl.Date)).cast(pl.String),
            "source": pick(("web", "crm", "fair", "import 2024"), [0.5, 0.3, 0.1, 0.1]),
            "sähköpostilupa": pick(("K", "E", None)),
            "notes": pick((None, "soita illalla", "portti lukossa"), [0.9, 0.05, 0.05]),
        }
    )
    fault = pl.Series(rng.integers(0, 100, rows))
    return frame.with_columns(
        postcode=pl.when(fault < 3).then(pl.col("postcode").str.strip_chars_start("0")).otherwise("postcode"),
        email=pl.when(fault.is_between(3, 5)).then(pl.col("email").str.replace("@", " at ")).otherwise("email"),
        phone=pl.when(fault.is_between(6, 7)).then(pl.col("phone").str.slice(0, 6)).otherwise("phone"),
        street=pl.when(fault.is_between(8, 9)).then(pl.lit("-")).otherwise("street"),
    )


def spent(command: list[str], folder: Path, repeat: int) -> tuple[float, float]:
    """Return the least CPU seconds of so many runs, and the peak memory so far in GB."""
    found = []
    for _ in range(repeat):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


def main() -> int:
    """Read the command line, measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--duplicates", action="store_true")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "register.csv"
        register(args.customers, args.seed).write_csv(source)
        print(f"{args.customers:,} customers, {source.stat().st_size / 1e6:.0f} MB")
        lohko = [sys.executable, "-m", "lohko_cli"]
        package, report = str(folder / "package"), str(folder / "health.json")
        runs = {
            "read and write, polars": [sys.executable, "-c", PEER, str(source), str(folder / "out.csv")],
            "read and write, lohko": [*lohko, "ingest", f"customers={source}", "-o", package, "--format", "csv", "-q"],
            "health --no-duplicates": [*lohko, "health", str(source), "--no-duplicates", "-o", report, "-q"],
        }
        if args.duplicates:
            runs["health"] = [*lohko, "health", str(source), "-o", report, "-q"]
        seconds = {}
        for what, command in runs.items():
            seconds[what], memory = spent(command, folder, args.repeat)
            print(f"{what:24}{seconds[what]:8.1f} CPU s   peak so far {memory:.1f} GB", flush=True)
        for peer in ("read and write, lohko", "read and write, polars"):
            print(f"health --no-duplicates is {seconds['health --no-duplicates'] / seconds[peer]:.1f} times {peer}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
