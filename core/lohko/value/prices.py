"""What acts and visits are worth to the company: the ``[prices]`` section. Nothing heavy is imported here.

No price has a default: what is not said is not known. Only the two shares have one, since they weigh and do not price.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lohko.errors import UsageFault

ACTIONS = ("share", "recommend", "comment", "review", "reaction")
"""Social acts that may be priced one by one; a referral has a price or its parts."""
_KNOWLEDGE = ("comment", "review")
_SHARES = ("caused_by_referral", "caused_by_influence")


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices, in ``currency``; None where the user gave none.

    Attributes
    ----------
    visit, page_view, download : worth of one of each, such as the advertising it brings
    share, recommend, comment, review, reaction : worth of one social act
    reach_thousand : worth of a thousand people that acts could reach
    knowledge_point : worth of a point of `lohko.value.knowledge`; takes the place of ``comment`` and ``review``
    referral : worth of a new customer brought, all in all; takes the place of the next two
    acquisition_cost, referral_cost : what winning a customer costs otherwise; what a referral costs (a reward)
    caused_by_referral : share of the referred customer's value that is due to the referral (Kumar et al.'s type one)
    caused_by_influence : share of a customer's lifetime value that is due to those whom the customer answers
    """

    currency: str | None = None
    visit: float | None = None
    page_view: float | None = None
    download: float | None = None
    share: float | None = None
    recommend: float | None = None
    comment: float | None = None
    review: float | None = None
    reaction: float | None = None
    reach_thousand: float | None = None
    knowledge_point: float | None = None
    referral: float | None = None
    acquisition_cost: float | None = None
    referral_cost: float | None = None
    caused_by_referral: float = 0.5
    caused_by_influence: float = 0.1

    @property
    def any(self) -> bool:
        """Whether the user priced anything."""
        return any(getattr(self, key) is not None for key in KEYS if key not in ("currency", *_SHARES))

    @property
    def visits(self) -> bool:
        """Whether visits are priced."""
        return any(getattr(self, key) is not None for key in ("visit", "page_view", "download"))

    def unpriced(self, actions: Iterable[str]) -> tuple[str, ...]:
        """Return the keys that are missing before all of these social actions are priced."""
        missing = []
        for action in actions:
            known = getattr(self, action) is not None
            if action == "referral":
                known = known or self.acquisition_cost is not None
            if action in _KNOWLEDGE:
                known = known or self.knowledge_point is not None
            if not known:
                missing.append(action)
        return tuple(missing)


KEYS = tuple(entry.name for entry in dataclasses.fields(Prices))


def read_prices(entries: Iterable[str]) -> Prices:
    """Read prices of the form ``KEY=VALUE``; of a key named twice the later counts.

    Raises
    ------
    UsageFault
        ``option_value``: a key is not known, a value is no number or outside its limits, or two prices would count the same
        act twice.
    """
    values: dict[str, Any] = {}
    for entry in entries:
        key, sign, value = (part.strip() for part in entry.partition("="))
        if not sign or key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1, 0.5)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(KEYS)}"
            raise UsageFault("option_value", f"--price does not take '{entry}'", hint=f"write KEY=VALUE; {hint}")
        values[key] = _value(key, value)
    prices = Prices(**values)
    for parts, whole in (
        (_KNOWLEDGE, "knowledge_point"),
        (("acquisition_cost", "referral_cost"), "referral"),
    ):
        twice = [key for key in parts if getattr(prices, key) is not None]
        if twice and getattr(prices, whole) is not None:
            raise UsageFault(
                "option_value",
                f"the prices {whole} and {twice[0]} would count the same act twice",
                hint=f"give {whole}, or {' and '.join(parts)}",
            )
    if prices.referral_cost is not None and prices.acquisition_cost is None:
        raise UsageFault(
            "option_value",
            "the price referral_cost says what a referral costs, but not what it is worth",
            hint="give acquisition_cost, too: what winning a customer costs otherwise",
        )
    return prices


def entries(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a section's keys and values as `read_prices` takes them."""
    return tuple(f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in content.items())


def _value(key: str, text: str) -> float | str:
    if key == "currency":
        if len(text) == 3 and text.isascii() and text.isalpha():
            return text.upper()
        raise UsageFault(
            "option_value", f"the price's currency is '{text}'", hint="it takes an ISO 4217 code such as EUR"
        )
    most = 1.0 if key in _SHARES else 1e9
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= most:
        hint = (
            "it takes a share from 0 to 1"
            if key in _SHARES
            else "it takes a number of at least 0, with a decimal point"
        )
        raise UsageFault("option_value", f"the price {key} is '{text}'", hint=hint)
    return number
