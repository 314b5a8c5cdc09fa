"""Consent events, boiled down to what the rules ask of each customer and channel: the stop, the grants, the exceptions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from lohko.cleaning.contact_keys import points
from lohko.cleaning.evidence import FLAG_SHIFT, day_of, event_day, flags_of, numbered, packed
from lohko.cleaning.permission_rules import CHANNELS, FACTS
from lohko.cleaning.text import tidied

# Ranks of grants on consent, by their proof. Only the first is in force; the rest tell what is missing.
GRADES = FACTS["consent"]
VALID = GRADES.index("valid")
# Flags of a grant without proof, of a soft opt-in with gaps, and of a stop.
MISSING_PROOF = {"time": 1, "source": 2, "wording": 4, "active_act": 8}
MISSING_SOFT = {"told_at_sale": 1, "similar_products": 2, "opt_out_offered": 4, "status": 8}
OBJECTED, OWN = 1, 2
# Whoever answers at an address stops that channel for it.
ADDRESS_OF = {"email": "email", "sms": "phone", "phone": "phone", "robocall": "phone"}


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What the events come to.

    Attributes
    ----------
    facts : one row a customer and channel with events, or with a neighbour's stop: ``key`` (``idx * channels + channel``),
        ``stop_state`` (number of the fact ``stop``) and the packed evidence ``stop_by``, ``valid``, ``weak`` (best grant below valid), ``soft``, ``company``;
        ``unread`` and ``unread_sale`` (the last status that could not be read; of a sale)
    sources : the words behind the evidence
    unknown_customers : events of customers that the register does not have
    """

    facts: pl.DataFrame
    sources: list[str]
    unknown_customers: int


def channel_key(idx: pl.Expr, channel: pl.Expr) -> pl.Expr:
    """Return customer and channel as one number."""
    numbers = {name: i for i, name in enumerate(CHANNELS)}
    return idx.cast(pl.Int64) * len(CHANNELS) + channel.replace_strict(numbers, default=None, return_dtype=pl.Int64)


def event_facts(
    consents: pl.LazyFrame,
    ids: pl.DataFrame,
    rows: pl.DataFrame,
    children: pl.Series,
    *,
    as_of: dt.date,
    timezone: str,
    stale_months: int,
) -> EventFacts:
    """Return what the consent events come to as of a day.

    Parameters
    ----------
    ids : ``id`` and ``idx``: every id an event may carry, and the customer it is now
    rows : ``idx``, ``email``, ``phone``, ``phone_national`` of the customer rows
    children : ``idx`` of customers under their country's age of consent: grants that name no guardian do not count
    """
    schema = consents.collect_schema()

    def column(name: str, kind: pl.DataType | None = None) -> pl.Expr:
        return pl.col(name) if name in schema else pl.lit(None, kind or pl.String())

    def day(name: str) -> pl.Expr:
        return event_day(column(name), schema.get(name), timezone)

    def told(name: str) -> pl.Expr:
        return column(name).cast(pl.String).str.contains(r"\S").fill_null(value=False)

    raw = consents.select(raw=column("source").unique()).collect().with_columns(word=tidied(pl.col("raw")))
    sources = numbered(raw["word"])
    place = {word: i for i, word in enumerate(sources, 1)}
    number = {text: place[word] for text, word in raw.drop_nulls().iter_rows()}
    confirmed = day("double_opt_in_at")
    prepared = (
        consents.select(
            id=pl.col("customer_id"),
            channel=pl.col("channel"),
            status=pl.col("status"),
            basis=column("basis").fill_null("consent"),
            day=day("recorded_at"),
            source=column("source").replace_strict(number, default=0, return_dtype=pl.Int64),
            has_source=told("source"),
            has_wording=told("wording"),
            purpose=told("purpose"),
            pre_ticked=(column("method") == "pre_ticked").fill_null(value=False),
            active=(column("method") == "active").fill_null(value=False) | (confirmed <= as_of).fill_null(value=False),
            renewed=pl.max_horizontal(day("recorded_at"), pl.when(confirmed <= as_of).then(confirmed)),
            expired=(day("expires_at") < as_of).fill_null(value=False),
            guardian=told("guardian"),
            **{name: column(name, pl.Boolean()).cast(pl.Boolean) for name in MISSING_SOFT if name != "status"},
        )
        .filter((pl.col("day") <= as_of) | pl.col("day").is_null())
        .join(ids.lazy(), on="id", how="left")
        .with_columns(key=channel_key(pl.col("idx"), pl.col("channel")))
    )
    child = pl.col("idx").is_in(children.implode()) & (pl.col("status") == "granted") & ~pl.col("guardian")
    counted = prepared.filter(~child.fill_null(value=False)) if children.len() else prepared
    packs = counted.select(
        pl.col("key"),
        pl.col("day"),
        pl.col("status"),
        consent=pl.col("basis") == "consent",
        stop=pl.when(pl.col("status").is_in(["withdrawn", "objected"])).then(_stop_pack()),
        grant=pl.when((pl.col("status") == "granted") & (pl.col("basis") == "consent")).then(
            _grant_pack(as_of, stale_months)
        ),
        soft=pl.when(pl.col("status").is_in(["granted", "unknown"]) & (pl.col("basis") == "existing_customer")).then(
            _soft_pack()
        ),
        company=pl.when((pl.col("status") == "granted") & (pl.col("basis") == "company")).then(
            packed(pl.lit(1), pl.col("day"), pl.lit(0), pl.col("source"))
        ),
        # What could not be read may have been a stop. A sale has no status of its own, so it is held against sales only.
        unread=pl.when((pl.col("status") == "unknown") & (pl.col("basis") != "existing_customer")).then(_unread_pack()),
        unread_sale=pl.when((pl.col("status") == "unknown") & (pl.col("basis") == "existing_customer")).then(
            _unread_pack()
        ),
    )
    is_valid = pl.col("grant") >= packed(pl.lit(VALID), pl.lit(None, pl.Date), pl.lit(0), pl.lit(0))
    granted = pl.col("grant").is_not_null()
    facts = (
        packs.select(
            "key",
            "stop",
            "soft",
            "company",
            "unread",
            "unread_sale",
            valid=pl.when(is_valid).then("grant"),
            weak=pl.when(~is_valid).then("grant"),
            last_grant=pl.when(granted).then("day"),
            undated_grant=granted & pl.col("day").is_null(),
            granted=granted,
        )
        .group_by("key")
        .agg(pl.all().max())
        .collect()
    )
    unknown = facts.filter(pl.col("key").is_null()).height
    lost = counted.filter(pl.col("idx").is_null()).select(pl.len()).collect().item() if unknown else 0
    facts = _with_neighbours(facts.filter(pl.col("key").is_not_null()), rows)
    return EventFacts(facts.with_columns(stop_state=_stop_state()).rename({"stop": "stop_by"}), sources, int(lost))


def _stop_pack() -> pl.Expr:
    undated = pl.col("day").is_null().cast(pl.Int64)
    objected = (pl.col("status") == "objected").cast(pl.Int64) * OBJECTED
    return packed(undated, pl.col("day"), objected + OWN, pl.col("source"))


def _unread_pack() -> pl.Expr:
    return packed(pl.col("day").is_null().cast(pl.Int64), pl.col("day"), pl.lit(0), pl.col("source"))


def _grant_pack(as_of: dt.date, stale_months: int) -> pl.Expr:
    missing = (
        pl.col("day").is_null().cast(pl.Int64) * MISSING_PROOF["time"]
        + (~pl.col("has_source")).cast(pl.Int64) * MISSING_PROOF["source"]
        + (~pl.col("has_wording")).cast(pl.Int64) * MISSING_PROOF["wording"]
        + (~pl.col("active")).cast(pl.Int64) * MISSING_PROOF["active_act"]
    )
    stale_before = pl.lit(as_of).dt.offset_by(f"-{stale_months}mo")
    grade = (
        pl.when("pre_ticked")
        .then(GRADES.index("pre_ticked"))
        .when(missing > 0)
        .then(GRADES.index("no_evidence"))
        .when("expired")
        .then(GRADES.index("expired"))
        .when(pl.col("renewed") < stale_before)
        .then(GRADES.index("stale"))
        .otherwise(VALID)
    )
    # A valid consent keeps whether it names a purpose, the others what they lack.
    flags = pl.when(grade == VALID).then(pl.col("purpose").cast(pl.Int64)).otherwise(missing)
    return packed(grade, pl.col("day"), flags, pl.col("source"))


def _soft_pack() -> pl.Expr:
    gaps = (pl.col("status") != "granted").cast(pl.Int64) * MISSING_SOFT["status"]
    for name, bit in MISSING_SOFT.items():
        if name != "status":
            gaps = gaps + (~pl.col(name).fill_null(value=False)).cast(pl.Int64) * bit
    complete = pl.when(gaps == 0).then(2).otherwise(1)
    return packed(complete, pl.col("day"), gaps, pl.col("source"))


def _with_neighbours(facts: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the facts with every stop given for an address bound to all customers who have that address."""
    stops = facts.filter(pl.col("stop").is_not_null()).select(
        idx=(pl.col("key") // len(CHANNELS)).cast(pl.UInt32), channel=pl.col("key") % len(CHANNELS), stop="stop"
    )
    if not stops.height:
        return facts
    theirs = (
        neighbours(stops, rows)
        .select(
            key=pl.col("idx").cast(pl.Int64) * len(CHANNELS) + pl.col("channel"),
            neighbour=pl.col("stop") - (OWN << FLAG_SHIFT),
        )
        .group_by("key")
        .agg(pl.col("neighbour").max())
    )
    return (
        facts.join(theirs, on="key", how="full", coalesce=True)
        .with_columns(stop=pl.max_horizontal("stop", "neighbour"))
        .with_columns(pl.col("undated_grant", "granted").fill_null(value=False))
        .drop("neighbour")
    )


def neighbours(stops: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the stops (``idx``, number of the ``channel``, packed ``stop``) for everyone at the address that each was given for."""
    bound = [stops.clear()]
    for kind in ("email", "phone"):
        channels = [i for i, name in enumerate(CHANNELS) if ADDRESS_OF.get(name) == kind]
        having = points(rows, kind)
        shared = having.filter(pl.len().over(kind) > 1)
        theirs = stops.filter(pl.col("channel").is_in(channels)).join(shared, on="idx")
        at_address = theirs.group_by(kind, "channel").agg(pl.col("stop").max())
        bound.append(shared.join(at_address, on=kind).select(stops.columns))
    return pl.concat(bound)


def _stop_state() -> pl.Expr:
    """Return how the stops and the later grants stand to each other; on one day, or without dates, the stop wins."""
    stop_day, dated = day_of(pl.col("stop")), day_of(pl.col("stop")).is_not_null()
    later = dated & (pl.col("last_grant") > stop_day).fill_null(value=False)
    valid_later = later & (day_of(pl.col("valid")) > stop_day).fill_null(value=False)
    conflict = (
        pl.col("undated_grant")
        | (pl.col("granted") & ~dated)
        | (pl.col("last_grant") == stop_day).fill_null(value=False)
    )
    objected = flags_of(pl.col("stop")) % 2 == OBJECTED
    number = {name: pl.lit(i, pl.UInt8) for i, name in enumerate(FACTS["stop"])}
    return (
        pl.when(pl.col("stop").is_null())
        .then(number["none"])
        .when(valid_later)
        .then(number["lifted_by_consent"])
        .when(later)
        .then(number["lifted"])
        .when(conflict)
        .then(number["conflict"])
        .when(objected)
        .then(number["objected"])
        .otherwise(number["withdrawn"])
    )
