"""Consent events, boiled down to what the rules ask of each customer and channel: the stop, the grants, the exceptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.cleaning.evidence import (
    FLAG_SHIFT,
    Numbers,
    day_number,
    day_numbers,
    day_of,
    event_day,
    flags,
    flags_of,
    numbered,
    packed,
)
from lohko.cleaning.evidence_grid import Grid, SharedPoints
from lohko.cleaning.permission_rules import CHANNELS, FACTS
from lohko.tables.text import tidied

# Ranks of grants on consent, by their proof. Only the first is in force; the rest tell what is missing.
GRADES = FACTS["consent"]
VALID = GRADES.index("valid")
# Flags of a grant without proof, of a soft opt-in with gaps, and of a stop.
MISSING_PROOF = {"time": 1, "source": 2, "wording": 4, "active_act": 8}
MISSING_SOFT = {"told_at_sale": 1, "similar_products": 2, "opt_out_offered": 4, "status": 8}
OBJECTED, OWN = 1, 2
# Ids that an Int64 holds beside their length.
_MOST_DIGITS = 17
_DIGITS = rf"^[0-9]{{1,{_MOST_DIGITS}}}$"


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What the events come to.

    Attributes
    ----------
    grids : the best evidence of each customer and channel, by its kind: ``stop_by`` (with those of neighbours), ``valid``, ``weak`` (best
        grant below valid), ``soft``, ``company``; ``unread`` and ``unread_sale`` (the last status that could not be read; of a sale)
    last_weak, undated_grant : of grants on consent below valid: 1 + the number of the last one's day (0: none), and whether one has no day
    sources : the words behind the evidence
    unknown_customers : events of customers that the register does not have
    """

    grids: Mapping[str, Grid]
    last_weak: Grid
    undated_grant: Grid
    sources: list[str]
    unknown_customers: int

    def of(self, channel: int) -> dict[str, Numbers]:
        """Return the evidence for a channel by its kind, one number a customer (0: none)."""
        return {kind: grid.best[channel] for kind, grid in self.grids.items()}

    def stop_states(self, channel: int) -> NDArray[np.uint8]:
        """Return how stops and later grants stand to each other, as numbers of the fact ``stop``; on one day, or without dates, the stop wins."""
        stop, valid = (self.grids[kind].best[channel] for kind in ("stop_by", "valid"))
        stop_day, valid_day = day_numbers(stop), day_numbers(valid)
        # -1: nothing was granted.
        last_grant = np.maximum(np.where(valid > 0, valid_day, -1), self.last_weak.best[channel] - 1)
        dated = stop_day > 0
        later = dated & (last_grant > stop_day)
        undated = (self.undated_grant.best[channel] > 0) | (~dated & (last_grant >= 0))
        number = FACTS["stop"].index
        return np.select(
            [
                stop == 0,
                later & (valid_day > stop_day),
                later,
                undated | (last_grant == stop_day),
                flags(stop) % 2 == OBJECTED,
            ],
            [number(name) for name in ("none", "lifted_by_consent", "lifted", "conflict", "objected")],
            number("withdrawn"),
        ).astype(np.uint8)


# What an event is evidence of. Each is one of these, but a sale whose status could not be read also stands against other sales.
KINDS = ("stop_by", "valid", "weak", "soft", "company", "unread")


def event_facts(
    consents: pl.LazyFrame,
    ids: pl.DataFrame,
    shared: SharedPoints,
    *,
    customers: int,
    as_of: dt.date,
    timezone: str,
    stale_months: Mapping[str, int],
) -> EventFacts:
    """Return what the consent events come to as of a day.

    Parameters
    ----------
    ids : ``id``, ``idx``, ``child``: every id an event may carry, the customer it is now, and whether that is one under their country's
        age of consent: their grants that name no guardian do not count
    shared : the addresses that several customers have: a stop binds all of them
    customers : how many there are, numbered from 0
    stale_months : channel to the age in months from which a consent is stale
    """
    sources, number = source_numbers(consents)
    events = read_events(consents, ids, number, as_of=as_of, timezone=timezone, stale_months=stale_months)
    grids = {kind: Grid(customers) for kind in (*KINDS, "unread_sale")}
    last_weak, undated_grant = Grid(customers), Grid(customers)
    known = pl.col("idx").is_not_null() & pl.col("channel").is_not_null()
    for kind, name in enumerate(KINDS):
        mine = events.filter(known & (pl.col("kind") == kind))
        grids[name].add(mine["idx"], mine["channel"], mine["pack"])
        if name == "weak":
            days = mine.select("idx", "channel", day=day_number(pl.col("pack")))
            last_weak.add(days["idx"], days["channel"], days["day"] + 1)
            undated = days.filter(pl.col("day") == 0)
            undated_grant.add(undated["idx"], undated["channel"], undated["day"] + 1)
        if name == "soft":
            mute = mine.filter(flags_of(pl.col("pack")) >= MISSING_SOFT["status"]).with_columns(
                pack=muted(pl.col("pack"))
            )
            grids["unread_sale"].add(mute["idx"], mute["channel"], mute["pack"])
    shared.bind(grids["stop_by"], grids["stop_by"], OWN << FLAG_SHIFT)
    return EventFacts(grids, last_weak, undated_grant, sources, events["idx"].null_count())


def source_numbers(consents: pl.LazyFrame) -> tuple[list[str], dict[str, int]]:
    """Return the sources of the events, tidied, and for each as it is written its number, from 1."""
    raw = consents.select(raw=_column(consents, "source").unique()).collect().with_columns(word=tidied(pl.col("raw")))
    sources = numbered(raw["word"])
    place = {word: i for i, word in enumerate(sources, 1)}
    return sources, {text: place[word] for text, word in raw.drop_nulls().iter_rows() if word in place}


def _column(consents: pl.LazyFrame, name: str, kind: pl.DataType | None = None) -> pl.Expr:
    return pl.col(name) if name in consents.collect_schema() else pl.lit(None, kind or pl.String())


def read_events(
    consents: pl.LazyFrame,
    ids: pl.DataFrame,
    sources: Mapping[str, int],
    *,
    as_of: dt.date,
    timezone: str,
    stale_months: Mapping[str, int],
    keep: Sequence[str] = (),
) -> pl.DataFrame:
    """Return the events that count, each with ``idx`` (null: not in the register), number of the ``channel``, ``kind`` and ``pack``.

    Parameters
    ----------
    keep : columns of the events to keep beside them
    """
    schema = consents.collect_schema()

    def day(name: str) -> pl.Expr:
        return event_day(_column(consents, name), schema.get(name), timezone)

    def told(name: str) -> pl.Expr:
        text = _column(consents, name).cast(pl.String).str.strip_chars_start()
        return (text != "").fill_null(value=False)

    basis = _column(consents, "basis").fill_null("consent")
    method = _column(consents, "method")
    status = pl.col("status")
    facts = consents.select(
        *keep,
        id=pl.col("customer_id"),
        channel=pl.col("channel").cast(pl.Enum(CHANNELS), strict=False).to_physical(),
        objected=status == "objected",
        withdrawn=status == "withdrawn",
        granted=status == "granted",
        mute=status == "unknown",
        sale=basis == "existing_customer",
        company=basis == "company",
        day=day("recorded_at"),
        confirmed=day("double_opt_in_at"),
        source=_column(consents, "source").replace_strict(sources, default=0, return_dtype=pl.Int64),
        has_source=told("source"),
        has_wording=told("wording"),
        purpose=told("purpose"),
        pre_ticked=(method == "pre_ticked").fill_null(value=False),
        active=(method == "active").fill_null(value=False),
        expired=(day("expires_at") < as_of).fill_null(value=False),
        guardian=told("guardian"),
        later=(day("effective_from") > as_of).fill_null(value=False),
        **{
            name: _column(consents, name, pl.Boolean()).cast(pl.Boolean).fill_null(value=False)
            for name in MISSING_SOFT
            if name != "status"
        },
    ).filter((pl.col("day") <= as_of) | pl.col("day").is_null())
    # A grant that begins later allows nothing yet; a stop holds from when it was given.
    facts = facts.filter(~(pl.col("granted") & pl.col("later")))
    facts = facts.with_columns(confirmed=pl.when(pl.col("confirmed") <= as_of).then("confirmed")).with_columns(
        active=pl.col("active") | pl.col("confirmed").is_not_null(),
        renewed=pl.max_horizontal("day", "confirmed"),
        stop=pl.col("objected") | pl.col("withdrawn"),
        grant=pl.col("granted") & ~pl.col("sale") & ~pl.col("company"),
        soft=pl.col("sale") & (pl.col("granted") | pl.col("mute")),
        firm=pl.col("company") & pl.col("granted"),
        unread=pl.col("mute") & ~pl.col("sale"),
    )
    facts = facts.with_columns(lacking=_lacking(), gaps=_gaps()).with_columns(grade=_grade(as_of, stale_months))
    facts = facts.with_columns(proven=pl.col("grant") & (pl.col("grade") == VALID))
    kind = {name: pl.lit(i, pl.UInt8) for i, name in enumerate(KINDS)}
    coded = facts.select(
        *keep,
        "id",
        "channel",
        unguarded=pl.col("granted") & ~pl.col("guardian"),
        kind=pl.when("stop")
        .then(kind["stop_by"])
        .when("proven")
        .then(kind["valid"])
        .when("grant")
        .then(kind["weak"])
        .when("soft")
        .then(kind["soft"])
        .when("firm")
        .then(kind["company"])
        .when("unread")
        .then(kind["unread"]),
        pack=packed(
            pl.when("grant")
            .then("grade")
            .when("soft")
            .then(pl.when(pl.col("gaps") == 0).then(pl.lit(2, pl.UInt8)).otherwise(pl.lit(1, pl.UInt8)))
            .when("firm")
            .then(pl.lit(1, pl.UInt8))
            .otherwise(pl.col("day").is_null().cast(pl.UInt8)),
            pl.col("day"),
            pl.when("stop")
            .then(pl.col("objected").cast(pl.UInt8) * OBJECTED + OWN)
            # A valid consent keeps whether it names a purpose, the others what they lack.
            .when("proven")
            .then(pl.col("purpose").cast(pl.UInt8))
            .when("grant")
            .then("lacking")
            .when("soft")
            .then("gaps")
            .otherwise(pl.lit(0, pl.UInt8)),
            pl.col("source"),
        ),
    )
    joined = _of_customers(coded, ids)
    unguarded = (pl.col("child") & pl.col("unguarded")).fill_null(value=False)
    return joined.filter(~unguarded).select(*keep, "idx", "channel", "kind", "pack").collect()


def _of_customers(events: pl.LazyFrame, ids: pl.DataFrame) -> pl.LazyFrame:
    """Join ``ids`` to the events by ``id``, each event kept. Where every id of the register is digits, numbers are joined: less than half the work."""
    if not ids.select(pl.col("id").str.contains(_DIGITS).all()).item():
        return events.join(ids.lazy(), on="id", how="left")
    # The length goes into the number: `7` is not `007`. A sign is no digit; what is none at all makes no number.
    length = pl.col("id").str.len_bytes().cast(pl.Int64)
    digits = (length <= _MOST_DIGITS) & ~pl.col("id").str.starts_with("+") & ~pl.col("id").str.starts_with("-")
    number = pl.when(digits).then(pl.col("id").cast(pl.Int64, strict=False)) * 20 + length
    return events.with_columns(id=number).join(ids.lazy().with_columns(id=number), on="id", how="left")


def _bits(missing: Mapping[str, pl.Expr], bits: Mapping[str, int]) -> pl.Expr:
    return pl.sum_horizontal(missing[name].cast(pl.UInt8) * pl.lit(bit, pl.UInt8) for name, bit in bits.items())


def _lacking() -> pl.Expr:
    """Return what a consent lacks of its proof, as bits of ``MISSING_PROOF``."""
    missing = {
        "time": pl.col("day").is_null(),
        "source": ~pl.col("has_source"),
        "wording": ~pl.col("has_wording"),
        "active_act": ~pl.col("active"),
    }
    return _bits(missing, MISSING_PROOF)


def _gaps() -> pl.Expr:
    """Return what the exception for existing customers lacks, as bits of ``MISSING_SOFT``."""
    facts = {name: ~pl.col(name) for name in MISSING_SOFT if name != "status"}
    return _bits({**facts, "status": ~pl.col("granted")}, MISSING_SOFT)


def _grade(as_of: dt.date, stale_months: Mapping[str, int]) -> pl.Expr:
    """Return the number of the grant's value of the fact ``consent``."""
    stale_before = pl.lit(None, pl.Date)
    for months in sorted(set(stale_months.values())):
        mine = [number for number, channel in enumerate(CHANNELS) if stale_months[channel] == months]
        limit = pl.lit(as_of).dt.offset_by(f"-{months}mo")
        stale_before = (
            limit
            if len(mine) == len(CHANNELS)
            else pl.when(pl.col("channel").is_in(mine)).then(limit).otherwise(stale_before)
        )
    grade = {name: pl.lit(i, pl.UInt8) for i, name in enumerate(GRADES)}
    return (
        pl.when("pre_ticked")
        .then(grade["pre_ticked"])
        .when(pl.col("lacking") > 0)
        .then(grade["no_evidence"])
        .when("expired")
        .then(grade["expired"])
        .when(pl.col("renewed") < stale_before)
        .then(grade["stale"])
        .otherwise(grade["valid"])
    )


def muted(pack: pl.Expr) -> pl.Expr:
    """Return the evidence of a sale's event as that of a status that could not be read."""
    day = day_of(pack)
    return packed(day.is_null().cast(pl.Int64), day, pl.lit(0), pack % (1 << FLAG_SHIFT))
