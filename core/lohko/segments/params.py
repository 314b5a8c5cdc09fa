"""Parameters of this trade's steps. Nothing heavy is imported here: ``lohko --help`` reads it."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.parameters import Params, option


@dataclass(frozen=True, slots=True)
class SegmentParams(Params):
    """Parameters of ``lohko segment``."""

    k: int | None = option(None, "number of clusters (default: chosen by stability)", low=2, high=20)
    seed: int = option(20261, "seed of the random generator", low=0)
