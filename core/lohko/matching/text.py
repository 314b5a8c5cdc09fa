"""Forms of text that differ only in writing become one. Used for comparing only; never written back."""

from __future__ import annotations

from functools import cache

import polars as pl

from lohko.matching.settings import vocabulary

_SPECIAL = {
    "ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n",
}  # fmt: skip
_SOUNDS = {
    "sch": "s", "sh": "s", "ch": "k", "ck": "k", "ph": "f", "th": "t", "dt": "t", "qu": "kv", "c": "k", "q": "k", "x": "ks",
    "z": "s", "w": "v", "d": "t", "b": "p", "g": "k", "j": "i", "y": "i",
}  # fmt: skip


def fold(value: pl.Expr) -> pl.Expr:
    """Return lower case without diacritics; everything but letters and digits is one space; nothing left is null."""
    plain = value.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\p{Mn}+", "")
    plain = plain.str.replace_many(list(_SPECIAL), list(_SPECIAL.values()))
    plain = plain.str.replace_all(r"['’`´]", "").str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    return pl.when(plain != "").then(plain)


def known(value: pl.Expr) -> pl.Expr:
    """Return folded text, null where it stands for "not known"."""
    folded = fold(value)
    repeated = folded.str.contains(r"^(?:0[0 ]*|9[9 ]{3,}|12345678?9?0?|x[x ]*)$")
    return pl.when(~(folded.is_in(_placeholders()) | repeated)).then(folded)


@cache
def _placeholders() -> list[str]:
    return list(vocabulary()["placeholders"])


def sound(folded: pl.Expr) -> pl.Expr:
    """Return a rough sound: the first letter and the consonants after it, spellings of one consonant alike.

    A Soundex for many languages: letters that European spellings exchange (c/k, v/w, d/t, b/p, g/k) fall together and
    vowels are left out. Words with fewer than two consonants keep their vowels.
    """
    squeezed = folded.str.replace_all(" ", "").str.replace_many(list(_SOUNDS), list(_SOUNDS.values()))
    first = squeezed.str.slice(0, 1)
    rest = squeezed.str.slice(1).str.replace_all("[aeiouh]", "")
    for letter in "fklmnprstv":
        rest = rest.str.replace_all(letter + "{2,}", letter)
    code = first + rest
    return pl.when(code.str.len_chars() >= 3).then(code.str.slice(0, 5)).otherwise(squeezed.str.slice(0, 4))


def street(value: pl.Expr) -> pl.Expr:
    """Return an address line with words that are written in two ways ("5th Avenue", "Fifth Ave") in one of them."""
    words = vocabulary()["street_words"]
    apart = pl.format(
        " {} ", known(value).str.replace_all(" ", "  ", literal=True)
    )  # so that neighbours share no space
    one = apart.str.replace_many([f" {word} " for word in words], [f" {word} " for word in words.values()])
    return one.str.replace_all("  ", " ", literal=True).str.strip_chars()


def drop_words(folded: pl.Expr, words: tuple[str, ...]) -> pl.Expr:
    """Return the text without these words, unless nothing would be left."""
    pattern = r"\b(?:" + "|".join(words) + r")\b"
    rest = folded.str.replace_all(pattern, " ").str.replace_all(" +", " ").str.strip_chars()
    return pl.when(rest == "").then(folded).otherwise(rest)


def organisation(value: pl.Expr) -> pl.Expr:
    """Return a company's name without its legal form."""
    return drop_words(known(value), tuple(vocabulary()["legal_forms"]))


def email(value: pl.Expr) -> pl.Expr:
    """Return an address in lower case without a +tag; null if it has no @ or stands for "none"."""
    return real_email(plain_email(value))


def plain_email(value: pl.Expr) -> pl.Expr:
    """Return an address in lower case without a +tag."""
    plain = value.str.strip_chars().str.to_lowercase().str.normalize("NFKC")
    return plain.str.replace_all(r"\s+|^mailto:|[<>;,]+$", "").str.replace(r"\+[^@]*@", "@")


def real_email(plain: pl.Expr) -> pl.Expr:
    """Return a plain address, null if it has no @ or stands for "none"."""
    bad = pl.lit(value=False)
    for pattern in vocabulary()["placeholder_emails"]:
        bad = bad | plain.str.contains(pattern)
    good = plain.str.contains(r"^[^@]+@[^@]+$") & ~bad
    return pl.when(good).then(plain)


def phone(value: pl.Expr) -> pl.Expr:
    """Return the digits of a number without country and trunk prefix; null if too short or one digit repeated."""
    return real_phone(national_phone(value))


def national_phone(value: pl.Expr) -> pl.Expr:
    """Return the digits of a number without country and trunk prefix."""
    digits = value.str.replace_all(r"\(0\)", "").str.replace_all(r"[^0-9]", "")
    return digits.str.replace(r"^(?:00)?358", "").str.replace(r"^0+", "")


def real_phone(national: pl.Expr) -> pl.Expr:
    """Return the last nine digits, which are enough to tell numbers apart, and the same with and without a prefix of any country."""
    kept = pl.when(national.str.len_chars() > 9).then(national.str.slice(-9)).otherwise(national)
    dull = kept.str.contains(r"^(?:0*|1+|2+|3+|4+|5+|6+|7+|8+|9+|12345\d*)$")
    return pl.when((kept.str.len_chars() >= 5) & ~dull).then(kept)


def identifier(value: pl.Expr) -> pl.Expr:
    """Return letters and digits only, upper or lower case alike; null for placeholders."""
    plain = known(value).str.replace_all(" ", "")
    return pl.when(~plain.str.contains(r"^(?:0*|9{4,}|x+)$")).then(plain)


def day(value: pl.Expr) -> pl.Expr:
    """Return a day as eight digits, from any usual writing; null if there are none."""
    plain = value.str.strip_chars().str.replace(r"[T ]\d\d:\d\d.*$", "")
    year_first = plain.str.extract_groups(r"^(\d{4})[-./ ]?(\d{1,2})[-./ ]?(\d{1,2})$")
    day_first = plain.str.extract_groups(r"^(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4})$")

    def part(groups: pl.Expr, index: str, width: int) -> pl.Expr:
        return groups.struct.field(index).str.zfill(width)

    iso = part(year_first, "1", 4) + part(year_first, "2", 2) + part(year_first, "3", 2)
    other = part(day_first, "3", 4) + part(day_first, "2", 2) + part(day_first, "1", 2)
    year = plain.str.extract(r"^(\d{4})$") + pl.lit("0000")
    return pl.coalesce(iso, other, year)


def real_day(digits: pl.Expr) -> pl.Expr:
    """Return the day; null for those that stand where none is known, which strangers have in common."""
    return pl.when(~digits.is_in(vocabulary()["placeholder_days"])).then(digits)
