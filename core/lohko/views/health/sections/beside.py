"""What stands beside the customers: area classes, an outside address register, permissions."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from lohko.cleaning.areas import read_areas
from lohko.cleaning.consents import consents
from lohko.cleaning.enrich import area_levels, coverage
from lohko.cleaning.params import ConsentsParams
from lohko.errors import InputRefused
from lohko.outcome import Env
from lohko.views.health.model import Accuracy, Areas
from lohko.views.report.model import Count
from lohko.views.report.reaching import Permissions
from lohko.views.report.sections.permissions import permissions as counted
from lohko.views.report.sections.sources import Sources

# The column in which enrich tells how it found an area; its beginning may be longer (--prefix).
_LEVEL = re.compile(r"^area_(?:.*_)?level$")


def areas(tables: Mapping[str, pl.LazyFrame], customers: pl.DataFrame) -> Areas | None:
    """Count customer rows by how their area was found (``enrich``), or would be, with the package's table of areas.

    None where nothing was joined and there is no table of areas that can be read.
    """
    level = next((name for name in customers.columns if _LEVEL.match(name)), None)
    if level is not None and customers.schema[level] == pl.String:
        return Areas(**coverage(customers[level]))
    if "areas" not in tables:
        return None
    try:
        known = read_areas(tables["areas"].collect(), "areas")
    except InputRefused:  # enrich says why; a health test does not end over it
        return None
    return Areas(**coverage(area_levels(customers, known)))


def accuracy(tables: Mapping[str, pl.LazyFrame]) -> Accuracy | None:
    """Count the entries of an outside address register; None where there is none, so that nothing was tested."""
    if "address_updates" not in tables:
        return None
    frame = tables["address_updates"]
    status = pl.col("status") if "status" in frame.collect_schema() else pl.lit("moved")
    entries = _counts(frame.select(status.fill_null("moved").alias("status")).collect()["status"])
    found = None
    if "address_status" in tables["customers"].collect_schema():
        found = _counts(tables["customers"].select("address_status").drop_nulls().collect()["address_status"])
    return Accuracy(sum(entry.count for entry in entries), entries, found)


def _counts(values: pl.Series) -> tuple[Count, ...]:
    listed = sorted(values.value_counts().iter_rows(), key=lambda pair: (-pair[1], str(pair[0])))
    return tuple(Count(str(code), int(count)) for code, count in listed)


def permissions(
    tables: Mapping[str, pl.LazyFrame], params: ConsentsParams, env: Env, k: int
) -> tuple[Permissions | None, dict[str, dict[str, int]]]:
    """Return decisions by channel and what proof they lack: the package's own, else decided now and not kept.

    None where nothing was ever recorded: no permissions are not the same as refused ones.
    """
    missing: dict[str, dict[str, int]] = {}
    files = env.files
    if "permissions" not in tables:
        if "consents" not in tables and "suppressions" not in tables:
            return None, missing
        result = consents(tables, params, env)
        tables = {**tables, "permissions": result.tables["permissions"].lazy()}
        files = result.files
        missing = {
            channel: {str(gap): int(count) for gap, count in gaps.items() if int(count) >= k}
            for channel, gaps in (result.figures.get("missing") or {}).items()
        }
    kept = {name: frame for name, frame in tables.items() if name in {"permissions", "customers"}}
    return counted(Sources(kept, (), files, k)), missing
