"""Doubled customers: the matcher is run on the register as `clean` would, read-only, and its probabilities are added up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from lohko.cleaning.contact_keys import email_key, phone_key
from lohko.cleaning.contacts import contacts
from lohko.cleaning.params import ContactsParams, PostcodesParams
from lohko.cleaning.postcodes import postcodes
from lohko.matching.dedupe import dedupe
from lohko.matching.params import DedupeParams
from lohko.outcome import Env
from lohko.tables.text import folded
from lohko.views.health.model import Duplicates

_SAME = (
    "email",
    "phone",
    "street",
    "last_name",
    "first_name",
    "company_name",
    "postcode",
)  # what tells most apart comes first
_FEWEST = 3
"""Rows are called identical where at least so many of these are filled: less than that says little."""


@dataclass(frozen=True, slots=True)
class Surplus:
    """Customers too many: those lohko would merge, by their probabilities; all by probability; and with every doubtful pair."""

    low: float
    expected: float
    high: float


def duplicates(
    tables: Mapping[str, pl.LazyFrame],
    customers: pl.DataFrame,
    undeliverable: pl.Series,
    env: Env,
    *,
    look: bool,
    params: DedupeParams,
    country: str | None,
) -> Duplicates:
    """Count doubled customers.

    Where an earlier step has merged duplicates, its table of pairs tells what is left. Else the matcher is run on contacts
    and postcodes in normal form, as ``clean`` would run it; nothing of it is kept.

    Parameters
    ----------
    undeliverable : ids of customers whose letters do not arrive: their letters are counted as wasted, not as doubled
    look : whether to compare pairs at all
    """
    merged = _merged(tables)
    done = merged is not None
    households = review = 0
    pairs: pl.DataFrame | None = None
    homes: int | None = None
    if done and "pairs" in tables:
        pairs = _left(tables)
    elif look and not done and customers.height and not set(_SAME).isdisjoint(customers.columns):
        pairs, homes = _matched(customers, env, params, country)
    if pairs is not None:
        review = pairs.filter(
            pl.col("match_probability").is_between(params.review, params.threshold, closed="left")
        ).height
    if done and "crosswalk" in tables:
        households = _homes(tables["crosswalk"].collect())
        homes = households
    all_of_them = _surplus(pairs, params)
    charged = _surplus(_reached(pairs, undeliverable), params)
    return Duplicates(
        looked=pairs is not None,
        merged=merged,
        low=all_of_them.low,
        expected=all_of_them.expected,
        high=all_of_them.high,
        charged_low=charged.low,
        charged_expected=charged.expected,
        charged_high=charged.high,
        pairs_review=review,
        households=homes,
        repeated_rows=customers.height - customers["customer_id"].n_unique(),
        identical=_identical(customers),
        shared_email=_shared(customers, "email", email_key(pl.col("email"))),
        shared_phone=_shared(customers, "phone", phone_key(pl.col("phone"))),
    )


def _merged(tables: Mapping[str, pl.LazyFrame]) -> int | None:
    """Return how many rows an earlier step merged into others; None where none looked for duplicates."""
    if "crosswalk" not in tables:
        return None
    walk = tables["crosswalk"].select(pl.len().alias("rows"), pl.col("customer_id").n_unique().alias("left")).collect()
    return int(walk["rows"][0] - walk["left"][0])


def _left(tables: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Return the pairs that an earlier step left apart, under the ids that survived."""
    walk = tables["crosswalk"].select("row_id", "customer_id").collect()
    pairs = tables["pairs"].select("left_row_id", "right_row_id", "match_probability").collect()
    for side in ("left", "right"):
        ids = walk.rename({"row_id": f"{side}_row_id", "customer_id": side})
        pairs = pairs.join(ids, on=f"{side}_row_id", how="left")
    best = pairs.filter(pl.col("left") != pl.col("right")).select(
        pl.min_horizontal("left", "right").alias("left"),
        pl.max_horizontal("left", "right").alias("right"),
        "match_probability",
    )
    return best.group_by("left", "right").agg(pl.col("match_probability").max())


def _matched(
    customers: pl.DataFrame, env: Env, params: DedupeParams, country: str | None
) -> tuple[pl.DataFrame, int | None]:
    """Run the matcher and return the pairs of different ids, each with its best probability, and the households."""
    tables: dict[str, Any] = {"customers": customers.lazy()}
    for step, own in ((contacts, ContactsParams(country=country)), (postcodes, PostcodesParams(country=country))):
        tables = {"customers": step(tables, own, env).tables["customers"].lazy()}
    result = dedupe(tables, params, env)
    found = result.tables["pairs"].lazy().collect()
    pairs = (
        found.filter(pl.col("left_id") != pl.col("right_id"))
        .select(
            pl.min_horizontal("left_id", "right_id").alias("left"),
            pl.max_horizontal("left_id", "right_id").alias("right"),
            "match_probability",
        )
        .group_by("left", "right")
        .agg(pl.col("match_probability").max())
    )
    return pairs, result.figures.get("households")


def _homes(walk: pl.DataFrame) -> int:
    people = walk.group_by("household_id").agg(n=pl.col("customer_id").n_unique())
    return people.filter(pl.col("n") > 1).height


def _reached(pairs: pl.DataFrame | None, undeliverable: pl.Series) -> pl.DataFrame | None:
    """Return the pairs of customers whose letters both arrive."""
    if pairs is None:
        return None
    gone = undeliverable.implode()
    return pairs.filter(~pl.col("left").is_in(gone) & ~pl.col("right").is_in(gone))


def _surplus(pairs: pl.DataFrame | None, params: DedupeParams) -> Surplus:
    """Add up the probabilities along the strongest ties that hold the pairs together (a maximum spanning forest).

    A group of n rows of one customer has n - 1 too many, however many pairs it has: so only the strongest tie of each
    further row counts. ``low`` takes only ties that are merged without asking, at their probability; ``high`` takes every
    tie that is merged or goes to review as sure, the rest at its probability. So low <= expected <= high.
    """
    if pairs is None or pairs.is_empty():
        return Surplus(0.0, 0.0, 0.0)
    chances = _ties(pairs)
    sure, asked = chances >= params.threshold, chances >= params.review
    low, expected = float(chances[sure].sum()), float(chances.sum())
    return Surplus(round(low, 2), round(expected, 2), round(float(asked.sum()) + float(chances[~asked].sum()), 2))


def _ties(pairs: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the probabilities of the ties of a maximum spanning forest, in ascending order."""
    ids = pl.concat([pairs["left"], pairs["right"]]).unique().sort()
    place = pl.DataFrame({"id": ids}).with_row_index("at")
    left = pairs.join(place, left_on="left", right_on="id", how="left", maintain_order="left")["at"].to_numpy()
    right = pairs.join(place, left_on="right", right_on="id", how="left", maintain_order="left")["at"].to_numpy()
    chance = pairs["match_probability"].to_numpy()
    # the tree is of least cost, and takes no edge of cost 0
    graph = coo_array((2.0 - chance, (left, right)), shape=(len(ids), len(ids))).tocsr()
    kept: np.ndarray[Any, np.dtype[np.float64]] = np.sort(2.0 - minimum_spanning_tree(graph).data)
    return kept


def _identical(customers: pl.DataFrame) -> int:
    """Count rows that say the same as a row of another customer."""
    there = [name for name in _SAME if name in customers.columns]
    if len(there) < _FEWEST or "postcode" not in there:
        return 0
    keys = customers.select("customer_id", *(pl.col(name).cast(pl.String) for name in there))
    for place, name in enumerate(there):
        # a row that is alone by some of them is alone by all: few rows are left after the first
        keys = keys.with_columns(folded(pl.col(name)))
        keys = keys.filter(pl.struct(there[: place + 1]).is_duplicated())
    keys = keys.filter(pl.sum_horizontal(pl.col(name).is_not_null() for name in there) >= _FEWEST)
    groups = keys.group_by(there).agg(ids=pl.col("customer_id").n_unique())
    return int(groups.select((pl.col("ids") - 1).sum()).item() or 0)


def _shared(customers: pl.DataFrame, column: str, key: pl.Expr) -> int | None:
    """Count customers who share an e-mail address or phone number with another."""
    if column not in customers.columns:
        return None
    held = customers.select("customer_id", key=key).drop_nulls("key")
    held = held.filter(pl.col("key").is_duplicated()).unique()
    shared = held.filter(pl.len().over("key") > 1)
    return int(shared["customer_id"].n_unique())
