"""Beliefs, limits and words of matching, read once from the data files beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of field can say, before the register is seen.

    Attributes
    ----------
    name : the kind's name (``given``, ``email``, ``date``, …)
    levels : names of the levels of agreement, from worst to best; a missing value is no level
    same, strangers, household, sharing : shares of pairs at each level, per kind of pair; ``sharing`` are households with one
        mailbox or number; both are None for personal fields
    kin : per sort of household, the share of pairs that agree although the field is personal (namesakes, twins)
    rows, rate : how rare a value is taken to be before counting: ``rate``, as if counted on ``rows`` rows
    strong : agreement tells namesakes apart
    town : the field only tells where or what somebody is
    is_name : the field is a name of the person or company
    """

    name: str
    levels: tuple[str, ...]
    same: tuple[float, ...]
    strangers: tuple[float, ...]
    household: tuple[float, ...] | None
    sharing: tuple[float, ...] | None
    kin: tuple[float, ...]
    rows: float
    rate: float
    strong: bool
    town: bool
    is_name: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers that bound the work and anchor the model; each is explained in ``kinds.toml``."""

    prior_pairs: float
    prior_strangers: float
    prior_duplicates: float
    prior_households: float
    prior_sharing: float
    prior_twins: float
    most_twins: float
    prior_rows: int
    sample_pairs: int
    rounds: int
    tolerance: float
    block_cap: int
    block_cap_names: int
    pair_floor: int
    pairs_per_row: int
    key_floor: int
    key_per_row: float
    all_pairs: int
    established_rows: int
    established_share: float
    crowd_surnames: int
    beyond_bits: float
    beyond_bits_without: float
    beyond_bits_learnt: float
    beyond_probability: float
    family_probability: float
    learnt_pairs: int
    chunk: int
    kept_probability: float
    review_merged_below: float
    kept_per_row: int
    cluster_exact: int
    whole_names: float


@cache
def _raw(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("lohko.matching").joinpath(name).read_text(encoding="utf-8"))


@cache
def kinds() -> dict[str, Kind]:
    """Return the kinds of field by name."""
    found = {}
    for name, entry in _raw("kinds.toml").items():
        if name in {"limits", "address_parts"}:
            continue
        household = entry["household"]
        found[name] = Kind(
            name,
            tuple(entry["levels"]),
            tuple(entry["same"]),
            tuple(entry["strangers"]),
            None if household == "personal" else tuple(household),
            None if household == "personal" else tuple(entry.get("sharing", household)),
            tuple(entry.get("kin", (0.0, 0.0, 0.0))),
            entry["rows"],
            entry["rate"],
            entry.get("strong", False),
            entry.get("town", False),
            entry.get("name", False),
        )
    return found


@cache
def limits() -> Limits:
    """Return the limits of the work."""
    return Limits(**_raw("kinds.toml")["limits"])


@cache
def address_parts() -> dict[str, Any]:
    """Return what is believed of the parts of an address."""
    return dict(_raw("kinds.toml")["address_parts"])


@cache
def vocabulary() -> dict[str, Any]:
    """Return the words matching knows: nicknames, placeholders, legal forms, particles, names of columns."""
    return _raw("vocabulary.toml")


@cache
def survivorship_rules() -> dict[str, Any]:
    """Return which row's value survives, field by field."""
    return _raw("survivorship.toml")


@cache
def review_words() -> dict[str, Any]:
    """Return the words of the review file: its columns by language, and what counts as an answer."""
    return _raw("review.toml")
