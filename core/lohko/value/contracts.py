"""Contracts: how long, how many, how much, and whether the transactions already carry their money.

The money of a contract is its price times the periods begun by the as-of day (a month is 30.436875 days, so that the
count does not depend on where in the calendar a contract starts). A price without a period is paid once.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lohko.value.events import Scope, local_day, minor

MONTH_DAYS = 30.436875


@dataclass(frozen=True, slots=True)
class Contracts:
    """What the subscriptions say.

    Attributes
    ----------
    features : one row per customer with a contract: ``n``, counts, days, and ``contract_money`` (Int64 minor units)
    covered : customers whose contract money was left out since transactions carry it
    added : customers whose contract money counts in the financial score
    """

    features: pl.DataFrame
    covered: int
    added: int


def contracts(frame: pl.LazyFrame, transactions: pl.LazyFrame | None, scope: Scope, *, mode: str = "auto") -> Contracts:
    """Return the contract features of every customer who had one by as-of.

    Parameters
    ----------
    frame : the table ``subscriptions``
    transactions : the table ``transactions``, where there is one
    scope : the customers and the time
    mode : ``auto``: money of a contract counts unless transactions carry it. They do where the contract's product is
        sold in them (to anyone), or, where a product is not noted, where the customer has any. ``add``: it always
        counts. ``ignore``: it never does.
    """
    names = frame.collect_schema().names()
    columns = ("ended_at", "product", "price", "period_months")
    events = scope.events(frame, "started_at", columns).filter(pl.col("n").is_not_null())
    rows = events.with_columns(_column(c, names) for c in columns).collect()
    ended = pl.when(pl.col("ended_at") < scope.end).then(local_day("ended_at", scope.timezone))
    rows = rows.with_columns(ended.alias("ended"))
    last = pl.coalesce("ended", pl.lit(scope.as_of))
    days = (last - pl.col("day")).dt.total_days().clip(lower_bound=0)
    per_month = (pl.col("period_months") > 0) & pl.col("period_months").is_not_null()
    paid_days = pl.when(pl.col("ended").is_null()).then(days).otherwise((days - 1).clip(lower_bound=0))
    periods = pl.when(per_month).then((paid_days / (pl.col("period_months") * MONTH_DAYS)).floor() + 1).otherwise(1)
    rows = rows.with_columns(
        days.alias("days"),
        (minor("price").fill_null(0) * periods.cast(pl.Int64)).alias("paid"),
        _covered(rows, transactions, scope).alias("covered"),
    )
    counts = {"auto": ~pl.col("covered"), "add": pl.lit(value=True), "ignore": pl.lit(value=False)}[mode]
    active = pl.col("ended").is_null()
    features = (
        rows.group_by("n")
        .agg(
            pl.len().cast(pl.Int64).alias("subscriptions"),
            active.sum().cast(pl.Int64).alias("active_subscriptions"),
            pl.col("day").min().alias("first_subscription"),
            pl.col("ended").max().alias("last_subscription_end"),
            pl.col("days").sum().alias("subscription_days"),
            pl.col("paid").filter(counts).sum().alias("contract_money"),
            (counts & (pl.col("paid") > 0)).any().alias("added"),
            (~counts & (pl.col("paid") > 0)).any().alias("left_out"),
        )
        .sort("n")
    )
    return Contracts(features.drop("added", "left_out"), int(features["left_out"].sum()), int(features["added"].sum()))


def _column(name: str, names: list[str]) -> pl.Expr:
    if name in names:
        return pl.col(name)
    types = {"ended_at": pl.Datetime("us", "UTC"), "price": pl.Decimal(18, 4), "period_months": pl.Float64()}
    return pl.lit(None, types.get(name, pl.String())).alias(name)


def _covered(rows: pl.DataFrame, transactions: pl.LazyFrame | None, scope: Scope) -> pl.Expr:
    """Return, per contract, whether the transactions carry its money."""
    if transactions is None:
        return pl.lit(value=False)
    lines = scope.events(transactions, "occurred_at", ("product",))
    buyers = lines.filter(pl.col("n").is_not_null()).select("n").unique().collect()["n"]
    any_line = pl.col("n").is_in(buyers.implode())
    if "product" not in lines.collect_schema().names():
        return any_line
    products = rows.select(name_of("product").alias("product")).unique().drop_nulls()
    sold = (
        lines.select(name_of("product").alias("product"))
        .join(products.lazy(), on="product", how="semi")
        .unique()
        .collect()
    )
    name = name_of("product")
    return pl.when(name.is_not_null()).then(name.is_in(sold["product"].implode())).otherwise(any_line)


def single_purchases(
    transactions: pl.LazyFrame, subscriptions: pl.LazyFrame, scope: Scope
) -> tuple[pl.LazyFrame, pl.Series]:
    """Return the transactions that pay no contract, and the customers (``n``) of whom that cannot be told.

    Contract payments are those of a product under contract (with anyone). Where products are not noted, a customer with
    a contract may pay it in any transaction.
    """
    rows = scope.events(subscriptions, "started_at", ("product",)).filter(pl.col("n").is_not_null()).collect()
    if "product" not in transactions.collect_schema().names() or "product" not in rows.columns:
        return transactions, rows["n"].unique().sort()
    names = rows.select(name_of("product"))["product"].unique().drop_nulls()
    kept = transactions.filter(~name_of("product").is_in(names.implode()).fill_null(value=False))
    return kept, rows.filter(pl.col("product").is_null())["n"].unique().sort()


def name_of(column: str) -> pl.Expr:
    """Return a product's name as it is compared: case and outer blanks aside."""
    return pl.col(column).str.strip_chars().str.to_lowercase()
