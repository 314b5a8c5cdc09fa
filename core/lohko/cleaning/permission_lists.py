"""Opt-out lists and address registers, matched to customers by id, e-mail, phone, or name at an address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from lohko.cleaning.contact_keys import compact_postcode, email_key, parted, phone_keys, points, with_address_keys
from lohko.cleaning.evidence import FLAG_SHIFT, day_of, event_day, numbered, packed
from lohko.cleaning.evidence_grid import ADDRESS_OF, Grid, SharedPoints
from lohko.cleaning.permission_rules import CHANNELS
from lohko.cleaning.registers import screens
from lohko.tables.text import folded
from lohko.tables.types import schema

# How an entry was matched, as a flag of its evidence.
MATCHED_BY = ("customer_id", "email", "phone", "name and address", "an address shared with a customer named")


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What the opt-out lists say.

    Attributes
    ----------
    entries : packed evidence of each customer and channel (rank 1: undated; the latest screening counts)
    bans : ``idx`` and packed ``ban``: entries that name no channel bind all
    screened : channel to the day on which the one of its opt-out registers of outside screened longest ago was last screened
    registers : the words behind the evidence
    unmatched : entries that fit no customer
    """

    entries: Grid
    bans: pl.DataFrame
    screened: dict[str, dt.date]
    registers: list[str]
    unmatched: int


@dataclass(frozen=True, slots=True)
class ListMatches:
    """The opt-out entries that count, and whom they fit.

    Attributes
    ----------
    entries : the columns of ``suppressions``, ``entry`` (number) and ``day`` (of the screening)
    found : ``entry``, ``idx``, ``by`` (number in ``MATCHED_BY``); an entry may fit a customer in several ways
    """

    entries: pl.DataFrame
    found: pl.DataFrame


def list_matches(
    suppressions: pl.LazyFrame,
    ids: pl.DataFrame,
    rows: pl.DataFrame,
    *,
    countries: Sequence[str],
    as_of: dt.date,
    timezone: str,
) -> ListMatches:
    """Match the opt-out entries, as of a day, to the customers.

    Parameters
    ----------
    ids : ``id`` and ``idx``
    rows : ``idx``; ``email``, ``phone``, ``phone_national`` in comparing form; ``first_name``, ``last_name``, ``street``, ``postcode``
    countries : those of the register: a national phone number of a list is read in each of them
    """
    raw = _whole(suppressions.collect(), "suppressions")
    entries = raw.with_columns(day=event_day(pl.col("screened_at"), timezone))
    entries = entries.filter((pl.col("day") <= as_of) | pl.col("day").is_null()).with_row_index("entry")
    entries = with_address_keys(entries)
    # An entry that gives no first name means all of that name at the address.
    entries = entries.with_columns(family=pl.when(pl.col("person").is_null()).then(pl.col("family")))
    addressed = _addressed(rows, entries)
    # One cell may hold several addresses or numbers.
    emails, phones = (pl.concat([entries, parted(entries, kind)]) for kind in ("email", "phone"))
    emails = emails.with_columns(email=email_key(pl.col("email")))
    matches = pl.concat(
        [
            entries.join(ids, left_on="customer_id", right_on="id").select("entry", "idx", by=pl.lit(0)),
            *(
                theirs.join(having, on=key).select("entry", "idx", by=pl.lit(by))
                for theirs, having, key, by in (
                    (emails, points(rows, "email"), "email", 1),
                    (phone_keys(phones, countries), points(rows, "phone"), "phone", 2),
                    (entries, points(addressed, "person"), "person", 3),
                    (entries, points(addressed, "family"), "family", 3),
                )
            ),
        ]
    )
    return ListMatches(entries, matches)


def list_facts(
    told: ListMatches, shared: SharedPoints, *, customers: int, screening_registers: Sequence[str]
) -> ListFacts:
    """Return what the opt-out entries come to.

    An entry that names a customer by id binds their e-mail address and phone number, too, for whoever has them.

    Parameters
    ----------
    shared : the addresses that several customers have
    customers : how many there are, numbered from 0
    screening_registers : names of further registers that count as screening
    """
    entries, matches = told.entries, told.found
    registers = numbered(entries["register"])
    number = {word: i for i, word in enumerate(registers, 1)}
    found = matches.join(entries.select("entry", "channel", "day", "register"), on="entry").with_columns(
        pack=packed(
            pl.col("day").is_null().cast(pl.Int64),
            pl.col("day"),
            # The plainest way of matching is named first.
            len(MATCHED_BY) - 1 - pl.col("by"),
            pl.col("register").replace_strict(number, default=0, return_dtype=pl.Int64),
        )
    )
    channels = {name: i for i, name in enumerate(CHANNELS)}
    numbered_channel = pl.col("channel").replace_strict(channels, default=None, return_dtype=pl.Int64)
    found = found.with_columns(channel=numbered_channel)
    by_channel = Grid(customers, found.filter(pl.col("channel").is_not_null()))
    shared.bind(_named(found, customers), by_channel, (len(MATCHED_BY) - 1) << FLAG_SHIFT)
    bans = found.filter(pl.col("channel").is_null()).group_by("idx").agg(ban=pl.col("pack").max())
    return ListFacts(
        by_channel,
        bans,
        _screened(entries, screening_registers),
        registers,
        entries.height - matches["entry"].n_unique(),
    )


def _named(found: pl.DataFrame, customers: int) -> Grid:
    """Return the entries that name a customer by id: they bind all others who have that customer's e-mail address or phone number."""
    named = found.filter(pl.col("by") == 0)
    addresses = [number for number, name in enumerate(CHANNELS) if name in ADDRESS_OF]
    # An entry without a channel binds every channel of its customer; at an address it binds those that use it.
    every = (
        named.filter(pl.col("channel").is_null())
        .drop("channel")
        .join(pl.DataFrame({"channel": addresses}, schema={"channel": pl.Int64}), how="cross")
    )
    stops = Grid(customers)
    for part in (named.filter(pl.col("channel").is_in(addresses)), every):
        stops.add(part)
    return stops


def _screened(entries: pl.DataFrame, named: Sequence[str]) -> dict[str, dt.date]:
    """Return by channel the last screening of its stalest register, of those of outside that name the channel.

    Where one of them has no date, or there is none, nothing shows that the channel was screened.
    """
    last = entries.filter(pl.col("channel").is_not_null()).group_by("register", "channel").agg(pl.col("day").max())
    found: dict[str, dt.date] = {}
    for name in CHANNELS if last.height else ():
        days = last.filter((pl.col("channel") == name) & screens(pl.col("register"), name, named))["day"]
        if days.len() and not days.null_count():
            found[name] = min(days.to_list())
    return found


def update_matches(
    updates: pl.LazyFrame, ids: pl.DataFrame, rows: pl.DataFrame, *, as_of: dt.date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the registers' entries on deaths and protected addresses that count on a day (``entry``), and whom they fit (``entry``, ``idx``)."""
    raw = _whole(updates.collect(), "address_updates")
    told = raw.filter(
        pl.col("status").is_in(["deceased", "protected"])
        & ((pl.col("valid_from") <= as_of) | pl.col("valid_from").is_null())
    ).with_row_index("entry")
    told = with_address_keys(told)
    addressed = _addressed(rows, told)
    matches = pl.concat(
        [
            told.join(ids, left_on="customer_id", right_on="id").select("entry", "idx"),
            told.join(points(addressed, "person"), on="person").select("entry", "idx"),
        ]
    )
    return told, matches


def register_facts(
    updates: pl.LazyFrame, ids: pl.DataFrame, rows: pl.DataFrame, *, as_of: dt.date
) -> tuple[pl.DataFrame, int]:
    """Return who is deceased or has a protected address, and how many such entries fit no customer.

    Returns
    -------
    DataFrame with ``idx`` and the packed evidence ``deceased_by`` and ``protected_by``; and the number of entries without match
    """
    told, matches = update_matches(updates, ids, rows, as_of=as_of)
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
    if not names.height:
        return with_address_keys(rows.clear())
    pairs = names.select("last_name", "postcode").unique()
    name, code = folded(pl.col("last_name")), compact_postcode()
    pairs = pairs.join(_forms(pairs, "last_name", name), on="last_name").join(
        _forms(pairs, "postcode", code), on="postcode"
    )
    wanted = _forms(rows, "last_name", name).join(pairs, on="last_name_form", how="semi")
    codes = _forms(rows, "postcode", code).join(pairs, on="postcode_form", how="semi")
    # Narrow: no other column is moved for rows that fall out.
    near = rows.select("last_name", "postcode").with_row_index("row").join(wanted, on="last_name")
    near = near.join(codes, on="postcode").join(pairs, on=["last_name_form", "postcode_form"], how="semi")
    return with_address_keys(rows[near["row"]])


def _forms(frame: pl.DataFrame, column: str, form: pl.Expr) -> pl.DataFrame:
    """Return the distinct texts of a column, and each in comparing form (``…_form``)."""
    return frame.select(pl.col(column).unique()).with_columns(form.alias(f"{column}_form"))
