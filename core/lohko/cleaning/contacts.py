"""Contacts in normal form: text, names, e-mail, phone, business id, country. What cannot be read stays as it was and is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from lohko.cleaning.changes import appended, changed_rows
from lohko.cleaning.countries import home_country, read_country, row_country
from lohko.cleaning.faults import examine
from lohko.cleaning.feedback import feedback_figures, feedback_findings
from lohko.cleaning.frames import in_order, taken
from lohko.cleaning.names import mended_letters
from lohko.cleaning.origins import origin_figures
from lohko.cleaning.params import ContactsParams
from lohko.cleaning.postal_book import read_book
from lohko.cleaning.quality import FAULTS, field_status, joined, read_fields
from lohko.cleaning.sensitive import Find, sensitive_finds
from lohko.outcome import Env, Finding, Level, StepResult
from lohko.parameters import Params
from lohko.tables.text import tidied

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
# Places and companies, whose letters an encoding may have broken as well.
_LETTERED = ("company_name", "street", "city", "municipality")
_BROKEN = r"[ÃÂ]"
# Findings of what was not mended, by field and status.
_TOLD = {
    ("email", "unreadable"): "email_unreadable",
    ("email", "placeholder"): "email_placeholder",
    ("email", "typo_suspected"): "email_typo_suspected",
    ("email", "role"): "email_role",
    ("phone", "unreadable"): "phone_unreadable",
    ("phone", "placeholder"): "phone_placeholder",
    ("phone", "premium"): "phone_premium",
    ("name", "company"): "name_company",
    ("business_id", "unreadable"): "business_id_unreadable",
    ("birth_date", "future"): "birth_date_future",
    ("birth_date", "filler"): "birth_date_filler",
    ("street", "filler"): "street_filler",
}
_NO_FAULT = {("email", "role")}
# Free words of people about customers, beside the customers' own columns.
_FREE_TEXT = {"feedback": "text"}


def contacts(tables_in: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Bring the contact columns of ``customers`` into normal form.

    Text is trimmed, white space collapsed, Unicode composed (NFC). Names lose titles, capitals and broken letters; e-mail
    domains are lower-cased after a syntax check, and endings that no address has are mended for known mail hosts; phones become
    E.164, business ids get their country's form, country names become alpha-2 codes. A value that cannot be read stays as it
    was. National numbers and ids are read in the row's country, else in the register's (``figures["home_country"]`` says which,
    and what shows it). Every rewritten value is a row of ``changes``. A second run changes nothing.

    Returns
    -------
    StepResult with tables ``customers`` and ``changes``; figures ``changed`` and ``unreadable`` (column to count), ``status``
    (field to status to count, of the rows as they came; postcodes aside, which have their own step), ``phone_kinds``,
    ``faults`` (``origin_figures``), ``sensitive`` (table, column, kind, count), ``feedback`` (``feedback_figures``) and
    ``home_country``.
    """
    assert isinstance(params, ContactsParams)
    frame = taken(tables_in, "customers").collect()
    names = frame.columns
    present = [name for name in _TEXT if name in names and frame.schema[name] == pl.String]
    was = {name: f"__was_{name}" for name in present}
    came = frame
    frame = frame.with_columns(pl.col(name).alias(was[name]) for name in present).with_columns(
        tidied(pl.col(name)) for name in present
    )
    rules: dict[str, pl.Series] = {}
    unreadable: dict[str, int] = {}
    if "country" in present:
        read = read_country(frame["country"]).select("value", normal="country", rule=pl.lit("country_alpha2"))
        frame, rules["country"], unreadable["country"] = _settled(frame, "country", read)
    home = home_country(frame, params.country)
    region = row_country(frame).fill_null(pl.lit(home.code, pl.String))
    for name in _LETTERED:
        if name in present:
            frame, rules[name], _ = _settled(frame, name, _relettered(frame[name]))
    known = read_fields(frame.select(present), region)
    kinds = _kinds(joined(frame["phone"], region, known["phone"])["kind"]) if "phone" in present else {}
    for name, read in known.items():
        frame, rules[name], unreadable[name] = _settled(frame, name, read, region)
    made = [_changes(frame, name, was[name], rules.get(name)) for name in present]
    changed = {name: rows.height for name, rows in zip(present, made, strict=True)}
    status = field_status(came, home.code, env.as_of, known)
    book = read_book(env.given["postcodes"]) if "postcodes" in env.given else None
    faults = origin_figures(examine(came, env.as_of, env.timezone, country=home.code, book=book, status=status))
    finds = _sensitive(came, tables_in)
    voices = feedback_figures(tables_in["feedback"]) if "feedback" in tables_in else {}
    counts = {field: _counts(status[field]) for field in FAULTS}
    return StepResult(
        tables={"customers": in_order(frame.select(names)), "changes": appended(tables_in, made)},
        findings=(*_findings(changed, unreadable, counts, faults, finds), *feedback_findings(voices)),
        figures={
            "changed": changed,
            "unreadable": unreadable,
            "status": counts,
            "phone_kinds": kinds,
            "faults": faults,
            "feedback": voices,
            "sensitive": [find.as_dict() for find in finds],
            "home_country": {"country": home.code, "shown_by": home.shown_by},
        },
    )


def _settled(
    frame: pl.DataFrame, column: str, known: pl.DataFrame, region: pl.Series | None = None
) -> tuple[pl.DataFrame, pl.Series, int]:
    """Return the frame with the column's values in normal form where they have one, each row's rule, and how many have none."""
    region = region if region is not None else pl.Series([None] * frame.height, dtype=pl.String)
    read = joined(frame[column], region, known)
    unread = int((read["value"].is_not_null() & read["normal"].is_null()).sum())
    return frame.with_columns(read.select(pl.coalesce("normal", "value").alias(column))[column]), read["rule"], unread


def _relettered(values: pl.Series) -> pl.DataFrame:
    """Return the values whose letters an encoding broke, as they were meant."""
    broken = values.unique().drop_nulls()
    broken = broken.filter(broken.str.contains(_BROKEN))
    meant = pl.Series([mended_letters(value) for value in broken], dtype=pl.String)
    return pl.DataFrame({"value": broken, "normal": meant}).with_columns(rule=pl.lit("text_letters"))


def _kinds(kinds: pl.Series) -> dict[str, int]:
    return dict(sorted(kinds.drop_nulls().value_counts(sort=False).iter_rows()))


def _changes(frame: pl.DataFrame, name: str, was: str, rules: pl.Series | None) -> pl.DataFrame:
    only_tidied = pl.col(name).eq_missing(tidied(pl.col(was)))
    told = pl.col("__rule") if rules is not None else pl.lit(None, pl.String)
    if rules is not None:
        frame = frame.with_columns(rules.alias("__rule"))
    rule = pl.when(only_tidied).then(pl.lit("text_tidied")).otherwise(pl.coalesce(told, pl.lit("text_tidied")))
    return changed_rows(frame, column=name, old=was, rule=rule, confidence=pl.lit(1.0), step=STEP)


def _sensitive(customers: pl.DataFrame, tables_in: Mapping[str, pl.LazyFrame]) -> list[Find]:
    found = sensitive_finds("customers", customers)
    for table, column in _FREE_TEXT.items():
        if table in tables_in and column in tables_in[table].collect_schema():
            found += sensitive_finds(table, tables_in[table].select(pl.col(column).cast(pl.String)).collect())
    return found


def _counts(status: pl.Series) -> dict[str, int]:
    return dict(sorted((word, count) for word, count in status.drop_nulls().value_counts(sort=False).iter_rows()))


def _findings(
    changed: Mapping[str, int],
    unreadable: Mapping[str, int],
    counts: Mapping[str, Mapping[str, int]],
    faults: Mapping[str, list[dict[str, Any]]],
    finds: list[Find],
) -> list[Finding]:
    told = [Finding("contacts_normalised", {"count": sum(changed.values())})] if sum(changed.values()) else []
    if unreadable.get("country"):
        told.append(Finding("country_unreadable", {"count": unreadable["country"]}, "warning"))
    for (field, word), code in _TOLD.items():
        count = counts.get(field, {}).get(word, 0)
        level: Level = "info" if (field, word) in _NO_FAULT else "warning"
        if count:
            told.append(Finding(code, {"count": count}, level))
    for find in finds:
        kind, data = find.kind, {"count": find.count, "column": find.column, "table": find.table}
        told.append(Finding(f"text_{kind}", data, "warning"))
    for entry in [entry for entry in faults["by_source"] if entry["stands_out"]][:3]:
        data = {"source": entry["name"], "count": entry["faulty"], "share": f"{entry['faulty'] / entry['rows']:.0%}"}
        told.append(Finding("faults_from_source", data, "warning"))
    return told
