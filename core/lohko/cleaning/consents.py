"""The step ``consents``: for every customer and channel what may be sent, why, and on what evidence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import polars as pl

from lohko.cleaning.deciding import Facts, gather
from lohko.cleaning.evidence import event_days
from lohko.cleaning.frames import taken
from lohko.cleaning.own_rules import with_own_rules
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.permission_facts import own_decided
from lohko.cleaning.permission_gaps import gap_figures, gap_findings
from lohko.cleaning.permission_grounds import grounds
from lohko.cleaning.permission_repairs import FILE, gaps, in_order, repair_figures, repair_finding
from lohko.cleaning.permission_rules import CHANNELS, RULES_FILE, RuleBook, rule_book
from lohko.cleaning.permission_table import Made
from lohko.cleaning.permission_words import evidence_text
from lohko.cleaning.sheets import write_sheet
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
    ``rules`` (version), ``repairs`` (channel to what would open it, and to how many); and the files ``consent_rules.json``, the rules as
    they were asked, and ``permission_gaps.csv``, what is missing from which source, and how many it holds back.
    """
    assert isinstance(params, ConsentsParams)
    book = rule_book()
    if "rules" in env.given:
        book = with_own_rules(book, env.given["rules"].name, env.given["rules"].data)
    facts = gather(tables_in, params, env, book)
    made = Made(facts.one["customer_id"], book)
    own: Counter[str] = Counter()
    lacking: list[pl.DataFrame] = []
    figures: dict[str, Any] = {"decisions": {}, "reasons": {}, "missing": {}}
    for number, channel in enumerate(CHANNELS):
        env.progress("permissions", number, len(CHANNELS))
        decided = facts.decided(channel)
        resting = grounds(decided)
        sources = facts.events.sources
        made.channel(
            number, decided.rule, *evidence_text(decided, resting, book, channel, sources=sources, lists=facts.lists)
        )
        figures["decisions"][channel] = made.counts(number, "decision")
        figures["reasons"][channel] = made.counts(number, "reason")
        figures["missing"][channel] = gap_figures(decided, book)
        lacking.append(gaps(decided, resting, book, channel, sources))
        own.update(own_decided(decided, book))
    held = sum(reasons.get("status_unread", 0) for reasons in figures["reasons"].values())
    figures["screened"] = {name: day.isoformat() for name, day in facts.lists.screened.items()}
    figures["home_country"] = {"country": facts.home.code, "shown_by": facts.home.shown_by}
    figures["rules"] = book.version
    missing = in_order(lacking)
    figures["repairs"] = repair_figures(missing)
    return StepResult(
        tables={"permissions": made.table(env.as_of)},
        findings=(
            *_findings(facts),
            *_later(tables_in, env),
            *([Finding("permissions_own_rules", _of_own(own, book))] if book.own else []),
            *([Finding("permissions_unread", {"count": held}, "warning")] if held else []),
            *gap_findings(figures["missing"]),
            *repair_finding(missing),
        ),
        figures=figures,
        files={
            RULES_FILE: (json.dumps(book.as_dict(), indent=1, ensure_ascii=False) + "\n").encode(),
            FILE: write_sheet(missing),
        },
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


def _later(tables_in: Mapping[str, pl.LazyFrame], env: Env) -> list[Finding]:
    """Tell how many refusals do not count yet: with today's day their own is a slip, and who refused would be contacted."""
    count = 0
    for table, column in (("consents", "recorded_at"), ("suppressions", "screened_at")):
        rows = taken(tables_in, table)
        kinds = rows.collect_schema()
        if column not in kinds or ("status" not in kinds and table == "consents"):
            continue
        refused = pl.col("status").is_in(["withdrawn", "objected"]) if table == "consents" else pl.lit(value=True)
        # The day in the zone is at most one later: so only the last ones are counted in it.
        near = rows.filter(refused & (pl.col(column).cast(pl.Date) >= env.as_of)).select(column).collect()
        count += int((event_days(near[column], env.timezone) > env.as_of).sum())
    return [Finding("refusals_later", {"count": count, "day": env.as_of.isoformat()})] if count else []


def _findings(facts: Facts) -> list[Finding]:
    home, found = facts.home, []
    if home.code and home.shown_by != "parameter" and facts.assumed:
        data = {"count": facts.assumed, "country": home.code, "shown_by": home.shown_by}
        found.append(Finding("permissions_home_country", data))
    if unknown := int((facts.one["country"] == 0).sum()):
        found.append(Finding("permissions_no_country_rules", {"count": unknown}, "warning"))
    if facts.events.unknown_customers:
        found.append(Finding("consents_unknown_customer", {"count": facts.events.unknown_customers}, "warning"))
    if facts.unmatched:
        found.append(Finding("opt_outs_unmatched", {"count": facts.unmatched}))
    return found
