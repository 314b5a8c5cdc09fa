"""The register: rows in, customers out, and where the other rows went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from lohko.views.report.model import Count, Register
from lohko.views.report.sections.sources import Sources

_WENT = ("derived", "merged", "rejected", "dropped", "erased")


def register(sources: Sources) -> Register | None:
    """Count the register; None where the package has no customers."""
    customers = sources.tables.get("customers")
    if customers is None:
        return None
    accounts = [
        account for run in sources.history if (account := (run.get("accounting") or {}).get("customers")) is not None
    ]
    went = {name: sum(int(account.get(name) or 0) for account in accounts) for name in _WENT}
    dedupe = sources.figures("dedupe")
    postcodes = sources.figures("postcodes")
    rejects = _rejects(sources)
    return Register(
        customers=int(customers.select(pl.col("customer_id").n_unique()).collect().item()),
        rows_in=int(accounts[0]["rows_in"]) if accounts and accounts[0].get("rows_in") is not None else None,
        rows_out=int(customers.select(pl.len()).collect().item()),
        deduped=sources.ran("dedupe"),
        groups=dedupe.get("groups"),
        pairs_review=dedupe.get("pairs_review"),
        households=dedupe.get("households"),
        rejected_rows=_rejected_rows(sources),
        rejects=rejects,
        postcodes=_counts(postcodes.get("status") or {}),
        postcodes_changed=postcodes.get("changed"),
        **went,
    )


def _rejected_rows(sources: Sources) -> int:
    return sum(
        int(account.get("rejected") or 0)
        for run in sources.history
        for account in (run.get("accounting") or {}).values()
    )


def _rejects(sources: Sources) -> tuple[Count, ...]:
    """Add up the rejected rows by reason code; steps give them as ``{code: rows}`` or ``{table: {code: rows}}``."""
    found: dict[str, int] = {}
    for run in sources.history:
        for code, rows in _leaves((run.get("figures") or {}).get("rejects") or {}):
            found[code] = found.get(code, 0) + rows
    return _counts(found)


def _leaves(figures: Mapping[str, Any]) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for key, value in figures.items():
        found += _leaves(value) if isinstance(value, Mapping) else [(key, int(value))]
    return found


def _counts(figures: Mapping[str, Any]) -> tuple[Count, ...]:
    """Return counts by code, most first."""
    pairs = sorted(((str(code), int(count)) for code, count in figures.items()), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Count(code, count) for code, count in pairs if count)
