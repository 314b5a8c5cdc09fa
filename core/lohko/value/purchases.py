"""Purchases: refunds netted first, then one occasion a day, then the plain features of a customer's buying.

An occasion is a day whose total is above nothing once refunds are netted (`lohko.value.refunds`). Sums of money run on integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from lohko.errors import InputRefused
from lohko.value.events import Scope, local_day, minor
from lohko.value.refunds import KEYS, TEXTS, moves
from lohko.value.tally import Ints, customers_of, dates, days_of, slots, starts, whole


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

    The transactions are read once; where there are refunds, once more for the purchases they may take back.

    Parameters
    ----------
    frame : the table ``transactions``
    scope : the customers and the time

    Raises
    ------
    InputRefused
        The transactions are in more than one currency (``currencies_mixed``).
    """
    ledger = _Ledger()
    for batch in _rows(frame, scope).collect_batches(maintain_order=False):
        ledger.add(batch)
    currency = ledger.currency()
    n, day, net, sums = ledger.by_day()
    back = ledger.refunds()
    if back is not None:
        moved = moves(back, frame, scope)
        at = np.searchsorted(slots(n, day), slots(whole(moved["n"]), whole(moved["day"])))
        np.add.at(net, at, whole(moved["minor"]))  # both days of a move have a line, hence a place
    some = net > 0
    days = pl.DataFrame(
        {"n": pl.Series(n[some], dtype=pl.UInt32), "day": dates(day[some]), "total": net[some]},
        schema={"n": pl.UInt32, "day": pl.Date, "total": pl.Int64},
    )
    buying = days.group_by("n").agg(
        pl.len().cast(pl.Int64).alias("frequency"),
        pl.col("day").min().alias("first_purchase"),
        pl.col("day").max().alias("last_purchase"),
    )
    features = sums.join(buying, on="n", how="left").with_columns(pl.col("frequency").fill_null(0)).sort("n")
    return Purchases(features, days, ledger.totals, currency, ledger.margin())


def _rows(frame: pl.LazyFrame, scope: Scope) -> pl.LazyFrame:
    """Return every transaction with its customer's place, day and amount; the texts only at refunds, which need them."""
    names = frame.collect_schema().names()
    past = pl.col("occurred_at") < scope.end
    amount = minor("amount")
    counts = past & amount.is_not_null()
    more = [minor("margin").alias("margin")] if "margin" in names else []
    if "currency" in names:
        more.append(pl.when(counts).then(pl.col("currency").str.strip_chars().str.to_uppercase()).alias("currency"))
    texts = [pl.when(counts & (amount < 0)).then(c).alias(c) for c in TEXTS if c in names]
    rows = frame.select(
        pl.when(counts).then("customer_id").alias("customer_id"),
        past.alias("past"),
        "occurred_at",
        local_day("occurred_at", scope.timezone).alias("day"),
        pl.when(past).then(amount).alias("minor"),
        *more,
        *texts,
    )
    return scope.placed(rows)


_NONE = pl.DataFrame(schema={"slot": pl.Int64, "amount": pl.Int64})


class _Ledger:
    """The lines of the transactions, taken in batch by batch."""

    def __init__(self) -> None:
        """Begin with none."""
        self.totals = dict.fromkeys(
            (
                "later_rows",
                "undated_rows",
                "rows_without_amount",
                "rows",
                "amount",
                "unknown_customer_rows",
                "unknown_customer_amount",
            ),
            0,
        )
        self._sold = self._margin = self._without_margin = 0  # minor units, minor units, lines
        self._currencies: set[str] = set()
        self._lines: list[pl.DataFrame] = [_NONE]
        self._refunds: list[pl.DataFrame] = []

    def add(self, batch: pl.DataFrame) -> None:
        """Take in lines as `_rows` gives them."""
        totals = self.totals
        totals["later_rows"] += int((~batch["past"]).sum())
        totals["undated_rows"] += batch["past"].null_count()
        dated = batch.filter("past")
        lines = dated.filter(pl.col("minor").is_not_null())
        totals["rows_without_amount"] += dated.height - lines.height
        if "currency" in lines.columns:
            self._currencies.update(lines["currency"].drop_nulls().unique())
        known = lines.filter(pl.col("n").is_not_null())
        totals["rows"] += lines.height
        totals["amount"] += _sum(lines["minor"])
        totals["unknown_customer_rows"] += lines.height - known.height
        totals["unknown_customer_amount"] += _sum(lines.filter(pl.col("n").is_null())["minor"])
        sold = lines.filter(pl.col("minor") > 0)
        self._sold += _sum(sold["minor"])
        if "margin" in sold.columns:
            self._margin += _sum(sold["margin"])
            self._without_margin += sold["margin"].null_count()
        else:
            self._without_margin += sold.height
        slot = slots(whole(known["n"]), whole(known["day"]))
        self._lines.append(pl.DataFrame({"slot": slot, "amount": known["minor"]}))
        back = known.filter(pl.col("minor") < 0)
        if back.height:
            absent = [pl.lit(None, pl.String).alias(c) for c in TEXTS if c not in back.columns]
            self._refunds.append(back.with_columns(absent).select(KEYS))

    def by_day(self) -> tuple[Ints, Ints, Ints, pl.DataFrame]:
        """Return customer, day and net total of every day with a line, sorted, and the sums by customer."""
        lines = pl.concat(self._lines).sort("slot")
        self._lines = [_NONE]
        slot, amount = whole(lines["slot"]), whole(lines["amount"])
        begin = starts(slot)
        by_day = slot[begin]
        net = _runs(amount, begin)
        n = customers_of(slot)
        first = starts(n)
        monetary, positive = _runs(amount, first), _runs(np.maximum(amount, 0), first)
        sums = pl.DataFrame(
            {
                "n": pl.Series(n[first], dtype=pl.UInt32),
                "monetary": monetary,
                "amount_positive": positive,
                "refunds_total": positive - monetary,
                "refunds": _runs((amount < 0).astype(np.int64), first),
                "transactions": np.diff(np.append(first, slot.size)),
                "first_transaction": dates(days_of(slot[first])),
            }
        )
        return customers_of(by_day), days_of(by_day), net, sums

    def refunds(self) -> pl.DataFrame | None:
        """Return the negative lines of customers, None if there are none."""
        return pl.concat(self._refunds) if self._refunds else None

    def currency(self) -> str | None:
        """Return the one currency there is.

        Raises
        ------
        InputRefused
            There is more than one (``currencies_mixed``).
        """
        found = sorted(code for code in self._currencies if code)
        if len(found) > 1:
            raise InputRefused(
                "currencies_mixed", f"the transactions are in {len(found)} currencies: {', '.join(found)}"
            )
        return found[0] if found else None

    def margin(self) -> float | None:
        """Return the share of margin in sales if every sale tells its margin."""
        told = self._sold > 0 and not self._without_margin
        return round(self._margin / self._sold, 9) if told else None


def _sum(column: pl.Series) -> int:
    return int(column.cast(pl.Int128).sum())


def _runs(values: Ints, begin: Ints) -> Ints:
    """Return the sum of each run of values that begins at the given places."""
    return np.add.reduceat(values, begin) if begin.size else np.zeros(0, dtype=np.int64)
