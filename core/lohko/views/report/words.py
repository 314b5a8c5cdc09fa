"""Words, numbers and dates in the reader's language. The words are data: ``texts/<language>.toml``."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from importlib import resources
from typing import Any, Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from lohko.codes import registry
from lohko.errors import UsageFault

LOCALES: Final[Mapping[str, str]] = {"en": "en_GB", "fi": "fi_FI", "sv": "sv_FI"}
LANGUAGES: Final = tuple(LOCALES)


_ROOM: Final = "lohko.views.report"


@cache
def texts(lang: str, room: str = _ROOM) -> Mapping[str, str | Mapping[str, str]]:
    """Return the texts of a language by dotted key; texts with a singular are ``{"one": …, "other": …}``.

    Parameters
    ----------
    room : the package whose ``texts/`` they stand in; those of another report come on top of the value report's

    Raises
    ------
    UsageFault
        The language is not one that reports speak (code ``report_language``).
    """
    if lang not in LOCALES:
        raise UsageFault("report_language", f"reports do not speak '{lang}'", hint=f"choose {', '.join(LANGUAGES)}")
    raw = resources.files(room).joinpath("texts", f"{lang}.toml").read_text(encoding="utf-8")
    shared = {} if room == _ROOM else texts(lang)
    return {**shared, **dict(_flat("", tomllib.loads(raw)))}


def _flat(prefix: str, branch: Mapping[str, Any]) -> list[tuple[str, str | Mapping[str, str]]]:
    found: list[tuple[str, str | Mapping[str, str]]] = []
    for key, value in branch.items():
        if isinstance(value, Mapping) and set(value) != {"one", "other"}:
            found += _flat(f"{prefix}{key}.", value)
        else:
            found.append((prefix + key, value))
    return found


@dataclass(frozen=True, slots=True)
class Words:
    """The words and number formats of one language."""

    lang: str
    currency: str | None = None
    room: str = _ROOM

    def __call__(self, key: str, count: int | None = None, /, **filled: str) -> str:
        """Return a text with its blanks filled; ``count`` chooses the singular and fills ``{n}``."""
        text = texts(self.lang, self.room)[key]
        if count is not None:
            filled.setdefault("n", self.count(count))
        if not isinstance(text, str):
            text = text["one" if count == 1 else "other"]
        return text.format(**filled)

    def has(self, key: str) -> bool:
        """Tell whether there is a text of this key."""
        return key in texts(self.lang, self.room)

    def code(self, group: str, code: str) -> str:
        """Return the words for a code of a vocabulary; the registry's title, or the code, where there are none."""
        found = texts(self.lang, self.room).get(f"{group}.{code}")
        if isinstance(found, str):
            return found
        known = registry().get(code)
        return known.title if known and "{" not in known.title else code.replace("_", " ")

    def pick(self, by_language: Mapping[str, str], default: str = "") -> str:
        """Return a data text in this language; in English or as it stands where there is none."""
        return by_language.get(self.lang) or by_language.get("") or by_language.get("en") or default

    @property
    def locale(self) -> Locale:
        """The Babel locale."""
        return Locale.parse(LOCALES[self.lang])

    def count(self, value: int) -> str:
        """Return a whole number."""
        return str(format_decimal(value, locale=self.locale))

    def number(self, value: float, digits: int = 2) -> str:
        """Return a number with so many decimals; what rounds to nothing has no sign."""
        return str(format_decimal(round(value, digits) + 0.0, format=f"#,##0.{'0' * digits}", locale=self.locale))

    def percent(self, value: float, decimals: int = 1) -> str:
        """Return a share as per cent: whole from ten on, one decimal below, so that small shares do not vanish.

        ``decimals`` 0: whole always; 2: one decimal always, for shares that are compared.
        """
        whole = abs(value) >= 0.0995 or value == 0
        digits = "0.0" if decimals == 2 or (decimals and not whole) else "0"
        pattern = self.locale.percent_formats[None].pattern.replace("#,##0", f"#,##{digits}")
        return str(format_percent(value, format=pattern, locale=self.locale))

    def money(self, value: Decimal, *, exact: bool = False) -> str:
        """Return an amount in whole units, or with cents where asked; half to even, as the books do."""
        step = Decimal("0.01") if exact else Decimal(1)
        rounded = value.quantize(step, rounding=ROUND_HALF_EVEN)
        rounded = abs(rounded) if rounded == 0 else rounded
        digits = "#,##0.00" if exact else "#,##0"
        if self.currency is None:
            return str(format_decimal(rounded, format=digits, locale=self.locale))
        pattern = self.locale.currency_formats["standard"].pattern.replace("#,##0.00", digits)
        return str(format_currency(rounded, self.currency, format=pattern, locale=self.locale, currency_digits=False))

    def date(self, value: dt.date) -> str:
        """Return a date in words."""
        return str(format_date(value, format="long", locale=self.locale))
