"""Yes/no columns of a customers file as permission events: one ``consents`` row for each cell that says something."""

from __future__ import annotations

import re
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
    """A column that is a permission (or a ban), the channels it is about, and the column beside it that says when.

    One of which only ``refusals`` hold names no channel, or says twice no: it grants nothing.
    """

    column: str
    channels: tuple[str, ...]
    ban: bool
    time: str | None = None
    refusals: bool = False


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("wide.toml").read_text(encoding="utf-8"))


def permission_columns(names: Sequence[str]) -> tuple[tuple[PermissionColumn, ...], tuple[str, ...]]:
    """Find the permission columns among the columns carried along, and those that name no channel and so say nothing."""
    found: dict[str, _Meaning] = {}
    times: dict[str, str] = {}
    vague: list[str] = []
    for name in names:
        stem = _without_time(name)
        meaning = _read_name(name if stem is None else stem)
        if meaning is None:
            continue
        if stem is not None:
            times[plain(stem)] = name
            continue
        if not meaning.ban and not _channels_named(plain(name)):
            vague.append(name)
        if meaning.channels:
            found[name] = meaning
    for stem, name in times.items():
        # The day of a ban is a ban, also where no other column says so.
        meaning = _read_name(_without_time(name) or stem)
        if meaning and meaning.ban and stem not in {plain(n) for n in found} and _channels_named(stem):
            found[name] = meaning
    columns = tuple(PermissionColumn(n, m.channels, m.ban, times.get(plain(n)), m.refusals) for n, m in found.items())
    return columns, tuple(vague)


@dataclass(frozen=True, slots=True)
class _Meaning:
    channels: tuple[str, ...]
    ban: bool
    refusals: bool = False


def _without_time(name: str) -> str | None:
    """Return the name before a word for time at its end (``sahkopostilupa_pvm`` → ``sahkopostilupa``), or None."""
    key = plain(name)
    if key.endswith((*_data()["ban"], *_data()["permission"])):
        return None  # the `on` of `permission` is no word
    for word in sorted(_data()["time"], key=len, reverse=True):
        if key.endswith(word) and key != word:
            rest = key.removesuffix(word)
            stem = next((name[:n] for n in range(len(name), 0, -1) if plain(name[:n]) == rest), rest)
            if _read_name(stem) is not None:
                return stem
    return None


def _words(name: str) -> list[str]:
    """Return the words of a name, parted by signs or by capitals (``noEmail``)."""
    parted = re.sub(
        r"(?<=[^\W\d_A-ZÅÄÖ])(?=[A-ZÅÄÖ])", " ", name.replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    )
    return [word for word in (plain(part) for part in re.split(r"[\W_]+", parted)) if word]


def _negated(name: str) -> bool:
    """Tell whether a name says no: *Ei sähköpostia*, *no_email*, *inga nyhetsbrev*."""
    data, words_in = _data(), _words(name)
    if any(word in data["negation"] for word in words_in):
        return True
    first = words_in[0] if words_in else ""
    if first in data["negation_first"]:
        return words_in[1:2] != ["of"]  # the number of something
    if len(words_in) > 1:
        return False
    about = (*data["permission"], *(word for several in data["channel"].values() for word in several))
    return any(
        first.removeprefix(word).startswith(about)
        for word in (*data["negation"], *data["negation_first"])
        if first.startswith(word)
    )


def _read_name(name: str) -> _Meaning | None:
    """Return what a column of this name is about; None: of no permission."""
    data, key = _data(), plain(name)
    named = set(_channels_named(key))
    allowing = key in data["general"] or any(word in key for word in data["permission"])
    about = bool(named) or any(word in key for word in data["consent"])
    hits = [word for word in (*data["ban"], *(data["ended"] if about else ())) if word in key]
    ban = bool(hits) or key.startswith(tuple(data["ban_begins"]))
    if ban and set(data["no_answer"]).intersection(_words(name)):
        return None
    channels = tuple(c for c in data["all"] if c in named)
    everything = tuple(data["all"])
    if _negated(name) and not set(data["denials"]).intersection(hits) and (ban or about):
        # A ban that is denied allows nothing, but where it is not denied it holds.
        return _Meaning(channels or everything, not ban, refusals=ban)
    if ban:
        return _Meaning(channels or everything, ban=True)
    if not allowing:
        return None
    both = all(any(word in key for word in data[words]) for words in ("general_about", "general_asked"))
    if not channels and (both or key in data["general"]):
        return _Meaning(everything, ban=False, refusals=True)
    return _Meaning(channels, ban=False)


def _channels_named(key: str) -> list[str]:
    data = _data()
    rest = key
    hits: list[str] = []
    named = [(w, c) for c, ws in data["channel"].items() for w in ws] + [(w, "") for w in data["not_channel"]]
    for word, channel in sorted(named, key=lambda item: (-len(item[0]), item[0])):
        if word in rest:
            hits += [channel] if channel else []
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
        elif permission.refusals:
            status = _of_general(text, customers)
        else:
            status, strange = _of_permission(text, customers)
            if strange is None:
                unclear.append(permission.column)
            else:
                unknown[permission.column] = strange
        said = numbered.filter(pl.col(permission.column).is_not_null())
        time = pl.lit(None, dtype=TIMESTAMP) if permission.time is None else time_in(customers, permission.time, zone)
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


def said_of_ban(text: pl.Expr) -> pl.Expr:
    """Return ``objected`` for the cells of a ban, in lower case, that hold: all but blanks and a plain no."""
    return _of_ban(text)[0]


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


def _of_general(text: pl.Expr, customers: pl.LazyFrame) -> pl.Expr:
    """Return the status that the cells of a column mean in which only refusals hold (null: none)."""
    refused = _refused(text)
    yes, _ = _answers()
    number = text.str.contains(_NUMBER)
    # Among counts a zero is a count.
    counts = customers.select((number & ~text.is_in(yes) & ~refused).any()).collect().item()
    return pl.when(refused & ~number if counts else refused).then(pl.lit("objected"))


def _refused(text: pl.Expr) -> pl.Expr:
    """Tell of cells of a permission that they say no, as a whole or with their first word."""
    _, no = _answers()
    first = text.str.extract(r"^([\p{L}-]{2,})\b", 1).is_in(no).fill_null(value=False)
    return text.is_in(no) | (first & ~text.is_in(_unknown()))


def _of_permission(text: pl.Expr, customers: pl.LazyFrame) -> tuple[pl.Expr, int | None]:
    """Return the status that a permission's cells mean (null: none), and how many are neither yes nor no; None: too many kinds."""
    yes, _ = _answers()
    silent = text.is_in(_data()["silent"])
    text = pl.when(~silent).then(text)
    refused = _refused(text)
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


def time_in(customers: pl.LazyFrame, column: str, zone: str) -> pl.Expr:
    """Return the times in a column whose form is not known; null where a cell is none, or the column does not tell which form it has."""
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
