"""What should not stand in free text: personal identity codes, card numbers, notes of protected addresses. Counted, never shown."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lohko.cleaning.sensitive import sensitive_finds
from lohko.views.health.model import Find

_FREE = {"feedback": "text"}
"""Columns of other tables in which people write what they like."""


def sensitive(tables: Mapping[str, pl.LazyFrame]) -> tuple[Find, ...]:
    """Count rows by column and kind of find: in the text columns of customers, and in the words of feedback."""
    found = sensitive_finds("customers", tables["customers"].collect())
    for table, column in _FREE.items():
        if table in tables and column in tables[table].collect_schema():
            found += sensitive_finds(table, tables[table].select(pl.col(column).cast(pl.String)).collect())
    return tuple(
        Find(find.column if find.table == "customers" else f"{find.table}.{find.column}", find.kind, find.count)
        for find in found
    )
