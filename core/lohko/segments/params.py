"""Parameters of this trade's steps. Nothing heavy is imported here: ``lohko --help`` reads it."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.parameters import Params, option, package_option

LANGUAGES = ("en", "fi", "sv")
METHODS = ("kmeans", "gmm")


@dataclass(frozen=True, slots=True)
class SegmentParams(Params):
    """Parameters of ``lohko segment``."""

    k: int | None = option(None, "number of clusters (default: chosen by stability)", low=2, high=20)
    method: str = option(
        "kmeans", "kmeans: by the nearest centre; gmm: a mixture of normal distributions, for groups of unlike spread",
        choices=METHODS,
    )  # fmt: skip
    seed: int = option(20261, "seed of the random generator", low=0)
    features: tuple[str, ...] = option(
        (), "columns of the value table to cluster on (default: the behaviour in money, visits and social acts)"
    )
    lang: str = option("en", "language of names and rules in the tables", choices=LANGUAGES)
    bootstraps: int = option(20, "bootstrap samples that stability is told from", low=5, high=200)
    previous: str | None = package_option(
        "older package of `lohko segment`: segments that are still the same customers keep its names", files=("model/",)
    )
    new_days: int = option(
        30, "customers first seen at most so many days ago, by few events, are `new`; 0: nobody is", low=0, high=3_650
    )
    new_events: int = option(
        3, "events (purchases, contracts, visit days, social acts) from which nobody is new", low=1
    )
    fairness: tuple[str, ...] = option(
        (),
        "column of customers (birth_date: by age) to check the segments against: shares by group beside the overall ones",
    )
    sample: int = option(200_000, "customers the clusters are fitted on before the full pass", low=1_000)


@dataclass(frozen=True, slots=True)
class AssignParams(Params):
    """Parameters of ``lohko assign``."""

    model: str | None = package_option(
        "package that holds the model: what `lohko segment` wrote", files=("model/",), needed=True
    )
    max_drift: float | None = option(
        None,
        "gate: the highest drift (PSI, population stability index) of any feature or of the segments' shares; "
        "over 0.25 is another population",
        low=0,
    )
    lang: str = option("en", "language of names and rules in the tables", choices=LANGUAGES)
