"""What stands beside the segments: the value classes, and columns that were kept out of them."""

from __future__ import annotations

from lohko.views.report.beside import Fairness
from lohko.views.report.chapters.values import people, share
from lohko.views.report.document import Block, Column, Prose, Table, Value
from lohko.views.report.model import HIDDEN, Segments
from lohko.views.report.words import Words

GROUPS = {"(others)": "value.rest", "(empty)": "value.unknown"}  # groups of a column that are no values of it


def agreement(words: Words, segments: Segments) -> list[Block]:
    """Show segments beside value classes: how far the one tells the other, then the customers of each at each level."""
    if not segments.levels:
        return []
    compared = [
        words(
            "segments.agree_one",
            dimension=words(f"dimension.{cross.dimension}"),
            share=words.percent(cross.by_segment),
            without=words.percent(cross.without),
        )
        for cross in segments.levels
    ]
    names = {segment.slug: words.pick(segment.names, segment.name) for segment in segments.items}
    levels = tuple(words(f"level.{step}") for step in range(4))
    tables = [
        Table(
            f"levels_{cross.dimension}",
            words("segments.levels", dimension=words(f"dimension.{cross.dimension}")),
            (Column(words("column.segment")), *(Column(level, "count") for level in levels)),
            tuple((Value(names[slug]), *(people(words, count) for count in counts)) for slug, counts in cross.rows),
            sparse=True,
        )
        for cross in segments.levels
    ]
    return [Prose(words("segments.agree", told="; ".join(compared))), *tables]


def fairness(words: Words, segments: Segments) -> list[Block]:
    """Show, column by column, the shares that fall unevenly on its groups; say so where none does."""
    return [_uneven(words, checked) if checked.uneven else _even(words, checked) for checked in segments.fairness]


def _even(words: Words, checked: Fairness) -> Block:
    return Prose(words("segments.fair", checked.looked_at, column=checked.column))


def _uneven(words: Words, checked: Fairness) -> Block:
    return Table(
        f"fairness_{checked.column}",
        words("segments.fairness", checked.looked_at, column=checked.column, uneven=words.count(len(checked.uneven))),
        (
            Column(words("column.group")),
            Column(words("column.segment")),
            Column(words("column.group_share"), "percent"),
            Column(words("column.overall_share"), "percent"),
            Column(words("column.times"), "number"),
        ),
        tuple(
            (
                Value(words(GROUPS[row.group]) if row.group in GROUPS else row.group),
                Value(words.pick(row.names, row.name)),
                share(words, row.share),
                share(words, row.overall),
                Value(words("value.hidden"))
                if row.ratio is HIDDEN or row.ratio is None
                else Value(words.number(row.ratio), row.ratio),
            )
            for row in checked.uneven
        ),
        note=words("segments.fairness_note"),
    )
