"""The ``LOHKO_*`` variables that something reads; the others are most likely slips of the hand, and are said."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping

from lohko.running.costs import KEYS as COSTS
from lohko.running.settings import COMMON, params_of, section_names
from lohko.value.prices import KEYS as PRICES

_HEAD = "LOHKO_"
_TESTS = ("LOHKO_SKIP_NOTHING", "LOHKO_FUZZ_SECONDS")  # of lohko's own tests
_MORE = {"ingest": ("max_rejects",), "customer": ("lang",)}


def known_variables(commands: Iterable[str] = ()) -> set[str]:
    """Return the variables that are read: those of the sections of ``lohko.toml``, and of commands that take the common options."""
    known = {"LOHKO_CONFIG", *_TESTS}
    known |= {f"LOHKO_COSTS_{key}".upper() for key in COSTS} | {f"LOHKO_PRICES_{key}".upper() for key in PRICES}
    for section in {*section_names(), *commands}:
        own = (entry.name for entry in dataclasses.fields(params_of(section))) if section in section_names() else ()
        for name in (*own, *COMMON, *_MORE.get(section, ())):
            known |= {f"LOHKO_{section}_{name}".upper(), f"LOHKO_{name}".upper()}
    return known


def unknown_variables(environment: Mapping[str, str], commands: Iterable[str] = ()) -> list[tuple[str, str | None]]:
    """Return the ``LOHKO_*`` variables that nothing reads, each with the nearest that something does."""
    asked = sorted(name.removeprefix(_HEAD) for name in environment if name.startswith(_HEAD))
    known = sorted(name.removeprefix(_HEAD) for name in known_variables(commands)) if asked else []
    nearest = {name: difflib.get_close_matches(name.upper(), known, 1, 0.75) for name in asked if name not in known}
    return [(_HEAD + name, _HEAD + near[0] if near else None) for name, near in nearest.items()]
