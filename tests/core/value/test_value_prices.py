"""Prices: read from the section, the environment and flags; what cannot be one is refused with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from lohko.errors import UsageFault
from lohko.running.settings import load, resolve
from lohko.value.params import ValueParams
from lohko.value.prices import Prices, read_prices


def test_prices_are_numbers_under_known_names() -> None:
    found = read_prices(["visit=0.05", "currency=eur", "visit = 0.1", "caused_by_referral=0.3"])
    assert found == Prices(currency="EUR", visit=0.1, caused_by_referral=0.3)
    assert found.any
    assert found.visits
    assert not read_prices(["currency=EUR", "caused_by_influence=1"]).any


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (["visits=1"], "did you mean 'visit'?"),
        (["visit"], "write KEY=VALUE"),
        (["visit=0,05"], "with a decimal point"),
        (["visit=-1"], "at least 0"),
        (["visit=nan"], "it takes a number"),
        (["visit=true"], "it takes a number"),
        (["caused_by_referral=30"], "a share from 0 to 1"),
        (["currency=euro"], "ISO 4217"),
        (["knowledge_point=1", "review=2"], "give knowledge_point, or comment and review"),
        (["referral=20", "referral_cost=5"], "give referral, or acquisition_cost and referral_cost"),
        (["referral_cost=5"], "give acquisition_cost"),
    ],
)
def test_what_is_no_price_is_refused_with_what_to_do(entries: list[str], said: str) -> None:
    with pytest.raises(UsageFault) as caught:
        ValueParams(price=tuple(entries))
    assert said in str(caught.value.hint)


def test_a_price_missing_is_named() -> None:
    some = read_prices(["share=1", "knowledge_point=0.1", "acquisition_cost=30"])
    assert some.unpriced(["share", "comment", "review", "referral"]) == ()
    assert read_prices([]).unpriced(["share", "referral"]) == ("share", "referral")


def test_flags_come_before_the_environment_and_that_before_the_section(tmp_path: Path) -> None:
    path = tmp_path / "lohko.toml"
    path.write_text('[prices]\ncurrency = "EUR"\nvisit = 0.1\nshare = 1\nreview = 3\n', encoding="utf-8")
    environment = {"LOHKO_PRICES_SHARE": "2", "LOHKO_PRICES_REVIEW": "4"}
    found = resolve("value", {"price": ("review=5",)}, load(path), environment)
    assert cast("ValueParams", found).prices == Prices(currency="EUR", visit=0.1, share=2.0, review=5.0)
    assert found.as_dict()["price"] == ["currency=EUR", "visit=0.1", "share=2", "review=5"]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("[prices]\nvisit = 0.1\nshares = 1\n", 3, "config_unknown_key"),
        ("[prices]\nvisit = 0.1\nshare = 'a'\n", 3, "option_value"),
        ("[prices]\nreferral = 1\nacquisition_cost = 2\n", 1, "option_value"),
        ("[prices.visit]\nprice = 1\n", 1, "option_value"),
    ],
)
def test_a_section_that_is_no_price_list_is_refused_at_its_line(
    tmp_path: Path, text: str, line: int, code: str
) -> None:
    path = tmp_path / "lohko.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageFault) as caught:
        load(path)
    assert (caught.value.code, caught.value.places[0].line) == (code, line)
