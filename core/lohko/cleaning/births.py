"""When a customer was born, as far as the register says so: the birth date, else what a personal code or a year of birth tells."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import polars as pl

from lohko.cleaning.recipients import vocabulary

# Finland: date, sign of the century, number, check sign. Sweden: with the century, or without it where a hyphen stands for less than a hundred years.
_FINNISH = r"^\s*(\d{2})(\d{2})(\d{2})([-+A-FU-Y])\d{3}[0-9A-Z]\s*$"
_SWEDISH = r"^\s*((?:19|20)?\d{2})(\d{2})(\d{2})-?\d{4}\s*$"
_YEAR = r"^\s*((?:19|20)\d{2})(?:\.0)?\s*$"


def births(customers: pl.DataFrame, as_of: dt.date) -> pl.Expr:
    """Return the day on which the customer of each row was born (null: not known).

    A year alone is taken for its last day: whether somebody is a child is not decided by a guess in their disfavour. Columns are known by their
    names (``contacts.toml``); what is no code and no year says nothing.

    Parameters
    ----------
    as_of : a Swedish code without a century is of the last hundred years before it
    """
    told = [pl.col("birth_date").cast(pl.Date)] if "birth_date" in customers.columns else []
    columns = vocabulary()["birth_columns"]
    for name, kind in customers.schema.items():
        if kind == pl.String and _plain(name) in columns["codes"]:
            told.append(_of_finnish(pl.col(name)))
        if kind == pl.String and _plain(name) in columns["swedish_codes"]:
            # In digits alone both countries write the same form, and mean year and day by its ends.
            plainly = pl.when(pl.col(name).str.contains(r"[A-Za-z]")).then(pl.col(name))
            told += [_of_finnish(plainly), _of_swedish(pl.col(name), as_of)]
    for name, kind in customers.schema.items():
        if kind == pl.String and _plain(name) in columns["years"]:
            told.append(_date(pl.col(name).str.extract(_YEAR, 1), pl.lit("12"), pl.lit("31")))
    return pl.coalesce(told) if told else pl.lit(None, pl.Date)


def _of_finnish(cell: pl.Expr) -> pl.Expr:
    code = cell.str.to_uppercase()
    day, month, year, sign = (code.str.extract(_FINNISH, part) for part in (1, 2, 3, 4))
    century = pl.when(sign == "+").then(pl.lit("18")).when(sign.is_in(list("ABCDEF"))).then(pl.lit("20"))
    return _date(century.otherwise(pl.lit("19")) + year, month, day)


def _of_swedish(cell: pl.Expr, as_of: dt.date) -> pl.Expr:
    year, month, day = (cell.str.extract(_SWEDISH, part) for part in (1, 2, 3))
    recent = _date(pl.lit("20") + year, month, day)
    older = _date(pl.lit("19") + year, month, day)
    short = pl.when(recent <= as_of).then(recent).otherwise(older)
    return pl.when(year.str.len_bytes() == 2).then(short).otherwise(_date(year, month, day))


def _date(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    return pl.concat_str(year, month, day, separator="-").str.to_date("%Y-%m-%d", strict=False)


def _plain(name: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^0-9a-z]+", "", bare)
