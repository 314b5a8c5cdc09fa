"""Names: from the vocabulary, unique, never a number, in three languages."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from lohko.segments.behaviour import vocabulary
from lohko.segments.facets import Facets, Freshness, Level
from lohko.segments.naming import group_name, name
from lohko.segments.params import LANGUAGES

LEVELS: tuple[Level, ...] = ("none", "few", "low", "middle", "high")
FRESH: tuple[Freshness, ...] = ("recent", "middle", "lapsed")
FEATURES = ("recency_days", "frequency", "monetary", "visit_days", "social_acts")


def facets(
    money: Level = "middle",
    visits: Level = "middle",
    social: Level = "none",
    fresh: Freshness = "middle",
    *,
    once: bool = False,
    apart: tuple[str, ...] = (),
    typical: tuple[float, ...] = (0, 0, 0, 0, 0),
) -> Facets:
    levels: dict[str, Level] = {"financial": money, "visits": visits, "social": social}
    return Facets(levels, {d: d in apart for d in levels}, fresh, once, {}, dict(zip(FEATURES, typical, strict=True)))


some_facets = st.builds(
    facets,
    st.sampled_from(LEVELS),
    st.sampled_from(LEVELS),
    st.sampled_from(LEVELS),
    st.sampled_from(FRESH),
    once=st.booleans(),
    apart=st.sampled_from([(), ("visits",), ("social",), ("visits", "social")]),
    typical=st.tuples(*[st.sampled_from([-1.0, 0.0, 0.1, 1.0])] * 5),
)


@given(st.lists(some_facets, min_size=1, max_size=20))
def test_names_are_unique_and_never_numbers(segments: list[Facets]) -> None:
    names = name(segments)
    for language in LANGUAGES:
        assert len({n.texts[language] for n in names}) == len(segments)
        assert not any(re.search(r"\d", n.texts[language]) for n in names)
    assert len({n.slug for n in names}) == len(segments)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", n.slug) for n in names)


def test_kukkonens_cells_have_their_own_words() -> None:
    names = name(
        [
            facets("high", fresh="recent"),
            facets("none", "none", "high"),
            facets("none", "high"),
            facets("low", "none", apart=("visits",), fresh="lapsed"),
        ]
    )
    assert [n.texts["fi"] for n in names] == [
        "Aktiiviset suurostajat",
        "Vahvat suosittelijat ilman ostoja",
        "Ahkerat kävijät ilman ostoja",
        "Hiipuneet pienostajat, ei käyntejä",
    ]
    assert names[1].texts["sv"] == "Starka ambassadörer utan köp"
    assert names[0].slug == "active-big-spenders"


def test_namesakes_are_told_apart_by_what_differs_most() -> None:
    names = name([facets(typical=(0, 1, 0, 0, 0)), facets(typical=(0, -1, 0.2, 0, 0))])
    assert [n.texts["en"] for n in names] == ["Core buyers, buying more often", "Core buyers, buying less often"]


def test_every_word_is_there_in_every_language() -> None:
    def leaves(tree: object) -> list[dict[str, str]]:
        assert isinstance(tree, dict)
        return [tree] if "en" in tree else [leaf for branch in tree.values() for leaf in leaves(branch)]

    for words in leaves(vocabulary("names")):
        assert all(words[language] for language in LANGUAGES)
    for feature, entry in vocabulary("features").items():
        keys = {tuple(sorted(entry[language])) for language in LANGUAGES}
        assert len(keys) == 1, feature
        assert {"least", "most", "between"} <= set(entry["en"])


@given(st.lists(some_facets, min_size=1, max_size=20))
def test_names_say_without_only_where_nearly_nobody_does(segments: list[Facets]) -> None:
    claims = {
        "financial": ("without purchases", "ilman ostoja", "utan köp"),
        "visits": ("no visits", "ei käyntejä", "inga besök"),
        "social": ("no recommendations", "ei suositteluja", "inga rekommendationer"),
    }
    for own, facet in zip(name(segments), segments, strict=True):
        for dimension, words in claims.items():
            for language, claim in zip(("en", "fi", "sv"), words, strict=True):
                if claim in own.texts[language]:
                    assert facet.levels[dimension] == "none"


def test_those_of_whom_some_have_bought_have_few_purchases() -> None:
    names = name([facets("few", "high"), facets("none", "high"), facets("few", "none", "high")])
    assert names[0].texts == {
        "en": "Frequent visitors, few purchases",
        "fi": "Ahkerat kävijät, vähän ostoja",
        "sv": "Flitiga besökare, få köp",
    }
    assert names[1].texts["en"] == "Frequent visitors without purchases"
    assert names[2].slug == "strong-advocates-few-purchases"


def test_groups_that_are_no_clusters_are_named() -> None:
    # holds for those who have done nothing, and for those who returned all they bought
    assert group_name("inactive").slug == "no-value-yet"
    assert group_name("inactive").texts["fi"] == "Ei vielä kertynyttä arvoa"
