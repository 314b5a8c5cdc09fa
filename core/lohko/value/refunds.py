"""Refunds: which purchase a negative line takes back, and so from which day its money goes.

From the purchase it names (``refund_of``); else from the same customer's latest earlier purchase of the same product at the
same amount, each purchase taken back once; else from the day it happened on.
"""

from __future__ import annotations

import polars as pl

from lohko.value.events import Scope, minor

#: What is known of a line that refunds or is refunded.
KEYS = ("n", "day", "occurred_at", "minor", "transaction_id", "product", "refund_of")
TEXTS = ("transaction_id", "product", "refund_of")


def moves(refunds: pl.DataFrame, frame: pl.LazyFrame, scope: Scope) -> pl.DataFrame:
    """Return corrections of day totals (``n``, ``day``, ``minor``) that carry refunds to the days of their purchases.

    Parameters
    ----------
    refunds : the negative lines of customers, with `KEYS`
    frame : the table ``transactions``, read again for the purchases that a refund may take back
    scope : the customers and the time
    """
    empty = pl.DataFrame(schema={"n": pl.UInt32, "day": pl.Date, "minor": pl.Int64})
    if refunds.is_empty():
        return empty
    sold = _candidates(refunds, frame, scope)
    named, rest, spent = _by_name(refunds, sold)
    matched = pl.concat([named, _by_amount(rest, sold, spent)])
    back = matched.select("n", pl.col("refund_day").alias("day"), -pl.col("minor"))
    there = matched.select("n", pl.col("purchase_day").alias("day"), pl.col("minor"))
    return pl.concat([empty, back, there])


def _candidates(refunds: pl.DataFrame, frame: pl.LazyFrame, scope: Scope) -> pl.DataFrame:
    """Return the purchases that have the customer, and the name or the product and amount, of a refund.

    The many others are left out by a hash of these before anything is joined; what shares a hash by chance does no harm,
    since the exact comparison follows.
    """
    register = scope.customers.lazy().select("n", "customer_id")
    asks = refunds.lazy().join(register, on="n", how="inner")
    names = frame.collect_schema().names()
    absent = [pl.lit(None, pl.String).alias(c) for c in TEXTS if c not in names]
    rows = (
        frame.select("customer_id", "occurred_at", "amount", *(c for c in TEXTS if c in names))
        .with_columns(minor("amount").alias("minor"), *absent)
        .filter((pl.col("minor") > 0) & (pl.col("occurred_at") < scope.end))
    )
    wanted = asks.select(_sized(-pl.col("minor")).alias("sized")).unique().with_columns(sized_asked=True)
    rows = rows.with_columns(_sized(pl.col("minor")).alias("sized")).join(wanted, on="sized", how="left")
    asked = pl.col("sized_asked")
    if refunds["refund_of"].null_count() < refunds.height:
        named = asks.filter(pl.col("refund_of").is_not_null()).select(_named("refund_of").alias("named")).unique()
        rows = rows.with_columns(_named("transaction_id").alias("named"))
        rows = rows.join(named.with_columns(named_asked=True), on="named", how="left")
        asked = asked | pl.col("named_asked")
    return scope.events(rows.filter(asked), "occurred_at", ("minor", *TEXTS)).select(KEYS).collect()


def _named(column: str) -> pl.Expr:
    return pl.col("customer_id").hash(seed=1) ^ pl.col(column).hash(seed=2)


def _sized(amount: pl.Expr) -> pl.Expr:
    return pl.col("customer_id").hash(seed=3) ^ pl.col("product").hash(seed=4) ^ amount.hash(seed=5)


def _by_name(refunds: pl.DataFrame, sold: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Match refunds to the transaction they name.

    Returns the matches, the refunds left over, and the purchase lines that are thereby taken back: lines of the same
    product and amount as a refund of their transaction, and all lines of a transaction with nothing left of it.
    """
    asks = refunds.filter(pl.col("refund_of").is_not_null())
    wanted = asks.select("n", pl.col("refund_of").alias("transaction_id")).unique()
    lines = sold.join(wanted, on=["n", "transaction_id"], how="semi")
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


def _by_amount(refunds: pl.DataFrame, sold: pl.DataFrame, spent: pl.DataFrame) -> pl.DataFrame:
    """Match refunds to the latest earlier purchase of the same customer, product and amount not taken back yet.

    The lines of a customer, product and amount in order of time are opening (purchase) and closing (refund) brackets.
    At a given depth the two alternate, so a refund belongs to the line before it at its depth, if there is one.
    """
    key = ["n", "product", "size"]
    taken = refunds.with_columns((-pl.col("minor")).alias("size"), pl.lit(1, pl.Int8).alias("closing"))
    wanted = taken.select(key).unique()
    given = (
        sold.with_columns(pl.col("minor").alias("size"), pl.lit(0, pl.Int8).alias("closing"))
        .join(wanted, on=key, how="semi", nulls_equal=True)
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
