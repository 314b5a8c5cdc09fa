"""What `segment --fairness` found: the shares that fall unevenly on the groups of a column, chance aside."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from lohko.views.report.beside import Fairness, Uneven
from lohko.views.report.model import HIDDEN
from lohko.views.report.sections.sources import Sources

TABLE = "segment_fairness"


def fairness(sources: Sources, names: dict[str, dict[str, str]], shown: Collection[str]) -> tuple[Fairness, ...]:
    """Read the check of each column; empty where none was asked for.

    Parameters
    ----------
    names : the segments' names by slug and language
    shown : slugs of the segments that may be shown; of the others nothing is told
    """
    table = sources.tables.get(TABLE)
    if table is None:
        return ()
    frame = table.collect()
    told = frame.filter(pl.col("ratio").is_not_null() | pl.col("flag").is_not_null())
    found = []
    for column in frame["column"].unique().sort():
        rows = told.filter(pl.col("column") == column)
        uneven = rows.filter(
            pl.col("flag").is_not_null() & ~pl.col("by_chance") & pl.col("segment").is_in(list(shown))
        ).to_dicts()
        found.append(
            Fairness(
                column,
                rows.height,
                tuple(
                    Uneven(
                        row["group"],
                        row["segment_name"],
                        names.get(row["segment"], {}),
                        HIDDEN if row["share"] is None else round(row["share"], 4),
                        round(row["overall_share"], 4),
                        HIDDEN if row["ratio"] is None else round(row["ratio"], 4),
                    )
                    for row in uneven
                ),
            )
        )
    return tuple(found)
