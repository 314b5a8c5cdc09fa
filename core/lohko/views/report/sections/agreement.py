"""Segments beside value classes: how many of each segment stand at each level of a dimension, and how far the one tells the other."""

from __future__ import annotations

from collections.abc import Sequence

from lohko.disclosure import veiled_grid
from lohko.segments.agreement import LEVELS, told
from lohko.views.report.beside import Cross
from lohko.views.report.model import HIDDEN, Shown
from lohko.views.report.sections.sources import Sources

DIMENSIONS = ("financial", "visits", "social")


def crossed(sources: Sources, shown: Sequence[str]) -> tuple[Cross, ...]:
    """Cross the segments with the levels of each dimension in which customers differ.

    Parameters
    ----------
    shown : slugs of the segments that may be shown, in the report's order; the others count as one row, which is left out
    """
    columns = sources.columns("value")
    if "value_class" not in columns or not shown:
        return ()
    rows = (
        sources.levels.with_columns(sources.segment.alias("segment"))
        .drop_nulls()
        .group_by("segment", *DIMENSIONS)
        .len()
        .rows()
    )
    found = []
    for place, dimension in enumerate(DIMENSIONS, 1):
        counts = {slug: [0] * LEVELS for slug in dict.fromkeys((*shown, *(row[0] for row in rows)))}
        for row in rows:
            counts[row[0]][row[place]] += row[-1]
        measured = told(list(counts.values()))
        if measured is None or measured.without == 1:
            continue
        rest = [row for slug, row in counts.items() if slug not in shown]
        together = [[sum(column) for column in zip(*rest, strict=True)]] if rest else []
        hidden = veiled_grid([*(counts[slug] for slug in shown), *together], sources.k)
        found.append(
            Cross(
                dimension,
                round(measured.by_segment, 4),
                round(measured.without, 4),
                tuple((slug, _veil(counts[slug], hide)) for slug, hide in zip(shown, hidden, strict=False)),
            )
        )
    return tuple(found)


def _veil(row: Sequence[int], hide: Sequence[bool]) -> tuple[Shown, ...]:
    return tuple(HIDDEN if quiet else count for count, quiet in zip(row, hide, strict=True))
