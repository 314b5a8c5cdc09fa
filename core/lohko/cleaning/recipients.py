"""Who is behind a customer row: a consumer, a sole trader, a role address of a company, or a person at a company."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import polars as pl

from lohko.cleaning.frames import of_distinct
from lohko.tables.text import folded

# From the best protected to the least: where rows of one customer differ, the first holds.
RECIPIENTS = ("consumer", "unknown", "sole_trader", "named_business_person", "business_role_address")


@cache
def vocabulary() -> dict[str, Any]:
    """Return the word lists about contact points: lists by name, and tables of them."""
    source = resources.files("lohko.cleaning").joinpath("data", "contacts.toml")
    found: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
    return found


def recipient_kinds(customers: pl.DataFrame) -> pl.Series:
    """Return each row's recipient kind as its number in ``RECIPIENTS`` (UInt8).

    A row is a company's if its type says so, or if it has a company name and no type. A company's row is a role address
    where the e-mail's local part is a function's (``info@``) and its domain is not a public mail host; a sole trader where
    the company's name says so; else it is taken for a person's at the company. A row of type ``person`` is a consumer, also
    with a company name beside it. Without type, company and name the kind is unknown.
    """

    def column(name: str) -> pl.Expr:
        return pl.col(name) if name in customers.columns else pl.lit(None, pl.String)

    kind = column("customer_type")
    named = column("first_name").is_not_null() | column("last_name").is_not_null()
    number = {name: pl.lit(i, pl.UInt8) for i, name in enumerate(RECIPIENTS)}
    rows = customers.select(
        recipient=pl.when(kind.is_null() & ~named).then(number["unknown"]).otherwise(number["consumer"]),
        kind=kind,
        company_name=_names(customers),
        email=column("email"),
    )
    company = (pl.col("kind") == "company").fill_null(value=False)
    places = rows.select(
        (company | (pl.col("kind").is_null() & pl.col("company_name").is_not_null())).arg_true()
    ).to_series()
    # What stands in a company's row is read of few rows only.
    return rows["recipient"].scatter(places, _companies(rows[places])) if places.len() else rows["recipient"]


def _companies(rows: pl.DataFrame) -> pl.Series:
    """Return the recipient kinds of companies' rows with ``email`` and ``company_name`` in comparing form."""
    words = vocabulary()
    number = {name: pl.lit(i, pl.UInt8) for i, name in enumerate(RECIPIENTS)}
    rows = rows.with_columns(address=pl.col("email").str.to_lowercase()).with_columns(
        local=pl.col("address").str.extract(r"^([^@+]*)", 1).str.replace_all(r"[._-]", ""),
        public=pl.col("address").str.extract(r"@(.*)$", 1).is_in(words["public_mail_domains"]),
    )
    role = pl.col("local").is_in(words["role_local_parts"]) & ~pl.col("public")
    # Whole words only: `tmi` must not be found inside another name.
    name = pl.lit(" ") + pl.col("company_name") + pl.lit(" ")
    sole = name.str.contains_any([f" {w} " for w in words["sole_trader_words"]])
    return rows.select(
        recipient=pl.when(sole.fill_null(value=False))
        .then(number["sole_trader"])
        .when(role.fill_null(value=False))
        .then(number["business_role_address"])
        .otherwise(number["named_business_person"])
    )["recipient"]


def _names(customers: pl.DataFrame) -> pl.Series:
    """Return the companies' names in comparing form, each distinct one folded once: folding is dear, and few rows have any."""
    if "company_name" not in customers.columns:
        return pl.repeat(None, customers.height, dtype=pl.String, eager=True)
    return of_distinct(
        customers["company_name"], lambda names: names.to_frame("name").select(folded(pl.col("name"))).to_series()
    )
