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
# Finland's neighbours whose lists name places, and how many digits their codes have.
NEIGHBOURS = {"DK": 4, "IS": 3, "NO": 4, "SE": 5}


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
    of nine in ten international numbers, where these are at least half of all; Finland, else another Nordic country, where
    at least half of the place names fit their postcode in the country's list; Finland, where four in five codes of a column
    without place names stand in its list. Else none: rows stay without a country rather than get a wrong one.
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
    if "postcode" in customers.columns:
        return HomeCountry(home, "postcodes") if (home := _of_postcodes(customers)) else HomeCountry(None, "nothing")
    return HomeCountry(None, "nothing")


def _most_common(values: pl.Series) -> str | None:
    counts = values.value_counts(sort=False).sort(["count", values.name], descending=[True, False])
    top, count = counts.row(0)
    return str(top) if count >= AGREEMENT * values.len() else None


def _of_postcodes(customers: pl.DataFrame) -> str | None:
    """Return the country whose list of postcodes the register's codes and places stand in."""
    has_city = "city" in customers.columns
    city = pl.col("city") if has_city else pl.lit(None, pl.String)
    # Folding text is the dear part, so each pair of code and city is read once.
    pairs = (
        customers.select("postcode", city.alias("city")).drop_nulls("postcode").group_by("postcode", "city").len("rows")
    )
    written = pl.col("postcode").str.replace_all(r"\s|\.0$", "").str.to_uppercase()
    pairs = pairs.with_columns(
        digits=written.str.extract(r"^(?:[A-Z]{1,2}-?)?(\d+)$"),
        code=written.str.replace(r"^(FI|AX)-?", ""),
        city=postal_lists.place_key(pl.col("city")),
    ).with_columns(
        code=pl.when(pl.col("code").str.contains(r"^[1-9]\d{2,3}$"))
        .then(pl.col("code").str.zfill(5))
        .otherwise(pl.col("code"))
    )
    placed = pairs.filter(pl.col("city").is_not_null())
    if placed.height:
        half = placed["rows"].sum() / 2
        if _fitting(placed, postal_lists.finnish_names()) >= half:
            return "FI"
        digits = placed.with_columns(code="digits").drop_nulls("code")
        of_size = dict(digits.group_by(pl.col("code").str.len_chars()).agg(pl.col("rows").sum()).iter_rows())
        fits = [
            country
            for country, size in NEIGHBOURS.items()
            if of_size.get(size, 0) >= half
            and _fitting(digits, postal_lists.listed(country).select("name", code="compact")) >= half
        ]
        return fits[0] if len(fits) == 1 else None
    codes = pairs["code"].unique()
    known = codes.is_in(postal_lists.finland()["code"].implode()).sum()
    return "FI" if codes.len() >= ENOUGH_CODES and known >= FINNISH_CODES * codes.len() else None


def _fitting(placed: pl.DataFrame, names: pl.DataFrame) -> int:
    """Return the number of rows that name a place that their code goes by in a country's list."""
    return int(placed.join(names, left_on=["code", "city"], right_on=["code", "name"], how="semi")["rows"].sum())
