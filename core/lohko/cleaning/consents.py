"""The step ``consents``: for every customer and channel what may be sent, why, and on what evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from lohko.cleaning.countries import HomeCountry, home_country
from lohko.cleaning.evidence import flags_of, rank_of
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.people import people
from lohko.cleaning.permission_events import GRADES, VALID, EventFacts, event_facts
from lohko.cleaning.permission_gaps import gap_figures, gap_findings
from lohko.cleaning.permission_lists import ListFacts, consented_later, list_facts, register_facts
from lohko.cleaning.permission_rules import CHANNELS, FACTS, RuleBook, rule_book
from lohko.cleaning.permission_words import evidence_text, evidence_values
from lohko.cleaning.recipients import RECIPIENTS
from lohko.outcome import Env, Finding, StepResult
from lohko.parameters import Params
from lohko.tables import tables
from lohko.tables.types import empty, schema

_ROLE, _NAMED = RECIPIENTS.index("business_role_address"), RECIPIENTS.index("named_business_person")


def consents(tables_in: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Decide for every customer and channel, by the ordered rules of the package; what no rule allows is not allowed.

    Events, list entries and register updates after ``env.as_of`` do not count. A withdrawal or objection that is later
    than every grant, on the same day, or undated, wins. Stops given for an e-mail address or phone number bind it for
    every customer who has it. Events of merged customers count for the surviving one.

    Returns
    -------
    StepResult with ``permissions``, one row a customer and channel, sorted by both; figures ``decisions`` and ``reasons``
    (channel to counts), ``missing`` (channel to what evidence is lacking, in customers), ``screened``, ``home_country``,
    ``rules`` (version).
    """
    assert isinstance(params, ConsentsParams)
    book = rule_book()
    customers = tables_in["customers"].collect()
    home = home_country(customers, params.country)
    one, rows = people(customers, home.code, env.as_of, book.age_limits)
    ids = _ids(one, tables_in.get("crosswalk"))
    children = one.filter(pl.col("age") == "child")["idx"]
    events = event_facts(
        tables_in.get("consents", empty("consents").lazy()),
        ids,
        rows,
        children,
        as_of=env.as_of,
        timezone=env.timezone,
        stale_months=params.stale_months,
    )
    lists = list_facts(
        tables_in.get("suppressions", _none("suppressions")),
        ids,
        rows,
        home=home.code,
        as_of=env.as_of,
        timezone=env.timezone,
    )
    registers, updates_unmatched = register_facts(
        tables_in.get("address_updates", _none("address_updates")), ids, rows, as_of=env.as_of
    )
    one = (
        one.join(lists.bans, on="idx", how="left", maintain_order="left")
        .join(registers, on="idx", how="left", maintain_order="left")
        .with_columns(country=pl.when(pl.col("country").is_in(book.countries())).then(pl.col("country")))
    )
    decided: list[pl.DataFrame] = []
    figures: dict[str, Any] = {"decisions": {}, "reasons": {}, "missing": {}}
    for number, channel in enumerate(CHANNELS):
        env.progress("permissions", number, len(CHANNELS))
        facts = _facts(one, events, lists, channel, number, params, env.as_of)
        cases = _decide(facts, book, channel)
        figures["decisions"][channel] = _counts(cases, "decision")
        figures["reasons"][channel] = _counts(cases, "reason")
        figures["missing"][channel] = gap_figures(cases)
        words = evidence_text(evidence_values(cases), events.sources, lists, channel)
        decided.append(cases.select("customer_id", "decision", "reason", evidence=words))
    permissions = _interleaved(decided, env.as_of)
    figures["screened"] = {name: day.isoformat() for name, day in lists.screened.items()}
    figures["home_country"] = {"country": home.code, "shown_by": home.shown_by}
    figures["rules"] = book.version
    return StepResult(
        tables={"permissions": permissions},
        findings=(
            *_findings(events, lists, updates_unmatched, home, one),
            *gap_findings(figures["missing"]),
        ),
        figures=figures,
    )


def _none(table: str) -> pl.LazyFrame:
    return pl.LazyFrame(schema=schema(table))


def _ids(one: pl.DataFrame, crosswalk: pl.LazyFrame | None) -> pl.DataFrame:
    """Return ``id`` and ``idx`` of every id an event may carry: the customers' own, and those merged into them."""
    own = one.select(id="customer_id", idx="idx")
    if crosswalk is None:
        return own
    merged = (
        crosswalk.select(id="source_customer_id", customer_id="customer_id")
        .unique()
        .collect()
        .join(own, on="id", how="anti")
        .join(one.select("customer_id", "idx"), on="customer_id")
    )
    return pl.concat([own, merged.select("id", "idx")])


def _facts(
    one: pl.DataFrame,
    events: EventFacts,
    lists: ListFacts,
    channel: str,
    number: int,
    params: ConsentsParams,
    as_of: dt.date,
) -> pl.DataFrame:
    """Return one row a customer, in ``one``'s order, with every fact of the rules and the evidence behind them."""

    def of_channel(frame: pl.DataFrame) -> pl.DataFrame:
        mine = frame.filter(pl.col("key") % len(CHANNELS) == number)
        return mine.with_columns(idx=(pl.col("key") // len(CHANNELS)).cast(pl.UInt32)).drop("key")

    joined = one.join(of_channel(events.facts), on="idx", how="left", maintain_order="left").join(
        of_channel(lists.entries), on="idx", how="left", maintain_order="left"
    )
    valid = pl.col("valid").is_not_null() & pl.col("stop_state").is_in(["none", "lifted_by_consent"])
    grade = rank_of(pl.col("weak"))
    screened = lists.screened.get(channel)
    fresh = screened is not None and (as_of - screened).days <= params.screening_days
    recipient = pl.col("recipient")
    if channel != "email":
        # A role address speaks for mail only: whose number stands beside it is not known.
        recipient = pl.when(recipient == _ROLE).then(pl.lit(_NAMED, pl.Int8)).otherwise(recipient)
    joined = joined.with_columns(
        recipient=recipient.replace_strict(list(range(len(RECIPIENTS))), list(RECIPIENTS), return_dtype=pl.String),
        stop_state=pl.col("stop_state").fill_null("none"),
        has_consent=valid.fill_null(value=False),
    )
    yes = {True: "yes", False: "no"}
    has_consent = pl.col("has_consent")
    return joined.with_columns(
        deceased=_yes(pl.col("deceased").is_not_null()),
        deceased_by="deceased",
        total_ban=_yes(pl.col("ban").is_not_null()),
        protected_address=_yes(pl.col("protected").is_not_null()),
        stop_by="stop",
        stop="stop_state",
        list_by="list",
        listed=pl.when(pl.col("list").is_null())
        .then(pl.lit("none"))
        .when(has_consent & consented_later(pl.col("list"), pl.col("valid")))
        .then(pl.lit("consented_later"))
        .otherwise(pl.lit("listed")),
        guardian=_yes(pl.col("granted").fill_null(value=False) & (pl.col("age") == "child")),
        contact_point=_contact(channel).replace_strict(yes, default="unknown", return_dtype=pl.String),
        consent=pl.when(has_consent)
        .then(pl.lit("valid"))
        .otherwise(grade.fill_null(0).replace_strict(list(range(VALID)), ["none", *GRADES[1:VALID]])),
        purpose=_yes(has_consent & (flags_of(pl.col("valid")) == 1).fill_null(value=False)),
        soft_opt_in=rank_of(pl.col("soft")).fill_null(0).replace_strict([0, 1, 2], ["none", "incomplete", "complete"]),
        company_basis=_yes(pl.col("company").is_not_null()),
        screening=pl.lit("missing" if screened is None else "fresh" if fresh else "old"),
        source_known=_yes(pl.col("source_known")),
        campaign=pl.lit("mobile_subscriptions" if params.mobile_subscriptions else "any"),
        b2b_named=pl.lit(params.b2b_named),
    )


def _yes(condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(pl.lit("yes")).otherwise(pl.lit("no"))


def _contact(channel: str) -> pl.Expr:
    """Return whether there is something to send to (null: the register has no such column, or keeps it elsewhere)."""
    if channel == "email":
        return pl.col("has_email")
    if channel == "post":
        return pl.col("has_post")
    if channel in ("phone", "sms", "robocall"):
        return pl.col("has_phone")
    if channel == "ad_audience":
        return pl.col("has_email") | pl.col("has_phone")
    return pl.lit(None, pl.Boolean)


def _decide(facts: pl.DataFrame, book: RuleBook, channel: str) -> pl.DataFrame:
    """Return the facts with ``rule``, ``decision``, ``reason`` and ``rests_on``: judged once a distinct case."""
    names = ["country", "recipient", *FACTS]
    distinct = facts.select(names).unique()
    cases = pl.concat([distinct, book.decide(distinct, channel)], how="horizontal")
    numbers = list(range(len(book.rules)))
    told = {
        "decision": [rule.decision for rule in book.rules],
        "reason": [rule.reason for rule in book.rules],
        "rests_on": [rule.evidence for rule in book.rules],
    }
    cases = cases.with_columns(
        pl.col("rule").replace_strict(numbers, values, return_dtype=pl.String).alias(name)
        for name, values in told.items()
    )
    return facts.join(cases, on=names, how="left", nulls_equal=True, maintain_order="left")


def _counts(cases: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(sorted(cases[column].value_counts(sort=False).iter_rows()))


def _interleaved(by_channel: list[pl.DataFrame], as_of: dt.date) -> pl.DataFrame:
    """Return the channels' rows sorted by customer and channel: each part holds the same customers in the same order."""
    height = by_channel[0].height
    tagged = [
        part.select("customer_id", pl.lit(name).alias("channel"), "decision", "reason", "evidence")
        for name, part in zip(CHANNELS, by_channel, strict=True)
    ]
    order = np.arange(height * len(CHANNELS)).reshape(len(CHANNELS), height).T.ravel()
    names = [c.name for c in tables()["permissions"].columns]
    return pl.concat(tagged)[order].with_columns(as_of=pl.lit(as_of)).select(names)


def _findings(
    events: EventFacts, lists: ListFacts, updates_unmatched: int, home: HomeCountry, one: pl.DataFrame
) -> list[Finding]:
    found = []
    if home.code and home.shown_by not in ("parameter", "nothing"):
        found.append(Finding("permissions_home_country", {"country": home.code, "shown_by": home.shown_by}))
    unknown = one.filter(pl.col("country").is_null()).height
    if unknown:
        found.append(Finding("permissions_no_country_rules", {"count": unknown}, "warning"))
    if events.unknown_customers:
        found.append(Finding("consents_unknown_customer", {"count": events.unknown_customers}, "warning"))
    unmatched = lists.unmatched + updates_unmatched
    if unmatched:
        found.append(Finding("opt_outs_unmatched", {"count": unmatched}))
    return found
