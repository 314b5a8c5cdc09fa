"""Which source writes the faults, and since when: so that they can be mended where they arise.

Absence is no fault of this kind (a form that does not ask for a phone number is not broken). A source is named only where
it wrote enough rows; whether it stands out is told by an interval, not by a share alone.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any

import polars as pl

from lohko.cleaning.faults import Examined

_OWN = 3


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows have the fault that a code names."""

    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Origin:
    """A source (or file) and the faults it writes.

    Attributes
    ----------
    name : None: all sources too small to be named
    rows, faulty : rows from it, and those of them with any fault that is not mere absence
    low, high : interval of the share of faulty rows (Wilson, 95 %)
    stands_out : the interval lies above the share of all other rows
    faults : its faults by code, most first
    top : the faults it writes more often than the others do, at most three, those first that are most beyond it
    since, until : first and last month in which rows with the first of them were made
    """

    name: str | None
    rows: int
    faulty: int
    low: float
    high: float
    stands_out: bool
    faults: tuple[Tally, ...]
    top: tuple[Tally, ...]
    since: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class Month:
    """Rows made in a month, and those of them with a fault."""

    month: str
    rows: int
    faulty: int


@cache
def rules() -> Mapping[str, Any]:
    """Return from how many rows on a source is named and a fault called its own, and the interval's width."""
    source = resources.files("lohko.cleaning").joinpath("data", "origins.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def faulty(examined: Examined) -> pl.Expr:
    """Tell which rows have a fault other than absence."""
    return pl.any_horizontal(examined.broken) if examined.broken else pl.lit(value=False)


def origins(examined: Examined) -> tuple[Origin, ...]:
    """Return the sources named in the column ``source``, the worst first."""
    return _grouped(examined, pl.col("source"))


def files(examined: Examined) -> tuple[Origin, ...]:
    """Return the files by the name they were given when they were read (``customers@shop=…``), where there are several."""
    found = _grouped(examined, pl.col("customer_id").str.extract(r"^([^:]+):", 1))
    return found if len([entry for entry in found if entry.name is not None]) > 1 else ()


def months(examined: Examined) -> tuple[Month, ...]:
    """Return the rows made in each of the latest months, and those with a fault; months of few rows say nothing."""
    counted = (
        examined.rows.filter(pl.col("month").is_not_null())
        .group_by("month")
        .agg(rows=pl.len(), faulty=faulty(examined).sum())
        .filter(pl.col("rows") >= int(rules()["rows"]))
        .sort("month")
        .tail(int(rules()["months"]))
    )
    return tuple(Month(*row) for row in counted.iter_rows())


def origin_figures(examined: Examined) -> dict[str, Any]:
    """Return sources, files and months as plain JSON values, for the outcome of a step."""
    return {
        "by_source": [asdict(origin) for origin in origins(examined)],
        "by_file": [asdict(origin) for origin in files(examined)],
        "by_month": [asdict(month) for month in months(examined)],
    }


def wilson(part: int, whole: int, z: float) -> tuple[float, float]:
    """Return the interval of a share (E. B. Wilson 1927), rounded to four digits."""
    if not whole:
        return 0.0, 1.0
    share, square = part / whole, z * z
    middle = share + square / (2 * whole)
    half = z * math.sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    low, high = (middle - half) / (1 + square / whole), (middle + half) / (1 + square / whole)
    return round(max(0.0, low), 4), round(min(1.0, high), 4)


def _grouped(examined: Examined, by: pl.Expr) -> tuple[Origin, ...]:
    codes = list(examined.broken)
    rows = examined.rows.with_columns(by.alias("__by"))
    # a name on a few rows may be what slipped there from another column
    named = rows.group_by("__by").len().filter(pl.col("len") >= rules()["rows"])["__by"].drop_nulls()
    rows = rows.with_columns(pl.when(pl.col("__by").is_in(named.implode())).then("__by").alias("__by"))
    counted = rows.group_by("__by").agg(
        pl.len().alias("__rows"), faulty(examined).sum().alias("__faulty"), *(pl.col(code).sum() for code in codes)
    )
    if named.is_empty():
        return ()
    totals = counted.sum().row(0, named=True)
    found = []
    for entry in counted.iter_rows(named=True):
        mine, bad, name = int(entry["__rows"]), int(entry["__faulty"]), entry["__by"]
        low, high = wilson(bad, mine, rules()["z"])
        others, others_bad = totals["__rows"] - mine, totals["__faulty"] - bad
        listed = sorted(((code, int(entry[code])) for code in codes if entry[code]), key=lambda p: (-p[1], p[0]))
        stands = name is not None and others > 0 and low > others_bad / others
        top = _top(entry, totals, codes) if name is not None else ()
        since, until = _span(rows, name, top[0].code) if top else (None, None)
        faults = tuple(Tally(code, count) for code, count in listed)
        found.append(Origin(name, mine, bad, low, high, stands, faults, top, since, until))
    return tuple(sorted(found, key=lambda o: (o.name is None, not o.stands_out, -(o.faulty / o.rows), str(o.name))))


def _top(entry: dict[str, int], totals: dict[str, int], codes: list[str]) -> tuple[Tally, ...]:
    """Return the faults a source writes more often than all other rows do, beyond chance, the most beyond first."""
    mine, others = int(entry["__rows"]), totals["__rows"] - int(entry["__rows"])
    found = []
    for code in codes:
        low, _ = wilson(int(entry[code]), mine, rules()["z"])
        rest = (totals[code] - entry[code]) / others if others else 0.0
        if entry[code] >= rules()["faults"] and low > rest:
            found.append((rest * mine - entry[code], code))
    return tuple(Tally(code, int(entry[code])) for _, code in sorted(found)[:_OWN])


def _span(rows: pl.DataFrame, name: str | None, code: str) -> tuple[str | None, str | None]:
    found = rows.filter((pl.col("__by") == name) & pl.col(code))["month"].drop_nulls()
    return (str(found.min()), str(found.max())) if found.len() else (None, None)
