"""Whether segments fall evenly on the groups of a column that was kept out of them: age, sex, language, place.

A check on request: the shares of the segments in each group beside the overall shares, ratios under 0.8 or over 1.25 flagged (the
four-fifths rule of the U.S. Uniform Guidelines on Employee Selection Procedures 1978, and its inverse). Counts under 10 people
are never told, nor what would give them away.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import polars as pl

from lohko.disclosure import veiled, veiled_grid
from lohko.errors import UsageFault

LEAST = 10  # people a cell needs to be told
LOW, HIGH = 0.8, 1.25  # ratios outside are flagged
MOST_GROUPS = 20  # groups of a column that are looked at one by one; the rest go together
AGES = (18, 30, 45, 60, 75)  # where the bands of ages begin
Z = 1.959964  # of a 95 % interval

MISSING, OTHERS = "(empty)", "(others)"
SCHEMA: dict[str, pl.DataType] = {
    "column": pl.String(),
    "group": pl.String(),
    "segment": pl.String(),
    "segment_name": pl.String(),
    "customers": pl.Int64(),
    "group_customers": pl.Int64(),
    "share": pl.Float64(),
    "overall_share": pl.Float64(),
    "ratio": pl.Float64(),
    "flag": pl.String(),
    "by_chance": pl.Boolean(),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """The table ``segment_fairness``, and by column how many ratios were looked at and how many flagged beyond chance."""

    table: pl.DataFrame
    flagged: Mapping[str, tuple[int, int]]


def check(
    segments: pl.DataFrame, people: Mapping[str, pl.LazyFrame], columns: Sequence[str], as_of: dt.date
) -> Checked:
    """Compare the segments' shares in each group of these columns with the shares overall.

    Parameters
    ----------
    segments : the table ``segments``, in the order in which segments are to be told
    people : tables a column may stand in, by name, the first that has it counts (``customers``, ``value``)

    Returns
    -------
    Checked
        One row a column, group and segment. ``flag`` is ``under`` or ``over``; ``by_chance`` where the overall share lies within
        the 95 % interval of the group's (Wilson 1927). Cells under 10 people have neither count nor share.

    Raises
    ------
    UsageFault
        A column is in none of the tables (code ``segment_fairness_column``).
    """
    rows: list[dict[str, object]] = []
    flagged = {}
    for column in columns:
        own = _groups(segments, people, column, as_of)
        told = _compare(column, own)
        rows += told
        seen = [row for row in told if row["ratio"] is not None or row["flag"] is not None]
        flagged[column] = (len(seen), sum(row["flag"] is not None and not row["by_chance"] for row in seen))
    return Checked(pl.DataFrame(rows, schema=SCHEMA).sort("column", "group", "segment"), flagged)


def holder(people: Mapping[str, pl.LazyFrame], column: str) -> pl.LazyFrame:
    """Return the first table that has the column.

    Raises
    ------
    UsageFault
        None has it (code ``segment_fairness_column``).
    """
    schemas = {name: frame.collect_schema().names() for name, frame in people.items()}
    for name, columns in schemas.items():
        if column in columns:
            return people[name]
    near = difflib.get_close_matches(column, sorted({name for own in schemas.values() for name in own}), 1)
    raise UsageFault(
        "segment_fairness_column",
        f"no column '{column}' in {' or '.join(people)}",
        hint=f"did you mean '{near[0]}'?" if near else "`lohko show PACKAGE customers` lists the columns",
    )


def _groups(segments: pl.DataFrame, people: Mapping[str, pl.LazyFrame], column: str, as_of: dt.date) -> pl.DataFrame:
    """Return each customer's segment and group of the column; rare groups go together."""
    frame = holder(people, column)
    group = _ages(column, as_of) if column == "birth_date" else pl.col(column).cast(pl.String).str.strip_chars()
    # rows of one customer that are not merged yet: the first in the order of the alphabet, whatever their order
    groups = (
        frame.select("customer_id", group=group.replace("", None)).group_by("customer_id").agg(pl.col("group").min())
    )
    joined = segments.lazy().join(groups, on="customer_id", how="left").collect()
    sizes = joined["group"].drop_nulls().value_counts().sort(["count", "group"], descending=[True, False])
    kept = sizes.filter(pl.col("count") >= LEAST)["group"].head(MOST_GROUPS)
    told = pl.when(pl.col("group").is_null()).then(pl.lit(MISSING)).when(pl.col("group").is_in(kept.implode()))
    return joined.with_columns(group=told.then("group").otherwise(pl.lit(OTHERS)))


def _ages(column: str, as_of: dt.date) -> pl.Expr:
    """Return the band of ages on a day; a birthday yet to come is none."""
    born = pl.col(column).cast(pl.String).str.to_date("%Y-%m-%d", strict=False)
    passed = (born.dt.month() * 100 + born.dt.day()) <= as_of.month * 100 + as_of.day
    age = as_of.year - born.dt.year() - pl.when(passed).then(0).otherwise(1)
    bands = [(low, f"{low:02}-{high - 1}") for low, high in zip((0, *AGES), AGES, strict=False)]
    bands.append((AGES[-1], f"{AGES[-1]}+"))
    return pl.coalesce(*(pl.when(age >= low).then(pl.lit(band)) for low, band in reversed(bands)))


def _compare(column: str, own: pl.DataFrame) -> list[dict[str, object]]:
    names = dict(own.select("segment", "segment_name").unique(maintain_order=True).rows())
    counted = {(g, s): n for g, s, n in own.group_by("group", "segment").len().rows()}
    groups = sorted(own["group"].unique().to_list(), key=lambda g: (g in {OTHERS, MISSING}, g))
    grid = [[counted.get((group, slug), 0) for slug in names] for group in groups]
    hidden = veiled_grid(grid, LEAST)
    overall = [sum(line) / own.height for line in zip(*grid, strict=True)]
    # sums are kept back as the grid takes them to be: a small one, and one more that would give it away
    quiet_groups = veiled([sum(line) for line in grid], LEAST)
    quiet_segments = veiled([sum(line) for line in zip(*grid, strict=True)], LEAST)
    rows: list[dict[str, object]] = []
    for group, counts, quiet, alone in zip(groups, grid, hidden, quiet_groups, strict=True):
        size = sum(counts)
        for slug, count, hide, share, few in zip(names, counts, quiet, overall, quiet_segments, strict=True):
            told = not hide and count >= LEAST
            sized, compared = told and not alone, told and not (alone or few)
            # of a cell under 10 people no more is told than that, so no more is made of it than of 9
            flag = _flag(count if told else LEAST - 1, size, share) if told or count < LEAST <= size else None
            flag = None if alone or few or (flag == "over" and not told) else flag
            rows.append(
                {
                    "column": column,
                    "group": group,
                    "segment": slug,
                    "segment_name": names[slug],
                    "customers": count if told else None,
                    "group_customers": None if alone else size,
                    "share": round(count / size, 6) if sized else None,
                    "overall_share": None if few else round(share, 6),
                    "ratio": round(count / size / share, 6) if compared else None,
                    "flag": flag,
                    "by_chance": _by_chance(count if told else LEAST - 1, size, share) if flag else None,
                }
            )
    return rows


def _flag(count: int, size: int, share: float) -> str | None:
    ratio = round(count / size / share, 9)
    return "under" if ratio < LOW else "over" if ratio > HIGH else None


def _by_chance(count: int, size: int, share: float) -> bool:
    """Tell whether the overall share lies within the Wilson interval of the group's."""
    p = count / size
    middle = (p + Z * Z / (2 * size)) / (1 + Z * Z / size)
    half = Z * sqrt(p * (1 - p) / size + Z * Z / (4 * size * size)) / (1 + Z * Z / size)
    return round(middle - half, 9) <= share <= round(middle + half, 9)
