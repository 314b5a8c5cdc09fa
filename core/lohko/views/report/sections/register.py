"""The register: rows in, customers out, and where the other rows went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from lohko.views.report.model import Count, Register, Reject
from lohko.views.report.sections.sources import Sources

_WENT = ("derived", "merged", "rejected", "dropped", "erased")
_NAMELESS = (("transactions", "no_customer"), ("transactions", "no_customer_id"))
"""A sale without a customer is kept aside, but is no error: many sales have none."""


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
        customers=int(sources.registered.sum()),
        rows_in=int(accounts[0]["rows_in"]) if accounts and accounts[0].get("rows_in") is not None else None,
        rows_out=int(customers.select(pl.len()).collect().item()),
        deduped=sources.ran("dedupe"),
        groups=dedupe.get("groups"),
        pairs_review=dedupe.get("pairs_review"),
        households=dedupe.get("households"),
        rejected_rows=_rejected_rows(sources) - (nameless := sum(rejects.pop(key, 0) for key in _NAMELESS)),
        nameless_sales=nameless,
        rejects=tuple(
            Reject(table, code, count)
            for (table, code), count in sorted(rejects.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
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


def _rejects(sources: Sources) -> dict[tuple[str, str], int]:
    """Add up what was rejected by table and reason code, over all steps that rejected anything."""
    found: dict[tuple[str, str], int] = {}
    for run in sources.history:
        rejects = (run.get("figures") or {}).get("rejects") or {}
        for entry in rejects.get("by_code") or ():
            key = str(entry["table"]), str(entry["code"])
            found[key] = found.get(key, 0) + int(entry["count"])
    return found


def _counts(figures: Mapping[str, Any]) -> tuple[Count, ...]:
    """Return counts by code, most first."""
    pairs = sorted(((str(code), int(count)) for code, count in figures.items()), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Count(code, count) for code, count in pairs if count)
