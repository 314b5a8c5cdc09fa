"""Finds a customer by an id (also one from before merging), an e-mail address or a phone number."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from lohko.cleaning.contact_keys import email_key, phone_key
from lohko.errors import InputRefused

NEAREST = 5  # how many are offered where nobody is found
_SLIPS = 3  # slips of the finger within which an id is near; short ids may have fewer
_CONTACT_SLIPS = 2  # the same for an e-mail address or a phone number
_PHONE = r"^[+\d\s()./-]+$"
_PHONE_DIGITS = 6  # a number with fewer is none to look for


def find(tables: Mapping[str, pl.LazyFrame], word: str) -> str:
    """Return the id of the surviving customer that a word means.

    Ids are compared as they stand, then without case, then without the prefix of their source; e-mail addresses and phone
    numbers in the comparing form of ``lohko.cleaning.contact_keys``. A word with a slip (a letter too many, too few, wrong, or two
    swapped) finds nobody, but is told who is near: whose data is shown is never guessed.

    Raises
    ------
    InputRefused
        Nobody is found (``customer_missing``), or several are (``customer_several``).
    """
    names = _names(tables)
    own = pl.col("name")
    plain = own.str.to_lowercase()
    text = word.strip().lower()
    for match in (own == word.strip(), plain == text, plain.str.split(":").list.last() == text):
        if found := _ids(names.filter(match)):
            return _only(found)
    if found := _by_contact(tables, word, names):
        return _only(found)
    raise InputRefused(
        "customer_missing", "the package has no such customer", hint=_hint(_near(tables, names, text), text)
    )


def _names(tables: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Return every name a customer goes by (their id, ids and row ids from before merging) and the surviving id."""
    parts = [tables[t].select("customer_id", name="customer_id") for t in ("customers", "value") if t in tables]
    if "crosswalk" in tables:
        parts += [tables["crosswalk"].select("customer_id", name=c) for c in ("source_customer_id", "row_id")]
    if not parts:
        raise InputRefused("table_needed", "a customer needs the table customers", hint="lohko ingest customers=FILE")
    return pl.concat(parts).drop_nulls().unique().sort("name", "customer_id").collect()


def _by_contact(tables: Mapping[str, pl.LazyFrame], word: str, names: pl.DataFrame) -> list[str]:
    wanted, keyed = _keyed(tables, word)
    return _surviving(names, pl.concat([f.filter(pl.col("key") == wanted) for f in keyed]).collect()) if keyed else []


def _keyed(tables: Mapping[str, pl.LazyFrame], word: str) -> tuple[str, list[pl.LazyFrame]]:
    """Return a contact in comparing form, and every row's contact of that kind in it; no rows where the word is no contact."""
    column, key = ("email", email_key) if "@" in word else ("phone", phone_key)
    wanted = pl.select(key(pl.lit(word.strip()))).item()
    if wanted is None or (column == "phone" and len(wanted) < _PHONE_DIGITS):
        return "", []
    return wanted, [
        tables[name].select("customer_id", key=key(pl.col(column))).drop_nulls()
        for name in ("customers", "originals")
        if name in tables and column in tables[name].collect_schema().names()
    ]


def _surviving(names: pl.DataFrame, hit: pl.DataFrame) -> list[str]:
    return _ids(names.filter(pl.col("name").is_in(hit["customer_id"].implode())))


def _ids(names: pl.DataFrame) -> list[str]:
    return names["customer_id"].unique().sort().to_list()


def _only(found: list[str]) -> str:
    if len(found) > 1:
        listed = ", ".join(map(_told, found[:10])) + (", …" if len(found) > 10 else "")
        raise InputRefused("customer_several", f"{len(found)} customers fit", hint=f"name one of {listed}")
    return found[0]


def _near(tables: Mapping[str, pl.LazyFrame], names: pl.DataFrame, text: str) -> list[str]:
    """Return the nearest customers by id (also one from before merging), e-mail address or phone number; the nearest first."""
    near: dict[str, int] = {}
    if "@" not in text:
        own = names.with_columns(key=pl.col("name").str.to_lowercase())
        bare = own.with_columns(key=pl.col("key").str.split(":").list.last())
        _closest(near, pl.concat([own, bare]).select("customer_id", "key"), text, max(1, min(_SLIPS, len(text) // 3)))
    if "@" in text or re.match(_PHONE, text):
        wanted, keyed = _keyed(tables, text)
        if keyed:
            contacts = pl.concat(keyed).unique().collect()
            ids = contacts.join(names, left_on="customer_id", right_on="name").select(
                customer_id="customer_id_right", key="key"
            )
            _closest(near, ids, wanted, _CONTACT_SLIPS)
    return sorted(near, key=lambda i: (near[i], i))[:NEAREST]


def _closest(near: dict[str, int], rows: pl.DataFrame, text: str, slips: int) -> None:
    """Add the customers whose key is within so many slips (Damerau 1964), each with the fewest."""
    if not text:
        return
    distances = process.cdist([text], rows["key"].to_list(), scorer=OSA.distance, score_cutoff=slips, dtype=np.int16)[0]
    for place in np.flatnonzero(distances <= slips):
        customer, distance = str(rows["customer_id"][int(place)]), int(distances[place])
        near[customer] = min(distance, near.get(customer, distance))


def _hint(near: list[str], text: str) -> str:
    if near:
        return f"nearest are {', '.join(map(_told, near))}" if len(near) > 1 else f"nearest is {_told(near[0])}"
    check = "check the address, or name an id" if "@" in text else "check the id"
    return f"{check}: `lohko show PACKAGE customers` lists them"


def _told(customer: str) -> str:
    """Return an id as messages may show it: one that is an e-mail address is masked."""
    return f"{customer[:1]}…@…" if "@" in customer else customer
