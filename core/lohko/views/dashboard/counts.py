"""Exact counts of one period, before small groups are hidden: the table ``dashboard`` and the report both rest on them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from lohko.views.dashboard.persons import STATUSES

OUTSIDE = None
"""In the place of a segment: not in the register."""


@dataclass(frozen=True, slots=True)
class Counts:
    """One period, counted.

    Attributes
    ----------
    slugs : the model's segments in order; empty without a model
    moves : customers by segment before and segment now (``OUTSIDE`` on one side: came, gone)
    by_before, by_now : by status and segment, the customers known before by their segment then, and those known now by
        theirs; empty where growth cannot be told
    start, end : the days of the two packages
    before, now, came, gone : customers in all
    """

    start: dt.date
    end: dt.date
    slugs: tuple[str, ...]
    moves: Counter[tuple[str | None, str | None]]
    by_before: Counter[tuple[str, str | None]]
    by_now: Counter[tuple[str, str | None]]
    before: int
    now: int
    came: int
    gone: int

    def size_before(self, slug: str) -> int:
        """Return how many were in a segment."""
        return sum(self.moves[slug, target] for target in (*self.slugs, OUTSIDE))

    def size(self, slug: str) -> int:
        """Return how many are in a segment now."""
        return sum(self.moves[source, slug] for source in (*self.slugs, OUTSIDE))

    def status(self, name: str, *, now: bool) -> int:
        """Return how many of all have a status, of those known now, or of those known before."""
        found = self.by_now if now else self.by_before
        return sum(count for (status, _), count in found.items() if status == name)


def count(rows: pl.DataFrame, slugs: Sequence[str], start: dt.date, end: dt.date) -> Counts:
    """Count the rows of a period (see :func:`lohko.views.dashboard.persons.movements`)."""
    before, now = rows.filter("known_before"), rows.filter("known")
    came = now.height - rows.filter(pl.col("known_before") & pl.col("known")).height
    told = rows["status"].null_count() == 0 and rows.height > 0
    moves = rows.group_by("segment_before", "segment").len().rows() if slugs else ()
    return Counts(
        start,
        end,
        tuple(slugs),
        Counter({(source, target): number for source, target, number in moves}),
        _by(before, "segment_before") if told else Counter(),
        _by(now, "segment") if told else Counter(),
        before.height,
        now.height,
        came,
        before.height - (now.height - came),
    )


def _by(rows: pl.DataFrame, segment: str) -> Counter[tuple[str, str | None]]:
    found = rows.group_by("status", segment).len().rows()
    return Counter({(status, slug): number for status, slug, number in found})


def table(counts: Counts, *, told: bool) -> pl.DataFrame:
    """Return the table ``dashboard`` of one period: a row a segment, and one with a null segment for all customers."""
    rows = []
    for slug in (*counts.slugs, OUTSIDE):
        if slug is OUTSIDE:
            size_before, size = counts.before, counts.now
            stayed = sum(counts.moves[name, name] for name in counts.slugs) if counts.slugs else None
            came, gone = counts.came, counts.gone
            moved_in = counts.now - came - stayed if stayed is not None else None
            moved_out = moved_in
        else:
            size_before, size = counts.size_before(slug), counts.size(slug)
            stayed, came, gone = counts.moves[slug, slug], counts.moves[OUTSIDE, slug], counts.moves[slug, OUTSIDE]
            moved_in, moved_out = size - stayed - came, size_before - stayed - gone
        flows: dict[str, int | None] = dict.fromkeys(("active_before", *STATUSES[:-1], "active"))
        if told:
            flows = _flows(counts, slug)
        rows.append(
            {
                "period_start": counts.start + dt.timedelta(days=1),
                "as_of": counts.end,
                "segment": slug,
                "customers_before": size_before,
                "customers": size,
                "change": size - size_before,
                "stayed": stayed,
                "came": came,
                "moved_in": moved_in,
                "moved_out": moved_out,
                "gone": gone,
                **flows,
                "new_share": _rate(flows["new"], flows["active"]),
                "churn": _rate(flows["lost"], flows["active_before"]),
            }
        )
    return pl.DataFrame(rows, schema=SCHEMA).sort("segment", nulls_last=True)


def _flows(counts: Counts, slug: str | None) -> dict[str, int | None]:
    """Return the active of a segment (of all where there is none): by the segment before for the lost and those active then."""

    def before(status: str) -> int:
        return counts.status(status, now=False) if slug is OUTSIDE else counts.by_before[status, slug]

    def now(status: str) -> int:
        return counts.status(status, now=True) if slug is OUTSIDE else counts.by_now[status, slug]

    return {
        "active_before": before("retained") + before("lost"),
        "new": now("new"),
        "retained": now("retained"),
        "reactivated": now("reactivated"),
        "lost": before("lost"),
        "active": now("new") + now("retained") + now("reactivated"),
    }


def _rate(part: int | None, whole: int | None) -> float | None:
    return round(part / whole, 6) if part is not None and whole else None


SCHEMA = {
    "period_start": pl.Date,
    "as_of": pl.Date,
    "segment": pl.String,
    **dict.fromkeys(
        (
            "customers_before",
            "customers",
            "change",
            "stayed",
            "came",
            "moved_in",
            "moved_out",
            "gone",
            "active_before",
            *STATUSES[:-1],
            "active",
        ),
        pl.Int64,
    ),
    "new_share": pl.Float64,
    "churn": pl.Float64,
}
