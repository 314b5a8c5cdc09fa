"""Parameters of this trade's steps. Nothing heavy is imported here: ``lohko --help`` reads it."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.parameters import Params, option


@dataclass(frozen=True, slots=True)
class DedupeParams(Params):
    """Parameters of ``lohko dedupe``."""

    threshold: float = option(0.9, "merge two rows from this match probability on", low=0.5, high=1.0)
    review: float = option(0.5, "pairs from this probability up to the threshold go to review", low=0.0, high=1.0)
    compare: tuple[str, ...] = option((), "a further column to compare, COLUMN[:KIND]", metavar="COLUMN[:KIND]")
