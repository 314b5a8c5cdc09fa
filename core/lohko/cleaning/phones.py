"""Telephone numbers: E.164 where they can be read, once per distinct number and country."""

from __future__ import annotations

import phonenumbers
import polars as pl


def read_phones(values: pl.Series, countries: pl.Series) -> pl.DataFrame:
    """Return the distinct pairs of number and country with their E.164 form (ITU-T E.164), read by phonenumbers.

    A national number is read in the country beside it; without one only numbers with ``+`` or ``00`` can be read. A number
    that is not valid in its country's plan, or that carries an extension (E.164 has none), has no E.164 form.

    Parameters
    ----------
    values : tidied text
    countries : alpha-2 code or null, row by row

    Returns
    -------
    DataFrame with ``value``, ``region`` and ``normal`` (null: not read)
    """
    unique = pl.DataFrame({"value": values, "region": countries}).drop_nulls("value").unique()
    normal = [_e164(value, region) for value, region in unique.iter_rows()]
    return unique.with_columns(normal=pl.Series(normal, dtype=pl.String))


def _e164(value: str, region: str | None) -> str | None:
    text = "+" + value[2:] if value.startswith("00") else value
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
