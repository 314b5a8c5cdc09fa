"""What the customers table says of each customer, as the rules of permission ask it; and the addresses they share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from lohko.cleaning.births import births
from lohko.cleaning.contact_keys import email_key, is_international, parted, phone_key, plain_phone_key
from lohko.cleaning.countries import row_country
from lohko.cleaning.frames import not_blank, of_distinct
from lohko.cleaning.permission_rules import FACTS
from lohko.cleaning.recipients import recipient_kinds, vocabulary

_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_ADULT = 18
_FEWEST_DIGITS = 6


def people(
    customers: pl.DataFrame,
    home: str | None,
    as_of: dt.date,
    age_limits: Mapping[str, int],
    former: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row a customer, sorted by id, and the customer rows with the keys by which lists and neighbours match.

    Rows that share an id are one customer: any of them can hold the e-mail address, the youngest birth date counts, the
    best protected recipient kind counts, and two different countries are none. So are rows that were merged: what the merge
    left out of the surviving row still finds its customer on a list, and still tells a child.

    Parameters
    ----------
    former : the rows that were merged, as they came, under the surviving ``customer_id``

    Returns
    -------
    people : ``idx`` (from 0), ``customer_id``, ``country``, ``recipient`` (number in ``RECIPIENTS``), ``age`` and ``informed``
        (numbers of these facts),
        ``source_known``, ``has_email``, ``has_phone``, ``has_post`` (null: the register has no such column)
    rows : ``idx``; ``email``, ``phone`` and ``phone_national`` (read in the row's country) in comparing form (null: none); and the
        names and addresses as they stand; those of ``former`` among them
    """
    names = customers.columns
    rows = _rows(customers, home, as_of)
    if not rows["customer_id"].is_sorted():
        rows = rows.sort("customer_id", maintain_order=True)
    beside = [*([former] if former is not None else []), *_several(customers)]
    if former is not None:
        beside += _several(former)
    other = pl.concat(beside, how="diagonal_relaxed") if beside else customers.clear()
    before = _rows(other, home, as_of) if other.height else rows.clear()
    rows = rows.with_columns(
        has_email=pl.col("email").str.contains(_EMAIL).fill_null(value=False),
        has_phone=pl.col("has_digits").fill_null(value=False),
        has_post=not_blank(rows["street"]) & (not_blank(rows["postcode"]) | not_blank(rows["city"])),
    )
    # Two different countries are none: whose law holds cannot be told.
    agreed = pl.when(pl.col("country").min() == pl.col("country").max()).then(pl.col("country").min())
    merged = {
        "country": agreed,
        "recipient": pl.col("recipient").min(),
        "birth_date": pl.col("birth_date").max(),
        **{name: pl.col(name).max() for name in ("informed", "source_known", "has_email", "has_phone", "has_post")},
    }
    repeated = bool((rows["customer_id"] == rows["customer_id"].shift()).any())
    one = rows.group_by("customer_id").agg(**merged) if repeated else rows.select("customer_id", *merged)
    if before.height:
        youngest = before.group_by("customer_id").agg(born=pl.col("birth_date").max())
        one = (
            one.join(youngest, on="customer_id", how="left")
            .with_columns(birth_date=pl.max_horizontal("birth_date", "born"))
            .drop("born")
        )
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
    keys = ("email", "phone", "phone_national", "first_name", "last_name", "street", "postcode")
    if not repeated and not before.height:
        return one, rows.with_row_index("idx").select("idx", *keys)
    both = pl.concat([rows.select("customer_id", *keys), before.select("customer_id", *keys)])
    return one, both.join(one.select("idx", "customer_id"), on="customer_id").select("idx", *keys)


def merged_rows(originals: pl.DataFrame, crosswalk: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that were merged with others, as they came, each under the ``customer_id`` that survived."""
    merged = crosswalk.filter(pl.len().over("customer_id") > 1).select("row_id", "customer_id")
    return originals.drop("customer_id").join(merged, on="row_id")


def _several(customers: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the rows with several e-mail addresses or phone numbers in one cell, once for each of them."""
    found = [parted(customers, kind) for kind in ("email", "phone") if kind in customers.columns]
    return [frame for frame in found if frame.height]


def _rows(customers: pl.DataFrame, home: str | None, as_of: dt.date) -> pl.DataFrame:
    """Return what each customer row says, its contact points in comparing form."""
    names = customers.columns

    def column(name: str, kind: pl.DataType | None = None) -> pl.Expr:
        return pl.col(name) if name in names else pl.lit(None, kind or pl.String())

    country = row_country(customers).fill_null(pl.lit(home, pl.String)).alias("country")
    rows = customers.select(
        "customer_id",
        country,
        recipient_kinds(customers),
        births(customers, as_of).alias("birth_date"),
        column("informed", pl.Boolean()).cast(pl.Boolean).alias("informed"),
        source_known=_names_a_source(customers["source"]) if "source" in names else pl.lit(value=False),
        email=email_key(column("email")),
        written=column("phone"),
        first_name=column("first_name"),
        last_name=column("last_name"),
        street=column("street"),
        postcode=column("postcode"),
        city=column("city"),
    )
    return rows.with_columns(_phones(rows["written"], rows["country"]))


def _phones(written: pl.Series, country: pl.Series) -> pl.DataFrame:
    """Return ``phone`` and ``phone_national`` in comparing form, and ``has_digits``.

    An international number is the same in every country and quickly read; only the others are read with their country.
    """
    frame = pl.DataFrame({"written": written, "country": country})
    plain = frame.select(is_international(pl.col("written")).fill_null(value=False)).to_series()
    international = frame.select(pl.when(plain).then("written").alias("written"))
    quick = international.select(
        phone=plain_phone_key(pl.col("written")), has_digits=pl.col("written").str.len_bytes() > _FEWEST_DIGITS
    ).with_columns(phone_national="phone")
    places = (~plain & written.is_not_null()).arg_true()
    if not places.len():
        return quick
    others = frame[places].select(
        phone=phone_key(pl.col("written")),
        phone_national=phone_key(pl.col("written"), pl.col("country")),
        # The key is null for what a spreadsheet destroyed (3.58E+11).
        has_digits=phone_key(pl.col("written")).is_not_null()
        & (pl.col("written").str.replace_all(r"\D", "").str.len_chars() >= _FEWEST_DIGITS),
    )
    return quick.with_columns(quick[name].scatter(places, others[name]) for name in others.columns)


def _names_a_source(source: pl.Series) -> pl.Series:
    """Return whether a source is on record. Reading puts the file's name where nothing is: a file is no source of anybody's data."""
    endings = "|".join(vocabulary()["file_endings"])
    no_source = rf"^\s*-?\s*$|\.(?:{endings})\b"
    return of_distinct(source, lambda words: ~words.str.to_lowercase().str.contains(no_source)).fill_null(value=False)


def _age(as_of: dt.date, limits: Mapping[str, int]) -> pl.Expr:
    """Return the fact ``age``: a birthday is compared with the last day on which one is old enough."""
    born = pl.col("birth_date")
    by_country = {country: _born_by(as_of, limit) for country, limit in limits.items()}
    default = by_country.pop("default")
    of_age = pl.col("country").replace_strict(by_country, default=default, return_dtype=pl.Date)
    number = {name: pl.lit(i, pl.UInt8) for i, name in enumerate(FACTS["age"])}
    return (
        pl.when(born.is_null() | (born > as_of))
        .then(number["unknown"])
        .when(born > of_age)
        .then(number["child"])
        .when(born > _born_by(as_of, _ADULT))
        .then(number["minor"])
        .otherwise(number["adult"])
    )


def _born_by(as_of: dt.date, years: int) -> dt.date:
    """Return the last day of birth of those who are so many years old."""
    try:
        return as_of.replace(year=as_of.year - years)
    except ValueError:  # the 29th of February of another year
        return as_of.replace(year=as_of.year - years, day=28)
