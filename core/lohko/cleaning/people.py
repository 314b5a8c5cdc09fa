"""What the customers table says of each customer, as the rules of permission ask it; and the addresses they share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from lohko.cleaning.countries import calling_codes, row_country
from lohko.cleaning.permission_rules import FACTS
from lohko.cleaning.recipients import recipient_kind
from lohko.cleaning.text import folded

_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_ADULT = 18


def people(
    customers: pl.DataFrame, home: str | None, as_of: dt.date, age_limits: Mapping[str, int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row a customer, sorted by id, and the customer rows with the keys by which lists and neighbours match.

    Rows that share an id are one customer: any of them can hold the e-mail address, the youngest birth date counts, the
    best protected recipient kind counts, and two different countries are none.

    Returns
    -------
    people : ``idx`` (from 0), ``customer_id``, ``country``, ``recipient`` (number in ``RECIPIENTS``), ``age`` and ``informed``
        (numbers of these facts),
        ``source_known``, ``has_email``, ``has_phone``, ``has_post`` (null: the register has no such column)
    rows : ``idx``, ``email`` and ``phone`` in comparing form (null: none), and the names and addresses as they stand
    """
    names = customers.columns

    def column(name: str, kind: pl.DataType | None = None) -> pl.Expr:
        return pl.col(name) if name in names else pl.lit(None, kind or pl.String())

    country = row_country(customers).fill_null(pl.lit(home, pl.String)).alias("country")
    rows = customers.select(
        "customer_id",
        country,
        recipient_kind(names).alias("recipient"),
        column("birth_date", pl.Date()).cast(pl.Date).alias("birth_date"),
        column("informed", pl.Boolean()).cast(pl.Boolean).alias("informed"),
        column("source").is_not_null().alias("source_known"),
        email=email_key(column("email")),
        phone=column("phone"),
        first_name=column("first_name"),
        last_name=column("last_name"),
        street=column("street"),
        postcode=column("postcode"),
        city=column("city"),
    ).with_columns(phone=phone_key(pl.col("phone"), pl.col("country")))
    rows = rows.with_columns(
        has_email=pl.col("email").str.contains(_EMAIL).fill_null(value=False),
        has_phone=(pl.col("phone").str.len_bytes() >= 6).fill_null(value=False),
        has_post=pl.col("street").str.contains(r"\S").fill_null(value=False)
        & (
            pl.col("postcode").str.contains(r"\S").fill_null(value=False)
            | pl.col("city").str.contains(r"\S").fill_null(value=False)
        ),
    )
    # Two different countries are none: whose law holds cannot be told.
    agreed = pl.when(pl.col("country").min() == pl.col("country").max()).then(pl.col("country").min())
    merged = {
        "country": agreed,
        "recipient": pl.col("recipient").min(),
        "birth_date": pl.col("birth_date").max(),
        **{name: pl.col(name).max() for name in ("informed", "source_known", "has_email", "has_phone", "has_post")},
    }
    if rows["customer_id"].n_unique() < rows.height:
        one = rows.group_by("customer_id").agg(**merged)
    else:
        one = rows.select("customer_id", *merged)
    one = (
        one.sort("customer_id")
        .with_row_index("idx")
        .with_columns(
            age=_age(as_of, age_limits),
            # Unknown, no, yes: as the values of the fact are numbered.
            informed=(pl.col("informed").cast(pl.UInt8) + 1).fill_null(0),
            **{
                has: pl.when(pl.lit(name in names)).then(pl.col(has))
                for has, name in (("has_email", "email"), ("has_phone", "phone"), ("has_post", "street"))
            },
        )
        .drop("birth_date")
    )
    keyed = rows.join(one.select("idx", "customer_id"), on="customer_id").select(
        "idx", "email", "phone", "first_name", "last_name", "street", "postcode"
    )
    return one, keyed


def email_key(value: pl.Expr) -> pl.Expr:
    """Return an e-mail address for comparing: lower case throughout, since one mailbox answers to both."""
    text = value.str.strip_chars().str.to_lowercase()
    return pl.when(text != "").then(text)


def phone_key(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Return a phone number for comparing: digits with the calling code; a national number gets its country's.

    It settles whether two numbers are the same line, not whether a number is valid.
    """
    text = value.str.replace_all(r"\(0\)", "")
    digits = text.str.replace_all(r"\D", "")
    abroad = text.str.contains(r"^\s*\+")
    calling = country.replace_strict(calling_codes(), default=None, return_dtype=pl.String)
    key = (
        pl.when(abroad)
        .then(digits)
        .when(digits.str.starts_with("00"))
        .then(digits.str.slice(2))
        .when(digits.str.starts_with("0") & calling.is_not_null())
        .then(calling + digits.str.slice(1))
        .otherwise(digits)
    )
    return pl.when(key != "").then(key)


def address_keys() -> dict[str, pl.Expr]:
    """Return the keys of a name at an address: ``person`` (with the first first name) and ``family`` (without).

    Null where last name, street or postcode is missing: half an address names nobody.
    """
    place = folded(pl.col("last_name")) + pl.lit("|") + folded(pl.col("street")) + pl.lit("|") + compact_postcode()
    first = folded(pl.col("first_name")).str.extract(r"^(\S+)", 1)
    return {"family": place, "person": place + pl.lit("|") + first}


def compact_postcode() -> pl.Expr:
    """Return the postcode for comparing: folded, without spaces."""
    return folded(pl.col("postcode")).str.replace_all(" ", "", literal=True)


def _age(as_of: dt.date, limits: Mapping[str, int]) -> pl.Expr:
    born = pl.col("birth_date")
    before_birthday = (born.dt.month().cast(pl.Int32) * 100 + born.dt.day()) > as_of.month * 100 + as_of.day
    years = as_of.year - born.dt.year() - before_birthday.cast(pl.Int32)
    by_country = {country: limit for country, limit in limits.items() if country != "default"}
    limit = pl.col("country").replace_strict(by_country, default=limits["default"], return_dtype=pl.Int32)
    number = {name: pl.lit(i, pl.UInt8) for i, name in enumerate(FACTS["age"])}
    return (
        pl.when(years.is_null() | (years < 0))
        .then(number["unknown"])
        .when(years < limit)
        .then(number["child"])
        .when(years < _ADULT)
        .then(number["minor"])
        .otherwise(number["adult"])
    )
