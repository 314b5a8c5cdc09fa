"""What is to be said of each field of each customer row, and which source the faulty ones come from.

The health report and ``clean`` both stand on this: one status a field and row, as the row came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl

from lohko.cleaning.business_ids import read_business_ids
from lohko.cleaning.countries import row_country
from lohko.cleaning.emails import read_emails
from lohko.cleaning.names import NAME_STATUSES, read_names
from lohko.cleaning.phones import read_phones
from lohko.cleaning.postal_book import PostalBook, embedded
from lohko.cleaning.postal_cases import judged
from lohko.cleaning.recipients import vocabulary
from lohko.cleaning.text import folded, tidied

#: Statuses that are faults, by field. ``missing`` is none: what a row lacks is told apart from what is wrong in it. Nor is
#: ``retired``: such an address was right when it was written.
FAULTS: dict[str, tuple[str, ...]] = {
    "email": ("unreadable", "placeholder", "typo_suspected", "typo_fixed"),
    "phone": ("unreadable", "placeholder", "premium"),
    "name": ("company", "unreadable", "mended"),
    "business_id": ("unreadable",),
    "birth_date": ("future", "filler"),
    "street": ("filler",),
    "postcode": ("format_fixed", "repaired_unique", "place_mismatch", "ambiguous", "invalid"),
}
# Days that forms and imports put where no birth date is known, and the oldest a living person can be.
_FILLER_DAYS = ((1, 1, 1900), (1, 1, 1901), (1, 1, 1970), (31, 12, 1899), (30, 12, 1899), (1, 1, 1753))
_OLDEST = 125
_FEWEST_ROWS = 10
_READ = ("email", "phone", "first_name", "last_name", "business_id", "street")


def read_fields(rows: pl.DataFrame, region: pl.Series) -> dict[str, pl.DataFrame]:
    """Return what the readers of each field say of its distinct values: reading them is the dear part, so it is done once.

    Parameters
    ----------
    rows : tidied text columns
    region : country of each row, alpha-2 or null

    Returns
    -------
    By column (``email``, ``phone``, ``business_id``, ``first_name``, ``last_name``, where there): ``value`` (``region``), ``normal``,
    ``rule``, ``status`` and, of phones, ``kind``
    """
    found = {}
    if "email" in rows.columns:
        found["email"] = read_emails(rows["email"])
    if "phone" in rows.columns:
        found["phone"] = read_phones(rows["phone"], region).with_columns(rule=pl.lit("phone_e164"))
    if "business_id" in rows.columns:
        known = read_business_ids(rows["business_id"], region)
        found["business_id"] = known.with_columns(rule=pl.lit("business_id_form"))
    for name in ("first_name", "last_name"):
        if name in rows.columns:
            found[name] = read_names(rows[name], initials=name == "first_name")
    return found


def joined(values: pl.Series, region: pl.Series, known: pl.DataFrame) -> pl.DataFrame:
    """Return row by row what is known of each value."""
    keys = ["value", "region"] if "region" in known.columns else ["value"]
    rows = pl.DataFrame({"value": values, "region": region}).select(keys)
    return rows.join(known, on=keys, how="left", nulls_equal=True, maintain_order="left")


def field_status(
    customers: pl.DataFrame,
    home: str | None,
    as_of: dt.date,
    book: PostalBook | None = None,
    known: Mapping[str, pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """Return one column a field, one row a customer row, in the order of the rows: what is to be said of the field.

    Parameters
    ----------
    customers : rows as they came, or after any step
    home : country of rows that name none (``lohko.cleaning.countries.home_country``)
    as_of : the day against which birth dates are judged
    book : Finland's postcodes to go by; None: those that come with lohko
    known : what ``read_fields`` said of these rows, where it was asked already

    Returns
    -------
    DataFrame of text columns ``email``, ``phone``, ``name`` (first and last name together: the worse of the two),
    ``business_id``, ``birth_date``, ``street`` and ``postcode``. Values are the statuses of each field's module; ``missing``
    where the field is empty; null throughout where the register has no such column. ``FAULTS`` says which are faults.
    """
    texts = [name for name in _READ if name in customers.columns and customers.schema[name] == pl.String]
    rows = customers.select(tidied(pl.col(name)) for name in texts)
    region = row_country(customers).fill_null(pl.lit(home, pl.String))
    known = read_fields(rows, region) if known is None else known
    found = {name: pl.Series([None] * customers.height, dtype=pl.String) for name in FAULTS}
    for name in ("email", "phone", "business_id"):
        if name in rows.columns:
            found[name] = joined(rows[name], region, known[name])["status"].fill_null("missing")
    names = [name for name in ("first_name", "last_name") if name in rows.columns]
    if names:
        found["name"] = _worst([joined(rows[name], region, known[name])["status"] for name in names])
    if "birth_date" in customers.columns and customers.schema["birth_date"] == pl.Date:
        found["birth_date"] = customers.select(_birth_status(pl.col("birth_date"), as_of).alias("s"))["s"]
    if "street" in rows.columns:
        found["street"] = rows.select(_street_status(pl.col("street")).alias("s"))["s"]
    if "postcode" in customers.columns:
        found["postcode"] = judged(customers, home, book or embedded()).rows["__status"]
    return pl.DataFrame(found)


def faults_by_source(customers: pl.DataFrame, status: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return where faulty rows come from, and since when.

    Parameters
    ----------
    customers : with ``source`` (reading puts the file's name where a row names none), ``created_at``, ``updated_at``
    status : what ``field_status`` says of the same rows

    Returns
    -------
    ``by_source``: per source ``rows``, ``faulty`` (rows with any fault), ``share`` and ``fields`` (faults by field and status),
    most faulty first. ``by_month``: per source and month (of ``created_at``, else ``updated_at``) ``rows`` and ``faulty``, for
    months with at least one, in order. Plain JSON values.
    """
    names = customers.columns
    flags = {
        field: status[field].is_in(list(words)).fill_null(value=False) for field, words in FAULTS.items()
    }  # fmt: skip
    source = pl.col("source") if "source" in names else pl.lit(None, pl.String)
    times = [pl.col(name).cast(pl.Date, strict=False) for name in ("created_at", "updated_at") if name in names]
    month = pl.coalesce(times).dt.strftime("%Y-%m") if times else pl.lit(None, pl.String)
    own = customers.with_columns(source.alias("source"), month.alias("month")).select("source", "month")
    rows = own.with_columns(
        faulty=pl.any_horizontal(flags.values()) if flags else pl.lit(value=False),
        **{f"is_{field}": flag for field, flag in flags.items()},
    )
    each = {f"is_{field}": status[field] for field in FAULTS}
    counted = rows.group_by("source").agg(rows=pl.len(), faulty=pl.col("faulty").sum())
    fields: dict[str | None, dict[str, dict[str, int]]] = {}
    for field in FAULTS:
        told = rows.select("source", flag=f"is_{field}", word=each[f"is_{field}"]).filter("flag")
        counts = told.group_by("source", "word").len("count").sort("source", "word")
        for name, word, count in counts.iter_rows():
            fields.setdefault(name, {}).setdefault(field, {})[word] = count
    by_source = [
        {
            "source": name,
            "rows": total,
            "faulty": faulty,
            "share": round(faulty / total, 4),
            "fields": fields.get(name, {}),
        }
        for name, total, faulty in counted.sort(["faulty", "source"], descending=[True, False]).iter_rows()
    ]
    monthly = (
        rows.drop_nulls("month")
        .group_by("source", "month")
        .agg(rows=pl.len(), faulty=pl.col("faulty").sum())
        .filter(pl.col("faulty") > 0)
        .sort("source", "month")
    )
    return {"by_source": by_source, "by_month": monthly.to_dicts()}


def notable_sources(faults: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the sources that write more than their share: at least twice as often faulty as all rows together, most first."""
    entries = faults["by_source"]
    rows, faulty = sum(e["rows"] for e in entries), sum(e["faulty"] for e in entries)
    if not faulty or len(entries) < 2:
        return []
    overall = faulty / rows
    return [e for e in entries if e["faulty"] >= _FEWEST_ROWS and e["share"] >= 2 * overall and e["source"]]


def _worst(parts: list[pl.Series]) -> pl.Series:
    """Return the worst status of the parts of a name; a name of which one part is there is not missing."""
    both = pl.DataFrame([part.alias(str(number)) for number, part in enumerate(parts)])
    told = [pl.when(pl.any_horizontal(pl.all() == word)).then(pl.lit(word)) for word in NAME_STATUSES]
    return both.select(pl.coalesce(*told, pl.lit("missing")).alias("s"))["s"]


def _birth_status(born: pl.Expr, as_of: dt.date) -> pl.Expr:
    fillers = [dt.date(year, month, day) for day, month, year in _FILLER_DAYS]
    oldest = dt.date(as_of.year - _OLDEST, 1, 1)
    return (
        pl.when(born.is_null())
        .then(pl.lit("missing"))
        .when(born > as_of)
        .then(pl.lit("future"))
        .when(born.is_in(fillers) | (born < oldest))
        .then(pl.lit("filler"))
        .otherwise(pl.lit("valid"))
    )


def _street_status(street: pl.Expr) -> pl.Expr:
    key = folded(street)
    return (
        pl.when(street.is_null())
        .then(pl.lit("missing"))
        .when(key.is_null() | key.is_in(vocabulary()["street_fillers"]))
        .then(pl.lit("filler"))
        .otherwise(pl.lit("valid"))
    )
