"""The best evidence of each customer and channel, held as plain arrays: one packed number a place, 0 where there is none.

Customers are numbered without gaps, so a place is found by arithmetic, not by a join, and events are taken in one after the other in
whatever order they come. A channel without evidence costs no memory: the pages of its row are never touched.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from lohko.cleaning.contact_keys import points
from lohko.cleaning.evidence import Numbers
from lohko.cleaning.permission_rules import CHANNELS

# Whoever answers at an address stops that channel for it.
ADDRESS_OF = {"email": "email", "sms": "phone", "phone": "phone", "robocall": "phone"}


class Grid:
    """The largest packed number that each customer and channel was given.

    Parameters
    ----------
    customers : how many there are; they are numbered from 0
    evidence : ``idx`` (a customer), ``channel`` (its number in ``CHANNELS``) and ``pack`` (above 0)
    """

    def __init__(self, customers: int, evidence: pl.DataFrame | None = None) -> None:
        self.best: Numbers = np.zeros((len(CHANNELS), customers), dtype=np.int64)
        if evidence is not None:
            self.add(evidence)

    def add(self, evidence: pl.DataFrame) -> None:
        """Take more evidence in."""
        place = evidence["channel"].to_numpy().astype(np.int64) * self.best.shape[1] + evidence["idx"].to_numpy()
        np.maximum.at(self.best.reshape(-1), place, evidence["pack"].to_numpy().astype(np.int64))


def grids_of(kinds: Sequence[str], customers: int, evidence: pl.DataFrame) -> dict[str, Grid]:
    """Return a grid for each kind of evidence, all filled in one walk.

    Parameters
    ----------
    evidence : as ``Grid`` takes it, and ``kind`` (number in ``kinds``)
    """
    # A kind's channels come after another's, as if there were as many more channels.
    best: Numbers = np.zeros((len(kinds), len(CHANNELS), customers), dtype=np.int64)
    row = evidence["kind"].to_numpy().astype(np.int64) * len(CHANNELS) + evidence["channel"].to_numpy()
    np.maximum.at(best.reshape(-1), row * customers + evidence["idx"].to_numpy(), evidence["pack"].to_numpy())
    grids = {kind: Grid(0) for kind in kinds}
    for number, grid in enumerate(grids.values()):
        grid.best = best[number]
    return grids


class SharedPoints:
    """The e-mail addresses and phone numbers that more than one customer has.

    Parameters
    ----------
    rows : ``idx``, ``email``, ``phone``, ``phone_national`` in comparing form
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        self._groups: dict[str, tuple[Numbers, Numbers]] = {}
        for kind in ("email", "phone"):
            having = points(rows, kind)
            having = having.filter(_maybe_repeated(having[kind]))
            for _ in range(2):  # two rows of one customer share nothing
                having = having.filter(pl.col(kind).is_duplicated()).unique()
            group = having.select(pl.col(kind).rank("dense")).to_series().cast(pl.Int64).to_numpy() - 1
            self._groups[kind] = having["idx"].cast(pl.Int64).to_numpy(), group

    def bind(self, stops: Grid, to: Grid, less: int) -> None:
        """Add every stop to all who have an address of its giver that the channel uses, its number lessened by ``less``."""
        for number, channel in enumerate(CHANNELS):
            idx, group = self._groups[ADDRESS_OF[channel]] if channel in ADDRESS_OF else (_NOBODY, _NOBODY)
            given = stops.best[number]
            if idx.size and given.any():
                last = np.zeros(int(group.max()) + 1, dtype=np.int64)
                np.maximum.at(last, group, given[idx])
                theirs = last[group]
                bound = theirs > 0
                np.maximum.at(to.best[number], idx[bound], theirs[bound] - less)


def _maybe_repeated(texts: pl.Series) -> pl.Series:
    """Return which texts may stand more than once: those whose hash does. Sorting plain numbers is the quickest way to tell."""
    hashes = texts.hash()
    ordered = np.sort(hashes.to_numpy())
    return hashes.is_in(pl.Series(ordered[1:][ordered[1:] == ordered[:-1]], dtype=pl.UInt64).implode())


_NOBODY: Numbers = np.empty(0, dtype=np.int64)
