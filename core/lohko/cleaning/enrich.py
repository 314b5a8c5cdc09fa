"""The step ``enrich``: figures of the area a customer lives in, joined by postcode, else by municipality. Facts of areas, not of people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import polars as pl

from lohko.cleaning.areas import CODE, TOWN, Areas, read_areas, slug, town_key, town_of_postcode, words
from lohko.cleaning.frames import in_order, taken
from lohko.cleaning.params import EnrichParams
from lohko.errors import InputRefused, UsageFault
from lohko.outcome import Env, Finding, Level, StepResult
from lohko.parameters import Params

LEVEL = "level"
# What the names of all such columns begin with: facts of areas are not mistaken for facts of people.
_MARK = "area_"
# Where more customers than this get no area, the coverage is a warning.
_MOST_WITHOUT = 0.1


def enrich(tables_in: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Join figures of areas to ``customers``.

    The area is the customer's postcode; where the table has no such area (PO boxes and companies have none), the municipality:
    the one the row names, else the one in which its postcode lies. Its figures are the table's own, or made from those of its
    postcodes (counts added, means weighted by residents). New columns begin with ``area_`` (``--prefix``), and ``area_level``
    says which it was; what is not known is null, never zero. A second run with the same table changes nothing.

    Returns
    -------
    StepResult with ``customers``; figures ``coverage`` (``postcode``, ``municipality``, ``none``: counts of rows), ``columns``,
    ``areas``, ``published``, ``municipalities_derived``, ``attribution``.
    """
    assert isinstance(params, EnrichParams)
    if not params.prefix.startswith(_MARK):
        raise UsageFault(
            "option_value",
            f"--prefix does not take '{params.prefix}'",
            hint=f"it begins with {_MARK}, so that nobody takes the figures for facts of a person",
        )
    if "areas" not in tables_in:
        raise InputRefused("table_needed", "enrich needs a table of areas", hint="give one with --areas FILE")
    file = env.given.get("areas")
    name = PurePath(file.name).name if file else "areas"
    areas = read_areas(taken(tables_in, "areas").collect(), name)
    customers = taken(tables_in, "customers").collect()
    columns = _columns(areas, params.prefix)
    level = f"{params.prefix}{LEVEL}"
    strange = [column for column in columns.values() if column in customers.columns]
    if strange and level not in customers.columns:
        raise InputRefused(
            "areas_column_taken",
            f"the customers have a column '{strange[0]}' of their own",
            hint=f"choose other names with --prefix {_MARK}…",
            count=len(strange),
        )
    joined = _joined(customers.drop([*columns.values(), level], strict=False), areas, columns, level)
    attribution = params.attribution or (words()["attribution"].get(areas.published) if areas.published else None)
    figures: dict[str, Any] = {
        "coverage": coverage(joined[level]),
        "columns": list(columns.values()),
        "areas": areas.postcodes.height or areas.towns.height,
        "published": areas.published,
        "municipalities_derived": areas.derived,
        "attribution": attribution,
        "source": name,
    }
    return StepResult({"customers": in_order(joined)}, tuple(_findings(figures, joined.height, areas)), figures)


def _columns(areas: Areas, prefix: str) -> dict[str, str]:
    """Return the new column's name of each indicator; where two would get one name, the later has a number behind it."""
    found: dict[str, str] = {}
    for indicator in areas.indicators:
        name = base = f"{prefix}{slug(indicator).removeprefix(prefix)}"
        number = 2
        while name in found.values() or name == f"{prefix}{LEVEL}":
            name = f"{base}_{number}"
            number += 1
        found[indicator] = name
    return found


def area_levels(customers: pl.DataFrame, areas: Areas) -> pl.Series:
    """Return how the area of each row is found: by ``postcode``, by ``municipality``, or not at all (null)."""
    placed = _placed(customers)
    here = pl.col(CODE).is_in(areas.postcodes[CODE].implode())
    there = pl.col(TOWN).is_in(areas.towns[TOWN].implode())
    level = pl.when(here).then(pl.lit("postcode")).when(there).then(pl.lit("municipality"))
    return placed.select(level.alias(LEVEL))[LEVEL]


def coverage(levels: pl.Series) -> dict[str, int]:
    """Return the rows by how their area was found."""
    counts = dict(levels.value_counts(sort=False).iter_rows())
    found = {word: int(counts.get(word, 0)) for word in ("postcode", "municipality")}
    return {**found, "none": levels.len() - sum(found.values())}


def _placed(customers: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with their postcode and municipality in comparing form, as far as they are Finland's."""
    names = customers.columns
    code = pl.col("postcode").str.replace_all(r"\s", "") if "postcode" in names else pl.lit(None, pl.String)
    town = town_key(pl.col("municipality")) if "municipality" in names else pl.lit(None, pl.String)
    country = pl.col("country").str.to_uppercase() if "country" in names else pl.lit(None, pl.String)
    # Postcodes of other countries look alike: they get no Finnish area.
    ours = country.is_null() | country.is_in(["FI", "AX", "FIN", "SUOMI", "FINLAND", "ALA", "ÅLAND", ""])
    return customers.with_columns(pl.when(ours).then(code).alias(CODE)).with_columns(
        pl.when(ours).then(pl.coalesce(town, town_of_postcode(pl.col(CODE)))).alias(TOWN)
    )


def _joined(customers: pl.DataFrame, areas: Areas, columns: Mapping[str, str], level: str) -> pl.DataFrame:
    near = areas.postcodes.drop(TOWN).rename(dict(columns))
    wide = areas.towns.rename({old: f"__town_{new}" for old, new in columns.items()})
    joined = (
        _placed(customers)
        .with_columns(area_levels(customers, areas).alias(level))
        .join(near, on=CODE, how="left", maintain_order="left")
        .join(wide, on=TOWN, how="left", maintain_order="left")
    )
    # All figures of a row are of one level: a hidden figure of a postcode is not the municipality's.
    here = pl.col(level).eq_missing(pl.lit("postcode"))
    made = [pl.when(here).then(pl.col(new)).otherwise(pl.col(f"__town_{new}")).alias(new) for new in columns.values()]
    return joined.with_columns(made).select(*customers.columns, level, *columns.values())


def _findings(figures: Mapping[str, Any], rows: int, areas: Areas) -> list[Finding]:
    found_by = figures["coverage"]
    found = []
    if found_by["postcode"] or not found_by["municipality"]:
        share = f"{found_by['postcode'] / max(rows, 1):.0%}"
        found.append(Finding("enrich_postcode", {"count": found_by["postcode"], "share": share}))
    if found_by["municipality"]:
        code = "enrich_municipality_derived" if areas.derived else "enrich_municipality"
        found.append(Finding(code, {"count": found_by["municipality"]}))
    if found_by["none"]:
        level: Level = "warning" if found_by["none"] > _MOST_WITHOUT * rows else "info"
        found.append(Finding("enrich_none", {"count": found_by["none"]}, level))
    if areas.unplaced:
        found.append(Finding("enrich_unplaced", {"count": areas.unplaced}))
    if figures["attribution"]:
        found.append(Finding("enrich_attribution", {"attribution": figures["attribution"]}))
    return found
