"""What a customer has been worth so far, in money: what they paid, what their visits and what their acts were worth.

Kukkonen (2016): financial, visit and social value together make engagement value; Kumar et al. (2010, Journal of Service
Research 13(3)): overlaps are taken out before adding. It is stated only where everything that happened has a price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from lohko.errors import InputRefused
from lohko.outcome import Finding
from lohko.value.acts import COUNTS
from lohko.value.events import MINOR, minor, money
from lohko.value.features import Features
from lohko.value.knowledge import Knowledge
from lohko.value.network import Network, pass_on
from lohko.value.prices import Prices
from lohko.value.social_ahead import worth_of_days

_VISITS = (("visit", "visit_count"), ("page_view", "page_views"), ("download", "downloads"))


@dataclass(frozen=True, slots=True)
class Engagement:
    """Engagement in money.

    Attributes
    ----------
    frame : the frame with those of ``visit_value``, ``social_value``, ``referral_value`` and ``engagement_value`` that the prices
        tell, and what is expected of visits and acts
    figures : prices used, what is missing, totals; plain JSON values
    findings : what to say
    """

    frame: pl.DataFrame
    figures: dict[str, Any]
    findings: tuple[Finding, ...] = field(default=())


def currency_of(made: Features, prices: Prices) -> str | None:
    """Return the currency that money is stated in.

    Raises
    ------
    InputRefused
        The prices are in another one than the transactions (``prices_currency``).
    """
    told = made.purchases.currency if made.purchases else None
    if told and prices.currency and told != prices.currency:
        raise InputRefused("prices_currency", f"the prices are in {prices.currency}, the transactions in {told}")
    return told or prices.currency


def in_money(
    frame: pl.DataFrame,
    made: Features,
    prices: Prices,
    *,
    margin: float | None,
    ties: Network | None,
    known: Knowledge | None,
) -> Engagement:
    """Add what visits and social acts were worth, and all three dimensions together where nothing lacks a price.

    Parameters
    ----------
    frame : the value table in the making, with ``n`` and the features
    made : the features and which tables there were
    margin : the share of turnover that counts as money; None: all of it
    ties, known : what the table ``social`` tells of referrals and knowledge
    """
    share = 1.0 if margin is None else margin
    frame = frame.with_columns((minor("money_total") * share).round().cast(pl.Int64).alias("_money"))
    missing: list[str] = []
    if prices.visits and made.measured["visits"]:
        frame = frame.with_columns(_visits(frame.columns, prices).alias("_visits"))
    elif made.measured["visits"] and frame["visit_count"].sum():
        missing.append("visit")
    if ties is not None:
        seen = [act for act, name in COUNTS.items() if frame[name].sum()]
        missing += prices.unpriced(seen)
        frame = _referrals(frame, ties, prices)
        if not prices.unpriced(seen):
            frame = frame.with_columns((_acts(known, prices) + pl.col("_referral")).alias("_social"))
    moneys = {"_visits": "visit_value", "_social": "social_value", "_referral": "referral_value"}
    if not missing and (prices.any or _only_money(made)):
        parts = [c for c in ("_money", "_visits", "_social") if c in frame.columns]
        given = [pl.col("_given")] if "_given" in frame.columns else []
        whole = pl.sum_horizontal(parts) - (pl.sum_horizontal(given) if given else 0)
        frame = frame.with_columns(whole.alias("_engagement"))
        moneys["_engagement"] = "engagement_value"
    if ties is not None and prices.referral is None and prices.acquisition_cost is None:
        moneys.pop("_referral")
    totals = {name: str(frame.select(money(c).sum()).item()) for c, name in moneys.items() if c in frame.columns} | {
        "money": str(frame.select(money("_money").sum()).item())
    }
    found = frame.with_columns(money(c).alias(name) for c, name in moneys.items() if c in frame.columns)
    found = _expected(found)
    figures = {
        "prices": {k: v for k, v in _given(prices).items() if v is not None},
        "missing": missing,
        "margin": margin,
        "totals": totals,
        "referrals": None if ties is None else ties.totals,
        "mean_votes": None if known is None else known.mean_votes,
    }
    return Engagement(
        found.drop(
            c for c in ("_money", "_visits", "_social", "_referral", "_given", "_engagement") if c in found.columns
        ),
        figures,
        tuple(_findings(figures, prices, ties)),
    )


def _expected(frame: pl.DataFrame) -> pl.DataFrame:
    """Add what visits and acts to come are worth, in points, and in money where they are priced."""
    frame = (
        frame.with_columns(pl.col("_social").sub(pl.col("_referral")).alias("_acts"))
        if "_social" in frame.columns
        else frame
    )
    ways = (
        ("expected_visit_value", "_visits", "visit_days", "expected_visits"),
        ("expected_social_points", "social_points", "social_days", "expected_social_days"),
        ("expected_social_value", "_acts", "social_days", "expected_social_days"),
    )
    for name, worth, active, expected in ways:
        if {worth, active, expected} <= set(frame.columns):
            found = worth_of_days(frame, worth, active, expected)
            frame = frame.with_columns(found.alias(name))
            if name == "expected_social_points":
                frame = frame.with_columns(pl.col(name).round(6))
            else:
                frame = frame.with_columns(pl.col(name).round().cast(pl.Int64)).with_columns(money(name).alias(name))
    return frame.drop("_acts", strict=False)


def _only_money(made: Features) -> bool:
    """Tell whether money is all that was measured, so that nothing needs a price."""
    return made.measured["financial"] and not made.measured["visits"] and not made.measured["social"]


def _given(prices: Prices) -> dict[str, Any]:
    return {key: getattr(prices, key) for key in prices.__dataclass_fields__}


def _priced(price: float | None, count: pl.Expr) -> pl.Expr:
    """Return a count at a price, in minor units."""
    return (count.cast(pl.Float64) * ((price or 0.0) * MINOR)).round().cast(pl.Int64)


def _visits(columns: list[str], prices: Prices) -> pl.Expr:
    return pl.sum_horizontal(
        _priced(getattr(prices, key), pl.col(column)) for key, column in _VISITS if column in columns
    )


def _acts(known: Knowledge | None, prices: Prices) -> pl.Expr:
    """Return what acts other than referrals are worth."""
    terms = [_priced(getattr(prices, act), pl.col(name)) for act, name in COUNTS.items() if act != "referral"]
    if prices.reach_thousand is not None:
        terms.append(_priced(prices.reach_thousand / 1000, pl.col("reach")))
    if prices.knowledge_point is not None and known is not None:
        terms.append(_priced(prices.knowledge_point, pl.col("knowledge_points")))
    return pl.sum_horizontal(terms)


def _referrals(frame: pl.DataFrame, ties: Network, prices: Prices) -> pl.DataFrame:
    """Add ``_referral``, what the customers each one brought were worth, and ``_given``, what one's own referrer is due.

    With one price a referral is worth that. With its parts, for every new customer j brought (Kumar, Petersen & Leone 2007,
    Harvard Business Review 85(10)): q (money of j + acquisition cost) + (1 - q) acquisition cost - cost of the referral,
    q the share who would not have come otherwise (type one), the rest would have come anyway (type two).
    """
    brought = ties.referrals.group_by("n").agg(pl.len().cast(pl.Int64).alias("_brought"))
    frame = frame.join(brought, on="n", how="left").with_columns(pl.col("_brought").fill_null(0))
    if prices.acquisition_cost is None:
        frame = frame.join(ties.unnamed, on="n", how="left")
        count = pl.col("_brought") + pl.col("unnamed").fill_null(0)
        return frame.with_columns(_priced(prices.referral, count).alias("_referral")).drop("_brought", "unnamed")
    saved = prices.acquisition_cost - (prices.referral_cost or 0.0)
    moved = pass_on(
        frame.select("n", money("_money").alias("worth")),
        ties,
        by_referral=prices.caused_by_referral,
        by_influence=0.0,
    )
    frame = frame.join(moved, on="n", how="left")
    due = minor("by_referral").fill_null(0) + _priced(saved, pl.col("_brought"))
    return frame.with_columns(due.alias("_referral"), minor("passed_on").fill_null(0).alias("_given")).drop(
        "_brought", *moved.columns[1:]
    )


def _findings(figures: Mapping[str, Any], prices: Prices, ties: Network | None) -> list[Finding]:
    found = []
    totals = figures["totals"]
    if "engagement_value" in totals:
        data = {"amount": f"{float(totals['engagement_value']):,.2f}", "margin": figures["margin"]}
        found.append(Finding("engagement_of_turnover" if figures["margin"] is None else "engagement_of_margin", data))
    elif figures["missing"]:
        found.append(Finding("engagement_unpriced", {"missing": ", ".join(figures["missing"])}))
    else:
        found.append(Finding("engagement_no_prices", {}))
    if ties is not None and ties.totals["naming_old"]:
        data = {"count": ties.totals["naming_old"], "of": ties.totals["naming"]}
        found.append(Finding("referred_already", data))
    if ties is not None and prices.acquisition_cost is not None and ties.totals["brought"]:
        data = {"count": ties.totals["brought"], "share": prices.caused_by_referral}
        found.append(Finding("referrals_weighed", data))
    return found
