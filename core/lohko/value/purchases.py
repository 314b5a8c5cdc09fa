"""Purchases: refunds netted first, then one occasion a day, then the plain features of a customer's buying.

A refund takes its money back from where it was earned: from the purchase it names (``refund_of``); else from the same
customer's latest earlier purchase of the same product at the same amount, each purchase taken back once; else from
the day it happened on. An occasion is a day whose total is then above nothing. Sums of money run on integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lohko.errors import InputRefused
from lohko.value.events import Scope, from_slot, minor, slot

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
    margin = minor("margin") if "margin" in names else pl.lit(None, pl.Int64)
    amount, sold = pl.col("minor"), pl.col("minor") > 0
    daily = lines.group_by(slot()).agg(
        amount.sum().alias("monetary"),
        amount.clip(lower_bound=0).sum().alias("amount_positive"),
        (amount < 0).sum().cast(pl.Int64).alias("refunds"),
        pl.len().cast(pl.Int64).alias("transactions"),
        (sold & margin.is_null()).sum().cast(pl.Int64).alias("sold_without_margin"),
        margin.filter(sold).sum().alias("margin"),
    )
    known = lines.filter(pl.col("n").is_not_null())
    by_day = daily.collect().select(*from_slot(), pl.exclude("slot"))
    back = known.filter(amount < 0).select(_KEYS).collect()
    totals, share = _account(frame, by_day, scope)
    currency = _currency(lines) if "currency" in names else None
    by_day = by_day.filter(pl.col("n").is_not_null()).sort("n", "day")
    sums = by_day.group_by("n").agg(
        pl.col("monetary", "amount_positive").sum(),
        (pl.col("amount_positive") - pl.col("monetary")).sum().alias("refunds_total"),
        pl.col("refunds", "transactions").sum(),
        pl.col("day").min().alias("first_transaction"),
    )
    nets = by_day.select("n", "day", pl.col("monetary").alias("total"))
    moves = _moves(back, known)
    if moves.height:
        nets = pl.concat([nets, moves.rename({"minor": "total"})]).group_by("n", "day").agg(pl.col("total").sum())
    occasions = nets.filter(pl.col("total") > 0).sort("n", "day")
    buying = occasions.group_by("n").agg(
        pl.len().cast(pl.Int64).alias("frequency"),
        pl.col("day").min().alias("first_purchase"),
        pl.col("day").max().alias("last_purchase"),
    )
    features = sums.join(buying, on="n", how="left").with_columns(pl.col("frequency").fill_null(0)).sort("n")
    return Purchases(features, occasions, totals, currency, share)


def _lines(frame: pl.LazyFrame, scope: Scope, names: list[str]) -> pl.LazyFrame:
    absent = [pl.lit(None, pl.String).alias(c) for c in ("transaction_id", "product", "refund_of") if c not in names]
    return (
        scope.events(frame, "occurred_at", COLUMNS)
        .with_columns(minor("amount").alias("minor"), *absent)
        .filter(pl.col("minor").is_not_null())
    )


def _account(frame: pl.LazyFrame, by_day: pl.DataFrame, scope: Scope) -> tuple[dict[str, int], float | None]:
    """Return the account of rows and money, and the share of margin in sales if every sale tells its margin."""
    past = pl.col("occurred_at") < scope.end
    whole = frame.select(
        (~past).sum().alias("later_rows"),
        pl.col("occurred_at").is_null().sum().alias("undated_rows"),
        (past & pl.col("amount").is_null()).sum().alias("rows_without_amount"),
    ).collect()
    unknown = pl.col("n").is_null()
    wide = pl.col("monetary").cast(pl.Int128)
    counted = by_day.select(
        pl.col("transactions").sum().alias("rows"),
        wide.sum().alias("amount"),
        pl.col("transactions").filter(unknown).sum().alias("unknown_customer_rows"),
        wide.filter(unknown).sum().alias("unknown_customer_amount"),
    )
    rows = {**whole.row(0, named=True), **counted.row(0, named=True)}
    sold = int(by_day["amount_positive"].cast(pl.Int128).sum() or 0)
    margin = int(by_day["margin"].cast(pl.Int128).sum() or 0)
    told = sold > 0 and not by_day["sold_without_margin"].sum()
    return {k: int(v or 0) for k, v in rows.items()}, round(margin / sold, 9) if told else None


def _currency(lines: pl.LazyFrame) -> str | None:
    code = pl.col("currency").str.strip_chars().str.to_uppercase()
    found = lines.select(code).unique().drop_nulls().collect()["currency"].sort().to_list()
    found = [c for c in found if c]
    if len(found) > 1:
        raise InputRefused("currencies_mixed", f"the transactions are in {len(found)} currencies: {', '.join(found)}")
    return found[0] if found else None


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
