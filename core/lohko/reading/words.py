"""Words in cells (``words.toml``): yes and no, the contract's enumerations, countries, money signs, words for nothing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from lohko.tables import Column

EVERY = "all"  # how a permission event of every channel is written until it is one row for each


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def nothing() -> list[str]:
    """Return the words that stand for an empty cell in exports, in lower case."""
    return list(_data()["nothing"])


def nobody() -> list[str]:
    """Return the words that are nobody's id, in lower case."""
    return [*_data()["nothing"], *_data()["nobody"]]


def totals() -> list[str]:
    """Return the words that begin a total line, in the spellings they occur in."""
    forms = {f for w in _data()["totals"] for f in (w, w.upper(), w.capitalize(), w.title())}
    return sorted(forms | {f + ":" for f in forms})


def counted_total() -> str:
    """Return the pattern of a total line whose word goes on with a number."""
    return rf"(?i)^(?:{'|'.join(map(re.escape, _data()['totals']))})\s*:?\s*\d"


def refunds() -> list[str]:
    """Return the words by which a row of purchases says that it is a refund, in lower case."""
    return list(_data()["refunds"])


def unsold() -> list[str]:
    """Return the words by which a row of purchases says that nothing was sold or paid, in lower case."""
    return list(_data()["unsold"])


def given_back() -> frozenset[str]:
    """Return names of the columns that hold what was given back of an amount beside them, as ``naming.plain`` writes them."""
    return frozenset(_data()["given_back"])


def kinds_of_sale() -> frozenset[str]:
    """Return names of the columns in which rows of purchases say so, in plain form."""
    return frozenset(_data()["kinds_of_sale"])


@cache
def booleans() -> Mapping[str, bool]:
    """Return the words for yes and no, in lower case."""
    data = _data()["boolean"]
    return {w: truth for truth, key in ((True, "true"), (False, "false")) for w in data[key]}


@cache
def money_signs() -> Mapping[str, str]:
    """Return signs and words for money and the currency each names."""
    return dict(_data()["money"])


def enumeration(table: str, column: Column) -> Mapping[str, str]:
    """Return the words known for an enumerated column and the value of ours that each means, in lower case."""
    section = "move" if table == "address_updates" and column.name == "status" else column.name
    known = {value: value for value in column.values}
    for value, words in _data()["enum"].get(section, {}).items():
        if value in column.values:
            known.update(dict.fromkeys(words, value))
    if table == "consents" and column.name == "channel":
        known.update(dict.fromkeys(_data()["every_channel"], EVERY))
    return known


@cache
def countries() -> Mapping[str, str]:
    """Return names of countries in English, Finnish and Swedish, and their codes, in lower case → ISO 3166-1 alpha-2."""
    from babel import Locale

    codes: dict[str, str] = {}
    for language in ("sv", "fi", "en"):
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}:
                codes[name.casefold()] = code
                codes[code.casefold()] = code
    codes.update({name.casefold(): code for name, code in _data()["country"].items()})
    return dict(sorted(codes.items()))
