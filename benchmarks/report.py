"""The value report of a large register: processor time beyond reading the same tables, and the size of what it writes.

    python benchmarks/report.py [--customers 1000000]

Draws a register with sales, contracts, visits, permissions through seven channels, feedback with words, and targets; writes it as
Parquet; then reads every table once (the measure to compare with), builds the report, and renders each form.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from lohko.views.report.build import build
from lohko.views.report.renderers import to_html, to_json, to_markdown, to_xlsx

AS_OF = dt.date(2026, 6, 30)
CHANNELS = ("email", "sms", "phone", "robocall", "post", "push", "ad_audience")
SEGMENTS = ("paying-readers", "recommending-regulars", "occasional-buyers", "free-readers", "silent")
UNITS = ("Sanomalehti", "Digi", "Tapahtumat", "Verkkokauppa")
TEXTS = (
    "Lehti ei tullut taaskaan.", "Kiitos hyvästä paikallislehdestä!", "Sovellus kaatuu aina kun avaan sen.", "Ihan hyvä, mutta kallis.",
    "Enemmän juttuja omasta kylästä.", "Priset steg utan besked.", "Tack för nyheterna från skärgården.", "Laskutus oli väärin kolme kertaa.",
)  # fmt: skip


def times(rng: np.random.Generator, rows: int, days: int = 900) -> pl.Series:
    """Draw instants before the day of the report."""
    end = int(dt.datetime(2026, 6, 30, tzinfo=dt.UTC).timestamp())
    return pl.Series((end - rng.integers(0, days * 86400, rows)) * 1_000_000).cast(pl.Datetime("us", "UTC"))


def draw(customers: int, seed: int = 1) -> dict[str, pl.DataFrame]:
    """Draw the tables."""
    rng = np.random.default_rng(seed)
    ids = pl.Series([f"c{number:08d}" for number in range(customers)])
    levels = rng.integers(0, 4, (3, customers))
    cents = np.where(levels[0] > 0, rng.integers(100, 50_000, customers), 0)

    def some(rows: int) -> pl.Series:
        return ids.gather(rng.integers(0, customers, rows))

    def drawn(names: tuple[str | None, ...], rows: int) -> pl.Series:
        return pl.Series(names).gather(rng.integers(0, len(names), rows))

    score = rng.integers(0, 11, customers * 3 // 10).astype(float)
    money = pl.Series(cents).cast(pl.Decimal(18, 4)) / Decimal(100)
    contract = customers // 4
    return {
        "customers": pl.DataFrame({"customer_id": ids, "business_unit": drawn(UNITS, customers)}),
        "value": pl.DataFrame(
            {
                "customer_id": ids,
                "monetary": money.cast(pl.Decimal(18, 4)),
                "recency_days": rng.integers(0, 900, customers),
                "value_class": [f"F{f}V{v}S{s}" for f, v, s in levels.T],
                "next_dimension": drawn(("financial", "visits", "social"), customers),
            }
        ),
        "segments": pl.DataFrame({"customer_id": ids, "segment": drawn(SEGMENTS, customers)}),
        "permissions": pl.concat(
            pl.DataFrame(
                {
                    "customer_id": ids,
                    "channel": [channel] * customers,
                    "decision": drawn(("may", "ask_again", "may_not"), customers),
                    "reason": drawn(("consent", "stale", "withdrawn"), customers),
                }
            )
            for channel in CHANNELS
        ).sort("customer_id", "channel"),  # as consents writes it
        "transactions": pl.DataFrame(
            {
                "customer_id": some(customers * 5),
                "occurred_at": times(rng, customers * 5),
                "amount": (pl.Series(rng.integers(-2000, 20_000, customers * 5)).cast(pl.Decimal(18, 4)) / 100).cast(
                    pl.Decimal(18, 4)
                ),
            }
        ),
        "subscriptions": pl.DataFrame(
            {
                "customer_id": some(contract),
                "started_at": times(rng, contract, 2000),
                "ended_at": times(rng, contract).scatter(np.arange(0, contract, 2), None),
            }
        ),
        "visits": pl.DataFrame({"customer_id": some(customers * 5), "occurred_at": times(rng, customers * 5)}),
        "feedback": pl.DataFrame(
            {
                "customer_id": some(len(score)),
                "answered_at": times(rng, len(score), 365),
                "measure": ["nps"] * len(score),
                "score": score,
                "text": drawn((*TEXTS, *[None] * len(TEXTS)), len(score)),
            }
        ),
        "goals": pl.DataFrame(
            [
                (measure, target, unit, "2026")
                for measure, target in (("revenue", 10**6), ("nps", 10), ("churn_rate", 0.2), ("visits", 10**6), ("new_customers", 100))
                for unit in (None, *UNITS)
            ],
            {"measure": pl.String, "target": pl.Decimal(18, 4), "business_unit": pl.String, "period": pl.String},
            orient="row",
        ),
    }  # fmt: skip


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return processor seconds of a piece of work, and what it returned."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for table, frame in draw(asked.customers).items():
            frame.write_parquet(Path(name) / f"{table}.parquet")
        paths = {path.stem: path for path in sorted(Path(name).glob("*.parquet"))}

        def frames() -> dict[str, pl.LazyFrame]:
            return {table: pl.scan_parquet(path) for table, path in paths.items()}

        reading, rows = cpu(lambda: sum(frame.collect().height for frame in frames().values()))
        building, report = cpu(lambda: build(frames(), [], {}, AS_OF))
        print(f"{rows:,} rows of {asked.customers:,} customers")
        print(f"reading every table     {reading:6.2f} s of CPU")
        print(f"building the report     {building:6.2f} s of CPU, {building / reading:.2f} times reading")
        print(f"  beyond reading        {building - reading:6.2f} s of CPU")
        for form, render in (
            ("html", lambda: to_html(report, "fi").encode()),
            ("md", lambda: to_markdown(report, "fi").encode()),
            ("json", lambda: to_json(report).encode()),
            ("xlsx", lambda: to_xlsx(report, "fi")),
        ):
            spent, content = cpu(render)
            print(f"  {form:5} {len(content):>9,} bytes {spent:6.2f} s of CPU")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")


if __name__ == "__main__":
    main()
