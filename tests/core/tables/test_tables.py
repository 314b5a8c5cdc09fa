"""The contract's tables are data that holds together."""

from __future__ import annotations

import pytest

from lohko.steps import STEPS
from lohko.tables import Table, event_tables, source_tables, tables
from lohko.tables.types import POLARS_TYPES, empty, schema


@pytest.mark.parametrize("table", tables().values(), ids=lambda table: table.name)
def test_a_table_holds_together(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert set(table.key) <= set(names)
    assert table.time is None or table.column(table.time) is not None
    assert all(column.type in POLARS_TYPES for column in table.columns)
    assert all(column.values for column in table.columns if column.type == "enum")
    assert set(table.made_by) <= {*STEPS, "enrich", "assign", "compare"}
    assert empty(table.name).columns == list(table.needed)


def test_the_contract_is_complete() -> None:
    assert source_tables() == (
        "customers", "consents", "suppressions", "address_updates", "transactions", "subscriptions", "visits", "social",
        "touchpoints", "visitors", "campaigns", "contacts", "feedback", "areas", "goals",
    )  # fmt: skip
    assert "transactions" in event_tables()
    assert "customers" not in event_tables()


def test_unknown_columns_are_text() -> None:
    assert str(schema("customers", ("customer_id", "favourite_colour"))["favourite_colour"]) == "String"
