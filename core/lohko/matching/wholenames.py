"""Whole names in one column: taken apart for comparing, since "Virtanen Matti" and "Matti J. Virtanen" are compared word by word."""

from __future__ import annotations

import polars as pl

from lohko.matching.compare.names import given_names
from lohko.matching.settings import limits, vocabulary
from lohko.matching.text import fold

PARTS = ("first_name", "last_name", "company_name")


def part(customers: pl.DataFrame, column: str) -> pl.DataFrame | None:
    """Return the customers with first name, last name and company made of a column of whole names; None where it holds none of people.

    People's names begin or end with a known first name often enough (``whole_names``); which end it is, the column as a whole tells, and a comma tells
    for its row. Names with a legal form are companies'. Names of restaurants or places are left as they are.
    """
    if {"first_name", "last_name"} & set(customers.columns):
        return None
    values = pl.DataFrame({"whole": customers[column].cast(pl.String).drop_nulls().unique()})
    words = pl.col("plain").str.split(" ")
    named = (
        values.lazy()
        .with_columns(plain=fold(pl.col("whole")))
        .with_columns(
            company=words.list.first().is_in(vocabulary()["leading_forms"])
            | (words.list.last().is_in(vocabulary()["legal_forms"]) & (words.list.len() > 1)),
            comma=pl.col("whole").str.count_matches(",") == 1,
        )
        .collect()
    )
    people = named.filter(~pl.col("company") & (words.list.len() > 1))
    first, last = (
        float(people.select(word.is_in(given_names()).mean()).item() or 0.0)
        for word in (words.list.first(), words.list.last())
    )
    if max(first, last) < limits().whole_names:
        return None
    given, surname = _halves("plain", surname_first=last > first)
    before, after = (fold(pl.col("whole").str.split(",").list.get(n, null_on_oob=True)) for n in (0, 1))
    person = ~pl.col("company")
    parted = named.lazy().select(
        "whole",
        first_name=pl.when(person & pl.col("comma")).then(after).when(person).then(given),
        last_name=pl.when(person & pl.col("comma")).then(before).when(person).then(surname),
        company_name=pl.when(pl.col("company")).then(pl.col("whole")),
    )
    whole = customers.lazy().select(whole=pl.col(column).cast(pl.String))
    new = [name for name in PARTS if name not in customers.columns]
    made = whole.join(parted, on="whole", how="left", maintain_order="left").select(new).collect()
    return customers.with_columns(made.get_columns())


def _halves(name: str, *, surname_first: bool) -> tuple[pl.Expr, pl.Expr]:
    """Return first names and surname of a folded name; particles go with the surname, and a single word is one."""
    plain = pl.col(name)
    if surname_first:
        return plain.str.extract(r"^\S+ (.+)$"), plain.str.extract(r"^(\S+)")
    particles = "|".join(vocabulary()["particles"])
    surname = plain.str.extract(rf"^\S+(?: \S+)*? ((?:(?:{particles}) )+.+)$")
    surname = pl.coalesce(surname, plain.str.extract(r"(\S+)$"))
    given = plain.str.strip_suffix(surname).str.strip_chars()
    return pl.when(given != "").then(given), surname
