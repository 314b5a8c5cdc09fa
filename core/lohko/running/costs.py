"""The ``[costs]`` section: prices under known keys, and mailings with prices of their own."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lohko.errors import Place, UsageFault
from lohko.views.health.params import STREAM, Costs, Prices

KEYS = tuple(entry.name for entry in dataclasses.fields(Prices))
MAILINGS = "mailings"


def read_costs(
    content: Mapping[str, Any], flags: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Costs:
    """Return the prices: ``--cost KEY=VALUE``, then ``LOHKO_COSTS_KEY``, then the section.

    Raises
    ------
    UsageFault
        A key is not known (its nearest is named), or a value is no number or outside its limits.
    """
    values = {key: value for key, value in content.items() if key != MAILINGS}
    for key in KEYS:
        found = (environment or {}).get(f"LOHKO_COSTS_{key}".upper())
        if found:
            values[key] = found
    for flag in flags:
        key, sign, value = flag.partition("=")
        if not sign or key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1, 0.5)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(KEYS)}"
            raise UsageFault("option_value", f"--cost does not take '{flag}'", hint=f"write KEY=VALUE; {hint}")
        values[key] = value
    prices = Prices(**{key: _price(key, value) for key, value in values.items()})
    own = {
        str(name): {key: float(_price(key, value)) for key, value in prices_of.items()}
        for name, prices_of in content.get(MAILINGS, {}).items()
    }
    return Costs(prices, own)


def checked_costs(path: Path, content: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every key of the section with those it may be, and refuse values that are no prices.

    Raises
    ------
    UsageFault
        ``config_unreadable``: a price is no number, is outside its limits, or a mailing is no section.
    """
    for key in content:
        yield key, (*KEYS, MAILINGS)
    mailings = content.get(MAILINGS, {})
    if not isinstance(mailings, Mapping) or not all(isinstance(own, Mapping) for own in mailings.values()):
        raise UsageFault(
            "config_unreadable",
            "[costs.mailings] must hold a section a mailing, such as [costs.mailings.magazine]",
            places=(Place(str(path)),),
        )
    for own in mailings.values():
        for key in own:
            yield key, STREAM
    try:
        read_costs(content)
    except UsageFault as error:
        raise UsageFault(error.code, f"[costs] {error.message}", hint=error.hint, places=(Place(str(path)),)) from error


def _price(key: str, value: Any) -> Any:
    if key == "currency":
        if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha():
            return value.upper()
        raise UsageFault("option_value", f"currency is {value!r}", hint="it takes an ISO 4217 code such as EUR")
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            pass
    raise UsageFault("option_value", f"{key} is {value!r}", hint="it takes a number")
