"""The postcodes that exist: embedded lists, read once and kept.

For every country the list of the package countrystatecity-postal-codes; for Finland (with Åland, one postal system)
beside it the table of types and Finnish and Swedish names made from Posti's file of April 2024, see ``data/README.md``.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import countrystatecity_postal_codes as embedded
import polars as pl

from lohko.tables.text import folded

_NAMES = ("place_fi", "place_sv", "short_fi", "short_sv", "municipality_fi", "municipality_sv")


def place_key(value: pl.Expr) -> pl.Expr:
    """Return a place name for comparing: folded, without postal district numbers (``Helsinki 10``)."""
    key = folded(value).str.replace_all(r"\d+", "").str.replace_all(r" +", " ").str.strip_chars(" ")
    return pl.when(key != "").then(key)


@cache
def countries() -> dict[str, str | None]:
    """Return the pattern of every country's postcodes, by alpha-2 code."""
    return {info.countryCode: info.postalCodeRegex for info in embedded.get_countries_with_postal_data()}


@cache
def listed(country: str) -> pl.DataFrame:
    """Return a country's codes: ``compact`` (letters and digits only), ``code`` as written, ``name`` (comparing form).

    A code with several places has several rows. A country without a list has none.
    """
    entries = embedded.get_postcodes_of_country(country)
    frame = pl.DataFrame(
        {"code": [e.code for e in entries], "name": [e.localityName for e in entries]},
        schema={"code": pl.String, "name": pl.String},
    )
    return frame.select(
        compact=pl.col("code").str.replace_all(r"[^0-9A-Za-z]", "").str.to_uppercase(),
        code="code",
        name=place_key(pl.col("name")),
    ).unique()


@cache
def _posti() -> pl.DataFrame:
    source = resources.files("lohko.cleaning").joinpath("data", "postcodes_fi.csv")
    return pl.read_csv(source.read_bytes(), infer_schema=False)


@cache
def municipalities() -> pl.DataFrame:
    """Return ``postcode``, ``municipality_code``, ``municipality_fi``, ``municipality_sv`` of Posti's table (April 2024)."""
    return _posti().select("postcode", "municipality_code", "municipality_fi", "municipality_sv")


@cache
def finland() -> pl.DataFrame:
    """Return the Finnish and Åland codes in force: ``code``, ``type`` (null: newer than the table of types)."""
    codes = pl.concat([_embedded_finland(country).select("code") for country in ("FI", "AX")]).unique()
    return codes.join(_posti().select(code="postcode", type="type"), on="code", how="left").sort("code")


@cache
def finland_retired() -> pl.Series:
    """Return the codes of April 2024 that the newer list no longer has."""
    return _posti().join(finland(), left_on="postcode", right_on="code", how="anti")["postcode"].sort()


@cache
def finnish_names() -> pl.DataFrame:
    """Return ``code``, ``name``: every name a Finnish code goes by (Finnish, Swedish, short, municipality), comparing form."""
    posti = _posti().unpivot(index="postcode", on=list(_NAMES), value_name="name").select(code="postcode", name="name")
    names = pl.concat([posti, *(_embedded_finland(country) for country in ("FI", "AX"))])
    return (
        names.select("code", name=place_key(pl.col("name")))
        .drop_nulls()
        .join(finland(), on="code", how="semi")
        .unique()
        .sort("code", "name")
    )


@cache
def finnish_town_names() -> pl.DataFrame:
    """Return ``code``, ``name``: names that a code goes by only because its municipality is called so, comparing form."""
    key = {name: place_key(pl.col(name)) for name in _NAMES}
    posti = _posti().select(pl.col("postcode").alias("code"), **key)
    own = [name for name in _NAMES if not name.startswith("municipality")]
    towns = posti.unpivot(index="code", on=[n for n in _NAMES if n not in own], value_name="name").select(
        "code", "name"
    )
    places = posti.unpivot(index="code", on=own, value_name="name").select("code", "name")
    return towns.drop_nulls().join(places, on=["code", "name"], how="anti").unique().sort("code", "name")


@cache
def finnish_titles() -> dict[str, str]:
    """Return the name to show beside a Finnish code."""
    named = _posti().select(code="postcode", name=pl.col("place_fi").str.to_titlecase())
    newer = pl.concat([_embedded_finland(country) for country in ("FI", "AX")]).unique(
        "code", keep="first", maintain_order=True
    )
    return {**dict(newer.drop_nulls().iter_rows()), **dict(named.iter_rows())}


@cache
def _embedded_finland(country: str) -> pl.DataFrame:
    """Return ``code``, ``name`` of the package's list; its names read ``VILLAGE, Municipality`` where the two differ."""
    entries = embedded.get_postcodes_of_country(country)
    return pl.DataFrame(
        [(e.code, part) for e in entries for part in (e.localityName or "").split(", ")],
        schema={"code": pl.String, "name": pl.String},
        orient="row",
    )
