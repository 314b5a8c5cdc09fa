"""Open feedback as terms: the language of each text, its words without endings, and who used which.

A term counts once a customer, however often they wrote it, so that nobody speaks for others. A negation stays with the
word it denies (``ei tullut``). Addresses, links and numbers are no terms. Endings go by Snowball's stemmers (Porter
2001), which fold most Finnish inflection (``lehti``, ``lehtiä``) but not every change within the stem (``lehden``).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import polars as pl
import snowballstemmer  # type: ignore[import-untyped] # carries no types

_STEMMERS: Final = {"fi": "finnish", "sv": "swedish", "en": "english"}
_NO_WORDS: Final = r"https?://\S+|www\.\S+|\S+@\S+"
_WORD: Final = r"\p{L}[\p{L}'’\-]*\p{L}"
_DENIED: Final = rf"^(\S+)\s+({_WORD})$"
_SHORTEST: Final = 3


@dataclass(frozen=True, slots=True)
class Corpus:
    """What customers wrote.

    Attributes
    ----------
    texts : ``place``, ``customer_id``, ``text``, ``lang``; each text of a customer once, sorted
    words : ``place`` of the text and ``term`` (language, negation if any, and stem) in it, once each
    shown : term to the form in which it was written most often
    """

    texts: pl.DataFrame
    words: pl.DataFrame
    shown: dict[str, str]

    @property
    def uses(self) -> pl.DataFrame:
        """``customer_id`` and ``term``, once each, in no order: a customer uses a term once, however often they write it."""
        return (
            self.words.join(self.texts.select("place", "customer_id"), on="place")
            .select("customer_id", "term")
            .unique()
        )

    def among(self, texts: pl.DataFrame) -> Corpus:
        """Return the part that these texts are (``customer_id``, ``text``)."""
        kept = self.texts.join(texts.select("customer_id", text=_tidied()), on=["customer_id", "text"], how="semi")
        return Corpus(kept.sort("place"), self.words.join(kept, on="place", how="semi"), self.shown)


def corpus(texts: pl.DataFrame) -> Corpus:
    """Return who used which terms.

    Parameters
    ----------
    texts : ``customer_id``, ``text`` and ``language`` (of the customer; may be null)
    """
    written = (
        texts.with_columns(_tidied())
        .filter(pl.col("text").str.len_chars() > 0)
        .group_by("customer_id", "text")
        .agg(pl.col("language").min())
        .sort("customer_id", "text")
        .with_row_index("place")
    )
    words = (
        written.select(
            "place",
            said=pl.col("text").str.to_lowercase().str.replace_all(_NO_WORDS, " ").str.extract_all(_pattern()),
        )
        .explode("said", empty_as_null=False)
        .drop_nulls("said")
    )
    words = _parted(words)
    written = written.join(_languages(words, written), on="place", how="left", maintain_order="left")
    terms = (
        words.join(written.select("place", "lang"), on="place")
        # a negation of another language is something else in this one ("en" is an article in Swedish)
        .join(
            _listed("negations").rename({"word": "denial"}).with_columns(no="denial"), on=["denial", "lang"], how="left"
        )
        .join(_listed("stopwords"), on=["word", "lang"], how="anti")
        .filter(pl.col("word").str.len_chars() >= _SHORTEST)
        .select("place", "lang", "word", no=pl.col("no").fill_null(""))
        .unique()
    )
    forms = _stemmed(terms.select("lang", "word").unique().sort("lang", "word"))
    terms = terms.join(forms, on=["lang", "word"]).with_columns(
        term=pl.concat_str("lang", pl.lit(":"), "no", pl.lit(" "), "stem"),
        word=pl.concat_str("no", pl.lit(" "), "word").str.strip_chars(),
    )
    often = (
        terms.group_by("term", "word")
        .agg(pl.len())
        .sort(["term", "len", "word"], descending=[False, True, False])
        .unique("term", keep="first", maintain_order=True)
    )
    shown = dict(often.select("term", "word").rows())
    return Corpus(written.select("place", "customer_id", "text", "lang"), terms.select("place", "term").unique(), shown)


def _parted(words: pl.DataFrame) -> pl.DataFrame:
    """Return ``word`` and the ``denial`` before it, in no order; few words are denied."""
    said, none = pl.col("said"), pl.lit(None, pl.String)
    denied = said.str.contains(r"\s")
    return pl.concat(
        [
            words.filter(~denied).with_columns(denial=none, word="said"),
            words.filter(denied).with_columns(
                denial=said.str.extract(_DENIED, 1), word=said.str.extract(rf"({_WORD})$", 1)
            ),
        ]
    )


def _tidied() -> pl.Expr:
    return pl.col("text").str.normalize("NFC").str.strip_chars()


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    raw = resources.files(__package__).joinpath("language.toml").read_text(encoding="utf-8")
    return tomllib.loads(raw)


def _listed(name: str) -> pl.DataFrame:
    """Return the words of a list with their languages."""
    rows = sorted({(word, lang) for lang, words in _lists()[name].items() for word in words})
    return pl.DataFrame(rows, {"word": pl.String, "lang": pl.String}, orient="row")


@cache
def _pattern() -> str:
    """Return what a word looks like, with the negation before it if there is one."""
    denials = "|".join(sorted({word for words in _lists()["negations"].values() for word in words}))
    return rf"(?:\b(?:{denials})\s+)?{_WORD}"


def _languages(words: pl.DataFrame, written: pl.DataFrame) -> pl.DataFrame:
    """Tell each text's language: by its commonest words, else by the customer's, else by most other texts."""
    order = {lang: place for place, lang in enumerate(_lists()["stopwords"])}
    spoken = pl.concat([words.select("place", "word"), words.select("place", word="denial").drop_nulls()])
    heard = (
        spoken.join(_listed("stopwords"), on="word")
        .group_by("place", "lang")
        .len("times")
        .with_columns(order=pl.col("lang").replace_strict(order, return_dtype=pl.Int8))
        .sort(["place", "times", "order"], descending=[False, True, False])
    )
    best = heard.group_by("place", maintain_order=True).agg(
        pl.col("lang").first(), pl.col("times").first(), second=pl.col("times").slice(1, 1).sum()
    )
    sure = best.filter(pl.col("times") > pl.col("second")).select("place", heard="lang")
    told = pl.col("language").str.strip_chars().str.to_lowercase().str.slice(0, 2)
    known = written.select("place", told=pl.when(told.is_in(list(order))).then(told)).join(sure, on="place", how="left")
    known = known.with_columns(lang=pl.coalesce("heard", "told"))
    most = known.drop_nulls("lang").group_by("lang").len().sort(["len", "lang"], descending=[True, False])
    return known.select("place", pl.col("lang").fill_null(most["lang"][0] if most.height else next(iter(order))))


def _stemmed(words: pl.DataFrame) -> pl.DataFrame:
    """Return the stem of each word, by the rules of its language; ``words`` are sorted by language."""
    stems: list[str] = []
    for (lang,), group in words.group_by("lang", maintain_order=True):
        stems += snowballstemmer.stemmer(_STEMMERS[str(lang)]).stemWords(group["word"].to_list())
    return words.with_columns(stem=pl.Series(stems, dtype=pl.String))
