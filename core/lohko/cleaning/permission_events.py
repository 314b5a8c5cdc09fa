"""Consent events, boiled down to what the rules ask of each customer and channel: the stop, the grants, the exceptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.cleaning.event_reading import KINDS, MISSING_SOFT, OBJECTED, OWN, read_events, source_numbers
from lohko.cleaning.evidence import (
    FLAG_SHIFT,
    Numbers,
    day_number,
    day_numbers,
    day_of,
    flags,
    flags_of,
    packed,
)
from lohko.cleaning.evidence_grid import Grid, SharedPoints, grids_of
from lohko.cleaning.known_ids import KnownIds
from lohko.cleaning.permission_rules import FACTS


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


def event_facts(
    consents: pl.LazyFrame,
    ids: pl.DataFrame,
    known: KnownIds,
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
    known : the ids of ``ids``
    shared : the addresses that several customers have: a stop binds all of them
    customers : how many there are, numbered from 0
    stale_months : channel to the age in months from which a consent is stale
    """
    sources, number = source_numbers(consents)
    events = read_events(consents, ids, known, number, as_of=as_of, timezone=timezone, stale_months=stale_months)
    whose = events.filter(pl.col("idx").is_not_null() & pl.col("channel").is_not_null() & (pl.col("kind") < len(KINDS)))
    grids = grids_of(KINDS, customers, whose)
    weak = whose.filter(pl.col("kind") == KINDS.index("weak")).with_columns(pack=day_number(pl.col("pack")) + 1)
    sale = whose.filter(pl.col("kind") == KINDS.index("soft"))
    mute = sale.filter(flags_of(pl.col("pack")) >= MISSING_SOFT["status"]).with_columns(pack=muted(pl.col("pack")))
    shared.bind(grids["stop_by"], grids["stop_by"], OWN << FLAG_SHIFT)
    return EventFacts(
        {**grids, "unread_sale": Grid(customers, mute)},
        last_weak=Grid(customers, weak),
        undated_grant=Grid(customers, weak.filter(pl.col("pack") == 1)),
        sources=sources,
        unknown_customers=events["idx"].null_count(),
    )


def muted(pack: pl.Expr) -> pl.Expr:
    """Return the evidence of a sale's event as that of a status that could not be read."""
    day = day_of(pack)
    return packed(day.is_null().cast(pl.Int64), day, pl.lit(0), pack % (1 << FLAG_SHIFT))
