"""Mobile numbers in a plain writing, read by column: the patterns of phonenumbers' own tables, without a call a number.

Reading a number takes phonenumbers some 200 microseconds; nearly all numbers of a customer register are mobile numbers of a few countries,
written as digits. For those the tables' regular expressions say all there is to say, and polars runs them. What does not fit
exactly is left to phonenumbers.
"""

from __future__ import annotations

from functools import cache

import phonenumbers
import polars as pl

_COUNTRIES = ("FI", "SE", "NO", "DK", "EE")
# Digits, spaces and hyphens, with or without a plus: no sign that stands for an extension or a carrier.
_PLAIN = r"^\+?[0-9](?:[ -]?[0-9])*$"
_OTHERS = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
)


def mobile_numbers(values: pl.Series, regions: pl.Series) -> pl.Series:
    """Return the E.164 form of numbers that are plainly written mobile numbers; null where phonenumbers must be asked.

    Parameters
    ----------
    values : tidied text
    regions : alpha-2 code in which a national number is read, or null
    """
    rows = pl.DataFrame({"value": values, "region": regions}).with_row_index("at")
    rows = rows.filter(pl.col("value").str.contains(_PLAIN)).select(
        "at", "region", plain=pl.col("value").str.replace_all(r"[ -]", "").str.replace(r"^00", "+")
    )
    # A number is written in one of these ways at most, so each pattern is tried on its own country's numbers only.
    found = [part for country in _COUNTRIES for part in _forms(country, rows)]
    form = pl.DataFrame({"at": pl.arange(len(values), eager=True, dtype=pl.UInt32)}).join(
        pl.concat(found), on="at", how="left", maintain_order="left"
    )
    return form["form"]


def _forms(country: str, rows: pl.DataFrame) -> list[pl.DataFrame]:
    """Return which rows are a country's mobile numbers in the international and in the national writing: ``at`` and ``form``."""
    code, trunk, mobile, others, lengths = _tables(country)
    plain, national = pl.col("plain"), pl.col("national")
    inland = plain.str.strip_prefix(trunk) if trunk else plain
    found = []
    for written, number in (
        (plain.str.starts_with(f"+{code}"), plain.str.strip_prefix(f"+{code}")),
        # without its trunk prefix a number that begins with the calling code has two readings
        ((pl.col("region") == country) & ~plain.str.contains(rf"^(?:\+|{code})"), inland),
    ):
        theirs = rows.filter(written).select("at", national=number)
        fits = national.str.len_bytes().is_in(lengths) & national.str.contains(mobile) & ~national.str.contains(others)
        found.append(theirs.filter(fits).select("at", form=pl.lit(f"+{code}") + national))
    return found


@cache
def _tables(country: str) -> tuple[int, str | None, str, str, list[int]]:
    """Return a country's calling code, trunk prefix, patterns of mobile and of other numbers, and lengths of mobile ones."""
    known = phonenumbers.PhoneMetadata.metadata_for_region(country)
    assert known is not None
    assert known.country_code is not None
    assert known.mobile is not None
    # the trunk prefix is all that is taken off a number, so that what is left is the national number
    assert known.national_prefix_for_parsing == known.national_prefix
    assert known.national_prefix_transform_rule is None
    told = [getattr(known, name) for name in _OTHERS]
    others = [kind.national_number_pattern for kind in told if kind is not None and kind.national_number_pattern]
    return (
        known.country_code,
        known.national_prefix,
        f"^(?:{known.mobile.national_number_pattern})$",
        f"^(?:{'|'.join(others)})$",
        list(known.mobile.possible_length),
    )
