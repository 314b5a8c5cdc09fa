"""The rows that speak of one customer's permissions: events, list entries, registers; and which of them a decision rests on."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from lohko.cleaning.address_updates import known_statuses
from lohko.cleaning.contact_keys import points
from lohko.cleaning.deciding import Facts
from lohko.cleaning.event_reading import KINDS, OWN, read_events, source_numbers
from lohko.cleaning.evidence import FLAG_SHIFT, day_of, text_of
from lohko.cleaning.evidence_grid import ADDRESS_OF
from lohko.cleaning.frames import taken
from lohko.cleaning.known_ids import KnownIds
from lohko.cleaning.permission_events import muted
from lohko.cleaning.permission_lists import MATCHED_BY, update_matches
from lohko.cleaning.permission_rules import Rule
from lohko.views.customer.masking import HIDDEN

#: What of an event is told, in this order.
EVENT = (
    "recorded_at", "status", "basis", "source", "wording", "purpose", "method", "double_opt_in_at", "told_at_sale", "similar_products",
    "opt_out_offered", "effective_from", "expires_at", "guardian",
)  # fmt: skip
Row = dict[str, Any]
_SHARED = len(MATCHED_BY) - 1  # the number of the way: by an address shared with a customer named


@dataclass(frozen=True, slots=True)
class Evidence:
    """The rows that speak of a customer, and how the step read them.

    Attributes
    ----------
    idx : the customer's number among ``facts``
    events : the columns of ``EVENT`` that are there, ``customer_id``, ``channel``, ``idx``, ``event`` (number); ``kind`` and ``pack`` as the
        step read it (null: not counted)
    lists : register, channel, screened_at, matched_by
    updates : status, valid_from
    sharing : ``email`` and ``phone`` to the numbers of those who have that address too
    """

    facts: Facts
    idx: int
    events: pl.DataFrame
    lists: tuple[Row, ...]
    updates: tuple[Row, ...]
    sharing: Mapping[str, Collection[int]]
    show_values: bool

    @classmethod
    def of(cls, tables: Mapping[str, pl.LazyFrame], facts: Facts, customer: str, *, show_values: bool) -> Evidence:
        """Return the evidence about a customer, among the ``facts`` gathered about them."""
        idx = facts.one["customer_id"].index_of(customer)
        assert idx is not None
        sharing = {kind: _sharing(facts.rows, idx, kind) for kind in ("email", "phone")}
        events = _events(facts.consents, facts)
        return cls(
            facts, idx, events, _lists(facts, idx, sharing), _updates(tables, facts, idx), sharing, show_values
        )  # fmt: skip

    def history(self, channel: str) -> tuple[Row, ...]:
        """Return the channel's events, oldest first: the customer's own, and the stops of those who share its address."""
        mine = self.events.filter((pl.col("channel") == channel) & (self._own() | self._stop_of_another(channel)))
        return tuple(
            self._told(row) | {"counted": row["pack"] is not None}
            for row in mine.sort("recorded_at", "event", nulls_last=True).iter_rows(named=True)
        )

    def behind(self, rule: Rule, channel: str, value: int) -> tuple[Row, ...]:
        """Return the rows on which a decision by the rule rests.

        Parameters
        ----------
        value : the packed evidence, as ``decide`` gives it
        """
        if rule.evidence in ("stop", "grant", "soft", "company", "unread"):
            pack = pl.col("pack")
            mute = pl.lit(rule.evidence == "unread") & (pl.col("kind") == "soft") & (muted(pack) == value)
            another = self._stop_of_another(channel) & (pack - (OWN << FLAG_SHIFT) == value)
            found = self.events.filter(
                (pl.col("channel") == channel) & ((self._own() & ((pack == value) | mute)) | another)
            )
            return tuple({"table": "consents", **self._told(row)} for row in found.iter_rows(named=True))
        day = pl.select(day_of(pl.lit(value))).item()
        if rule.evidence == "list":
            register = pl.select(text_of(pl.lit(value), self.facts.lists.registers)).item()
            return tuple(
                {"table": "suppressions", **entry}
                for entry in self.lists
                if (entry["register"], entry["screened_at"]) == (register, day)
                and (rule.reason == "total_ban") == (entry["channel"] is None and entry["matched_by"] != MATCHED_BY[-1])
                and entry["channel"] in (None, channel)
            )
        if rule.evidence == "update":
            status = "deceased" if rule.reason == "deceased" else "protected"
            return tuple(
                {"table": "address_updates", **u}
                for u in self.updates
                if (u["status"], u["valid_from"]) == (status, day)
            )
        return ()

    def readable(self, decision: Mapping[str, str]) -> dict[str, str]:
        """Return a decision as it may be told: a source may hold somebody's address, and the words of the evidence repeat it."""
        words = decision["evidence"]
        return {**decision, "evidence": words if self.show_values else re.sub(r"\S+@\S+", HIDDEN, words)}

    def _own(self) -> pl.Expr:
        return pl.col("idx") == self.idx

    def _stop_of_another(self, channel: str) -> pl.Expr:
        near = self.sharing[ADDRESS_OF[channel]] if channel in ADDRESS_OF else ()
        return pl.col("idx").is_in(list(near)) & (pl.col("kind") == "stop_by").fill_null(value=False)

    def _told(self, row: Mapping[str, Any]) -> Row:
        """Return an event as it may be told: of another customer only that they gave it."""
        found = {name: row[name] for name in EVENT if row.get(name) is not None}
        if not self.show_values:
            found = {k: HIDDEN if k == "guardian" or (isinstance(v, str) and "@" in v) else v for k, v in found.items()}
        if row["idx"] != self.idx:
            return {name: found[name] for name in ("recorded_at", "status", "source") if name in found} | {
                "given_by": "another customer with the same address"
            }
        return {"customer_id": row["customer_id"], **found}


def _events(consents: pl.LazyFrame, facts: Facts) -> pl.DataFrame:
    raw = consents.filter(pl.col("customer_id").is_in(facts.ids["id"].implode())).collect()
    if "recorded_at" not in raw.columns:
        raw = raw.with_columns(recorded_at=pl.lit(None, pl.Datetime("us", "UTC")))
    raw = raw.sort(raw.columns, nulls_last=True).with_row_index("event")
    kinds = dict(enumerate(KINDS))
    env = facts.env
    read = read_events(
        raw.lazy(),
        facts.ids,
        KnownIds(facts.ids["id"]),
        source_numbers(raw.lazy())[1],
        as_of=env.as_of,
        timezone=env.timezone,
        stale_months=facts.params.stale_limits(),
        keep=("event",),
    ).select("event", pl.col("kind").replace_strict(kinds, default=None, return_dtype=pl.String), "pack")
    whose = facts.ids.select("idx", customer_id="id")
    return raw.join(whose, on="customer_id", how="left", maintain_order="left").join(
        read, on="event", how="left", maintain_order="left"
    )


def _sharing(rows: pl.DataFrame, idx: int, kind: str) -> list[int]:
    having = points(rows, kind)
    mine = having.filter(pl.col("idx") == idx).select(kind)
    return having.join(mine, on=kind, how="semi").filter(pl.col("idx") != idx)["idx"].unique().sort().to_list()


def _lists(facts: Facts, idx: int, sharing: Mapping[str, Collection[int]]) -> tuple[Row, ...]:
    """Return the list entries that bind the customer, each with the plainest way in which it was matched."""
    entries, found = facts.matches.entries, facts.matches.found
    both = entries.select("entry", "register", "channel", screened_at="day").join(found, on="entry")
    near = {name: list(sharing[kind]) for name, kind in ADDRESS_OF.items()}
    every = sorted({number for numbers in sharing.values() for number in numbers})
    named = pl.col("channel").is_null() & pl.col("idx").is_in(every)
    for name, numbers in near.items():
        named = named | ((pl.col("channel") == name) & pl.col("idx").is_in(numbers)).fill_null(value=False)
    shared = both.filter((pl.col("by") == 0) & named).with_columns(by=pl.lit(_SHARED, both.schema["by"]))
    mine = pl.concat([both.filter(pl.col("idx") == idx), shared])
    told = mine.group_by("entry", "register", "channel", "screened_at").agg(pl.col("by").min())
    told = told.select("screened_at", "register", "channel", "by").unique().sort(pl.all(), nulls_last=True)
    return tuple(
        {**{k: row[k] for k in ("register", "channel", "screened_at")}, "matched_by": MATCHED_BY[row["by"]]}
        for row in told.iter_rows(named=True)
    )


def _updates(tables: Mapping[str, pl.LazyFrame], facts: Facts, idx: int) -> tuple[Row, ...]:
    known = known_statuses(taken(tables, "address_updates"), taken(tables, "customers").collect())
    entries, found = update_matches(known, facts.ids, facts.rows, as_of=facts.env.as_of)
    mine = entries.join(found.filter(pl.col("idx") == idx).select("entry").unique(), on="entry")
    return tuple(mine.select("status", "valid_from").unique().sort(pl.all(), nulls_last=True).to_dicts())
