"""Which further columns may speak of identity."""

from __future__ import annotations

import polars as pl
import pytest

from lohko.matching.columns import choose

NAMES = ["Matti", "Matti", "Liisa", "Pekka", "Anna", "Juha", "Juhani", "Sari"] * 4


def register(column: str, values: list[str | None]) -> pl.DataFrame:
    rows = len(NAMES)
    return pl.DataFrame(
        {"customer_id": [str(n) for n in range(rows)], "first_name": NAMES, column: (values * rows)[:rows]}
    )


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("email_consent", ["yes", "no", "yes"]),
        ("Sähköpostilupa", ["K", "E", None]),
        ("Postikielto", ["x", None, "2024-05-01"]),
        ("vip", ["kyllä", "ei"]),
        ("member", ["1", "0", "0"]),
        ("postcode_status", ["valid", "missing", "invalid"]),
        ("Huomautus", ["soita illalla", "ei kiirettä", "vanha asiakas"]),
        ("accepts_newsletter", ["true", "false"]),
    ],
)
def test_choices_and_notes_are_no_marks_of_identity(column: str, values: list[str | None]) -> None:
    chosen, left = choose(register(column, values), ())
    assert column not in {c.column for c in chosen}
    assert column in {entry.column for entry in left}


def test_they_take_part_where_the_user_asks() -> None:
    chosen, _ = choose(register("vip", ["yes", "no"]), ("vip:category",))
    assert "vip" in {c.column for c in chosen}


def test_a_category_of_other_words_takes_part() -> None:
    chosen, _ = choose(register("gender", ["female", "male"]), ())
    assert "gender" in {c.column for c in chosen}
