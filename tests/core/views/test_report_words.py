"""Words in three languages: the same keys everywhere, the same blanks in each, and none left in a template."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from importlib import resources
from string import Formatter

import pytest

from lohko.codes import registry
from lohko.errors import UsageFault
from lohko.views.report.words import LANGUAGES, Words, texts


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def words_of_readers(lang: str) -> dict[str, object]:
    """Every text but the reasons, whose English is the registry of codes."""
    return {key: text for key, text in texts(lang).items() if not key.startswith("reason.")}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_key_stands_in_every_language(lang: str):
    assert words_of_readers(lang).keys() == words_of_readers("en").keys()


@pytest.mark.parametrize("lang", ["fi", "sv"])
def test_every_reason_and_reject_is_translated(lang: str):
    wanted = {f"reason.{code.code}" for code in registry().values() if code.kind in {"reason", "reject"}}
    assert wanted <= texts(lang).keys()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_blanks_are_the_same_in_every_language(lang: str):
    for key, text in words_of_readers(lang).items():
        other = texts("en")[key]
        assert isinstance(text, str) == isinstance(other, str), key
        if isinstance(text, str):
            assert isinstance(other, str)
            assert blanks(text) == blanks(other), key
        else:
            assert isinstance(text, dict)
            assert isinstance(other, dict)
            assert blanks(text["other"]) == blanks(other["other"]), key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_is_empty(lang: str):
    for key, text in texts(lang).items():
        assert all(part.strip() for part in ([text] if isinstance(text, str) else text.values())), key


def test_no_template_holds_bare_words():
    template = resources.files("lohko.views.report.renderers").joinpath("templates", "report.html.j2").read_text()
    bare = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", " ", template, flags=re.DOTALL)
    assert not re.search(r"\w", bare)
    for value in re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', template):
        assert re.fullmatch(r"{{.*}}", value)


def test_another_language_is_refused():
    with pytest.raises(UsageFault, match="do not speak") as caught:
        texts("de")
    assert caught.value.code == "report_language"


@pytest.mark.parametrize(
    ("lang", "number", "share", "small", "money", "day"),
    [
        ("en", "1,234,567", "12%", "0.4%", "€1,234.50", "30 June 2026"),
        ("fi", "1\xa0234\xa0567", "12\xa0%", "0,4\xa0%", "1\xa0234,50\xa0€", "30. kesäkuuta 2026"),
        ("sv", "1\xa0234\xa0567", "12\xa0%", "0,4\xa0%", "1\xa0234,50\xa0€", "30 juni 2026"),
    ],
)
def test_numbers_and_dates_follow_the_language(lang, number, share, small, money, day):
    words = Words(lang, "EUR")
    assert words.count(1234567) == number
    assert words.percent(0.1234) == share
    assert words.percent(0.0042) == small
    assert words.money(Decimal("1234.5"), exact=True) == money
    assert words.date(dt.date(2026, 6, 30)) == day


def test_money_without_a_currency_has_no_sign():
    assert Words("en").money(Decimal("8300065.8140"), exact=True) == "8,300,065.81"
    assert Words("en").money(Decimal("-0.2")) == "0"


def test_nothing_has_no_sign():
    assert Words("en").number(-0.3, 0) == "0"
    assert Words("en").number(-0.006, 2) == "-0.01"


def test_singular_and_plural():
    words = Words("fi")
    assert words("register.rejects_note", 1).startswith("1 riviä ei voitu lukea; se on")
    assert words("register.rejects_note", 2).startswith("2 riviä ei voitu lukea; ne ovat")
