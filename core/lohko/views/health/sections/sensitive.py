"""What should not stand in free text: personal identity codes, card numbers, notes of protected addresses. Counted, never shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import polars as pl
from stdnum import luhn
from stdnum.fi import hetu
from stdnum.se import personnummer

from lohko.cleaning.text import folded
from lohko.views.health.model import Find

_STRUCTURED = frozenset(
    {"row_id", "line", "email", "phone", "postcode", "country", "language", "source", "business_id", "postcode_status"}
)
"""Columns that are checked for what they are; whatever else is text may hold anything."""
_EDGE = r"(?:^|[^0-9A-Za-z])"
_FINNISH = _EDGE + r"(\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y])(?:$|[^0-9A-Za-z])"
_SWEDISH = _EDGE + r"((?:\d{2})?\d{6}[-+]\d{4})(?:$|[^0-9A-Za-z])"
_CARD = _EDGE + r"([3-6](?:[ -]?\d){12,18})(?:$|[^0-9A-Za-z])"
_NAMED = r"\b(hetu|sotu|hlotunnus|henkilotunnus|personbeteckning|personnummer|personal identity code)"
_PROTECTED = r"\b(turvakielto|turvakiellon|sparrmarkering|sparrmarkerad|skyddad adress|skyddad folkbokforing|protected address)"


def sensitive(tables: Mapping[str, pl.LazyFrame]) -> tuple[Find, ...]:
    """Count rows by column and kind of find: in the text columns of customers, and in the words of feedback.

    A personal identity code counts where its check character is right (Finnish and Swedish codes, python-stdnum), or where the
    text calls it one; a card number by its length, first digit and check digit (Luhn 1960).
    """
    found: list[Find] = []
    for table, only in (("customers", None), ("feedback", ("text",))):
        if table not in tables:
            continue
        schema = tables[table].collect_schema()
        columns = [
            name
            for name, kind in schema.items()
            if kind == pl.String and name not in _STRUCTURED and (only is None or name in only)
        ]
        for name in columns:
            values = tables[table].select(pl.col(name).alias("value")).drop_nulls().collect()["value"]
            shown = name if table == "customers" else f"{table}.{name}"
            found += _finds(values, shown)
    return tuple(found)


def _finds(values: pl.Series, column: str) -> list[Find]:
    texts = values.to_frame()
    # no digit groups and no telling word: nothing to look into
    keyed = texts.with_columns(
        code=pl.col("value").str.contains(_FINNISH) | pl.col("value").str.contains(_SWEDISH),
        card=pl.col("value").str.contains(_CARD),
        protected=pl.col("value").str.len_bytes() > 10,
    )
    codes = keyed.filter("code").with_columns(named=folded(pl.col("value")).str.contains(_NAMED))
    people = sum(bool(named) or _personal(text) for text, named in codes.select("value", "named").iter_rows())
    cards = sum(_card(text) for text in keyed.filter("card")["value"])
    long = keyed.filter("protected").select("value")
    guarded = int(long.select(folded(pl.col("value")).str.contains(_PROTECTED).sum()).item() or 0)
    counts = (("sensitive_personal_code", people), ("sensitive_card_number", cards), ("sensitive_protected_address", guarded))
    return [Find(column, code, count) for code, count in counts if count]


def _personal(text: str) -> bool:
    return _any(text, _FINNISH, lambda code: bool(hetu.is_valid(code, allow_temporary=True))) or _any(
        text, _SWEDISH, lambda code: bool(personnummer.is_valid(code))
    )


def _card(text: str) -> bool:
    def right(written: str) -> bool:
        digits = re.sub(r"\D", "", written)
        return len(set(digits)) > 1 and bool(luhn.is_valid(digits))

    return _any(text, _CARD, right)


def _any(text: str, pattern: str, right: Callable[[str], bool]) -> bool:
    return any(right(found) for found in re.findall(pattern, text))
