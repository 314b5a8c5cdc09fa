"""The step ``consents``: for every customer and channel what may be sent, why, and on what evidence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import polars as pl

from lohko.cleaning.address_updates import known_statuses
from lohko.cleaning.countries import HomeCountry, home_country, row_country
from lohko.cleaning.evidence_grid import SharedPoints
from lohko.cleaning.frames import taken
from lohko.cleaning.own_rules import with_own_rules
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.people import merged_rows, people
from lohko.cleaning.permission_events import EventFacts, event_facts
from lohko.cleaning.permission_facts import channel_facts, decide, own_decided, value_number
from lohko.cleaning.permission_gaps import gap_figures, gap_findings
from lohko.cleaning.permission_lists import list_facts, register_facts
from lohko.cleaning.permission_rules import CHANNELS, RuleBook, rule_book
from lohko.cleaning.permission_table import Made
from lohko.cleaning.permission_words import evidence_text
from lohko.outcome import Env, Finding, StepResult
from lohko.parameters import Params


def consents(tables_in: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Decide for every customer and channel, by the ordered rules of the package; what no rule allows is not allowed.

    Events, list entries and register updates after ``env.as_of`` do not count. A withdrawal or objection that is later
    than every grant, on the same day, or undated, wins. Stops given for an e-mail address or phone number bind it for
    every customer who has it. Events of merged customers count for the surviving one.

    Returns
    -------
    StepResult with ``permissions``, one row a customer and channel, sorted by both; figures ``decisions`` and ``reasons``
    (channel to counts), ``missing`` (channel to what evidence is lacking, in customers), ``screened``, ``home_country``,
    ``rules`` (version); and the file ``consent_rules.json``, the rules as they were asked.
    """
    assert isinstance(params, ConsentsParams)
    book = rule_book()
    if "rules" in env.given:
        book = with_own_rules(book, env.given["rules"].name, env.given["rules"].data)
    customers = taken(tables_in, "customers").collect()
    home = home_country(customers, params.country)
    crosswalk = taken(tables_in, "crosswalk").collect()
    former = merged_rows(taken(tables_in, "originals").collect(), crosswalk)
    one, rows = people(customers, home.code, env.as_of, book.age_limits, former)
    ids = _ids(one, crosswalk)
    shared = SharedPoints(rows)
    events = event_facts(
        taken(tables_in, "consents"),
        ids,
        shared,
        customers=one.height,
        as_of=env.as_of,
        timezone=env.timezone,
        stale_months=dict.fromkeys(CHANNELS, params.stale_months) | params.stale_by_channel(),
    )
    countries = sorted({*row_country(customers).drop_nulls(), *([home.code] if home.code else [])})
    lists = list_facts(
        taken(tables_in, "suppressions"),
        ids,
        rows,
        shared,
        customers=one.height,
        countries=countries,
        screening_registers=params.screening_registers,
        as_of=env.as_of,
        timezone=env.timezone,
    )
    updates = known_statuses(taken(tables_in, "address_updates"), customers)
    registers, updates_unmatched = register_facts(updates, ids, rows, as_of=env.as_of)
    known = {country: number for number, country in enumerate(book.countries(), 1)}
    one = (
        one.join(lists.bans, on="idx", how="left", maintain_order="left")
        .join(registers, on="idx", how="left", maintain_order="left")
        .with_columns(country=pl.col("country").replace_strict(known, default=0, return_dtype=pl.UInt8))
    )
    made = Made(one["customer_id"], book)
    own: Counter[str] = Counter()
    figures: dict[str, Any] = {"decisions": {}, "reasons": {}, "missing": {}}
    for number, channel in enumerate(CHANNELS):
        env.progress("permissions", number, len(CHANNELS))
        facts = channel_facts(one, events, lists, channel, params=params, as_of=env.as_of)
        cases = decide(facts, book, channel)
        made.channel(number, cases["rule"], *evidence_text(cases, book, events.sources, lists, channel))
        figures["decisions"][channel] = made.counts(number, "decision")
        figures["reasons"][channel] = made.counts(number, "reason")
        figures["missing"][channel] = gap_figures(cases, book)
        own.update(own_decided(cases, book))
    held = sum(reasons.get("status_unread", 0) for reasons in figures["reasons"].values())
    figures["screened"] = {name: day.isoformat() for name, day in lists.screened.items()}
    figures["home_country"] = {"country": home.code, "shown_by": home.shown_by}
    figures["rules"] = book.version
    return StepResult(
        tables={"permissions": made.table(env.as_of)},
        findings=(
            *_findings(
                events,
                lists.unmatched + updates_unmatched,
                home,
                assumed=row_country(customers).null_count(),
                unknown=int((one["country"] == 0).sum()),
            ),
            *([Finding("permissions_own_rules", _of_own(own, book))] if book.own else []),
            *([Finding("permissions_unread", {"count": held}, "warning")] if held else []),
            *gap_findings(figures["missing"]),
        ),
        figures=figures,
        files={"consent_rules.json": (json.dumps(book.as_dict(), indent=1, ensure_ascii=False) + "\n").encode()},
    )


def _of_own(decided: Mapping[str, int], book: RuleBook) -> dict[str, object]:
    """Return what a company's own rules decided, for the finding that tells it."""
    named = {book.rules[number].id: decided.get(book.rules[number].id, 0) for number in sorted(book.own)}
    words = ", ".join(f"{name} {count:,}" for name, count in sorted(named.items()))
    relaxing = sorted(book.rules[number].id for number in book.own if book.rules[number].relaxes)
    return {
        "version": book.version,
        "count": sum(named.values()),
        "rules": words,
        "relaxing": ", ".join(relaxing) or "none",
    }


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


def _findings(events: EventFacts, unmatched: int, home: HomeCountry, assumed: int, unknown: int) -> list[Finding]:
    found = []
    if home.code and home.shown_by != "parameter" and assumed:
        data = {"count": assumed, "country": home.code, "shown_by": home.shown_by}
        found.append(Finding("permissions_home_country", data))
    if unknown:
        found.append(Finding("permissions_no_country_rules", {"count": unknown}, "warning"))
    if events.unknown_customers:
        found.append(Finding("consents_unknown_customer", {"count": events.unknown_customers}, "warning"))
    if unmatched:
        found.append(Finding("opt_outs_unmatched", {"count": unmatched}))
    return found
