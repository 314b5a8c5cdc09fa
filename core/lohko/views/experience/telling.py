"""The terms that tell a group's words from those of the others, and the terms it uses most.

Plain term statistics: of each group, how many of its writers used a term against how many of all the others, by the
log-likelihood ratio of the two shares (Dunning 1993, *Computational Linguistics* 19). As many terms are tried, those
are named whose expected share of chance finds stays under 5 % (Benjamini & Hochberg 1995, *JRSS B* 57).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
from scipy.special import chdtrc

FEWEST: Final = 5
"""Customers who must have used a term before it is named."""
NAMED: Final = 5
"""Terms named of a group."""
_CHANCE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Term:
    """A term, how many of the group's writers used it, and how many of the others'."""

    term: str
    users: int
    others: int


@dataclass(frozen=True, slots=True)
class Voice:
    """What a group writes: its writers, the terms it uses most, and those that tell it from the others."""

    group: str
    writers: int
    common: tuple[Term, ...]
    telling: tuple[Term, ...]


def voices(uses: pl.DataFrame, groups: pl.DataFrame, fewest: int = FEWEST) -> tuple[Voice, ...]:
    """Return what each group writes, by name of the group.

    Parameters
    ----------
    uses : ``customer_id`` and ``term``, once each
    groups : ``customer_id`` (once each) and ``group``, of everybody who wrote
    fewest : customers who must have used a term in a group before it is named
    """
    sizes = dict(groups.group_by("group").len().rows())
    everybody = groups.height
    table = uses.join(groups, on="customer_id").group_by("term", "group").len("users")
    whole = table.group_by("term").agg(pl.col("users").sum().alias("all"))
    rows = (
        table.join(whole, on="term")
        .filter(pl.col("users") >= fewest)
        .sort(["users", "term", "group"], descending=[True, False, False])
        .rows(named=True)
    )
    tried: list[tuple[float, float, str, Term]] = []
    common: dict[str, list[Term]] = {}
    for row in rows:
        own, rest = int(sizes[row["group"]]), everybody - int(sizes[row["group"]])
        term = Term(row["term"], row["users"], row["all"] - row["users"])
        common.setdefault(row["group"], []).append(term)
        if rest and term.users * rest > term.others * own:
            ratio = _log_likelihood(term.users, own, term.others, rest)
            tried.append((float(chdtrc(1, ratio)), ratio, row["group"], term))
    kept = _held(tried, len(rows))
    return tuple(
        Voice(
            group,
            int(sizes[group]),
            tuple(common.get(group, ())[:NAMED]),
            tuple(term for _, _, name, term in kept if name == group)[:NAMED],
        )
        for group in sorted(sizes)
    )


def _held(tried: Sequence[tuple[float, float, str, Term]], tests: int) -> list[tuple[float, float, str, Term]]:
    """Return the finds that hold, the most telling first."""
    ordered = sorted(tried, key=lambda find: (find[0], -find[1], find[2], find[3].term))
    last = max((rank for rank, find in enumerate(ordered, 1) if find[0] <= _CHANCE * rank / tests), default=0)
    return ordered[:last]


def _log_likelihood(users: int, writers: int, others: int, rest: int) -> float:
    """Return G squared of two shares, rounded so that it is the same on every machine."""
    share = (users + others) / (writers + rest)
    parts = (
        (users, writers * share),
        (writers - users, writers * (1 - share)),
        (others, rest * share),
        (rest - others, rest * (1 - share)),
    )
    return round(2 * math.fsum(seen * math.log(seen / due) for seen, due in parts if seen), 9)
