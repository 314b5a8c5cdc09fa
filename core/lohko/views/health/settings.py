"""What counts as a fault, and how the score is made: read once from the data files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, cast

State = Literal["missing", "wrong", "doubtful", "mendable"]
STATES: tuple[State, ...] = ("missing", "wrong", "doubtful", "mendable")
"""What is not in order with a field, from the worst."""
PARTS = ("uniqueness", "freshness")
"""Parts of the register's score that no single field shows."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a code of the registry says of a customer row.

    Attributes
    ----------
    code, field : the code, and the field it is a fault of
    state : what it makes of the field
    post : ``sure`` where a letter does not arrive, ``suspect`` where it may not, None where it is not touched
    fix : the action that mends it (words under ``[fix]``)
    """

    code: str
    field: str
    state: State
    post: Literal["sure", "suspect"] | None
    fix: str


@cache
def faults() -> Mapping[str, Fault]:
    """Return the faults by code, in the order of the data file."""
    return {
        code: Fault(code, entry["field"], cast("State", entry["state"]), entry.get("post"), entry["fix"])
        for code, entry in _read("faults.toml").items()
    }


@cache
def scoring() -> Mapping[str, Any]:
    """Return points, weights, grades, ages and limits."""
    return _read("scores.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
