"""What must not stand in free text: personal identity codes, card numbers, notes of protected addresses. Counted, never shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl
from stdnum import luhn

from lohko.cleaning.recipients import vocabulary
from lohko.tables.personal_codes import personal_codes
from lohko.tables.text import folded

KINDS = ("personal_code", "card_number", "protected_note")
# Columns that hold codes of their own kind: digits there are no find.
_CODED = {
    "customer_id", "row_id", "phone", "business_id", "email", "postcode", "postcode_status", "country", "language", "customer_type",
    "business_unit", "source", "birth_date",
}  # fmt: skip
_CARD = re.compile(r"(?<![0-9])(?:\d[ -]?){13,19}(?![0-9])")
# Card issuers: first digits and lengths (ISO/IEC 7812 as the networks publish them).
_ISSUERS = re.compile(
    r"^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d)\d{12})$"
)
_SOME = r"\d{4,}"


@dataclass(frozen=True, slots=True)
class Find:
    """So many cells of a column hold something of a kind."""

    table: str
    column: str
    kind: str
    count: int

    def as_dict(self) -> dict[str, str | int]:
        """Return it as plain JSON values."""
        return {"table": self.table, "column": self.column, "kind": self.kind, "count": self.count}


def sensitive_finds(table: str, frame: pl.DataFrame) -> list[Find]:
    """Return what the text columns of a table hold, column by column; columns for ids, phones and the like are passed over."""
    columns = sorted(name for name, kind in frame.schema.items() if kind == pl.String and name not in _CODED)
    found = []
    for column in columns:
        marked = sensitive_cells(frame[column])
        for kind in KINDS:
            count = int(marked[kind].sum())
            if count:
                found.append(Find(table, column, kind, count))
    return found


def sensitive_cells(values: pl.Series) -> pl.DataFrame:
    """Return for every cell whether it holds a thing of each kind: one Boolean column each of ``KINDS``."""
    unique = pl.DataFrame({"value": values.unique().drop_nulls()})
    words = [f" {word}" for word in vocabulary()["protected_words"]]
    digits = pl.col("value").str.contains(_SOME)
    text = pl.lit(" ") + folded(pl.col("value"))
    told = unique.select(
        "value",
        digits=digits,
        protected_note=text.str.contains_any(words).fill_null(value=False),
    )
    looked = told.filter("digits").select(
        "value",
        personal_code=pl.col("value").map_elements(_has_personal_code, return_dtype=pl.Boolean),
        card_number=pl.col("value").map_elements(_has_card, return_dtype=pl.Boolean),
    )
    joined = values.to_frame("value").join(told, on="value", how="left", maintain_order="left")
    joined = joined.join(looked, on="value", how="left", maintain_order="left")
    return joined.select(pl.col(kind).fill_null(value=False) for kind in KINDS)


def without_codes(name: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return a table with a mark in the place of each personal code and card number in free text, and the number of cells they stood in.

    Parameters
    ----------
    name : the table; of ``changes`` the values of columns that are made for codes are left as they are
    frame : all or some of its rows
    """
    columns = [column for column, kind in frame.schema.items() if kind == pl.String and column not in _CODED]
    free = pl.lit(value=True)
    if name == "changes" and "column" in frame.columns:
        free = ~pl.col("column").is_in(sorted(_CODED)).fill_null(value=False)
    count = 0
    for column in columns:
        marked = sensitive_cells(frame[column])
        held = frame.select((pl.lit(marked["personal_code"] | marked["card_number"]) & free).alias("held"))["held"]
        if held.any():
            count += int(held.sum())
            shown = pl.col(column).map_elements(_without, return_dtype=pl.String)
            frame = frame.with_columns(pl.when(held).then(shown).otherwise(pl.col(column)).alias(column))
    return frame, count


def _without(text: str) -> str:
    for found in sorted({*personal_codes(text), *_cards(text)}, key=lambda code: (-len(code), code)):
        text = text.replace(found, "•••")
    return text


def _has_personal_code(text: str) -> bool:
    return bool(personal_codes(text))


def _has_card(text: str) -> bool:
    return bool(_cards(text))


def _cards(text: str) -> list[str]:
    """Return the payment card numbers in a text, as they are written there."""
    found = []
    for match in _CARD.finditer(text):
        number = re.sub(r"\D", "", match[0])
        if _ISSUERS.match(number) and len(set(number)) > 1 and luhn.is_valid(number):
            found.append(match[0].rstrip(" -"))
    return found
