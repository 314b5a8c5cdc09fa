"""E-mail addresses, phone numbers and addresses in comparing form: by these lists, updates and neighbours' stops find customers.

A stop that reaches one too many costs a letter, one too few breaks the law: so the forms are wide, at least as wide as those by which
duplicates are found, and a phone number may have several.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lohko.cleaning.countries import calling_codes
from lohko.cleaning.text import folded

# Numbers are compared by this many last digits: the same with and without the prefix of any country.
_TELLING = 9
# What stands in comparing form once it is in lower case; what is already an international number. Registers hold little else, and the
# expressions for the rest are dear.
_PLAIN_EMAIL = r"^[a-z0-9._%-]+@[a-z0-9.-]+$"
_PLAIN_PHONE = r"^\+[1-9][0-9]+$"


def email_key(value: pl.Expr) -> pl.Expr:
    """Return an e-mail address for comparing: the mailbox alone, in lower case, since one mailbox answers to both cases and to every +tag."""
    lower = value.str.to_lowercase()
    plain = lower.str.contains(_PLAIN_EMAIL)
    text = pl.when(~plain).then(lower).str.normalize("NFKC").str.replace_all(r"\s+", "")
    text = pl.coalesce(text.str.extract(r"<([^<>@]+@[^<>@]+)>", 1), text)
    text = text.str.replace(r"^[<\"']*(?:mailto:)?", "").str.replace(r"[<>;,\"']+$", "").str.replace(r"\+[^@]*@", "@")
    return pl.when(plain).then(lower).when(text != "").then(text)


def phone_key(value: pl.Expr, country: pl.Expr | None = None) -> pl.Expr:
    """Return the telling last digits of a phone number; a national number first gets the calling code of the country, if one is given.

    It settles whether two numbers may be the same line, not whether a number is valid.
    """
    plain = value.str.contains(_PLAIN_PHONE)
    quick = value.str.strip_prefix("+").str.strip_prefix("358").str.strip_chars_start("0")
    text = pl.when(~plain).then(value).str.replace_all(r"\(0\)", "")
    digits = text.str.replace_all(r"\D", "")
    if country is not None:
        calling = pl.when(~plain).then(country).replace_strict(calling_codes(), default=None, return_dtype=pl.String)
        abroad = text.str.contains(r"^\s*(?:\+|00)").fill_null(value=False)
        national = calling + digits.str.replace(r"^0", "")
        digits = pl.when(abroad).then(digits).otherwise(pl.coalesce(national, digits))
    digits = digits.str.replace(r"^(?:00)?358", "").str.strip_chars_start("0")
    digits = pl.when(plain).then(quick).otherwise(digits)
    return pl.when(digits != "").then(digits.str.slice(-_TELLING))


def phone_keys(frame: pl.DataFrame, countries: Sequence[str]) -> pl.DataFrame:
    """Return the frame once for every form of each ``phone``: as it is, and as a national number of each of the countries."""
    keys = [phone_key(pl.col("phone")), *(phone_key(pl.col("phone"), pl.lit(country)) for country in countries)]
    return (
        frame.filter(pl.col("phone").is_not_null())
        .with_columns(phone=pl.concat_list(keys).list.unique(maintain_order=True))
        .explode("phone", empty_as_null=True, keep_nulls=True)
        .drop_nulls("phone")
    )


def points(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return who has which e-mail address or phone number: ``idx`` and, named as the kind, every form of it (a pair may come twice)."""
    found = [rows.select("idx", kind).drop_nulls()]
    if kind == "phone":
        other = pl.col("phone_national").is_not_null() & pl.col("phone_national").ne_missing(pl.col("phone"))
        found.append(rows.filter(other).select("idx", phone="phone_national"))
    return pl.concat(found)


def address_keys() -> dict[str, pl.Expr]:
    """Return the keys of a name at an address: ``person`` (with the first first name) and ``family`` (without).

    Null where last name, street or postcode is missing: half an address names nobody.
    """
    place = folded(pl.col("last_name")) + pl.lit("|") + folded(pl.col("street")) + pl.lit("|") + compact_postcode()
    first = folded(pl.col("first_name")).str.extract(r"^(\S+)", 1)
    return {"family": place, "person": place + pl.lit("|") + first}


def compact_postcode(column: str = "postcode") -> pl.Expr:
    """Return the postcode for comparing: no spaces, no country prefix, no zeros that a spreadsheet takes off."""
    text = folded(pl.col(column).str.replace(r"\.0$", "")).str.replace_all(" ", "", literal=True)
    return text.str.replace(r"^[a-z]{1,2}(\d{3,5})$", "${1}").str.replace(r"^0+", "")
