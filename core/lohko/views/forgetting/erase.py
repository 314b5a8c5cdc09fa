"""Takes a person out of a package's tables: their rows go, and what other people's rows say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from lohko.reading.traces import among
from lohko.views.forgetting.search import Search, kinds_of, text_columns

_HOUSEHOLD = "household_id"


@dataclass(frozen=True, slots=True)
class Erased:
    """A table without them.

    Attributes
    ----------
    frame : what is left, in its order, other people's rows as they were but for the cells that named them
    rows_in, rows : rows before, and rows erased
    cells : cells of other people's rows from which something was taken out
    """

    frame: pl.LazyFrame
    rows_in: int
    rows: int
    cells: int


def erase(table: str, frame: pl.LazyFrame, search: Search) -> Erased | None:
    """Return a table without them; None where nothing in it is theirs."""
    traces = search.person.traces
    columns = frame.collect_schema().names()
    theirs = traces.belongs(table, columns)
    left = frame.filter(~theirs)
    home = among(pl.col(_HOUSEHOLD), search.ids) if table == "crosswalk" else pl.lit(value=False)
    counts = frame.select(
        rows_in=pl.len(),
        rows=theirs.sum(),
        mentions=(~theirs & traces.mentioned(columns)).sum(),
        homes=(~theirs & home).sum(),
    ).collect()
    rows_in, rows, mentions, homes = counts.row(0)
    if mentions:
        left = left.with_columns(traces.unnamed(columns))
    if homes:
        left = left.with_columns(_renamed(search))
    cells = mentions + homes
    for column, replacement in _cleared(table, left, search).items():
        old, new = list(replacement), list(replacement.values())
        cells += left.select(pl.col(column).is_in(old).sum()).collect().item()
        left = left.with_columns(pl.col(column).replace(old, new))
    return Erased(left, rows_in, rows, cells) if rows or cells else None


def _renamed(search: Search) -> pl.Expr:
    """Return the household's id, that of a member who stays where it was theirs."""
    rest = pl.col("source_customer_id").min().over(_HOUSEHOLD)
    return pl.when(among(pl.col(_HOUSEHOLD), search.ids)).then(rest).otherwise(pl.col(_HOUSEHOLD)).alias(_HOUSEHOLD)


def _cleared(table: str, left: pl.LazyFrame, search: Search) -> dict[str, dict[str, str | None]]:
    """Return by column the cells of other people's rows that name them, and what is to stand there instead."""
    found = {}
    for column in text_columns(left):
        kinds = kinds_of(table, column)
        cells = search.cells(left, column, kinds)
        if cells:
            found[column] = {cell: search.cleared(cell, kinds) for cell in cells}
    return found


@dataclass(slots=True)
class Counts:
    """What was erased from a package.

    Attributes
    ----------
    rows : rows by table; ``cells`` taken out of other people's rows; ``lines`` of files for people by name
    """

    rows: dict[str, int] = field(default_factory=dict)
    cells: int = 0
    lines: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.cells or any(self.rows.values()) or any(self.lines.values()))

    def as_dict(self) -> dict[str, object]:
        """Return it as plain JSON values."""
        return {"rows": dict(sorted(self.rows.items())), "cells": self.cells, "lines": dict(sorted(self.lines.items()))}


def erase_tables(tables: Mapping[str, pl.LazyFrame], search: Search) -> dict[str, Erased]:
    """Return the tables that are not as before."""
    found = {name: erase(name, frame, search) for name, frame in tables.items()}
    return {name: made for name, made in found.items() if made is not None}
