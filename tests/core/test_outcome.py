"""Accounts close, and findings speak through the registry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.errors import ToolFault
from lohko.outcome import Account, Finding

COUNTS = st.integers(0, 1000)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_an_account_that_adds_up_closes(rows_out: int, rejected: int, merged: int, dropped: int, derived: int) -> None:
    rows_in = rows_out + rejected + merged + dropped - derived
    Account(rows_in, derived, rows_out, rejected, merged, dropped).check("customers")


def test_an_account_that_does_not_is_a_fault_of_the_tool() -> None:
    with pytest.raises(ToolFault, match="customers: 3 rows came, 2") as caught:
        Account(rows_in=3, rows_out=2).check("customers")
    assert caught.value.exit_code == 70


def test_a_finding_fills_its_sentence() -> None:
    finding = Finding("started", {"count": 2, "next": "lohko run"})
    assert finding.text == "2 files written; next: lohko run"
    assert Finding("started", {"count": 1, "next": "x"}).text == "1 file written; next: x"
    assert Finding("started", {"count": 1001, "next": "x"}).text == "1,001 files written; next: x"
    assert finding.as_dict()["data"] == {"count": 2, "next": "lohko run"}


@pytest.mark.parametrize(
    ("code", "data", "text"),
    [
        ("postcode_missing", {"count": 1}, "1 customer row has no postcode"),
        ("postcode_missing", {"count": 2}, "2 customer rows have no postcode"),
        ("postcode_missing", {"count": 1_001}, "1,001 customer rows have no postcode"),
        ("postcode_retired", {"count": 1}, "1 postcode has been retired"),
        ("postcode_place_mismatch", {"count": 1}, "1 postcode exists, but belong"),
        ("dedupe_questions", {"count": 1}, "1 question about"),
        ("address_conflicts", {"count": 1}, "1 address update contradicts the register"),
    ],
)
def test_one_of_a_thing_stands_in_the_singular(code: str, data: dict[str, int], text: str) -> None:
    assert Finding(code, data).text.startswith(text)
