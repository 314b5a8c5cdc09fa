"""Parameters of this trade's steps. Nothing heavy is imported here: ``lohko --help`` reads it."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.parameters import Params, option


@dataclass(frozen=True, slots=True)
class PostcodesParams(Params):
    """Parameters of ``lohko postcodes``."""

    country: str | None = option(None, "country of rows that name none (ISO 3166-1 alpha-2)", metavar="CC")


@dataclass(frozen=True, slots=True)
class ConsentsParams(Params):
    """Parameters of ``lohko consents``."""

    stale_months: int = option(24, "a consent older than this, without activity since, must be asked again", low=1)
    screening_days: int = option(30, "an opt-out register screened longer ago than this must be screened first", low=1)
