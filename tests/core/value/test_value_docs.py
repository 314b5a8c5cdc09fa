"""Every number of ``value`` is explained in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from tests.core.value.test_value_step import made, run, table

from lohko.tables import tables
from lohko.value.step import CONTRACT_COLUMNS

PAGE = Path(__file__).parents[3] / "docs" / "value.md"
#: Columns that tell of the step itself, not of value.
PLAIN = {"customer_id"}


@pytest.fixture(scope="module")
def explained() -> set[str]:
    prose = re.sub(r"^```.*?^```$", "", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return {name for span in re.findall(r"`([^`]+)`", prose) for name in re.findall(r"\w+", span)}


def test_every_column_that_the_tables_of_the_contract_name(explained: set[str]) -> None:
    named = {column.name for column in tables()["value"].columns} | set(CONTRACT_COLUMNS)
    assert named - explained - PLAIN == set()


def test_every_column_that_a_company_with_all_tables_gets(explained: set[str]) -> None:
    frame: pl.DataFrame = table(run(made(2, people=40, events=400)))
    assert len(frame.columns) > 60
    assert set(frame.columns) - explained - PLAIN == set()
