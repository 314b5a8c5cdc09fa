"""Cells that would run in a spreadsheet are made inert; numbers and phone numbers stay."""

import polars as pl
import pytest

from lohko.package.spreadsheet import inert


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+HYPERLINK(1)", "-cmd|'/C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "+1+cmd|x", "-2+3+cmd|'x'!A1"],
)
def test_what_would_run_is_inert(text):
    assert inert(pl.DataFrame({"a": [text]}))["a"].to_list() == ["'" + text]


@pytest.mark.parametrize(
    "text", ["", "Aino", "a=b", "-5", "+5,50", "-1 000.25", "+358401234567", "+358 (0)40 123-4567", "040 123", None]
)
def test_what_cannot_run_stays(text):
    assert inert(pl.DataFrame({"a": [text]}, schema={"a": pl.String}))["a"].to_list() == [text]
