"""What is to be said of each field of each customer row, as the row came; the checks of whole rows (``faults``) stand on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from lohko.cleaning.business_ids import read_business_ids
from lohko.cleaning.countries import row_country
from lohko.cleaning.emails import read_emails
from lohko.cleaning.names import NAME_STATUSES, read_names
from lohko.cleaning.phones import read_phones
from lohko.cleaning.recipients import vocabulary
from lohko.tables.text import folded, tidied

#: Statuses that are faults, by field (postcodes have their own ladder). ``missing`` is none of them: what a row lacks is told apart
#: from what is wrong in it.
FAULTS: dict[str, tuple[str, ...]] = {
    "email": ("unreadable", "placeholder", "typo_suspected", "typo_fixed"),
    "phone": ("unreadable", "placeholder", "premium"),
    "name": ("company", "unreadable", "mended"),
    "business_id": ("unreadable",),
    "birth_date": ("future", "filler"),
    "street": ("filler",),
}
# Days that forms and imports put where no birth date is known, and the oldest a living person can be.
_FILLER_DAYS = ((1, 1, 1900), (1, 1, 1901), (1, 1, 1970), (31, 12, 1899), (30, 12, 1899), (1, 1, 1753))
_OLDEST = 125
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
    known: Mapping[str, pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """Return one column a field, one row a customer row, in the order of the rows: what is to be said of the field.

    Parameters
    ----------
    customers : rows as they came, or after any step
    home : country of rows that name none (``lohko.cleaning.countries.home_country``)
    as_of : the day against which birth dates are judged
    known : what ``read_fields`` said of these rows, where it was asked already

    Returns
    -------
    DataFrame of text columns ``email``, ``phone``, ``name`` (first and last name together: the worse of the two),
    ``business_id``, ``birth_date`` and ``street``. Values are the statuses of each field's module; ``missing``
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
        found["street"] = rows.select(street_status(pl.col("street")).alias("s"))["s"]
    return pl.DataFrame(found)


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


def street_status(street: pl.Expr) -> pl.Expr:
    """Tell whether a street is ``missing``, a ``filler`` (osoite puuttuu, a dash) or ``valid``."""
    key = folded(street)
    return (
        pl.when(street.is_null())
        .then(pl.lit("missing"))
        .when(key.is_null() | key.is_in(vocabulary()["street_fillers"]))
        .then(pl.lit("filler"))
        .otherwise(pl.lit("valid"))
    )
