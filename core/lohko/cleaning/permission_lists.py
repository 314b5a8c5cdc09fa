"""Opt-out lists and address registers, matched to customers by id, e-mail, phone, or name at an address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from lohko.cleaning.evidence import day_of, event_day, numbered, packed
from lohko.cleaning.people import address_keys, compact_postcode, email_key, phone_key
from lohko.cleaning.permission_rules import CHANNELS
from lohko.cleaning.text import folded
from lohko.tables.types import schema

# How an entry was matched, as a flag of its evidence.
MATCHED_BY = ("customer_id", "email", "phone", "name and address")


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What the opt-out lists say.

    Attributes
    ----------
    entries : ``key`` (customer and channel) and packed ``list_by`` (rank 1: undated; the latest screening counts)
    bans : ``idx`` and packed ``ban``: entries that name no channel bind all
    screened : channel to the day on which the one of its registers screened longest ago was last screened
    registers : the words behind the evidence
    unmatched : entries that fit no customer
    """

    entries: pl.DataFrame
    bans: pl.DataFrame
    screened: dict[str, dt.date]
    registers: list[str]
    unmatched: int


def list_facts(
    suppressions: pl.LazyFrame,
    ids: pl.DataFrame,
    rows: pl.DataFrame,
    *,
    home: str | None,
    as_of: dt.date,
    timezone: str,
) -> ListFacts:
    """Match the opt-out entries, as of a day, to the customers.

    Parameters
    ----------
    ids : ``id`` and ``idx``
    rows : ``idx``, ``email``, ``phone`` in comparing form; ``first_name``, ``last_name``, ``street``, ``postcode``
    home : the country in which national phone numbers of the lists are read
    """
    raw = _whole(suppressions.collect(), "suppressions")
    entries = raw.with_columns(
        day=event_day(pl.col("screened_at"), raw.schema["screened_at"], timezone),
        email=email_key(pl.col("email")),
        phone=phone_key(pl.col("phone"), pl.lit(home, pl.String)),
    )
    entries = entries.filter((pl.col("day") <= as_of) | pl.col("day").is_null()).with_row_index("entry")
    entries = entries.with_columns(**address_keys())
    # An entry that gives no first name means all of that name at the address.
    entries = entries.with_columns(family=pl.when(pl.col("person").is_null()).then(pl.col("family")))
    addressed = _addressed(rows, entries)
    matches = pl.concat(
        [
            entries.join(ids, left_on="customer_id", right_on="id").select("entry", "idx", by=pl.lit(0)),
            *(
                entries.join(having.select("idx", key).drop_nulls().unique(), on=key).select(
                    "entry", "idx", by=pl.lit(by)
                )
                for having, key, by in (
                    (rows, "email", 1),
                    (rows, "phone", 2),
                    (addressed, "person", 3),
                    (addressed, "family", 3),
                )
            ),
        ]
    )
    registers = numbered(entries["register"])
    number = {word: i for i, word in enumerate(registers, 1)}
    found = matches.join(entries.select("entry", "channel", "day", "register"), on="entry").with_columns(
        list=packed(
            pl.col("day").is_null().cast(pl.Int64),
            pl.col("day"),
            # The plainest way of matching is named first.
            len(MATCHED_BY) - 1 - pl.col("by"),
            pl.col("register").replace_strict(number, default=0, return_dtype=pl.Int64),
        )
    )
    channels = {name: i for i, name in enumerate(CHANNELS)}
    by_channel = (
        found.filter(pl.col("channel").is_not_null())
        .with_columns(
            key=pl.col("idx").cast(pl.Int64) * len(CHANNELS)
            + pl.col("channel").replace_strict(channels, default=None, return_dtype=pl.Int64)
        )
        .group_by("key")
        .agg(list_by=pl.col("list").max())
    )
    bans = found.filter(pl.col("channel").is_null()).group_by("idx").agg(ban=pl.col("list").max())
    return ListFacts(by_channel, bans, _screened(entries), registers, entries.height - matches["entry"].n_unique())


def _screened(entries: pl.DataFrame) -> dict[str, dt.date]:
    """Return by channel the last screening of its stalest register; registers without any date are no screened registers."""
    last = entries.group_by("register", "channel").agg(pl.col("day").max()).drop_nulls("day")
    found = {}
    for name in CHANNELS:
        days = last.filter((pl.col("channel") == name) | pl.col("channel").is_null())["day"].to_list()
        if days:
            found[name] = min(days)
    return found


def register_facts(
    updates: pl.LazyFrame, ids: pl.DataFrame, rows: pl.DataFrame, *, as_of: dt.date
) -> tuple[pl.DataFrame, int]:
    """Return who is deceased or has a protected address, and how many such entries fit no customer.

    Returns
    -------
    DataFrame with ``idx`` and the packed evidence ``deceased_by`` and ``protected_by``; and the number of entries without match
    """
    raw = _whole(updates.collect(), "address_updates")
    told = raw.filter(
        pl.col("status").is_in(["deceased", "protected"])
        & ((pl.col("valid_from") <= as_of) | pl.col("valid_from").is_null())
    ).with_row_index("entry")
    told = told.with_columns(**address_keys())
    addressed = _addressed(rows, told)
    matches = pl.concat(
        [
            told.join(ids, left_on="customer_id", right_on="id").select("entry", "idx"),
            told.join(addressed.select("idx", "person").drop_nulls().unique(), on="person").select("entry", "idx"),
        ]
    )
    pack = packed(pl.lit(1), pl.col("valid_from"), pl.lit(0), pl.lit(0))
    found = (
        matches.join(told.select("entry", "status", "valid_from"), on="entry")
        .group_by("idx")
        .agg(
            deceased_by=pack.filter(pl.col("status") == "deceased").max(),
            protected_by=pack.filter(pl.col("status") == "protected").max(),
        )
    )
    return found, told.height - matches["entry"].n_unique()


def consented_later(entry: pl.Expr, valid: pl.Expr) -> pl.Expr:
    """Return whether a valid consent is dated after the screening that found the entry (an undated entry: never)."""
    return (day_of(valid) > day_of(entry)).fill_null(value=False)


def _whole(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return the frame with all of the contract's columns, those it lacks as nulls."""
    return frame.with_columns(
        pl.lit(None, kind).alias(name) for name, kind in schema(table).items() if name not in frame.columns
    )


def _addressed(rows: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that can match an entry by name and address, with the keys by which they do.

    Folding every street is the dear part, so rows whose last name and postcode no entry has are left out first.
    """
    names = entries.filter(pl.coalesce("person", "family").is_not_null())
    last_names = rows.select(last_name=pl.col("last_name").unique()).with_columns(name=folded(pl.col("last_name")))
    wanted = last_names.join(names.select(name=folded(pl.col("last_name"))).unique(), on="name", how="semi")
    postcodes = rows.select(postcode=pl.col("postcode").unique()).with_columns(code=compact_postcode())
    codes = names.select(code=compact_postcode()).unique()
    near = rows.join(wanted, on="last_name").join(postcodes.join(codes, on="code", how="semi"), on="postcode")
    pairs = names.select(name=folded(pl.col("last_name")), code=compact_postcode()).unique()
    return near.join(pairs, on=["name", "code"], how="semi").with_columns(**address_keys())
