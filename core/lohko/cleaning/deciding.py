"""The facts about all customers, or about one of them, gathered from the tables and put before the rules, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from lohko.cleaning.address_updates import known_statuses
from lohko.cleaning.contact_keys import points
from lohko.cleaning.countries import HomeCountry, home_country, row_country
from lohko.cleaning.evidence_grid import SharedPoints
from lohko.cleaning.frames import taken
from lohko.cleaning.known_ids import KnownIds
from lohko.cleaning.near_ids import with_meant
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.people import merged_rows, people
from lohko.cleaning.permission_events import EventFacts, event_facts
from lohko.cleaning.permission_facts import Decided, Persons, decide, value_number
from lohko.cleaning.permission_lists import ListFacts, ListMatches, list_facts, list_matches, register_facts
from lohko.cleaning.permission_rules import RuleBook
from lohko.outcome import Env


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tables say, before any rule is asked.

    Attributes
    ----------
    one : a row a customer, as ``people`` gives it, with the bans and the registers' word
    persons : the facts that ``one`` comes to
    rows : ``idx`` and the keys of each customer row
    ids : ``id``, ``idx``, ``child``: every id an event may carry
    consents : the events; stops of unknown ids once more for whom they may mean
    assumed : customer rows that name no country
    unmatched : list entries and updates that fit no customer
    """

    one: pl.DataFrame
    persons: Persons
    rows: pl.DataFrame
    ids: pl.DataFrame
    consents: pl.LazyFrame
    events: EventFacts
    lists: ListFacts
    matches: ListMatches
    home: HomeCountry
    assumed: int
    unmatched: int
    book: RuleBook
    params: ConsentsParams
    env: Env

    def decided(self, channel: str) -> Decided:
        """Return the channel's decisions."""
        return decide(
            self.persons, self.events, self.lists, self.book, channel, params=self.params, as_of=self.env.as_of
        )


def gather(
    tables_in: Mapping[str, pl.LazyFrame], params: ConsentsParams, env: Env, book: RuleBook, about: str | None = None
) -> Facts:
    """Return what the tables say as of ``env.as_of``.

    Parameters
    ----------
    about : a ``customer_id``: only they, and those who share an address with them, are looked at; what is said of them is the same
    """
    customers = taken(tables_in, "customers").collect()
    home = home_country(customers, params.country)
    crosswalk = taken(tables_in, "crosswalk").collect()
    former = merged_rows(taken(tables_in, "originals").collect(), crosswalk)
    one, rows = people(customers, home.code, env.as_of, book.age_limits, former)
    ids = _ids(one, crosswalk)
    known = KnownIds(ids["id"])
    stops = pl.col("status").is_in(["withdrawn", "objected"])
    consents = with_meant(taken(tables_in, "consents"), stops, known)
    suppressions = with_meant(taken(tables_in, "suppressions"), pl.lit(value=True), known)
    if about is not None:
        one, rows = _neighbourhood(one, rows, about)
        ids = _ids(one, crosswalk)
        known = KnownIds(ids["id"])
        consents = consents.filter(pl.col("customer_id").is_in(ids["id"].implode()))
    shared = SharedPoints(rows)
    events = event_facts(
        consents,
        ids,
        known,
        shared,
        customers=one.height,
        as_of=env.as_of,
        timezone=env.timezone,
        stale_months=params.stale_limits(),
    )
    named = row_country(customers)
    countries = sorted({*named.unique().drop_nulls(), *([home.code] if home.code else [])})
    matches = list_matches(suppressions, ids, rows, countries=countries, as_of=env.as_of, timezone=env.timezone)
    lists = list_facts(matches, shared, customers=one.height, screening_registers=params.screening_registers)
    updates = known_statuses(taken(tables_in, "address_updates"), customers)
    registers, updates_unmatched = register_facts(updates, ids, rows, as_of=env.as_of)
    numbers = {country: number for number, country in enumerate(book.countries(), 1)}
    one = (
        one.join(lists.bans, on="idx", how="left", maintain_order="left")
        .join(registers, on="idx", how="left", maintain_order="left")
        .with_columns(country=pl.col("country").replace_strict(numbers, default=0, return_dtype=pl.UInt8))
    )
    unmatched = lists.unmatched + updates_unmatched
    return Facts(
        one,
        Persons(one, book),
        rows,
        ids,
        consents,
        events,
        lists,
        matches,
        home,
        named.null_count(),
        unmatched,
        book,
        params,
        env,
    )


def _neighbourhood(one: pl.DataFrame, rows: pl.DataFrame, about: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the frames of ``people`` with one customer and those who share an e-mail address or phone number, numbered anew."""
    own = one.filter(pl.col("customer_id") == about)["idx"]
    near = [own]
    for kind in ("email", "phone"):
        having = points(rows, kind)
        mine = having.filter(pl.col("idx").is_in(own.implode())).select(kind)
        near.append(having.join(mine, on=kind, how="semi")["idx"])
    kept = pl.concat(near).unique().sort().to_frame("idx").with_row_index("number")
    kept = kept.with_columns(number=pl.col("number").cast(one.schema["idx"]))

    def numbered(frame: pl.DataFrame) -> pl.DataFrame:
        joined = frame.join(kept, on="idx").with_columns(idx="number")
        return joined.drop("number").sort("idx")

    return numbered(one), numbered(rows)


def _ids(one: pl.DataFrame, crosswalk: pl.DataFrame) -> pl.DataFrame:
    """Return ``id``, ``idx`` and ``child`` of every id an event may carry: the customers' own, and those merged into them."""
    own = one.select(id="customer_id", idx="idx", child=pl.col("age") == value_number("age", "child"))
    merged = (
        crosswalk.select(id="source_customer_id", customer_id="customer_id")
        .unique()
        .join(own, on="id", how="anti")
        .join(own.rename({"id": "customer_id"}), on="customer_id")
    )
    return pl.concat([own, merged.select(own.columns)])
