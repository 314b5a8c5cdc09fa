"""What a customers file says of deaths and protected addresses: one row of ``address_updates`` for each customer of whom a column says so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import polars as pl

from lohko.reading.naming import plain
from lohko.reading.wide import said_of_ban, time_in

_LONGEST = 60  # bytes of a cell that may be a mark


@dataclass(frozen=True, slots=True)
class Marks:
    """Entries made from columns.

    Attributes
    ----------
    rows : ``customer_id``, ``status`` and ``valid_from`` (null: always), sorted; None if there are none
    counts : by column, in how many rows it says so
    named : the columns whose names say it, whatever stands in them: they are no permissions
    """

    rows: pl.DataFrame | None
    counts: Mapping[str, int]
    named: tuple[str, ...]


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resources.files(__package__).joinpath("marks.toml").read_text(encoding="utf-8"))


def marks_in(customers: pl.LazyFrame, columns: Sequence[str], zone: str) -> Marks:
    """Make entries of what columns say of deaths and protected addresses.

    Parameters
    ----------
    customers : with ``customer_id`` and the columns
    columns : those carried along
    zone : in which dates are read
    """
    named = {name: status for name in columns for status, words in _data().items() if plain(name) in words["columns"]}
    rest = [name for name in columns if name not in named]
    found: list[pl.DataFrame] = []
    counts: dict[str, int] = {}
    for name, status in named.items():
        text = pl.col(name).str.to_lowercase().str.strip_chars(" .!\t")
        told = customers.filter(said_of_ban(text) == "objected")
        since = time_in(customers, name, zone).dt.convert_time_zone(zone).dt.date()
        _note(found, counts, name, _entries(told, status, since))
    for name, status in _holding(customers, rest):
        told = customers.filter(_says(pl.col(name), status))
        _note(found, counts, name, _entries(told, status, pl.lit(None, pl.Date)))
    rows = pl.concat(found).unique().sort("customer_id", "status", "valid_from", nulls_last=True) if found else None
    return Marks(rows, counts, tuple(named))


def _entries(told: pl.LazyFrame, status: str, since: pl.Expr) -> pl.DataFrame:
    return told.select("customer_id", pl.lit(status).alias("status"), since.alias("valid_from")).collect()


def _note(found: list[pl.DataFrame], counts: dict[str, int], name: str, entries: pl.DataFrame) -> None:
    if entries.height:
        found.append(entries)
        counts[name] = counts.get(name, 0) + entries.height


def _holding(customers: pl.LazyFrame, columns: Sequence[str]) -> list[tuple[str, str]]:
    """Return the columns in which some cell is a mark, each with what it says."""
    pairs = [(name, status) for name in columns for status in _data()]
    if not pairs:
        return []
    said = customers.select(
        _says(pl.col(name), status).any().alias(str(number)) for number, (name, status) in enumerate(pairs)
    ).collect()
    return [pair for pair, holds in zip(pairs, said.row(0), strict=True) if holds]


def _says(cell: pl.Expr, status: str) -> pl.Expr:
    """Return whether a cell as a whole says it (never null); a date may follow."""
    words = "|".join(re.escape(word) for word in _data()[status]["cells"])
    short = pl.when(cell.str.len_bytes() <= _LONGEST).then(cell)
    return short.str.contains(rf"(?i)^[\s*!(]*(?:{words})[\s\d.,:/()!-]*$").fill_null(value=False)
