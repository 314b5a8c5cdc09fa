"""How the score is made: read once from the data file beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

PARTS = ("uniqueness", "freshness")
"""Parts of the register's score that no single field shows."""


@cache
def scoring() -> Mapping[str, Any]:
    """Return points, weights, grades, ages and limits."""
    return tomllib.loads(resources.files(__package__).joinpath("scores.toml").read_text(encoding="utf-8"))
