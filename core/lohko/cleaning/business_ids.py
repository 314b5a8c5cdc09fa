"""Business ids: check digit and normal form by the rules of the country that gave them."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl
from stdnum.dk import cvr
from stdnum.ee import registrikood
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.fi import ytunnus
from stdnum.no import orgnr as no_orgnr
from stdnum.se import orgnr as se_orgnr

BUSINESS_ID_STATUSES = ("unreadable", "foreign", "valid")
# Country of the row: how its business ids are checked and written.
_NATIONAL: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "FI": (ytunnus.validate, ytunnus.format),
    "AX": (ytunnus.validate, ytunnus.format),
    "SE": (se_orgnr.validate, se_orgnr.format),
    "NO": (no_orgnr.validate, str),
    "DK": (cvr.validate, str),
    "EE": (registrikood.validate, str),
}
_FINNISH_VAT = re.compile(r"^FI[ -]?(\d{7})[ -]?(\d)$", re.IGNORECASE)
_SCHEMA = {"normal": pl.String, "status": pl.String}


def read_business_ids(values: pl.Series, countries: pl.Series) -> pl.DataFrame:
    """Return the distinct pairs of business id and country with the id's normal form, by python-stdnum.

    A Finnish id is ``1234567-1``, also where it came as a VAT number (``FI12345671``) or without its hyphen; VAT numbers of
    other countries of the European Union keep their form, and so does a Finnish one of a customer elsewhere. Ids of countries without a rule here are ``foreign``: not judged.

    Parameters
    ----------
    values : tidied text
    countries : alpha-2 code or null, row by row; without one the id is read as Finnish

    Returns
    -------
    DataFrame with ``value``, ``region``, ``normal`` (null: not valid) and ``status`` (one of ``BUSINESS_ID_STATUSES``)
    """
    unique = pl.DataFrame({"value": values, "region": countries}).drop_nulls("value").unique()
    read = pl.DataFrame([_read(value, region) for value, region in unique.iter_rows()], schema=_SCHEMA, orient="row")
    return pl.concat([unique, read], how="horizontal")


def _read(value: str, region: str | None) -> tuple[str | None, str]:
    finnish = _FINNISH_VAT.match(value)
    if finnish and region in (None, "FI", "AX"):  # elsewhere its prefix is all that says whose it is
        return _checked(f"{finnish[1]}-{finnish[2]}", *_NATIONAL["FI"])
    if re.match(r"^[A-Za-z]{2}[A-Za-z0-9 .-]{2,14}$", value):
        return _checked(value, vat.validate, str)
    if region is not None and region not in _NATIONAL:
        return value, "foreign"
    return _checked(value, *_NATIONAL[region or "FI"])


def _checked(text: str, validate: Callable[[str], str], write: Callable[[str], str]) -> tuple[str | None, str]:
    try:
        return write(validate(text)), "valid"
    except ValidationError:
        return None, "unreadable"
