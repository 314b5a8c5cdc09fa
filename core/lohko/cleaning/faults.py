"""Every check of a customer row: one true-or-false column a fault, beside what names the row. Nothing is rewritten."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

import polars as pl

from lohko.cleaning.address_updates import STATUS
from lohko.cleaning.changes import row_name
from lohko.cleaning.countries import home_country, read_country
from lohko.cleaning.evidence import event_day
from lohko.cleaning.postal_book import PostalBook, embedded
from lohko.cleaning.postal_cases import PO_BOX, judged
from lohko.cleaning.postal_verdict import WRITTEN
from lohko.cleaning.quality import FAULTS, field_status
from lohko.tables.text import says_something

State = Literal["missing", "wrong", "doubtful", "mendable"]
STATES: tuple[State, ...] = ("missing", "wrong", "doubtful", "mendable")
"""What is not in order with a field, from the worst."""
_NAMES = ("last_name", "first_name", "company_name")
_SIGNED = frozenset({"email", "phone", "business_id"})
"""Fields in which signs alone (a dash) are nothing, rather than something wrong."""
_STREET_CODE = r"^\d{4}0$"
"""Finnish codes of streets end in 0; those in 5 may stand for either."""
_TESTED = (
    "name",
    "business_id",
    "email",
    "phone",
    "street",
    "postcode",
    "city",
    "country",
    "birth_date",
    "updated_at",
)
"""Fields with checks of their own; of others only presence is told."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a code of the registry says of a customer row.

    Attributes
    ----------
    code, field : the code, and the field it is a fault of
    state : what it makes of the field
    post : ``sure`` where a letter does not arrive, ``suspect`` where it may not, None where it is not touched
    fix : the action that mends it (words of the health report, under ``[fix]``)
    """

    code: str
    field: str
    state: State
    post: Literal["sure", "suspect"] | None
    fix: str


@cache
def faults() -> Mapping[str, Fault]:
    """Return the faults by code, in the order of the data file."""
    source = resources.files("lohko.cleaning").joinpath("data", "faults.toml")
    entries = tomllib.loads(source.read_text(encoding="utf-8"))
    return {
        code: Fault(code, entry["field"], cast("State", entry["state"]), entry.get("post"), entry["fix"])
        for code, entry in entries.items()
    }


@dataclass(frozen=True, slots=True)
class Examined:
    """The rows of a register with what is wrong with each.

    Attributes
    ----------
    rows : ``customer_id``, ``row_id``, ``source``, ``line``, ``month`` (of making), ``year`` (years since the last change),
        ``postcode_status``, ``withheld`` (the address was taken out because it is protected), and one Boolean column a fault,
        named as its code
    found : the faults that were looked for, by code
    scope : field to the number of rows that are judged by it: those that should have it, or do
    filled : column to the rows that have anything there; further columns of the user's own among them
    home : the country of rows that name none, and what shows it
    """

    rows: pl.DataFrame
    found: Mapping[str, Fault]
    scope: Mapping[str, int]
    filled: Mapping[str, int]
    home: Mapping[str, str | None]

    @property
    def tested(self) -> tuple[str, ...]:
        """The fields that were checked, in order."""
        return tuple(name for name in _TESTED if name in self.scope)

    @property
    def broken(self) -> tuple[str, ...]:
        """The codes that make a row a faulty one: anything but absence. A form that does not ask for a phone number is not broken."""
        return tuple(code for code, fault in self.found.items() if fault.state != "missing")

    def codes(self, field: str) -> tuple[str, ...]:
        """Return the codes of a field's faults."""
        return tuple(code for code, fault in self.found.items() if fault.field == field)


def examine(
    customers: pl.DataFrame,
    as_of: dt.date,
    timezone: str,
    *,
    country: str | None = None,
    book: PostalBook | None = None,
    places_right: bool = False,
    status: pl.DataFrame | None = None,
) -> Examined:
    """Check every row of ``customers`` as it stands.

    Parameters
    ----------
    customers : the contract's table, at any stage; columns may be missing, their fields are then not tested
    as_of : the day to look from
    timezone : the zone in which days are counted
    country : country of rows that name none (default: what the register shows)
    book : Finland's postcodes to go by; None: those that come with lohko
    places_right : the user says that the register's place names are right
    status : what ``field_status`` said of these rows, where it was asked already
    """
    blank = [name for name, kind in customers.schema.items() if kind == pl.Null]
    frame = customers.with_columns(pl.col(name).cast(pl.String) for name in blank).with_row_index("__idx")
    names = frame.columns
    if row_name(names) != "row_id":
        frame = frame.with_columns(row_id=pl.col("customer_id"))
    home = home_country(frame, country)
    coded = frame if "postcode" in names else frame.with_columns(_column(names, "postcode"))
    verdicts = judged(coded, home.code, book or embedded(), places_right=places_right)
    rung = pl.col("__status")
    if "postcode_status" in names:
        # people, or an earlier look at the whole register, said that such a code is right: that holds
        before = pl.col("postcode_status")
        rung = pl.when((rung == "place_mismatch") & before.str.starts_with("valid")).then(before).otherwise(rung)
    postal = verdicts.rows.select("__idx", postcode_status=rung, mended=pl.coalesce("__new", "postcode"))
    frame = frame.drop("postcode_status", strict=False).join(postal, on="__idx", how="left", maintain_order="left")
    if status is None:
        status = field_status(customers, home.code, as_of)
    frame = pl.concat([frame, status.rename(lambda name: f"__is_{name}")], how="horizontal")
    if "country" in names:
        known = read_country(frame["country"]).select("value", __named="country")
        frame = frame.join(known, left_on="country", right_on="value", how="left", maintain_order="left")
    frame = frame.with_columns(_days(frame, timezone))
    checks = {**_read(names), **_absent(names), **_address(names), **_dates(frame.schema, as_of)}
    order = [code for code in faults() if code in checks]
    withheld = _withheld(names)
    for code in ("street_missing", "postcode_missing", "city_missing"):
        if code in checks:
            checks[code] = checks[code] & ~withheld
    rows = frame.select(
        "customer_id",
        "row_id",
        _column(names, "source"),
        pl.col("line").cast(pl.Int64) if "line" in names else pl.lit(None, pl.Int64).alias("line"),
        _month().alias("month"),
        _years(as_of).alias("year"),
        pl.when(~withheld).then("postcode_status").alias("postcode_status"),
        withheld.alias("withheld"),
        *(checks[code].fill_null(value=False).alias(code) for code in order),
    )
    scope = {name: frame.height for name in _TESTED if any(faults()[code].field == name for code in order)}
    if "business_id" in scope:
        scope["business_id"] = int(frame.select((_company(names) | ~_empty("business_id")).sum()).item() or 0)
    for name in ("street", "postcode", "city"):
        if name in scope:
            scope[name] -= int(rows["withheld"].sum())
    if "birth_date" in scope:
        scope["birth_date"] = int(frame["birth_date"].count())
    if "updated_at" in scope:
        scope["updated_at"] = int(frame["updated_at"].count())
    told = [name for name in customers.columns if name not in {"row_id", "line", "postcode_status"}]
    filled = frame.select(_has(name, frame.schema[name]).sum().alias(name) for name in told).row(0, named=True)
    shows = {"country": home.code, "shown_by": home.shown_by}
    return Examined(rows, {code: faults()[code] for code in order}, scope, filled, shows)


def _column(names: list[str], name: str) -> pl.Expr:
    return pl.col(name) if name in names else pl.lit(None, pl.String).alias(name)


def _has(name: str, kind: pl.DataType) -> pl.Expr:
    """Tell whether there is anything in a cell: signs without a letter or digit are nothing."""
    return says_something(name) if kind == pl.String else pl.col(name).is_not_null()


def _empty(name: str) -> pl.Expr:
    return ~says_something(name)


def _company(names: list[str]) -> pl.Expr:
    """Tell which rows are companies': by their type, else by a company's name."""
    named = ~_empty("company_name") if "company_name" in names else pl.lit(value=False)
    if "customer_type" not in names:
        return named
    kind = pl.col("customer_type")
    return (kind == "company").fill_null(value=False) | (kind.is_null() & named)


def _withheld(names: list[str]) -> pl.Expr:
    """Tell whose address is not there because it is protected: no fault of the register, and nothing to ask for."""
    if STATUS not in names:
        return pl.lit(value=False)
    nothing = [_empty(name) for name in ("street", "postcode", "city") if name in names]
    return (pl.col(STATUS) == "protected").fill_null(value=False) & pl.all_horizontal(pl.lit(value=True), *nothing)


def _read(names: list[str]) -> dict[str, pl.Expr]:
    """Return the faults that the readers of each field tell."""
    columns = {"name": ("first_name", "last_name")}
    return {
        f"{field}_{word}": (pl.col(f"__is_{field}") == word) & (~_empty(field) if field in _SIGNED else True)
        for field, words in FAULTS.items()
        if any(name in names for name in columns.get(field, (field,)))
        for word in words
        if f"{field}_{word}" in faults()
    }


def _absent(names: list[str]) -> dict[str, pl.Expr]:
    """Return the faults of fields that have nothing in them."""
    found: dict[str, pl.Expr] = {}
    called = [name for name in _NAMES if name in names]
    if called:
        found["name_missing"] = pl.all_horizontal([_empty(name) for name in called])
    if "business_id" in names and ("company_name" in names or "customer_type" in names):
        found["business_id_missing"] = _company(names) & _empty("business_id")
    for name in ("email", "phone", "city"):
        if name in names:
            found[f"{name}_missing"] = _empty(name)
    if "street" in names:
        # a company with a postcode of its own needs no street
        own = pl.col("postcode_status").eq_missing(pl.lit("valid_corporate"))
        found["street_missing"] = _empty("street") & ~own & pl.col("__is_street").ne_missing(pl.lit("filler"))
    if "country" in names:
        found["country_unreadable"] = ~_empty("country") & pl.col("__named").is_null()
    return found


def _address(names: list[str]) -> dict[str, pl.Expr]:
    """Return the rungs of the postcode ladder that are not in order, and codes of another kind than the address."""
    if "postcode" not in names:
        return {}
    status = pl.col("postcode_status")
    found = {
        f"postcode_{rung}": status == rung for rung in ("missing", "invalid", "retired", "ambiguous", "place_mismatch")
    }
    # a code that an earlier step repaired is in order now
    for rung in WRITTEN:
        found[f"postcode_{rung}"] = (status == rung) & pl.col("postcode").ne_missing(pl.col("mended"))
    if "street" in names:
        box = pl.col("street").str.contains(PO_BOX)
        found["postcode_kind_differs"] = ((status == "valid_po_box") & ~box & ~_empty("street")) | (
            (status == "valid") & box & pl.col("postcode").str.contains(_STREET_CODE)
        )
    return found


def _days(frame: pl.DataFrame, timezone: str) -> list[pl.Expr]:
    """Return the days on which rows were made and last changed; null where that is not on record."""
    return [
        event_day(pl.col(name), timezone).alias(f"__{name}")
        if name in frame.columns and frame.schema[name].is_temporal()
        else pl.lit(None, pl.Date).alias(f"__{name}")
        for name in ("created_at", "updated_at")
    ]


def _dates(kinds: Mapping[str, pl.DataType], as_of: dt.date) -> dict[str, pl.Expr]:
    """Return dates that cannot be beside each other."""
    found: dict[str, pl.Expr] = {}
    made, changed = pl.col("__created_at"), pl.col("__updated_at")
    if kinds.get("birth_date") == pl.Date and "created_at" in kinds:
        known = pl.col("__is_birth_date") == "valid"
        found["birth_date_after_created"] = (pl.col("birth_date") > made) & known
    if "updated_at" in kinds:
        found["updated_in_future"] = changed > as_of
        found["updated_before_created"] = changed < made
    return found


def _month() -> pl.Expr:
    """Return the month in which a row was made (else: last changed), as ``2025-04``."""
    return pl.coalesce("__created_at", "__updated_at").dt.strftime("%Y-%m")


def _years(as_of: dt.date) -> pl.Expr:
    """Return the years since a row was last changed (else: made), to three digits; null for days to come."""
    days = (pl.lit(as_of) - pl.coalesce("__updated_at", "__created_at")).dt.total_days()
    return pl.when(days >= 0).then((days / 365.25).round(3))
