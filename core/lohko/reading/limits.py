"""The limits of reading (``limits.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes beyond which an input is refused, and the sizes of the pieces it is read in (bytes, rows, lines)."""

    head_bytes: int
    sample_rows: int
    chunk_bytes: int
    ahead_bytes: int
    record_bytes: int
    record_lines: int
    columns: int
    unpacked_bytes: int
    unpacked_ratio: int
    zip_members: int
    workbook_bytes: int


@cache
def limits() -> Limits:
    """Return the limits."""
    text = resources.files(__package__).joinpath("limits.toml").read_text(encoding="utf-8")
    return Limits(**tomllib.loads(text))
