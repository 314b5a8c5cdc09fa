from __future__ import annotations

from collections import Counter
from decimal import Decimal

import polars as pl
import pytest

from lohko.reading.numerals import number_shape, to_decimal, to_integer, to_number, weigh


def verdict(cells, fallback=None):
    shapes = pl.DataFrame({"x": cells}).select(number_shape(pl.col("x")))["x"].to_list()
    return weigh(Counter(shapes), fallback=fallback)


def read(cells, **more):
    form = verdict(cells, **more).form
    assert form is not None
    return pl.DataFrame({"x": cells}).select(to_decimal(pl.col("x"), form)).to_series().to_list()


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12,50", "12.50"),
        ("12.50", "12.50"),
        ("-3", "-3"),
        ("+3,5", "3.5"),
        ("\u22123,5", "-3.5"),
        ("3,5-", "-3.5"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234\u00a0567,8", "1234567.8"),
        ("1\u202f234,56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("0,125", "0.125"),
        ("0.125", "0.125"),
        ("1234,567", "1234.567"),
        ("12,50 €", "12.50"),
        ("€ 12.50", "12.50"),
        ("-€12.50", "-12.50"),
        ("12,50 EUR", "12.50"),
        ("1 234 kr", "1234"),
        ("1e3", "1000"),
        (".5", "0.5"),
        ("11.770000000000001", "11.77"),
        ("(12,50)", "-12.50"),
        ("(1 234,56)", "-1234.56"),
        ("$(12.50)", "-12.50"),
        ("($12.50)", "-12.50"),
        ("(12,50) €", "-12.50"),
        ("(7)", "-7"),
    ],
)
def test_one_number_that_says_how_it_is_written(cell, value):
    assert read([cell]) == [Decimal(value)]


@pytest.mark.parametrize(
    "cell",
    [
        "1 2345,6",
        "12,5,0.1",
        "1.23.4567,0",
        "kymmenen",
        "NaN",
        "inf",
        "1e309",
        "--1",
        "0x10",
        "1_000",
        "",
        "-",
        "€",
        "99999999999999999",
    ],
)
def test_what_is_no_number(cell):
    column = pl.DataFrame({"x": ["12,50", "1 000,25", cell]})
    form = verdict(column["x"].to_list()).form
    assert form is not None
    assert column.select(to_decimal(pl.col("x"), form)).to_series().to_list() == [
        Decimal("12.50"),
        Decimal("1000.25"),
        None,
    ]


def test_a_thousand_or_one_and_a_bit_is_decided_by_the_column():
    assert verdict(["1,234"]).form is None
    assert verdict(["1.234", "5.678"]).form is None
    assert read(["1,234", "12,5"]) == [Decimal("1.234"), Decimal("12.5")]
    assert read(["1,234", "12.5"]) == [Decimal(1234), Decimal("12.5")]
    assert read(["1,234"], fallback=",") == [Decimal("1.234")]
    assert read(["1,234"], fallback=".") == [Decimal(1234)]


def test_a_point_is_no_number_among_commas():
    assert read(["12,50", "12,75", "12.50"]) == [Decimal("12.50"), Decimal("12.75"), None]


def test_mixed_columns_take_the_commoner_sign_and_read_nothing_twofold():
    cells = ["1.234,56", "2.345,67", "1,234.56", "1,234", "7"]
    assert read(cells) == [Decimal("1234.56"), Decimal("2345.67"), None, None, Decimal(7)]
    assert verdict(["1.234,56", "1,234.56"]).form is None


def test_currencies_seen():
    assert verdict(["1,50 €", "2,50 €"]).currencies == {"EUR"}
    assert verdict(["1,50 €", "£2,50"]).currencies == {"EUR", "GBP"}


def test_whole_numbers_and_floats():
    frame = pl.DataFrame({"x": ["3", "3,0", "3,5", "x", None]})
    form = verdict(["3,0", "3,5"]).form
    assert form is not None
    assert frame.select(to_integer(pl.col("x"), form)).to_series().to_list() == [3, 3, None, None, None]
    assert frame.select(to_number(pl.col("x"), form)).to_series().to_list() == [3.0, 3.0, 3.5, None, None]


def test_no_sign_seen_is_no_sign_read():
    form = verdict(["12", "1234"]).form
    assert form is not None
    column = pl.DataFrame({"x": ["12", "1.234", "1,5"]})
    assert column.select(to_decimal(pl.col("x"), form)).to_series().to_list() == [Decimal(12), None, None]


def test_brackets_are_negative_unless_the_column_has_a_minus():
    assert read(["(12,00)", "3,50", "1 000,00"]) == [Decimal(-12), Decimal("3.5"), Decimal(1000)]
    assert read(["(12,00)", "-3,50", "1,00"]) == [None, Decimal("-3.5"), Decimal(1)]
    assert read(["(12,00)", "(-3,50)", "1,00-"]) == [None, None, Decimal(-1)]
    assert read(["(12,00)", "12,00)", "(x)"]) == [Decimal(-12), None, None]
