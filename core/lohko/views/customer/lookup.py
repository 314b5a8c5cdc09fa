"""Finds a customer by an id (also one from before merging), an e-mail address or a phone number."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from lohko.cleaning.contact_keys import email_key, phone_key
from lohko.errors import InputRefused

NEAREST = 5  # how many are offered where nobody is found
_SLIPS = 3  # slips of the finger within which an id is near


def find(tables: Mapping[str, pl.LazyFrame], word: str) -> str:
    """Return the id of the surviving customer that a word means.

    Ids are compared as they stand, then without case, then without the prefix of their source; e-mail addresses and phone
    numbers in the comparing form of ``lohko.cleaning.contact_keys``. A word with a slip finds nobody, but is told who is
    near: whose data is shown is never guessed.

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
    raise InputRefused("customer_missing", "the package has no such customer", hint=_near(names, text))


def _names(tables: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Return every name a customer goes by (their id, ids and row ids from before merging) and the surviving id."""
    parts = [tables[t].select("customer_id", name="customer_id") for t in ("customers", "value") if t in tables]
    if "crosswalk" in tables:
        parts += [tables["crosswalk"].select("customer_id", name=c) for c in ("source_customer_id", "row_id")]
    if not parts:
        raise InputRefused("table_needed", "a customer needs the table customers", hint="lohko ingest customers=FILE")
    return pl.concat(parts).drop_nulls().unique().sort("name", "customer_id").collect()


def _by_contact(tables: Mapping[str, pl.LazyFrame], word: str, names: pl.DataFrame) -> list[str]:
    column, key = ("email", email_key) if "@" in word else ("phone", phone_key)
    wanted = pl.select(key(pl.lit(word.strip()))).item()
    if wanted is None or (column == "phone" and len(wanted) < len("040123")):
        return []
    found: set[str] = set()
    for name in ("customers", "originals"):
        if name in tables and column in tables[name].collect_schema().names():
            hit = tables[name].filter(key(pl.col(column)) == wanted).select("customer_id").collect()["customer_id"]
            found |= set(_ids(names.filter(pl.col("name").is_in(hit.implode()))))
    return sorted(found)


def _ids(names: pl.DataFrame) -> list[str]:
    return names["customer_id"].unique().sort().to_list()


def _only(found: list[str]) -> str:
    if len(found) > 1:
        listed = ", ".join(map(_told, found[:10])) + (", …" if len(found) > 10 else "")
        raise InputRefused("customer_several", f"{len(found)} customers fit", hint=f"name one of {listed}")
    return found[0]


def _near(names: pl.DataFrame, text: str) -> str:
    if "@" in text:
        return "check the address, or name an id: `lohko show PACKAGE customers` lists them"
    ids = _ids(names)
    close = process.extract(text, [i.lower() for i in ids], scorer=OSA.distance, score_cutoff=_SLIPS, limit=NEAREST)
    listed = ", ".join(_told(ids[place]) for _, _, place in close)
    return f"nearest are {listed}" if listed else "`lohko show PACKAGE customers` lists the ids"


def _told(customer: str) -> str:
    """Return an id as messages may show it: one that is an e-mail address is masked."""
    return f"{customer[:1]}…@…" if "@" in customer else customer
