"""Telephone numbers: E.164 where they can be read, their type, and what is doubtful, once per distinct number and country."""

from __future__ import annotations

import re

import phonenumbers
import polars as pl
from phonenumbers import PhoneNumberType

from lohko.cleaning.phone_shapes import mobile_numbers

# From the worst to the best: a number has the first that holds.
PHONE_STATUSES = ("unreadable", "placeholder", "premium", "valid")
_KINDS = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_or_mobile",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
# Numbers of a service that the caller pays for belong to no customer.
_PAID = {"premium", "shared_cost"}
_RUNS = ("0123456789", "9876543210")
_FEWEST_SAME = 6
_SCHEMA = {"normal": pl.String, "kind": pl.String, "status": pl.String}


def read_phones(values: pl.Series, countries: pl.Series) -> pl.DataFrame:
    """Return the distinct pairs of number and country with their E.164 form (ITU-T E.164), read by phonenumbers.

    A national number is read in the country beside it; without one only numbers with ``+`` or ``00`` can be read. A number
    that is not valid in its country's plan, or that carries an extension (E.164 has none), has no E.164 form.

    Parameters
    ----------
    values : tidied text
    countries : alpha-2 code or null, row by row

    Returns
    -------
    DataFrame with ``value``, ``region``, ``normal`` (null: not read), ``kind`` (``mobile``, ``fixed``, …; null: not read) and
    ``status`` (one of ``PHONE_STATUSES``)
    """
    unique = pl.DataFrame({"value": values, "region": countries}).drop_nulls("value").unique()
    shaped = unique.with_columns(normal=mobile_numbers(unique["value"], unique["region"]))
    known = shaped.filter(pl.col("normal").is_not_null()).with_columns(
        kind=pl.lit("mobile"),
        status=pl.when(_fills(pl.col("value"))).then(pl.lit("placeholder")).otherwise(pl.lit("valid")),
    )
    asked = shaped.filter(pl.col("normal").is_null()).select("value", "region")
    read = pl.DataFrame([_read(value, region) for value, region in asked.iter_rows()], schema=_SCHEMA, orient="row")
    return pl.concat([known, pl.concat([asked, read], how="horizontal")])


def _fills(value: pl.Expr) -> pl.Expr:
    """Return what ``_is_filler`` says, by column."""
    digits = value.str.replace_all(r"\D", "")
    rows = [run[start : start + size] for run in _RUNS for size in (6, 7) for start in range(len(run) - size + 1)]
    same = [digit * _FEWEST_SAME for digit in "0123456789"]
    tail = digits.str.tail(7).is_in(rows) | digits.str.tail(6).is_in([*same, "123456"])
    return (digits.str.len_bytes() >= _FEWEST_SAME) & tail


def _read(value: str, region: str | None) -> tuple[str | None, str | None, str]:
    filler = _is_filler(value)
    text = "+" + value[2:] if value.startswith("00") else value
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None, None, "placeholder" if filler else "unreadable"
    if number.extension or not phonenumbers.is_valid_number(number):
        return None, None, "placeholder" if filler else "unreadable"
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    kind = _KINDS.get(phonenumbers.number_type(number), "unknown")
    if filler:
        return normal, kind, "placeholder"
    return normal, kind, "premium" if kind in _PAID else "valid"


def _is_filler(value: str) -> bool:
    """Whether somebody typed it to get past a form: one digit over and over, or digits in a row up to the end."""
    digits = re.sub(r"\D", "", value)
    if len(digits) < _FEWEST_SAME:
        return False
    tail = digits[-7:]
    return len(set(digits[-_FEWEST_SAME:])) == 1 or any(tail in run for run in _RUNS) or digits[-6:] == "123456"
