"""Who brought whom, and who answers whom: the ties along which value is passed on.

Every euro keeps one owner. What a tie gives to one customer it takes from the other, so that totals stay what they were
(the customer lifetime network value of Däs, Gimpel, Huber & Weidlich 2017, Electronic Markets 27(4)); a customer's
value is given away at most once.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lohko.value.events import Scope, minor, money

_NO_REFERRALS = pl.DataFrame(schema={"n": pl.UInt32, "referred": pl.UInt32})
_NO_ANSWERS = pl.DataFrame(schema={"n": pl.UInt32, "author": pl.UInt32, "answers": pl.Int64, "of": pl.Int64})


@dataclass(frozen=True, slots=True)
class Network:
    """The ties between customers by as-of.

    Attributes
    ----------
    referrals : ``n`` brought ``referred``: one row per new customer brought, sorted by ``referred``
    unnamed : ``n`` and ``unnamed``: referrals that name nobody of the register
    answers : ``n`` answered ``author`` ``answers`` times, ``of`` so many times anyone; sorted
    totals : referral acts that name a customer, those naming one who was a customer already, new customers brought, customers
        who answer others
    """

    referrals: pl.DataFrame
    unnamed: pl.DataFrame
    answers: pl.DataFrame
    totals: dict[str, int]


def network(frame: pl.LazyFrame, scope: Scope, known: pl.DataFrame) -> Network:
    """Return the ties that the table ``social`` tells.

    A new customer counts for the one who named them first (of several at the same instant the first by id). Who was a customer
    before the day of the referral was not brought by it. Answers are acts with a ``parent_id`` that is the ``social_id`` of
    another customer's act.

    Parameters
    ----------
    frame : the table ``social``
    scope : the customers and the time
    known : ``n`` and ``since``: the first day on which each was a customer, null where nothing tells
    """
    names = set(frame.collect_schema().names())
    referrals, unnamed, counts = _referrals(frame, scope, known, names)
    answers = _answers(frame, scope) if {"social_id", "parent_id"} <= names else _NO_ANSWERS
    return Network(referrals, unnamed, answers, {**counts, "answering": answers["n"].n_unique()})


def _referrals(
    frame: pl.LazyFrame, scope: Scope, known: pl.DataFrame, names: set[str]
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    rows = scope.events(frame, "occurred_at", ("action", "referred_customer_id")).filter(pl.col("n").is_not_null())
    if "referred_customer_id" not in names:
        rows = rows.with_columns(pl.lit(None, pl.String).alias("referred_customer_id"))
    named = pl.col("referred_customer_id").is_not_null()
    acts = rows.filter((pl.col("action") == "referral") | named)
    register = known.lazy().join(scope.customers.lazy(), on="n").select("customer_id", "since", referred="n")
    found = (
        acts.join(register, left_on="referred_customer_id", right_on="customer_id", how="left")
        .select("n", "referred", "since", "day", "occurred_at")
        .collect()
    )
    unnamed = found.filter(pl.col("referred").is_null()).group_by("n").agg(pl.len().cast(pl.Int64).alias("unnamed"))
    others = found.filter(pl.col("referred").is_not_null() & (pl.col("referred") != pl.col("n")))
    new = others.filter(pl.col("since").is_null() | (pl.col("since") >= pl.col("day")))
    first = new.sort("referred", "occurred_at", "n").unique("referred", keep="first", maintain_order=True)
    counts = {"naming": others.height, "naming_old": others.height - new.height, "brought": first.height}
    return first.select(_NO_REFERRALS.columns), unnamed.sort("n"), counts


def _answers(frame: pl.LazyFrame, scope: Scope) -> pl.DataFrame:
    acts = scope.events(frame, "occurred_at", ("social_id", "parent_id")).filter(pl.col("n").is_not_null())
    authors = (
        acts.filter(pl.col("social_id").is_not_null())
        .group_by("social_id")
        .agg(pl.col("n").min().alias("author"), pl.col("n").n_unique().alias("authors"))
        .filter(pl.col("authors") == 1)  # an id that several use names nobody
    )
    ties = (
        acts.filter(pl.col("parent_id").is_not_null())
        .join(authors, left_on="parent_id", right_on="social_id", how="inner")
        .filter(pl.col("author") != pl.col("n"))
        .group_by("n", "author")
        .agg(pl.len().cast(pl.Int64).alias("answers"))
        .collect()
        .sort("n", "author")
    )
    return ties.with_columns(pl.col("answers").sum().over("n").alias("of"))


def pass_on(worth: pl.DataFrame, ties: Network, *, by_referral: float, by_influence: float) -> pl.DataFrame:
    """Pass parts of every customer's worth on to those it is due to; the sum of all worth stays the same to the last digit.

    Of the worth of a customer who was brought, ``by_referral`` goes to the one who did; of what is left of anybody's,
    ``by_influence`` goes to those the customer answers, by their share of the answers (Kumar, Bhaskaran, Mirchandani & Shah
    2013, Marketing Science 32(2): CIV_i = sum over j of W_ij CLV_j). Worth of nothing or less is not passed on.

    Parameters
    ----------
    worth : ``n`` and ``worth`` (decimal(18,4)); null is nothing
    ties : the ties
    by_referral, by_influence : shares, 0 to 1

    Returns
    -------
    ``n``, ``by_referral`` and ``by_influence`` (received), ``passed_on`` (given), decimals; customers without a tie are left out
    """
    own = worth.filter(pl.col("worth") > 0).select("n", minor("worth").alias("own"))
    brought = (
        ties.referrals.join(own.rename({"n": "referred"}), on="referred")
        .with_columns((pl.col("own") * by_referral).round().cast(pl.Int64).alias("moved"))
        .select("n", "referred", "moved")
    )
    left = own.join(brought.select(n="referred", gone="moved"), on="n", how="left").with_columns(
        (pl.col("own") - pl.col("gone").fill_null(0)).alias("left")
    )
    answered = ties.answers.join(left, on="n").with_columns(
        ((pl.col("left") * by_influence).round().cast(pl.Int64) * pl.col("answers") // pl.col("of")).alias("moved")
    )
    gains = [
        brought.group_by("n").agg(pl.col("moved").sum().alias("by_referral")),
        answered.group_by(n="author").agg(pl.col("moved").sum().alias("by_influence")),
        pl.concat([brought.select(n="referred", moved="moved"), answered.select("n", "moved")])
        .group_by("n")
        .agg(pl.col("moved").sum().alias("passed_on")),
    ]
    found = pl.concat([part.select("n") for part in gains]).unique().sort("n")
    for part in gains:
        found = found.join(part, on="n", how="left")
    return found.with_columns(money(c).alias(c) for c in ("by_referral", "by_influence", "passed_on")).fill_null(0)


def network_value(frame: pl.DataFrame, ties: Network, *, by_referral: float, by_influence: float) -> pl.DataFrame:
    """Add ``clnv``: lifetime value after each part is passed on to whom it is due, the sum over customers as before.

    Parameters
    ----------
    frame : with ``n`` and ``clv``
    ties : the ties

    Returns
    -------
    the frame with ``referral_clv`` and ``influence_value`` (received), ``clv_passed_on`` (given) and ``clnv`` = clv + received -
    given; empty where neither a lifetime value is known nor anything was received
    """
    moved = pass_on(frame.select("n", worth="clv"), ties, by_referral=by_referral, by_influence=by_influence).rename(
        {"by_referral": "referral_clv", "by_influence": "influence_value", "passed_on": "clv_passed_on"}
    )
    frame = frame.join(moved, on="n", how="left")
    told = pl.col("clv").is_not_null() | pl.col("clv_passed_on").is_not_null()
    parts = ("referral_clv", "influence_value", "clv_passed_on")
    frame = frame.with_columns(pl.when(told).then(pl.col(c).fill_null(0)).alias(c) for c in parts)
    whole = minor("clv").fill_null(0) + minor("referral_clv") + minor("influence_value") - minor("clv_passed_on")
    return frame.with_columns(whole.alias("clnv")).with_columns(money("clnv").alias("clnv"))
