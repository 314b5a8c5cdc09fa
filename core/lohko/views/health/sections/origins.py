"""Which source writes the faults, and since when: so that they can be mended where they arise.

Absence is no fault of this kind (a form that does not ask for a phone number is not broken). A source is named only where
it wrote enough rows; whether it stands out is told by an interval, not by a share alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from lohko.views.health.checks import Examined
from lohko.views.health.model import Month, Origin
from lohko.views.health.settings import scoring
from lohko.views.report.model import Count

_OWN = 3


def faulty(examined: Examined) -> pl.Expr:
    """Tell which rows have a fault other than absence."""
    columns = [pl.col(code) for code, fault in examined.found.items() if fault.state != "missing"]
    return pl.any_horizontal(columns) if columns else pl.lit(value=False)


def origins(examined: Examined) -> tuple[Origin, ...]:
    """Return the sources named in the column ``source``, the worst first."""
    return _grouped(examined, pl.col("source"))


def files(examined: Examined) -> tuple[Origin, ...]:
    """Return the files by the name they were given when they were read (``customers@shop=…``), where there are several."""
    found = _grouped(examined, pl.col("customer_id").str.extract(r"^([^:]+):", 1))
    return found if len([entry for entry in found if entry.name is not None]) > 1 else ()


def months(examined: Examined) -> tuple[Month, ...]:
    """Return the rows made in each of the latest months, and those with a fault."""
    counted = (
        examined.rows.filter(pl.col("month").is_not_null())
        .group_by("month")
        .agg(rows=pl.len(), faulty=faulty(examined).sum())
        .sort("month")
        .tail(int(scoring()["origins"]["months"]))
    )
    return tuple(Month(*row) for row in counted.iter_rows())


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
    rules = scoring()["origins"]
    codes = [code for code, fault in examined.found.items() if fault.state != "missing"]
    rows = examined.rows.with_columns(by.alias("__by"))
    # a name on a few rows may be what slipped there from another column
    named = rows.group_by("__by").len().filter(pl.col("len") >= rules["rows"])["__by"].drop_nulls()
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
        low, high = wilson(bad, mine, rules["z"])
        others, others_bad = totals["__rows"] - mine, totals["__faulty"] - bad
        listed = sorted(((code, int(entry[code])) for code in codes if entry[code]), key=lambda p: (-p[1], p[0]))
        stands = name is not None and others > 0 and low > others_bad / others
        top = _top(entry, totals, codes, rules) if name is not None else ()
        since, until = _span(rows, name, top[0].code) if top else (None, None)
        faults = tuple(Count(code, count) for code, count in listed)
        found.append(Origin(name, mine, bad, low, high, stands, faults, top, since, until))
    return tuple(sorted(found, key=lambda o: (o.name is None, not o.stands_out, -(o.faulty / o.rows), str(o.name))))


def _top(
    entry: dict[str, int], totals: dict[str, int], codes: list[str], rules: Mapping[str, Any]
) -> tuple[Count, ...]:
    """Return the faults a source writes more often than all other rows do, beyond chance, the most beyond first."""
    mine, others = int(entry["__rows"]), totals["__rows"] - int(entry["__rows"])
    found = []
    for code in codes:
        low, _ = wilson(int(entry[code]), mine, rules["z"])
        rest = (totals[code] - entry[code]) / others if others else 0.0
        if entry[code] >= rules["faults"] and low > rest:
            found.append((rest * mine - entry[code], code))
    return tuple(Count(code, int(entry[code])) for _, code in sorted(found)[:_OWN])


def _span(rows: pl.DataFrame, name: str | None, code: str) -> tuple[str | None, str | None]:
    found = rows.filter((pl.col("__by") == name) & pl.col(code))["month"].drop_nulls()
    return (str(found.min()), str(found.max())) if found.len() else (None, None)
