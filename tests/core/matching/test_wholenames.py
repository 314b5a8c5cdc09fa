"""Whole names in one column."""

from __future__ import annotations

import datetime as dt

import polars as pl

from lohko.matching.dedupe import dedupe
from lohko.matching.params import DedupeParams
from lohko.matching.register import prepare
from lohko.matching.wholenames import part
from lohko.outcome import Env

_FIRST = ["Antti", "Pekka", "Jari", "Timo", "Kari", "Anna", "Maria", "Sari", "Tiina", "Päivi", "Juha", "Mikko"]
_LAST = ["Mäki", "Laine", "Niemi", "Heikkinen", "Koski", "Salo", "Lehto", "Saarinen"]


def parts(*names: str | None) -> list[tuple[str | None, str | None, str | None]]:
    made = part(pl.DataFrame({"nimi": names}), "nimi")
    assert made is not None
    return made.select("first_name", "last_name", "company_name").rows()


def test_names_begin_or_end_with_the_first_name_as_the_column_does() -> None:
    assert parts("Matti Virtanen", "Liisa Anneli Korhonen", "Åsa von Essen", None) == [
        ("matti", "virtanen", None),
        ("liisa anneli", "korhonen", None),
        ("asa", "von essen", None),
        (None, None, None),
    ]
    assert parts("Virtanen Matti", "Korhonen Liisa Anneli") == [
        ("matti", "virtanen", None),
        ("liisa anneli", "korhonen", None),
    ]


def test_a_comma_tells_for_its_row_and_a_legal_form_tells_companies() -> None:
    assert parts("Matti Virtanen", "Korhonen, Liisa", "Virtasen Taksi Oy", "Mattila") == [
        ("matti", "virtanen", None),
        ("liisa", "korhonen", None),
        (None, None, "Virtasen Taksi Oy"),
        (None, "mattila", None),
    ]


def test_names_of_places_are_left_as_they_are() -> None:
    assert part(pl.DataFrame({"name": ["cafe roma", "palace court", "georgia grille", "steak house"]}), "name") is None


def test_first_and_last_names_that_are_there_stand() -> None:
    assert part(pl.DataFrame({"nimi": ["Matti Virtanen"], "last_name": ["Virtanen"]}), "nimi") is None


def test_a_register_of_whole_names_and_mails_is_matched_word_by_word() -> None:
    people = [("Matti Virtanen", "Virtanen M.", "mv@a.example"), ("Liisa Korhonen", "Korhonen Liisa", "lk@b.example")]
    rows = [
        {"customer_id": f"{k}{n}", "nimi": name, "email": mail}
        for k, (one, other, mail) in enumerate(people)
        for n, name in enumerate((one, other))
    ]
    rows += [
        {"customer_id": f"x{n}", "nimi": f"{_FIRST[n % 12]} {_LAST[n * 7 % 8]}", "email": f"ab{n}x@c.example"}
        for n in range(60)
    ]
    result = dedupe({"customers": pl.LazyFrame(rows)}, DedupeParams(), Env(as_of=dt.date(2026, 1, 1)))
    walk = dict(result.tables["crosswalk"].lazy().collect().select("source_customer_id", "customer_id").iter_rows())
    assert (walk["01"], walk["11"]) == ("00", "10")
    assert len(set(walk.values())) == 62
    assert "nimi" in result.files["review.csv"].decode()
    assert {"weight_first_name", "weight_last_name"} <= set(result.tables["pairs"].lazy().collect_schema())


def test_a_company_column_of_its_own_is_shown_as_it_is() -> None:
    names = pl.DataFrame({"name": [f"{first} {last}" for first in _FIRST for last in _LAST]})
    table = names.with_columns(customer_id=pl.int_range(pl.len()).cast(pl.String), company_name=pl.lit("Koski Oy"))
    register = prepare(table, ())
    shown = {entry.column: entry.shown for entry in register.chosen}
    assert shown == {"first_name": "name", "last_name": "name", "company_name": "company_name"}
