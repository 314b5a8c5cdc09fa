"""Yes/no columns of a customers file as permission events: one ``consents`` row for each cell that says something."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import polars as pl

from lohko.reading import dates, words
from lohko.reading.naming import plain
from lohko.tables import tables
from lohko.tables.types import TIMESTAMP

ROW = "__row"
_ODD_WORDS = 5  # a column with more words than these that are no answers is no permission


@dataclass(frozen=True, slots=True)
class PermissionColumn:
    """A column that is a permission (or a ban), the channels it is about, and the column beside it that says when."""

    column: str
    channels: tuple[str, ...]
    ban: bool
    time: str | None = None


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("wide.toml").read_text(encoding="utf-8"))


def permission_columns(names: Sequence[str]) -> tuple[tuple[PermissionColumn, ...], tuple[str, ...]]:
    """Find the permission columns among the columns carried along, and those that name no channel and so say nothing."""
    found: dict[str, tuple[tuple[str, ...], bool]] = {}
    times: dict[str, str] = {}
    vague: list[str] = []
    for name in names:
        key = plain(name)
        stem = _without_time(key)
        hit = _read_name(key if stem is None else stem)
        if hit is None:
            continue
        channels, ban = hit
        if stem is not None:
            times[stem] = name
        elif not channels:
            vague.append(name)
        else:
            found[name] = (channels, ban)
    columns = tuple(PermissionColumn(n, c, ban, times.get(plain(n))) for n, (c, ban) in found.items())
    return columns, tuple(vague)


def _without_time(key: str) -> str | None:
    """Return the name before a word for time at its end (``sahkopostilupapvm`` → ``sahkopostilupa``), or None."""
    for word in sorted(_data()["time"], key=len, reverse=True):
        if key.endswith(word) and _read_name(key.removesuffix(word)) is not None and key != word:
            return key.removesuffix(word)
    return None


def _read_name(key: str) -> tuple[tuple[str, ...], bool] | None:
    data = _data()
    ban = any(word in key for word in data["ban"])
    if not ban and not any(word in key for word in data["permission"]):
        return None
    rest = key
    hits: list[str] = []
    for word, channel in sorted(
        ((w, c) for c, ws in data["channel"].items() for w in ws), key=lambda item: (-len(item[0]), item[0])
    ):
        if word in rest:
            hits.append(channel)
            rest = rest.replace(word, " ")
    channels = tuple(c for c in data["all"] if c in hits)
    if ban and not channels:
        channels = tuple(data["all"])
    return channels, ban


@dataclass(frozen=True, slots=True)
class Wide:
    """Consents made from columns.

    Attributes
    ----------
    rows : permission events, in the order of the customers and, for one customer, of the columns; None if there are none
    used : the columns they come from
    unknown : how many cells of a column said neither yes nor no
    unclear : columns left alone, since their cells are no answers (counts, codes, free text)
    """

    rows: pl.LazyFrame | None
    used: tuple[str, ...]
    unknown: Mapping[str, int]
    unclear: tuple[str, ...]


def consents_of(customers: pl.LazyFrame, columns: Sequence[PermissionColumn], zone: str) -> Wide:
    """Make consent rows of permission columns.

    Yes is ``granted`` (in a ban: ``objected``), no is ``objected`` (in a ban: no row, since it grants nothing), blank is no row, and any other
    word is ``unknown``.

    Parameters
    ----------
    customers : with ``customer_id``, ``source`` and the columns, in their order
    """
    yes, no = _answers()
    parts: list[pl.LazyFrame] = []
    unknown: dict[str, int] = {}
    unclear: list[str] = []
    numbered = customers.with_row_index(ROW)
    for number, permission in enumerate(columns):
        text = pl.col(permission.column).str.to_lowercase()
        strange = text.filter(~text.is_in([*yes, *no]))
        kinds, count = customers.select(strange.n_unique(), strange.len().alias("n")).collect().row(0)
        if kinds > _ODD_WORDS and not permission.ban:
            unclear.append(permission.column)
            continue
        unknown[permission.column] = count
        when_yes, when_no = ("objected", None) if permission.ban else ("granted", "objected")
        status = (
            pl.when(text.is_in(yes))
            .then(pl.lit(when_yes))
            .when(text.is_in(no))
            .then(pl.lit(when_no, dtype=pl.String))
            .otherwise(pl.lit("unknown"))
        )
        said = numbered.filter(pl.col(permission.column).is_not_null())
        time = _time(customers, permission.time, zone)
        rows = said.select(
            ROW,
            pl.lit(number).alias("__column"),
            "customer_id",
            status.alias("status"),
            time.alias("recorded_at"),
            "source",
            pl.lit("imported").alias("method"),
        ).filter(pl.col("status").is_not_null())
        parts.extend(
            rows.select(
                ROW,
                "__column",
                pl.lit(place).alias("__channel"),
                "customer_id",
                pl.lit(channel).alias("channel"),
                pl.exclude(ROW, "__column", "customer_id"),
            )
            for place, channel in enumerate(permission.channels)
        )
    made = pl.concat(parts).sort(ROW, "__column", "__channel").drop(ROW, "__column", "__channel") if parts else None
    return Wide(made, tuple(unknown), unknown, tuple(unclear))


@cache
def _answers() -> tuple[list[str], list[str]]:
    column = tables()["consents"].column("status")
    assert column is not None
    statuses = words.enumeration("consents", column)
    yes = {w for w, truth in words.booleans().items() if truth} | {w for w, s in statuses.items() if s == "granted"}
    no = {w for w, truth in words.booleans().items() if not truth}
    no |= {w for w, s in statuses.items() if s in ("objected", "withdrawn")}
    return sorted(yes), sorted(no - yes)


def _time(customers: pl.LazyFrame, column: str | None, zone: str) -> pl.Expr:
    if column is None:
        return pl.lit(None, dtype=TIMESTAMP)
    text = pl.col(column)
    shapes = dict(
        customers.select(dates.date_shape(text).alias("s"))
        .drop_nulls()
        .group_by("s")
        .agg(n=pl.len())
        .collect()
        .iter_rows()
    )
    first, second = (
        customers.select(*(e.alias(n) for n, e in zip("ab", dates.over_12(text), strict=True))).collect().row(0)
    )
    try:
        form = dates.weigh(dates.DateEvidence(shapes, first, second))
    except dates.Ambiguous:
        form = None
    return pl.lit(None, dtype=TIMESTAMP) if form is None else dates.to_timestamp(text, form, zone)
