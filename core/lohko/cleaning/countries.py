"""Countries of rows: what a country column says, what a phone prefix says, and what the register shows as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import phonenumbers
import polars as pl

from lohko.cleaning import postal_lists
from lohko.tables.text import folded

# The share of rows that must agree before the register as a whole counts as a country's.
AGREEMENT = 0.9
# International numbers speak for the register only where they are at least this share of its numbers.
INTERNATIONAL = 0.5
# Codes of another country seldom stand in Finland's list (3,785 of 100,000): this share is no chance.
FINNISH_CODES = 0.8
ENOUGH_CODES = 5


@dataclass(frozen=True, slots=True)
class HomeCountry:
    """The country of rows that name none, and what showed it (``parameter``, ``country column``, …, ``nothing``)."""

    code: str | None
    shown_by: str


@cache
def _spellings() -> pl.DataFrame:
    source = resources.files("lohko.cleaning").joinpath("data", "countries.csv")
    return pl.read_csv(source.read_bytes(), schema={"text": pl.String, "country": pl.String})


@cache
def _calling_regions() -> dict[str, str]:
    """Return the main region of every three leading digits of an international number (calling codes are prefix-free)."""
    regions = {}
    for number in range(1000):
        digits = f"{number:03d}"
        for length in (1, 2, 3):
            found = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length]))
            if found and digits[0] != "0":
                # 001 stands for numbers of no country (satellite, international freephone).
                if found[0] != "001":
                    regions[digits] = found[0]
                break
    return regions


@cache
def calling_codes() -> dict[str, str]:
    """Return the calling code of every country, ``{"FI": "358"}``."""
    return {
        region: str(code)
        for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
        for region in regions
        if region != "001"
    }


def read_country(values: pl.Series) -> pl.DataFrame:
    """Return the distinct values with the alpha-2 code each means: columns ``value``, ``country`` (null: unknown)."""
    unique = pl.DataFrame({"value": values.unique().drop_nulls()})
    return (
        unique.with_columns(text=folded(pl.col("value")))
        .join(_spellings(), on="text", how="left")
        .select("value", "country")
    )


def phone_country(phone: pl.Expr) -> pl.Expr:
    """Return the country of an international number's calling code (null for national numbers)."""
    digits = phone.str.extract(r"^\s*(?:\+|00)([\d\s().\-/]+)", 1).str.replace_all(r"\D", "").str.slice(0, 3)
    return digits.replace_strict(_calling_regions(), default=None, return_dtype=pl.String)


def row_country(customers: pl.DataFrame) -> pl.Series:
    """Return the country each row names, as alpha-2 (null: none, or not understood)."""
    if "country" not in customers.columns:
        return pl.Series("country", [None] * customers.height, dtype=pl.String)
    names = read_country(customers["country"])
    mapping = dict(names.drop_nulls().iter_rows())
    return customers["country"].replace_strict(mapping, default=None, return_dtype=pl.String).rename("country")


def home_country(customers: pl.DataFrame, given: str | None) -> HomeCountry:
    """Return the country of rows that name none.

    The first that speaks clearly: the parameter; the country that nine in ten of the naming rows name; the calling code
    of nine in ten international numbers, where these are at least half of all; Finland, where at least half of the place
    names fit their postcode in Finland's list, or four in five codes of a column without place names stand in it. Else
    none: rows stay without a country rather than get a wrong one.
    """
    if given:
        return HomeCountry(given.upper(), "parameter")
    named = row_country(customers).drop_nulls()
    if named.len():
        top = _most_common(named)
        return HomeCountry(top, "country column") if top else HomeCountry(None, "nothing")
    if "phone" in customers.columns:
        phones = customers["phone"].drop_nulls()
        regions = pl.DataFrame({"phone": phones}).select(r=phone_country(pl.col("phone")))["r"].drop_nulls()
        if regions.len() and regions.len() >= INTERNATIONAL * phones.len():
            top = _most_common(regions)
            if top:
                return HomeCountry(top, "phone prefixes")
    if "postcode" in customers.columns and _looks_finnish(customers):
        return HomeCountry("FI", "postcodes")
    return HomeCountry(None, "nothing")


def _most_common(values: pl.Series) -> str | None:
    counts = values.value_counts(sort=False).sort(["count", values.name], descending=[True, False])
    top, count = counts.row(0)
    return str(top) if count >= AGREEMENT * values.len() else None


def _looks_finnish(customers: pl.DataFrame) -> bool:
    has_city = "city" in customers.columns
    city = pl.col("city") if has_city else pl.lit(None, pl.String)
    # Folding text is the dear part, so each pair of code and city is read once.
    pairs = (
        customers.select("postcode", city.alias("city")).drop_nulls("postcode").group_by("postcode", "city").len("rows")
    )
    pairs = pairs.with_columns(
        code=pl.col("postcode").str.replace_all(r"\s|\.0$", "").str.to_uppercase().str.replace(r"^(FI|AX)-?", ""),
        city=postal_lists.place_key(pl.col("city")),
    ).with_columns(
        code=pl.when(pl.col("code").str.contains(r"^[1-9]\d{2,3}$"))
        .then(pl.col("code").str.zfill(5))
        .otherwise(pl.col("code"))
    )
    placed = pairs.filter(pl.col("city").is_not_null())
    if placed.height:
        names = postal_lists.finnish_names()
        fits = placed.join(names, left_on=["code", "city"], right_on=["code", "name"], how="semi")
        return bool(fits["rows"].sum() * 2 >= placed["rows"].sum())
    codes = pairs["code"].unique()
    known = codes.is_in(postal_lists.finland()["code"].implode()).sum()
    return codes.len() >= ENOUGH_CODES and known >= FINNISH_CODES * codes.len()
