"""Contacts in normal form: text, e-mail, phone, country. What cannot be read stays as it was and is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from lohko.cleaning.changes import appended, changed_rows
from lohko.cleaning.countries import HomeCountry, home_country, read_country, row_country
from lohko.cleaning.emails import read_emails
from lohko.cleaning.frames import in_order, taken
from lohko.cleaning.params import ContactsParams
from lohko.cleaning.phones import read_phones
from lohko.cleaning.text import tidied
from lohko.outcome import Env, Finding, StepResult
from lohko.parameters import Params

STEP = "contacts"
# The contract's text columns whose white space is tidied; further columns of the user's own are left alone.
_TEXT = (
    "first_name",
    "last_name",
    "company_name",
    "business_id",
    "email",
    "phone",
    "street",
    "postcode",
    "city",
    "municipality",
    "country",
    "language",
    "business_unit",
)
_RULES = {"email": "email_normal_form", "phone": "phone_e164", "country": "country_alpha2"}


def contacts(tables_in: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Bring the contact columns of ``customers`` into normal form.

    Text is trimmed, white space collapsed, Unicode composed (NFC). E-mail domains are lower-cased after a syntax check,
    phones become E.164, country names become alpha-2 codes. A value that cannot be read stays as it was. National phone
    numbers are read in the row's country, else in the register's (``figures["home_country"]`` says which, and what shows
    it). Every rewritten value is a row of ``changes``. A second run changes nothing.

    Returns
    -------
    StepResult with tables ``customers`` and ``changes``; figures ``changed`` (column to count), ``unreadable`` (column to
    count of rows) and ``home_country``.
    """
    assert isinstance(params, ContactsParams)
    del env
    frame = taken(tables_in, "customers").collect()
    names = frame.columns
    present = [name for name in _TEXT if name in names and frame.schema[name] == pl.String]
    was = {name: f"__was_{name}" for name in present}
    frame = frame.with_columns(pl.col(name).alias(was[name]) for name in present).with_columns(
        tidied(pl.col(name)) for name in present
    )
    unreadable: dict[str, int] = {}
    if "country" in present:
        frame, unreadable["country"] = _normalised(frame, "country", read_country, "country")
    home = home_country(frame, params.country)
    if "email" in present:
        frame, unreadable["email"] = _normalised(frame, "email", read_emails, "normal")
    if "phone" in present:
        frame, unreadable["phone"] = _phones(frame, home)

    made = [_changes(frame, name, was[name]) for name in present]
    changed = {name: rows.height for name, rows in zip(present, made, strict=True)}
    return StepResult(
        tables={"customers": in_order(frame.select(names)), "changes": appended(tables_in, made)},
        findings=tuple(_findings(changed, unreadable)),
        figures={
            "changed": changed,
            "unreadable": unreadable,
            "home_country": {"country": home.code, "shown_by": home.shown_by},
        },
    )


def _normalised(
    frame: pl.DataFrame, column: str, read: Callable[[pl.Series], pl.DataFrame], form: str
) -> tuple[pl.DataFrame, int]:
    """Return the frame with the column's values in normal form where they have one, and how many rows have none."""
    known = read(frame[column]).select(pl.col("value").alias(column), pl.col(form).alias("__normal"))
    joined = frame.join(known, on=column, how="left", maintain_order="left")
    return _settled(joined, column)


def _phones(frame: pl.DataFrame, home: HomeCountry) -> tuple[pl.DataFrame, int]:
    region = row_country(frame).fill_null(pl.lit(home.code, pl.String)).alias("__region")
    frame = frame.with_columns(region)
    known = read_phones(frame["phone"], frame["__region"]).rename(
        {"value": "phone", "region": "__region", "normal": "__normal"}
    )
    joined = frame.join(known, on=["phone", "__region"], how="left", nulls_equal=True, maintain_order="left")
    return _settled(joined.drop("__region"), "phone")


def _settled(frame: pl.DataFrame, column: str) -> tuple[pl.DataFrame, int]:
    unread = frame.filter(pl.col(column).is_not_null() & pl.col("__normal").is_null()).height
    return frame.with_columns(pl.coalesce("__normal", column).alias(column)).drop("__normal"), unread


def _changes(frame: pl.DataFrame, name: str, was: str) -> pl.DataFrame:
    only_tidied = pl.col(name).eq_missing(tidied(pl.col(was)))
    rule = pl.when(only_tidied).then(pl.lit("text_tidied")).otherwise(pl.lit(_RULES.get(name, "text_tidied")))
    return changed_rows(frame, column=name, old=was, rule=rule, confidence=pl.lit(1.0), step=STEP)


def _findings(changed: Mapping[str, int], unreadable: Mapping[str, int]) -> list[Finding]:
    found = [Finding("contacts_normalised", {"count": sum(changed.values())})] if sum(changed.values()) else []
    return found + [
        Finding(f"{column}_unreadable", {"count": count}, "warning")
        for column, count in sorted(unreadable.items())
        if count
    ]
