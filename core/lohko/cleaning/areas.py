"""Tables of areas: which column names the area, which hold figures, what is hidden, and what they say of whole municipalities."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import polars as pl

from lohko.cleaning import postal_lists
from lohko.errors import InputRefused, Place
from lohko.tables.text import folded

CODE = "__postcode"
TOWN = "__town"
_MOSTLY = 0.8
# Statistics Finland's field names (he_vakiy, hr_mtu, …) and the table codes in its headings: "Asukkaat yhteensä (HE)".
_FIELD = re.compile(r"^(?:he|ko|hr|tr|te|ra|tp|pt)_[a-z0-9_]+$")
_HEADING = re.compile(r"\((?:HE|KO|HR|TR|TE|RA|TP|PT)\)")
_ENOUGH_FIELDS = 3


@cache
def words() -> dict[str, Any]:
    """Return the vocabulary: how columns are called, what is hidden, what is no sum."""
    source = resources.files("lohko.cleaning").joinpath("data", "areas.toml")
    found: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Areas:
    """Figures by area.

    Attributes
    ----------
    postcodes : one row a postcode: ``__postcode``, ``__town`` (null: not known) and the indicators
    towns : one row a municipality: ``__town`` and the indicators, given as such or made from its postcodes' areas
    indicators : names of the figures, in the file's order
    published : ``paavo`` where it is Statistics Finland's open postcode data, else None
    derived : whether the municipalities' figures were made from those of their postcodes
    unplaced : rows that name neither (totals of the whole country, for one)
    """

    postcodes: pl.DataFrame
    towns: pl.DataFrame
    indicators: tuple[str, ...]
    published: str | None
    derived: bool
    unplaced: int


def read_areas(frame: pl.DataFrame, name: str) -> Areas:
    """Return the areas of a table as it was read: every column text or typed, keyed by postcode, municipality or both.

    Raises
    ------
    InputRefused
        ``areas_unreadable``: no column names the areas, one area stands twice, or there is no figure.
    """
    keyed, used = _keyed(frame, name)
    published = _published(frame.columns, name)
    rest = [column for column in frame.columns if column not in used and not column.startswith("__")]
    typed = keyed.with_columns(_typed(keyed, column, published) for column in rest)
    rest = [column for column in rest if typed[column].null_count() < typed.height]
    if not rest:
        raise InputRefused(
            "areas_unreadable", f"{name} has no column of figures beside the area's name", places=(Place(name),)
        )
    placed = typed.filter(pl.col(CODE).is_not_null() | pl.col(TOWN).is_not_null())
    codes = placed.filter(pl.col(CODE).is_not_null()).select(CODE, TOWN, *rest)
    towns = placed.filter(pl.col(CODE).is_null()).select(TOWN, *rest)
    for part, key in ((codes, CODE), (towns, TOWN)):
        twice = part.height - part[key].n_unique()
        if twice:
            raise InputRefused(
                "areas_unreadable",
                f"{name}: {twice} areas stand there more than once",
                places=(Place(name),),
                count=twice,
            )
    if placed.is_empty():
        raise InputRefused(
            "areas_unreadable", f"{name}: no row names a postcode or municipality", places=(Place(name),)
        )
    derived = towns.is_empty() and codes.height > 0
    if derived:
        codes = codes.with_columns(pl.coalesce(TOWN, _town_of(pl.col(CODE))))
        towns = _municipalities(codes, rest)
    return Areas(codes.sort(CODE), towns.sort(TOWN), tuple(rest), published, derived, typed.height - placed.height)


def town_key(name: pl.Expr) -> pl.Expr:
    """Return a municipality for comparing: its Finnish code, found by code or by Finnish or Swedish name; else the folded name."""
    key = folded(name)
    digits = name.str.strip_chars().str.extract(r"^(?:KU)?(\d{1,3})$", 1).str.zfill(3)
    known = key.replace_strict(_town_codes(), default=None, return_dtype=pl.String)
    return pl.coalesce(digits, known, key)


def town_of_postcode(code: pl.Expr) -> pl.Expr:
    """Return the municipality (comparing form) in which a Finnish postcode lies; null: not known."""
    return _town_of(code)


def slug(name: str) -> str:
    """Return a column's name for ``customers``: small letters, digits and underscores."""
    text = pl.select(folded(pl.lit(name))).item() or "column"
    return str(text).replace(" ", "_")


@cache
def _town_codes() -> dict[str, str]:
    posti = postal_lists.municipalities()
    names = pl.concat(
        [posti.select(code="municipality_code", name=column) for column in ("municipality_fi", "municipality_sv")]
    )
    keyed = names.select("code", key=folded(pl.col("name"))).drop_nulls().unique("key", keep="any", maintain_order=True)
    return {key: code for code, key in keyed.sort("key").iter_rows()}


@cache
def _codes_of_postcodes() -> dict[str, str]:
    return dict(postal_lists.municipalities().select("postcode", "municipality_code").drop_nulls().iter_rows())


def _town_of(code: pl.Expr) -> pl.Expr:
    return code.replace_strict(_codes_of_postcodes(), default=None, return_dtype=pl.String)


def _keyed(frame: pl.DataFrame, name: str) -> tuple[pl.DataFrame, set[str]]:
    """Return the table with ``__postcode`` and ``__town``, and the columns these came from."""
    used: set[str] = set()
    keys = {column: (pl.select(folded(pl.lit(column))).item() or "").replace(" ", "") for column in frame.columns}
    code: pl.Expr = pl.lit(None, pl.String)
    town: pl.Expr = pl.lit(None, pl.String)
    for column in frame.columns:
        if keys[column] in words()["postcode_columns"] or column == "postcode":
            text = frame[column].cast(pl.String).str.strip_chars()
            # "00100 Helsinki keskusta (Helsinki)" as well as 00100; a spreadsheet may have taken the zeros
            found = text.str.extract(r"^(?:FI-)?(\d{3,5})(?:\.0)?(?:\s|$)", 1).str.zfill(5)
            if found.null_count() < frame.height:
                code = pl.lit(found)
                used.add(column)
                break
    for column in frame.columns:
        if keys[column] in words()["municipality_columns"] or column == "municipality":
            text = frame[column].cast(pl.String).str.strip_chars()
            if text.null_count() < frame.height:
                town = town_key(pl.lit(text))
                used.add(column)
                break
    if not used:
        raise InputRefused(
            "areas_unreadable",
            f"{name}: no column names the areas by postcode or municipality",
            hint='say which in a mapping: [mapping.areas] postcode = "…"',
            places=(Place(name, 1),),
        )
    used |= {column for column in frame.columns if keys[column] in words()["name_columns"]}
    return frame.with_columns(code.alias(CODE), town.alias(TOWN)), used


def _published(columns: list[str], name: str) -> str | None:
    fields = sum(bool(_FIELD.match(column)) for column in columns)
    headings = sum(bool(_HEADING.search(column)) for column in columns)
    named = "paavo" in name.casefold()
    return "paavo" if named or max(fields, headings) >= _ENOUGH_FIELDS else None


def _typed(frame: pl.DataFrame, column: str, published: str | None) -> pl.Series:
    """Return a column as numbers where all that is not hidden is a number, else as text. What is hidden is null, never zero."""
    values = frame[column]
    if values.dtype != pl.String:
        return values
    text = values.str.strip_chars()
    text = pl.select(pl.when(~pl.lit(text).is_in(words()["hidden"])).then(pl.lit(text))).to_series()
    plain = text.str.replace_all(r"[\s\u00a0]", "").str.replace(r"^(-?\d+),(\d+)$", "${1}.${2}")
    coded = plain.str.contains(r"^0\d").any()  # 091 is a code, not a number
    numbers = plain.cast(pl.Float64, strict=False)
    if coded or numbers.null_count() > text.null_count():
        return text.alias(column)
    if published:
        # Paavo's services write -1 where fewer than the limit live.
        numbers = numbers.set(numbers < 0, None) if not column.startswith(("x_", "y_", "lon", "lat")) else numbers
    whole = numbers.drop_nulls()
    integer = bool((whole == whole.round()).all())
    return (numbers.cast(pl.Int64) if integer and whole.len() else numbers).alias(column)


def _municipalities(codes: pl.DataFrame, indicators: list[str]) -> pl.DataFrame:
    """Make municipalities' figures from those of their postcodes: counts are added, means and shares are weighted by residents."""
    weight = next((c for c in indicators if slug(c) in words()["residents"] and codes[c].dtype.is_numeric()), None)
    rows = codes.drop_nulls(TOWN).sort(TOWN, CODE)
    made = []
    for column in indicators:
        value = pl.col(column)
        if not codes[column].dtype.is_numeric():
            same = value.drop_nulls().n_unique() == 1
            made.append(pl.when(same).then(value.drop_nulls().first()).alias(column))
        elif codes[column].dtype == pl.Int64 and not _is_mean(column):
            made.append(pl.when(value.count() > 0).then(value.sum()).alias(column))
        elif weight is None:
            made.append(value.mean().round(6).alias(column))
        else:
            known = pl.col(weight).filter(value.is_not_null()).cast(pl.Float64)
            total = known.sum()
            mean = (value.filter(value.is_not_null()).cast(pl.Float64) * known).sum() / total
            made.append(pl.when(total > 0).then(mean.round(6)).alias(column))
    return rows.group_by(TOWN, maintain_order=True).agg(made)


def _is_mean(column: str) -> bool:
    parts = slug(column).split("_")
    return any(part in words()["means"] for part in parts) or any(
        part.startswith(tuple(words()["mean_beginnings"])) for part in parts
    )
