"""The ``[prices]`` section: what visits and acts are worth, for the step ``value``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lohko.errors import Place, UsageFault
from lohko.value.prices import KEYS, entries, read_prices

_PARTS = ("referral_cost",)  # means nothing alone


def asked_prices(content: Mapping[str, Any], given: Sequence[str], environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the prices as ``KEY=VALUE``, one a key: ``--price``, then ``LOHKO_PRICES_KEY``, then the section."""
    found = {}
    for entry in (*entries(content), *_environment(environment), *given):
        found[entry.partition("=")[0].strip()] = entry
    order = {key: place for place, key in enumerate(KEYS)}
    return tuple(found[key] for key in sorted(found, key=lambda key: (order.get(key, len(order)), key)))


def checked_prices(content: Mapping[str, Any], place: Callable[[str], Place]) -> Iterator[str]:
    """Yield every key of the section, and refuse values that are no prices.

    Parameters
    ----------
    content : the section
    place : where a key stands

    Raises
    ------
    UsageFault
        ``option_value``, with its place.
    """
    yield from content
    parts = [(key, entries({key: value})) for key, value in content.items() if key not in _PARTS]
    for key, asked in (*parts, ("prices", entries(content))):
        try:
            read_prices(asked)
        except UsageFault as error:
            raise UsageFault(error.code, f"[prices] {error.message}", hint=error.hint, places=(place(key),)) from error


def _environment(environment: Mapping[str, str]) -> Iterator[str]:
    for key in KEYS:
        value = environment.get(f"LOHKO_PRICES_{key}".upper())
        if value:
            yield f"{key}={value}"
