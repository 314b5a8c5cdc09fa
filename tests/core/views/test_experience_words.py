"""Words of open feedback: language, endings, negations, and what tells a group from the others."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.views.experience.telling import voices
from lohko.views.experience.terms import corpus

KINDS = {"customer_id": pl.String, "text": pl.String, "language": pl.String}


def written(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), KINDS, orient="row")


def terms_of(*texts: str, language: str | None = None) -> set[str]:
    found = corpus(written(*((f"c{place}", text, language) for place, text in enumerate(texts))))
    return {found.shown[term] for term in found.uses["term"]}


def test_finnish_endings_fold_and_the_commonest_form_is_shown():
    found = corpus(written(("a", "Hyvä lehti", "fi"), ("b", "lehteä ei saa auki", "fi"), ("c", "Lehti!", "fi")))
    uses = found.uses.filter(pl.col("term").replace_strict(found.shown) == "lehti")
    assert sorted(uses["customer_id"]) == ["a", "b", "c"]


def test_a_negation_stays_with_its_word():
    assert terms_of("Lehti ei tullut", "lehti tuli") >= {"lehti", "ei tullut"}
    assert terms_of("Tidningen kommer inte hem till mig") >= {"tidningen", "inte hem"}


def test_an_article_of_another_language_is_no_negation():
    assert "en tidning" not in terms_of("Det är en tidning som är bra och har nyheter", language="sv")


def test_the_language_is_heard_before_it_is_looked_up():
    found = corpus(written(("a", "Tidningen är inte här och det är dåligt", "fi"), ("b", "Kallis", "fi")))
    assert dict(found.texts.select("customer_id", "lang").rows()) == {"a": "sv", "b": "fi"}


def test_addresses_links_and_numbers_are_no_words():
    found = terms_of("Maija maija@posti.example https://posti.example/x 0401234567 soittakaa")
    assert found == {"maija", "soittakaa"}


def test_one_customer_counts_once():
    found = corpus(written(("a", "kallis kallis", "fi"), ("a", "Kallis!", "fi"), ("b", "kallis", "fi")))
    assert found.uses.height == 2


def groups(**sizes: int) -> pl.DataFrame:
    return pl.DataFrame(
        [(f"{name}{n}", name) for name, size in sizes.items() for n in range(size)],
        {"customer_id": pl.String, "group": pl.String},
        orient="row",
    )


def test_a_word_of_one_group_tells_it_and_a_word_of_all_does_not():
    everyone = groups(x=60, y=60)
    uses = pl.concat(
        [
            everyone.select("customer_id", term=pl.lit("fi: lehti")),
            everyone.filter(pl.col("group") == "x").head(30).select("customer_id", term=pl.lit("fi: kallis")),
            everyone.filter(pl.col("group") == "y").head(4).select("customer_id", term=pl.lit("fi: virtanen")),
        ]
    )
    x, y = voices(uses, everyone)
    assert [(t.term, t.users, t.others) for t in x.telling] == [("fi: kallis", 30, 0)]
    assert y.telling == ()
    # a word of four customers is said of nobody
    assert [t.term for t in y.common] == ["fi: lehti"]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.text(max_size=30)), max_size=12), st.randoms())
def test_the_order_of_texts_is_irrelevant(rows: list[tuple[str, str]], dice):
    shuffled = list(rows)
    dice.shuffle(shuffled)
    one, other = (corpus(written(*((who, text, None) for who, text in order))) for order in (rows, shuffled))
    assert one.texts.equals(other.texts)
    assert one.uses.sort(one.uses.columns).equals(other.uses.sort(one.uses.columns))
    assert one.shown == other.shown


def test_chance_differences_tell_nothing():
    import numpy as np

    rng = np.random.default_rng(5)
    everyone = groups(x=200, y=200, z=200)
    rows = [
        (customer, f"fi: w{word}")
        for customer in everyone["customer_id"]
        for word in np.flatnonzero(rng.random(80) < 0.1)
    ]
    uses = pl.DataFrame(rows, {"customer_id": pl.String, "term": pl.String}, orient="row")
    assert sum(len(voice.telling) for voice in voices(uses, everyone)) <= 1
