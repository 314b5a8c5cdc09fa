"""What each measure counts in a period, customer by customer, so that a whole, a unit and a segment count alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from lohko.value.contracts import name_of
from lohko.value.events import Scope, known_visits, local_day
from lohko.views.experience.answers import answers, within
from lohko.views.goals.measures import Measure
from lohko.views.goals.periods import Period

CONVERSION_DAYS: Final = 30
"""A purchase within so many days after the first contact is its conversion."""
_OF_VISITORS: Final = ("visits", "touchpoints")
_AMOUNT: Final = pl.Decimal(38, 4)


@dataclass(frozen=True, slots=True)
class Data:
    """What is counted in; each table is read once.

    Attributes
    ----------
    tables : the package's tables
    as_of : the last day that counts
    timezone : the zone of days
    first : the first day that any period asks for
    read : reads rows; it may put something shorter in place of each ``customer_id``, the same in every table
    """

    tables: Mapping[str, pl.LazyFrame]
    as_of: dt.date
    timezone: str
    first: dt.date = dt.date.min
    read: Callable[[pl.LazyFrame], pl.DataFrame] = pl.LazyFrame.collect
    _kept: dict[tuple[str, tuple[str, ...], dt.date], pl.DataFrame] = field(
        default_factory=dict, repr=False, compare=False
    )

    def columns(self, table: str) -> frozenset[str]:
        """Return a table's columns; none where the package has no such table."""
        frame = self.tables.get(table)
        return frozenset(frame.collect_schema().names()) if frame is not None else frozenset()

    def rows(self, table: str, time: str, columns: tuple[str, ...] = (), since: dt.date = dt.date.min) -> pl.LazyFrame:
        """Return a table's rows from ``since`` to the as-of day as ``customer_id``, ``day`` and those of ``columns`` there are.

        Where a visitor has become known since, the customer is filled in.
        """
        own = self.columns(table)
        kept = tuple(column for column in columns if column in own)
        key = (table, kept, since)
        if key not in self._kept:
            who = pl.col("customer_id") if "customer_id" in own else pl.lit(None, pl.String).alias("customer_id")
            frame = self.tables[table]
            if table in _OF_VISITORS and "visitor_id" in own:
                scope = Scope(pl.DataFrame(), self.as_of, self.timezone)
                frame, who = known_visits(frame, self.tables.get("visitors"), scope), pl.col("customer_id")
            rows = frame.select(who, local_day(time, self.timezone).alias("day"), *kept)
            self._kept[key] = self.read(rows.filter(pl.col("day").is_between(since, self.as_of)))
        return self._kept[key].lazy()

    def feedback(self) -> pl.LazyFrame:
        """Return the feedback with what answers and contacts are told by."""
        own = self.columns("feedback")
        kept = tuple(name for name in ("answered_at", "measure", "score", "text", "touchpoint") if name in own)
        key = ("feedback", kept, dt.date.min)
        if key not in self._kept:
            self._kept[key] = self.read(self.tables["feedback"].select("customer_id", *kept))
        return self._kept[key].lazy()


@dataclass(frozen=True, slots=True)
class Counted:
    """What a measure counts in a period.

    Attributes
    ----------
    rows : of sums ``customer_id`` (null: nobody known) and ``part``; of shares also ``base`` (1 a customer), ``part`` being 1 or 0; of scores
        ``customer_id`` and ``score``. Measures that touchpoints tell apart have ``touchpoint``, too
    since : the first day of the data behind a sum; None where that does not matter
    """

    rows: pl.DataFrame
    since: dt.date | None = None


def count(measure: Measure, span: Period, data: Data, *, by_touchpoint: bool) -> Counted | None:
    """Count a measure; None where the package has no data of it, or does not tell its touchpoints apart where asked to."""
    if by_touchpoint and measure.code not in _BY_TOUCHPOINT:
        return None
    if measure.kind == "score":
        return _score(measure, span, data, by_touchpoint=by_touchpoint)
    if measure.code == "conversion_rate":
        return _conversion(span, data, by_touchpoint=by_touchpoint)
    return _COUNTS[measure.code](measure, span, data)


_BY_TOUCHPOINT: Final = ("nps", "csat", "ces", "contacts", "conversion_rate")


def _within(span: Period) -> pl.Expr:
    return pl.col("day").is_between(span.first, span.last)


def _since(rows: pl.LazyFrame) -> dt.date | None:
    found: dt.date | None = rows.select(pl.col("day").min()).collect().item()
    return found


def _revenue(_: Measure, span: Period, data: Data) -> Counted | None:
    if "amount" not in data.columns("transactions"):
        return None
    rows = data.rows("transactions", "occurred_at", ("amount",))
    sums = rows.filter(_within(span)).group_by("customer_id").agg(part=pl.col("amount").cast(_AMOUNT).sum())
    return Counted(sums.collect(), _since(rows))


def _deals(data: Data) -> pl.LazyFrame | None:
    """Return the days on which customers bought: sales above nothing, and starts of contracts."""
    found = []
    if "amount" in data.columns("transactions"):
        found.append(
            data.rows("transactions", "occurred_at", ("amount",))
            .filter(pl.col("amount") > 0)
            .select("customer_id", "day")
        )
    if "started_at" in data.columns("subscriptions"):
        found.append(data.rows("subscriptions", "started_at").select("customer_id", "day"))
    return pl.concat(found).filter(pl.col("customer_id").is_not_null()) if found else None


def _buyers(_: Measure, span: Period, data: Data) -> Counted | None:
    deals = _deals(data)
    if deals is None:
        return None
    who = deals.filter(_within(span)).select("customer_id").unique()
    return Counted(who.with_columns(part=pl.lit(1, pl.Int64)).collect(), _since(deals))


def _new_customers(_: Measure, span: Period, data: Data) -> Counted | None:
    """Count customers by the first purchase or contract that the data know of."""
    deals = _deals(data)
    if deals is None:
        return None
    first = deals.group_by("customer_id").agg(pl.col("day").min()).filter(_within(span))
    # contracts are known from their start, however long ago; purchases only from where the files begin
    bought = data.rows("transactions", "occurred_at", ("amount",)) if "transactions" in data.tables else deals
    return Counted(first.select("customer_id", part=pl.lit(1, pl.Int64)).collect(), _since(bought))


def _new_subscriptions(_: Measure, span: Period, data: Data) -> Counted | None:
    if "started_at" not in data.columns("subscriptions"):
        return None
    rows = data.rows("subscriptions", "started_at")
    starts = rows.filter(_within(span)).group_by("customer_id").agg(part=pl.len().cast(pl.Int64))
    return Counted(starts.collect(), _since(rows))


def _visits(_: Measure, span: Period, data: Data) -> Counted | None:
    if "visits" not in data.tables:
        return None
    rows = data.rows("visits", "occurred_at", since=data.first)
    sums = rows.filter(_within(span)).group_by("customer_id").agg(part=pl.len().cast(pl.Int64))
    days = data.tables["visits"].select(local_day("occurred_at", data.timezone).alias("day"))
    return Counted(sums.collect(), _since(days.filter(pl.col("day") <= data.as_of)))


def _contacts(_: Measure, span: Period, data: Data) -> Counted | None:
    if "measure" not in data.columns("feedback"):
        return None
    rows = within(data.feedback(), span.first, min(span.last, data.as_of), data.timezone)
    contacts = rows.filter(pl.col("measure") == "contact").group_by("customer_id", "touchpoint")
    return Counted(contacts.agg(part=pl.len().cast(pl.Int64)).collect(), _since(data.rows("feedback", "answered_at")))


def _score(measure: Measure, span: Period, data: Data, *, by_touchpoint: bool) -> Counted | None:
    if "measure" not in data.columns("feedback"):
        return None
    last = min(span.last, data.as_of)
    rows = answers(data.feedback(), span.first, last, data.timezone, by_touchpoint=by_touchpoint)
    return Counted(rows.filter(pl.col("measure") == measure.code).select("customer_id", "touchpoint", "score"))


def _churn_rate(_: Measure, span: Period, data: Data) -> Counted | None:
    """Count customers with a contract on the eve of the period, and those of them without any on its last day."""
    if "started_at" not in data.columns("subscriptions"):
        return None
    eve, last = span.first - dt.timedelta(days=1), min(span.last, data.as_of)
    rows = data.rows("subscriptions", "started_at", ("ended_at",))
    known = "ended_at" in data.columns("subscriptions")
    ended = local_day("ended_at", data.timezone) if known else pl.lit(None, pl.Date)

    def held(day: dt.date) -> pl.Expr:
        return ((pl.col("day") <= day) & (ended.is_null() | (ended > day))).any()

    people = rows.group_by("customer_id").agg(held(eve).alias("then"), held(last).alias("now")).filter("then")
    return Counted(
        people.select("customer_id", part=(~pl.col("now")).cast(pl.Int64), base=pl.lit(1, pl.Int64)).collect()
    )


def _permission_share(measure: Measure, _: Period, data: Data) -> Counted | None:
    if "decision" not in data.columns("permissions"):
        return None
    frame = data.tables["permissions"].filter(pl.col("channel") == measure.channel)
    rows = data.read(frame.select("customer_id", "decision"))
    people = rows.group_by("customer_id").agg(part=(pl.col("decision") == "may").all().cast(pl.Int64))
    return Counted(people.with_columns(base=pl.lit(1, pl.Int64)))


def _conversion(span: Period, data: Data, *, by_touchpoint: bool) -> Counted | None:
    """Count customers by their first contact in the period, and those of them who then bought, or began a contract.

    What is paid under a contract converts nobody. Contacts too young for :data:`CONVERSION_DAYS` to be over are left out.
    """
    deals = _deals(data)
    if deals is None or "channel" not in data.columns("touchpoints"):
        return None
    deals = _single_deals(data, deals)
    ripe = data.as_of - dt.timedelta(days=CONVERSION_DAYS)
    key = ["customer_id", *(["touchpoint"] if by_touchpoint else [])]
    touched = (
        data.rows("touchpoints", "occurred_at", ("channel",))
        .filter(_within(span) & (pl.col("day") <= ripe) & pl.col("customer_id").is_not_null())
        .rename({"channel": "touchpoint"})
        .group_by(key)
        .agg(touched=pl.col("day").min())
    )
    after = pl.col("day").is_between(pl.col("touched"), pl.col("touched") + pl.duration(days=CONVERSION_DAYS))
    bought = touched.join(deals, on="customer_id").filter(after).select(key).unique()
    rows = touched.join(bought.with_columns(part=pl.lit(1, pl.Int64)), on=key, how="left", nulls_equal=True)
    return Counted(rows.select(*key, pl.col("part").fill_null(0), base=pl.lit(1, pl.Int64)).collect())


def _single_deals(data: Data, deals: pl.LazyFrame) -> pl.LazyFrame:
    """Leave out the payments of contracts: sales of a product under contract, or of customers with one where products are not noted."""
    if not {"transactions", "subscriptions"} <= data.tables.keys() or "amount" not in data.columns("transactions"):
        return deals
    starts = data.rows("subscriptions", "started_at", ("product",))
    sales = data.rows("transactions", "occurred_at", ("amount", "product")).filter(pl.col("amount") > 0)
    if "product" in data.columns("transactions") and "product" in data.columns("subscriptions"):
        names = starts.select(product=name_of("product")).drop_nulls().unique()
        sales = sales.with_columns(product=name_of("product")).join(names, on="product", how="anti")
    else:
        sales = sales.join(starts.select("customer_id").unique(), on="customer_id", how="anti")
    both = pl.concat([sales.select("customer_id", "day"), starts.select("customer_id", "day")])
    return both.filter(pl.col("customer_id").is_not_null())


_COUNTS: Final[Mapping[str, Callable[[Measure, Period, Data], Counted | None]]] = {
    "revenue": _revenue,
    "buyers": _buyers,
    "new_customers": _new_customers,
    "new_subscriptions": _new_subscriptions,
    "visits": _visits,
    "contacts": _contacts,
    "churn_rate": _churn_rate,
    "permission_share": _permission_share,
}
