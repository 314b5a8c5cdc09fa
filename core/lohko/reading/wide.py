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
_ODD_WORDS = 5  # a column with more words than these that are no answers grants nothing
_NUMBER = r"^[+-]?\d+([.,]\d+)?$"
_ZERO = r"^0+([.,]0+)?$"
_NO_WORD = r"^[\s\p{P}\p{S}]+$"


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
    for stem, name in times.items():
        # The day of a ban is a ban, also where no other column says so.
        channels, ban = _read_name(stem) or ((), False)
        if ban and stem not in {plain(n) for n in found} and _channels_named(stem):
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
    ban = any(word in key for word in data["ban"]) or key.startswith(tuple(data["ban_begins"]))
    if not ban and not any(word in key for word in data["permission"]):
        return None
    hits = _channels_named(key)
    channels = tuple(c for c in data["all"] if c in hits)
    if ban and not channels:
        channels = tuple(data["all"])
    return channels, ban


def _channels_named(key: str) -> list[str]:
    data = _data()
    rest = key
    hits: list[str] = []
    for word, channel in sorted(
        ((w, c) for c, ws in data["channel"].items() for w in ws), key=lambda item: (-len(item[0]), item[0])
    ):
        if word in rest:
            hits.append(channel)
            rest = rest.replace(word, " ")
    return hits


@dataclass(frozen=True, slots=True)
class Wide:
    """Consents made from columns.

    Attributes
    ----------
    rows : permission events, in the order of the customers and, for one customer, of the columns; None if there are none
    used : the columns they come from
    unknown : how many cells of a column said neither yes nor no
    bans : how many cells of a ban said neither yes nor no, and were taken as objections
    unclear : columns whose cells are no answers (counts, codes, free text): only their refusals are rows
    """

    rows: pl.LazyFrame | None
    used: tuple[str, ...]
    unknown: Mapping[str, int]
    bans: Mapping[str, int]
    unclear: tuple[str, ...]


def consents_of(customers: pl.LazyFrame, columns: Sequence[PermissionColumn], zone: str) -> Wide:
    """Make consent rows of permission columns.

    Yes is ``granted``, no is ``objected``, blank and "never asked" are no row, and any other word is ``unknown``. In a ban everything but a plain no is
    ``objected``, and a no is no row, since it grants nothing; a date is no date of the objection, since it may say until when. A column
    with many other words grants nothing; its refusals hold.

    Parameters
    ----------
    customers : with ``customer_id``, ``source`` and the columns, in their order
    """
    parts: list[pl.LazyFrame] = []
    used: list[str] = []
    unknown: dict[str, int] = {}
    bans: dict[str, int] = {}
    unclear: list[str] = []
    numbered = customers.with_row_index(ROW)
    for number, permission in enumerate(columns):
        text = pl.col(permission.column).str.to_lowercase().str.strip_chars(" .!\t")
        if permission.ban:
            status, odd = _of_ban(text)
            bans[permission.column] = int(customers.select(odd.sum()).collect().item() or 0)
        else:
            status, strange = _of_permission(text, customers)
            if strange is None:
                unclear.append(permission.column)
            else:
                unknown[permission.column] = strange
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
        if permission.column not in unclear or rows.select(pl.len()).collect().item():
            used.append(permission.column)
    made = pl.concat(parts).sort(ROW, "__column", "__channel").drop(ROW, "__column", "__channel") if parts else None
    made = made if used else None
    return Wide(made, tuple(used), unknown, bans, tuple(unclear))


def _of_ban(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the status that a ban's cells mean (null: none), and whether one is neither yes nor no."""
    yes, _ = _answers()
    plain_no = [w for w, truth in words.booleans().items() if not truth]
    nothing = text.is_in([*words.nothing(), "", *_data()["no_ban"], *plain_no])
    free = (
        text.is_null()
        | nothing
        | text.str.contains(_ZERO)
        | (text.str.contains(_NO_WORD) & ~text.is_in(yes) & (text != "?"))
    )
    status = pl.when(free).then(pl.lit(None, dtype=pl.String)).otherwise(pl.lit("objected"))
    return status, ~free & ~text.is_in(yes)


def _of_permission(text: pl.Expr, customers: pl.LazyFrame) -> tuple[pl.Expr, int | None]:
    """Return the status that a permission's cells mean (null: none), and how many are neither yes nor no; None: too many kinds."""
    yes, no = _answers()
    silent = text.is_in(_data()["silent"])
    text = pl.when(~silent).then(text)
    refused = text.is_in(no) | (
        text.str.extract(r"^([\p{L}-]{2,})\b", 1).is_in(no).fill_null(value=False) & ~text.is_in(_unknown())
    )
    odd = text.filter(~text.is_in(yes) & ~refused)
    kinds, count, numbers = (
        customers.select(odd.n_unique(), odd.len().alias("n"), odd.str.contains(_NUMBER).all().alias("numbers"))
        .collect()
        .row(0)
    )
    if kinds > _ODD_WORDS:
        # Among counts a zero is a count.
        refused = refused & ~text.str.contains(_NUMBER) if numbers else refused
        return pl.when(refused).then(pl.lit("objected")), None
    status = pl.when(refused).then(pl.lit("objected")).when(text.is_in(yes)).then(pl.lit("granted"))
    return status.when(text.is_not_null()).then(pl.lit("unknown")), count


def _unknown() -> list[str]:
    column = tables()["consents"].column("status")
    assert column is not None
    return sorted(w for w, s in words.enumeration("consents", column).items() if s == "unknown")


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
