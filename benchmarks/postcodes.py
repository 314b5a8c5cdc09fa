"""Postcodes: how many broken codes are mended right, kind of damage by kind, and what the step costs.

    python benchmarks/postcodes.py repair --codes postcodes_fi.csv --population paavo.csv [--list FILE]
    python benchmarks/postcodes.py cost --codes postcodes_fi.csv --population paavo.csv [--customers 1000000]

``--codes`` holds Finland's codes (postcode, place_fi, place_sv, type, municipality_fi, municipality_sv), ``--population`` residents by
postcode (postcode, population). Addresses are drawn by population, as customers live. ``repair`` breaks one in ten of a register's codes,
and the place names beside the broken ones in the way the column says; all other rows are right. ``right``: the true code was written.
``review``: the value stands and its status says so. ``wrong``: another code was written. ``unseen``: the broken code passes as valid.
``--list`` is the newer list that the step is run with (``lohko postcodes --postcodes``); without it the embedded one.

``cost`` compares CPU seconds of ``lohko postcodes FILE -o OUT`` with reading and writing the same file, in the same run: by lohko (``lohko ingest``,
which reads with a gate against broken rows and keeps accounts) and by polars alone (which checks nothing).
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from lohko.cleaning.params import PostcodesParams
from lohko.cleaning.postal_verdict import WRITTEN
from lohko.cleaning.postcodes import postcodes
from lohko.outcome import Env, GivenFile

# How place names stand beside broken codes in a register that people typed: the line ``mixed``.
MIXED = {"right": 0.9, "misspelt": 0.04, "wrong": 0.03, "missing": 0.03}
PLACES = ("mixed", "right", "misspelt", "wrong", "missing", "all wrong", "no column", "no column, zeros lost")
LETTERS = "abcdefghijklmnopqrstuvwxyzåäö"
Damage = Callable[[str, np.random.Generator], str]


def swapped(code: str, rng: np.random.Generator) -> str:
    """Swap two neighbours that differ."""
    places = [i for i in range(4) if code[i] != code[i + 1]]
    i = int(rng.choice(places))
    return code[:i] + code[i + 1] + code[i] + code[i + 2 :]


def wrong(code: str, rng: np.random.Generator) -> str:
    """Put another digit in the place of one."""
    i = int(rng.integers(5))
    return code[:i] + str((int(code[i]) + int(rng.integers(1, 10))) % 10) + code[i + 1 :]


def missing(code: str, rng: np.random.Generator) -> str:
    """Leave one digit out."""
    i = int(rng.integers(5))
    return code[:i] + code[i + 1 :]


FORMAT: dict[str, Damage] = {
    "zeros lost": lambda code, _: str(int(code)),
    "decimals .0": lambda code, _: f"{int(code)}.0",
    "FI- before it": lambda code, _: f"FI-{code}",
    "space in it": lambda code, _: f"{code[:2]} {code[2:]}",
    "letter O": lambda code, _: code.replace("0", "O"),
}
DIGITS: dict[str, Damage] = {"digits swapped": swapped, "digit wrong": wrong, "digit missing": missing}


def misspelt(name: str, rng: np.random.Generator) -> str:
    """Put another letter, leave one out, double one or swap two neighbours."""
    i = int(rng.integers(1, len(name)))
    ways = (
        name[:i] + str(rng.choice(list(LETTERS))) + name[i + 1 :],
        name[:i] + name[i + 1 :],
        name[:i] + name[i] + name[i:],
        name[: i - 1] + name[i] + name[i - 1] + name[i + 1 :],
    )
    return ways[int(rng.integers(len(ways)))]


def addresses(args: argparse.Namespace, rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Draw addresses by population: ``code`` and ``place`` (one of the names people use)."""
    codes = pl.read_csv(args.codes, infer_schema=False).filter(pl.col("type") == "normal")
    people = pl.read_csv(args.population, infer_schema=False).select(
        "postcode", people=pl.col("population").cast(pl.Float64)
    )
    known = codes.join(people, on="postcode").filter(pl.col("people") > 0).sort("postcode")
    weight = known["people"].to_numpy()
    drawn = known[rng.choice(known.height, rows, p=weight / weight.sum())]
    # what people call the place: mostly its name, now and then the Swedish one or the municipality's
    which = rng.choice(4, rows, p=[1, 0, 0, 0] if args.names == "official" else [0.8, 0.08, 0.08, 0.04])
    names = [drawn[n].to_list() for n in ("place_fi", "place_sv", "municipality_fi", "municipality_sv")]
    place = [names[k][i] or names[0][i] for i, k in enumerate(which)]
    return pl.DataFrame({"code": drawn["postcode"], "place": place})


def broken(
    truth: pl.DataFrame, damage: Damage, place: str, share: float, rng: np.random.Generator
) -> tuple[pl.DataFrame, np.ndarray]:
    """Return the register as it came, and which rows were damaged."""
    code = truth["code"].to_list()
    name: list[str | None] = truth["place"].to_list()
    hit = rng.random(truth.height) < share
    others = rng.permutation(truth["place"].to_list())
    for i in np.flatnonzero(hit):
        code[i] = damage(code[i], rng)
        beside = str(rng.choice(list(MIXED), p=list(MIXED.values()))) if place == "mixed" else place
        if beside == "misspelt":
            name[i] = misspelt(name[i] or "", rng)
        elif beside in {"wrong", "all wrong"}:
            name[i] = others[i]
        elif beside == "missing":
            name[i] = None
    if place == "all wrong":
        name = list(others)
    if place in {"no column", "no column, zeros lost"}:
        name = [None] * len(name)
    before = list(code)
    if place.endswith("zeros lost"):
        code = [c.lstrip("0") for c in code]
    ids = [f"{i:07d}" for i in range(truth.height)]
    frame = pl.DataFrame(
        {"customer_id": ids, "row_id": ids, "street": "Kotitie 1", "postcode": code, "city": name, "country": "FI"},
        schema_overrides={"city": pl.String},
    )
    # the broken code before the column lost its zeros: who writes this back has not seen the fault, but made no other
    return frame.with_columns(broken=pl.Series(before)), hit


def repair(args: argparse.Namespace) -> int:
    """Print, kind by kind and place by place, what became of the broken codes."""
    given = {"postcodes": GivenFile(args.list, Path(args.list).read_bytes())} if args.list else {}
    print(
        f"{args.customers:,} customers a register, {args.share:.0%} of the codes broken; per cent of the broken codes"
    )
    print(f"{'damage':18}{'place name':24}{'right':>8}{'review':>8}{'wrong':>8}{'unseen':>8}{'broken':>9}")
    worst = 0.0
    kinds: dict[str, Damage] = {**FORMAT, **DIGITS, "none: code right": lambda code, _: code}
    for kind, damage in kinds.items():
        for place in PLACES:
            rng = np.random.default_rng(args.seed)
            truth = addresses(args, args.customers, rng)
            frame, hit = broken(truth, damage, place, args.share, rng)
            params = PostcodesParams(places_right=args.places_right)
            came = {"customers": frame.drop("broken").lazy()}
            result = postcodes(came, params, Env(dt.date(2026, 11, 1), given=given))
            done = result.tables["customers"].lazy().collect()
            table = pl.DataFrame(
                {
                    "true": truth["code"],
                    "came": frame["postcode"],
                    "broken": frame["broken"],
                    "now": done["postcode"],
                    "status": done["postcode_status"],
                }
            ).filter(pl.Series(hit))
            # a damage that left the code as it was (a code without zeros keeps them all) is none
            if not kind.startswith("none"):
                table = table.filter(pl.col("true") != pl.col("came"))
            right = pl.col("true") == pl.col("now")
            verdict = (
                pl.when(right)
                .then(pl.lit("right"))
                .when(pl.col("now") == pl.col("broken"), pl.col("status") == "format_fixed")
                .then(pl.lit("unseen"))
                .when(pl.col("status").is_in(WRITTEN))
                .then(pl.lit("wrong"))
                .when(pl.col("status").str.starts_with("valid"))
                .then(pl.lit("unseen"))
                .otherwise(pl.lit("review"))
            )
            counts = dict(table.select(v=verdict)["v"].value_counts().iter_rows())
            shares = [100 * counts.get(name, 0) / table.height for name in ("right", "review", "wrong", "unseen")]
            worst = max(worst, shares[2])
            print(
                f"{kind:18}{place:24}" + "".join(f"{share:8.2f}" for share in shares) + f"{table.height:9,}", flush=True
            )
    print(f"most wrong in any line: {worst:.2f} %")
    return 0


def children() -> float:
    """Return the CPU seconds of the processes that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


PEER = """
import sys, polars as pl
frame = pl.read_csv(sys.argv[1], infer_schema=False)
frame.write_csv(sys.argv[2])
"""


def cost(args: argparse.Namespace) -> int:
    """Print the CPU seconds of the command and of its peer on one file."""
    rng = np.random.default_rng(args.seed)
    truth = addresses(args, args.customers, rng)
    kinds = list({**FORMAT, **DIGITS}.values())
    code, name = truth["code"].to_list(), truth["place"].to_list()
    for i in np.flatnonzero(rng.random(args.customers) < args.share):
        code[i] = kinds[int(rng.integers(len(kinds)))](code[i], rng)
        if rng.random() < 0.2:
            name[i] = misspelt(name[i], rng)
    number = rng.integers(0, 10_000_000, args.customers)
    frame = pl.DataFrame(
        {
            "customer_id": [f"{i:07d}" for i in range(args.customers)],
            "first_name": rng.choice(["Aino", "Eino", "Matti", "Maija"], args.customers),
            "last_name": rng.choice(["Virtanen", "Korhonen", "Nieminen", "Mäkinen"], args.customers),
            "email": [f"a{n}@luotokaista.example" for n in number],
            "phone": [f"040{n:07d}" for n in number],
            "street": [f"Kotitie {n % 200}" for n in number],
            "postcode": code,
            "city": name,
            "created_at": "2024-05-01T10:00:00Z",
            "updated_at": "2025-05-01T10:00:00Z",
            "source": rng.choice(["web", "crm", "fair"], args.customers),
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "in.csv", Path(folder) / "out.csv"
        frame.write_csv(source)
        print(f"{args.customers:,} customers, {source.stat().st_size / 1e6:.0f} MB; CPU seconds")
        seconds = {}
        runs = {
            "read and write, polars": [sys.executable, "-c", PEER, str(source), str(out)],
            "read and write, lohko": [
                sys.executable,
                "-m",
                "lohko_cli",
                "ingest",
                f"customers={source}",
                "-o",
                str(Path(folder) / "package"),
                "-q",
            ],
            "lohko postcodes": [
                sys.executable,
                "-m",
                "lohko_cli",
                "postcodes",
                str(source),
                "-o",
                str(out),
                "-q",
                "--force",
            ],
        }
        for name_, command in runs.items():
            before = children()
            subprocess.run(command, check=True, cwd=folder)
            seconds[name_] = children() - before
            print(f"{name_:28}{seconds[name_]:8.2f}")
        for peer in ("read and write, lohko", "read and write, polars"):
            print(f"times {peer}: {seconds['lohko postcodes'] / seconds[peer]:.2f}")
    return 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("repair", "cost"))
    parser.add_argument("--codes", required=True)
    parser.add_argument("--population", required=True)
    parser.add_argument("--list")
    parser.add_argument("--names", choices=("used", "official"), default="used", help="what places are called")
    parser.add_argument("--places-right", action="store_true", help="run with --places-right")
    parser.add_argument("--customers", type=int)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.customers is None:
        args.customers = 1_000_000 if args.what == "cost" else 40_000
    return repair(args) if args.what == "repair" else cost(args)


if __name__ == "__main__":
    sys.exit(main())
