"""Contact points in comparing form, each for a country, and who shares them: by these lists, updates and neighbours' stops find customers.

A stop that reaches one too many costs a letter, one too few breaks the law: so the forms are wide, at least as wide as those by which
duplicates are found, and a phone number may have several.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lohko.cleaning.countries import calling_codes
from lohko.tables.contact_forms import (
    address_keys,
    compact_postcode,
    contact_parts,
    email_key,
    is_international,
    plain_phone_key,
    several_contacts,
    with_address_keys,
)
from lohko.tables.contact_forms import phone_key as _phone_key

__all__ = [
    "address_keys",
    "compact_postcode",
    "email_key",
    "is_international",
    "parted",
    "phone_key",
    "phone_keys",
    "plain_phone_key",
    "points",
    "with_address_keys",
]


def phone_key(value: pl.Expr, country: pl.Expr | None = None) -> pl.Expr:
    """Return ``lohko.tables.contact_forms.phone_key``; a national number is read in the country beside it, if one is given."""
    if country is None:
        return _phone_key(value)
    asked = pl.when(~is_international(value)).then(country)
    return _phone_key(value, asked.replace_strict(calling_codes(), default=None, return_dtype=pl.String))


def phone_keys(frame: pl.DataFrame, countries: Sequence[str]) -> pl.DataFrame:
    """Return the frame once for every form of each ``phone``: as it is, and as a national number of each of the countries."""
    calling = [pl.lit(calling_codes().get(country), pl.String) for country in countries]
    keys = [_phone_key(pl.col("phone")), *(_phone_key(pl.col("phone"), code) for code in calling)]
    forms = pl.concat_list(keys).list.unique(maintain_order=True)
    found = frame.filter(pl.col("phone").is_not_null()).with_columns(phone=forms)
    return found.explode("phone", empty_as_null=True, keep_nulls=True).drop_nulls("phone")


def parted(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the rows whose ``email`` or ``phone`` holds several in one cell, once for each of them (not as they stand)."""
    several = frame.filter(several_contacts(pl.col(kind), kind))
    parts = several.with_columns(contact_parts(pl.col(kind), kind).alias(kind))
    return parts.explode(kind, empty_as_null=True, keep_nulls=True).drop_nulls(kind)


def points(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return who has which e-mail address or phone number: ``idx`` and, named as the kind, every form of it (a pair may come twice)."""
    found = [rows.select("idx", kind).drop_nulls()]
    if kind == "phone":
        other = pl.col("phone_national").is_not_null() & pl.col("phone_national").ne_missing(pl.col("phone"))
        found.append(rows.filter(other).select("idx", phone="phone_national"))
    return pl.concat(found)
