"""Forms of text that differ only in writing become one."""

from __future__ import annotations

import polars as pl
import pytest

from lohko.matching import coding, text


def one(normalise, value):
    return pl.DataFrame({"v": [value]}, schema={"v": pl.String}).select(normalise(pl.col("v")).alias("n"))["n"][0]


@pytest.mark.parametrize(
    ("normalise", "value", "expected"),
    [
        (text.fold, "  Äijälä-Öberg ", "aijala oberg"),
        (text.fold, "O’Brien", "obrien"),
        (text.fold, "Straße", "strasse"),
        (text.fold, "...", None),
        (text.known, "Tuntematon", None),
        (text.known, "Tuomo", "tuomo"),
        (text.phone, "+358 40 123 4567", "401234567"),
        (text.phone, "040-1234567", "401234567"),
        (text.phone, "00358401234567", "401234567"),
        (text.phone, "+358 (0)40 1234567", "401234567"),
        (text.phone, "+46 70 123 45 67", "701234567"),
        (text.phone, "070-123 45 67", "701234567"),
        (text.phone, "0000000000", None),
        (text.phone, "123", None),
        (text.email, " Matti.Meikalainen+kauppa@Posti.FI ", "matti.meikalainen@posti.fi"),
        (text.email, "ei@posti", None),
        (text.email, "noreply@firma.fi", None),
        (text.email, "matti", None),
        (text.day, "1980-01-31", "19800131"),
        (text.day, "31.1.1980", "19800131"),
        (text.day, "19800131", "19800131"),
        (text.day, "eilen", None),
        (text.real_day, "19800131", "19800131"),
        (text.real_day, "19700101", None),
        (text.identifier, "1234567-8", "12345678"),
        (text.identifier, "0000000", None),
        (text.organisation, "Kone Oyj", "kone"),
        (text.organisation, "Oy Ab", "oy ab"),
    ],
)
def test_normal_forms(normalise, value, expected):
    assert one(normalise, value) == expected


@pytest.mark.parametrize(
    ("left", "right"), [("Virtanen", "Wirtanen"), ("Eriksson", "Ericson"), ("Mueller", "Müller"), ("Smith", "Smyth")]
)
def test_spellings_of_one_name_sound_alike(left, right):
    sounds = [one(lambda v: text.sound(text.fold(v)), name) for name in (left, right)]
    assert sounds[0] == sounds[1]


def test_words_of_streets_written_in_two_ways_are_one() -> None:
    lines = pl.Series(["102 5th Avenue", "102 Fifth Ave.", "1st Street 3", "First St 3", "Kaivokatu 5 A", None])
    assert coding.applied(lines, text.street).to_list() == [
        "102 fifth ave", "102 fifth ave", "first st 3", "first st 3", "kaivokatu 5 a", None,
    ]  # fmt: skip
