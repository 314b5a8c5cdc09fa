"""Names of people: capitals, titles and broken letters mended where that is sure; companies in a person's field told."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import polars as pl

from lohko.cleaning.recipients import vocabulary
from lohko.tables.text import folded

# From the worst to the best.
NAME_STATUSES = ("company", "unreadable", "mended", "valid")
_LETTERS = re.compile(r"^[^\W\d_]+(?:[ '’.-]+[^\W\d_]+)*\.?$")
_WORD = re.compile(r"[^\W\d_]+")
_VOWELS = set("aeiouyåäöæøéüõ")
# What UTF-8 looks like when it was read as cp1252 (Ã¤) or as ISO-8859-1.
_BROKEN = re.compile("[ÃÂ][\u0080-\u00bf\u0152-\u2122]")


def read_names(values: pl.Series, *, initials: bool = False) -> pl.DataFrame:
    """Return the distinct names with their mended form.

    Mended are letters that an encoding broke (``MÃ¤ki``), names all in capitals or all in small letters (``VON ESSEN`` is ``von
    Essen``), and titles before or behind a name. A mended name is mended no more.

    Parameters
    ----------
    values : tidied text of ``first_name`` or ``last_name``
    initials : whether letters without a vowel are initials (first names: ``JP``) and stay as they are

    Returns
    -------
    DataFrame with ``value``, ``normal`` (never null), ``rule`` and ``status`` (one of ``NAME_STATUSES``)
    """
    unique = pl.DataFrame({"value": values.unique().drop_nulls()})
    plain = unique.with_columns(key=folded(pl.col("value")))
    rows = [(*_read(value, initials=initials), _is_company(key)) for value, key in plain.iter_rows()]
    read = pl.DataFrame(
        rows, schema={"normal": pl.String, "rule": pl.String, "company": pl.Boolean}, orient="row"
    )  # fmt: skip
    letters = pl.col("normal").str.contains(r"\p{L}")
    return pl.concat([unique, read], how="horizontal").select(
        "value",
        "normal",
        "rule",
        status=pl.when("company")
        .then(pl.lit("company"))
        .when(~letters | pl.col("normal").str.contains(r"\d|@"))
        .then(pl.lit("unreadable"))
        .when(pl.col("normal") != pl.col("value"))
        .then(pl.lit("mended"))
        .otherwise(pl.lit("valid")),
    )


def mended_letters(text: str) -> str:
    """Return text that was UTF-8 and read as cp1252 or ISO-8859-1 as it was meant; anything else as it is."""
    if not _BROKEN.search(text):
        return text
    for encoding in ("cp1252", "iso-8859-1"):
        try:
            meant = text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        if not _BROKEN.search(meant) and meant.isprintable() and _tidy(meant):
            return meant
    return text


def _tidy(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text) and " ".join(text.split()) == text


def _read(value: str, *, initials: bool) -> tuple[str, str]:
    rules = []
    name = mended_letters(value)
    if name != value:
        rules.append("name_letters")
    bare = _without_titles(name)
    if bare != name:
        rules.append("name_title")
    cased = _cased(bare, initials=initials)
    if cased != bare:
        rules.append("name_case")
    stays = mended_letters(cased) == cased == _without_titles(cased) == _cased(cased, initials=initials)
    if not stays or (cased != value and not _tidy(cased)):
        return value, "name_case"  # whatever would not stay as it is made is left alone
    return cased, rules[0] if rules else "name_case"


@cache
def _words() -> dict[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in vocabulary()["names"].items()}


def _without_titles(name: str) -> str:
    words = name.split(" ")
    while len(words) > 1 and _is_title(words[0], words[1:]):
        words = words[1:]
    while len(words) > 1 and _is_title(words[-1], words[:-1]):
        words = words[:-1]
    rest = " ".join(words).rstrip(" ,")
    return rest if len(words) < len(name.split(" ")) and _WORD.search(rest) else name


def _is_title(word: str, rest: list[str]) -> bool:
    bare = word.rstrip(".,")
    if bare in _words()["degrees"]:
        return any(c.islower() for other in rest for c in other)
    key = bare.lower().replace("ö", "o").replace(".", " ")
    if key in _words()["titles_with_stop"]:
        return word.endswith(".")
    return key in _words()["titles"]


def _cased(name: str, *, initials: bool) -> str:
    if not _LETTERS.match(name) or not (name.isupper() or name.islower()) or len(name) < 2:
        return name
    if name.isupper() and not set(name.lower()) & _VOWELS:
        return name if initials or len(name) <= 3 else _capitals(name)
    if name.isupper() and len(name) <= 2 and initials:
        return name
    return _capitals(name)


def _capitals(name: str) -> str:
    words = _WORD.findall(name)
    particles = _words()["particles"]
    if all(word.lower() in particles for word in words):
        return name
    last = len(words)
    number = 0

    def one(match: re.Match[str]) -> str:
        nonlocal number
        number += 1
        word = match[0].lower()
        return word if word in particles and number < last else word[0].upper() + word[1:]

    return _WORD.sub(one, name)


def _is_company(key: str | None) -> bool:
    words = (key or "").split(" ")
    if len(words) < 2:
        return False
    told = _words()["company_words"]
    only_last = _words()["company_words_last"]
    return words[-1] in told or any(word in told - only_last for word in words)
