"""Purchases: refunds netted first, then one occasion a day, then the plain features of a customer's buying.

A refund takes its money back from where it was earned: from the purchase it names (``refund_of``); else from the same
customer's latest earlier purchase of the same product at the same amount, each purchase taken back once; else from
the day it happened on. An occasion is a day whose total is then above nothing. Sums of money run on integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lohko.errors import InputRefused
from lohko.value.events import Scope, minor

_KEYS = ("n", "day", "occurred_at", "minor", "transaction_id", "product", "refund_of")
COLUMNS = ("customer_id", "occurred_at", "amount", "transaction_id", "product", "refund_of", "currency", "margin")


@dataclass(frozen=True, slots=True)
class Purchases:
    """What the transactions say.

    Attributes
    ----------
    features : one row per buying customer: ``n`` and the plain features, money in minor units
    days : the purchase occasions: ``n``, ``day``, ``total`` (Int64 minor units), sorted
    totals : rows and money, for the account: known and unknown customers, later rows, rows without an amount or time
    currency : the one currency, or None where none is noted
    margin : share of the turnover that is margin, where every purchase tells it, else None
    """

    features: pl.DataFrame
    days: pl.DataFrame
    totals: dict[str, int]
    currency: str | None
    margin: float | None


def purchases(frame: pl.LazyFrame, scope: Scope) -> Purchases:
    """Return the purchase features, occasions and totals of the transactions up to as-of.

    Parameters
    ----------
    frame : the table ``transactions``
    scope : the customers and the time

    Raises
    ------
    InputRefused
        The transactions are in more than one currency (``currencies_mixed``).
    """
    names = frame.collect_schema().names()
    lines = _lines(frame, scope, names)
    known = lines.filter(pl.col("n").is_not_null())
    daily = known.group_by("n", "day").agg(pl.col("minor").sum())
    sums = known.group_by("n").agg(
        pl.col("minor").sum().alias("monetary"),
        pl.col("minor").clip(lower_bound=0).sum().alias("amount_positive"),
        (-pl.col("minor").clip(upper_bound=0)).sum().alias("refunds_total"),
        (pl.col("minor") < 0).sum().cast(pl.Int64).alias("refunds"),
        pl.len().cast(pl.Int64).alias("transactions"),
        pl.col("day").min().alias("first_transaction"),
    )
    refunds = known.filter(pl.col("minor") < 0).select(_KEYS)
    # one reading of the table for all of these
    whole, counted, codes, back, by_day, money_sums = pl.collect_all(
        [*_counts(frame, lines, scope, names), refunds, daily, sums]
    )
    totals, currency, margin = _account(whole, counted, codes)
    moves = _moves(back, known)
    if moves.height:
        by_day = pl.concat([by_day, moves]).group_by("n", "day").agg(pl.col("minor").sum())
    occasions = by_day.filter(pl.col("minor") > 0).rename({"minor": "total"}).sort("n", "day")
    buying = occasions.group_by("n").agg(
        pl.len().cast(pl.Int64).alias("frequency"),
        pl.col("day").min().alias("first_purchase"),
        pl.col("day").max().alias("last_purchase"),
    )
    features = money_sums.join(buying, on="n", how="left").with_columns(pl.col("frequency").fill_null(0)).sort("n")
    return Purchases(features, occasions, totals, currency, margin)


def _lines(frame: pl.LazyFrame, scope: Scope, names: list[str]) -> pl.LazyFrame:
    absent = [pl.lit(None, pl.String).alias(c) for c in ("transaction_id", "product", "refund_of") if c not in names]
    return (
        scope.events(frame, "occurred_at", COLUMNS)
        .with_columns(minor("amount").alias("minor"), *absent)
        .filter(pl.col("minor").is_not_null())
    )


def _counts(frame: pl.LazyFrame, lines: pl.LazyFrame, scope: Scope, names: list[str]) -> list[pl.LazyFrame]:
    """Return the plans that count rows and money: of the whole table, of the lines up to as-of, of the currencies."""
    wide = pl.col("minor").cast(pl.Int128)
    unknown = pl.col("n").is_null()
    sold = pl.col("minor") > 0
    margin = minor("margin") if "margin" in names else pl.lit(None, pl.Int64)
    later = pl.col("occurred_at") >= scope.end
    whole = frame.select(
        later.sum().alias("later_rows"),
        pl.col("occurred_at").is_null().sum().alias("undated_rows"),
        ((pl.col("occurred_at") < scope.end) & pl.col("amount").is_null()).sum().alias("rows_without_amount"),
    )
    counted = lines.select(
        pl.len().alias("rows"),
        wide.sum().alias("amount"),
        unknown.sum().alias("unknown_customer_rows"),
        wide.filter(unknown).sum().alias("unknown_customer_amount"),
        (sold & margin.is_null()).sum().alias("sold_without_margin"),
        wide.filter(sold).sum().alias("sold"),
        margin.filter(sold).cast(pl.Int128).sum().alias("margin"),
    )
    code = pl.col("currency").str.strip_chars().str.to_uppercase() if "currency" in names else pl.lit(None, pl.String)
    currencies = lines.select(code.alias("currency")).unique().drop_nulls().sort("currency")
    return [whole, counted, currencies]


def _account(
    whole: pl.DataFrame, counted: pl.DataFrame, codes: pl.DataFrame
) -> tuple[dict[str, int], str | None, float | None]:
    """Return the account of rows and money, the currency and the margin share."""
    found = [c for c in codes["currency"].to_list() if c]
    if len(found) > 1:
        raise InputRefused("currencies_mixed", f"the transactions are in {len(found)} currencies: {', '.join(found)}")
    totals = {k: int(v or 0) for k, v in {**whole.row(0, named=True), **counted.row(0, named=True)}.items()}
    sold_sum, without, margins = totals.pop("sold"), totals.pop("sold_without_margin"), totals.pop("margin")
    share = round(margins / sold_sum, 9) if sold_sum and not without else None
    return totals, found[0] if found else None, share


def _moves(refunds: pl.DataFrame, known: pl.LazyFrame) -> pl.DataFrame:
    """Return corrections of day totals (``n``, ``day``, ``minor``) that carry refunds to the days of their purchases."""
    empty = pl.DataFrame(schema={"n": pl.UInt32, "day": pl.Date, "minor": pl.Int64})
    if refunds.is_empty():
        return empty
    sold = known.filter(pl.col("minor") > 0).select(_KEYS)
    named, rest, spent = _by_name(refunds, sold)
    matched = pl.concat([named, _by_amount(rest, sold, spent)])
    back = matched.select("n", pl.col("refund_day").alias("day"), -pl.col("minor"))
    there = matched.select("n", pl.col("purchase_day").alias("day"), pl.col("minor"))
    return pl.concat([empty, back, there])


def _by_name(refunds: pl.DataFrame, sold: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Match refunds to the transaction they name.

    Returns the matches, the refunds left over, and the purchase lines that are thereby taken back: lines of the same
    product and amount as a refund of their transaction, and all lines of a transaction with nothing left of it.
    """
    asks = refunds.filter(pl.col("refund_of").is_not_null())
    wanted = asks.select("n", pl.col("refund_of").alias("transaction_id")).unique()
    lines = sold.join(wanted.lazy(), on=["n", "transaction_id"], how="semi").collect()
    bills = lines.group_by("n", "transaction_id").agg(
        pl.col("day").min().alias("purchase_day"), pl.col("minor").sum().alias("bill")
    )
    matched = asks.join(bills, left_on=["n", "refund_of"], right_on=["n", "transaction_id"], how="inner")
    taken = matched.group_by("n", "refund_of").agg(pl.col("minor").sum().alias("taken"), pl.col("bill").first())
    gone = taken.filter(pl.col("bill") + pl.col("taken") <= 0)
    line_refunds = matched.select("n", "refund_of", "product", (-pl.col("minor")).alias("minor")).unique()
    by_bill = lines.join(gone, left_on=["n", "transaction_id"], right_on=["n", "refund_of"], how="semi")
    by_line = lines.join(
        line_refunds,
        left_on=["n", "transaction_id", "product", "minor"],
        right_on=["n", "refund_of", "product", "minor"],
        how="semi",
        nulls_equal=True,
    )
    spent = pl.concat([by_bill, by_line]).select("n", "transaction_id", "product", "minor").unique()
    left = pl.concat(
        [
            refunds.filter(pl.col("refund_of").is_null()),
            asks.join(bills, left_on=["n", "refund_of"], right_on=["n", "transaction_id"], how="anti"),
        ]
    )
    return matched.select("n", pl.col("day").alias("refund_day"), "purchase_day", "minor"), left, spent


def _by_amount(refunds: pl.DataFrame, sold: pl.LazyFrame, spent: pl.DataFrame) -> pl.DataFrame:
    """Match refunds to the latest earlier purchase of the same customer, product and amount not taken back yet.

    The lines of a customer, product and amount in order of time are opening (purchase) and closing (refund) brackets.
    At a given depth the two alternate, so a refund belongs to the line before it at its depth, if there is one.
    """
    key = ["n", "product", "size"]
    taken = refunds.with_columns((-pl.col("minor")).alias("size"), pl.lit(1, pl.Int8).alias("closing"))
    wanted = taken.select(key).unique()
    given = (
        sold.with_columns(pl.col("minor").alias("size"), pl.lit(0, pl.Int8).alias("closing"))
        .join(wanted.lazy(), on=key, how="semi", nulls_equal=True)
        .collect()
        .join(spent, on=["n", "transaction_id", "product", "minor"], how="anti", nulls_equal=True)
    )
    both = (
        pl.concat([given.select(taken.columns), taken])
        .sort(*key, "occurred_at", "closing")
        .with_columns(pl.when(pl.col("closing") == 1).then(-1).otherwise(1).cum_sum().over(key).alias("depth"))
        .with_columns((pl.col("depth") + pl.col("closing")).alias("depth"))
        .with_columns(pl.col("day").shift(1).over([*key, "depth"]).alias("purchase_day"))
    )
    return both.filter((pl.col("closing") == 1) & pl.col("purchase_day").is_not_null()).select(
        "n", pl.col("day").alias("refund_day"), "purchase_day", "minor"
    )
