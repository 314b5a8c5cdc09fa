"""The trail of one customer's permissions: each decision with its rule, the rows it rests on, and all that was ever said, in order.

The decisions are worked out anew from the tables of the package, by the rules and settings it was decided by: that finds the rule and the
very rows, and shows whether the decisions on record still follow from the evidence on record.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from lohko.cleaning.deciding import Facts, gather
from lohko.cleaning.frames import taken
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.permission_cases import case_values
from lohko.cleaning.permission_grounds import grounds
from lohko.cleaning.permission_rules import CHANNELS, RuleBook, kept_rules
from lohko.cleaning.permission_words import evidence_text
from lohko.errors import InputRefused
from lohko.outcome import Env
from lohko.views.customer.evidence import Evidence, Row
from lohko.views.customer.lookup import find
from lohko.views.export import decisions_record


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds for one channel, and what it rests on.

    Attributes
    ----------
    decision, reason, evidence : as the table ``permissions`` has them, or as worked out anew for another day
    rule : of what the decision follows (id, by, source, verified, the facts it asks about, …); None where the record no longer follows from the tables
    facts : what the rules could ask, with what held (codes)
    rests_on : the rows of ``consents``, ``suppressions`` or ``address_updates`` behind it, with ``table``; empty where it rests on the
        register itself, or on the lack of evidence
    history : every event of the channel, oldest first, undated ones last; ``counted``: whether it weighs on that day
    same : whether the decision on record is the one worked out anew; None where another day was asked
    anew : decision, reason and evidence worked out anew, where they differ from the record
    """

    channel: str
    decision: str
    reason: str
    evidence: str
    rule: Row | None
    facts: Mapping[str, str | None]
    rests_on: tuple[Row, ...]
    history: tuple[Row, ...]
    same: bool | None
    anew: Row | None


@dataclass(frozen=True, slots=True)
class Trail:
    """The trail of one customer.

    Attributes
    ----------
    customer_id : the surviving id
    as_of : the day the decisions are for
    decided : step, version, rules, package and settings of the decisions on record, and their day
    rows : the customer rows that became this customer: row_id, source_customer_id, source
    decisions : one a channel
    lists, updates : the entries of opt-out lists and address registers that fit the customer
    """

    customer_id: str
    as_of: dt.date
    decided: Mapping[str, Any]
    rows: tuple[Row, ...]
    decisions: tuple[Decision, ...]
    lists: tuple[Row, ...]
    updates: tuple[Row, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values, days and times as text."""
        found: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self), default=_plain))
        return found


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def trail(
    tables: Mapping[str, pl.LazyFrame],
    files: Mapping[str, bytes],
    history: Sequence[Mapping[str, Any]],
    word: str,
    *,
    as_of: dt.date | None,
    timezone: str,
    show_values: bool = False,
) -> Trail:
    """Return the trail of one customer.

    Parameters
    ----------
    tables, files, history : the package's tables, its ``consent_rules.json`` and the records of its steps
    word : an id, an e-mail address or a phone number
    as_of : the day to decide for; None: that of the decisions on record
    show_values : whether names in the evidence (guardians, sources that hold an address) are shown as they are

    Raises
    ------
    InputRefused
        Nobody is found, several are, or nothing was decided yet (``table_needed``).
    """
    if "permissions" not in tables:
        raise InputRefused(
            "table_needed", "a trail needs the table permissions", hint="run `lohko clean` or `lohko consents` first"
        )
    own = find(tables, word)
    record = {
        row["channel"]: row for row in tables["permissions"].filter(pl.col("customer_id") == own).collect().to_dicts()
    }
    if not record:
        raise InputRefused("customer_missing", "the table permissions has no such customer", hint="")
    decided_on = next(iter(record.values()))["as_of"]
    day = as_of or decided_on
    book = kept_rules(files)
    figures, given = decisions_record(history)
    facts = gather(tables, _params(given), Env(day, timezone), book, about=own)
    told = Evidence.of(tables, facts, own, show_values=show_values)
    decisions = tuple(_decision(facts, told, channel, record, as_of=as_of) for channel in CHANNELS)
    made: Mapping[str, Any] = next((r for r in reversed(history) if r.get("step") in {"clean", "consents"}), {})
    return Trail(
        customer_id=own,
        as_of=day,
        decided={
            "as_of": decided_on,
            "step": made.get("step"),
            "version": made.get("version"),
            "started": made.get("started"),
            "rules": figures.get("rules", book.version),
            "screened": figures.get("screened", {}),
            "parameters": {field.name: given[field.name] for field in dataclasses.fields(ConsentsParams) if field.name in given},
        },
        rows=_rows(tables, own),
        decisions=decisions,
        lists=told.lists,
        updates=told.updates,
    )  # fmt: skip


def _params(given: Mapping[str, Any]) -> ConsentsParams:
    """Return the settings on record; the company's own rules are in the rule book already."""
    known = {field.name for field in dataclasses.fields(ConsentsParams)} - {"rules"}
    settings: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items() if k in known}
    return ConsentsParams(**settings)


def _rows(tables: Mapping[str, pl.LazyFrame], own: str) -> tuple[Row, ...]:
    crossed = taken(tables, "crosswalk").filter(pl.col("customer_id") == own).collect()
    columns = ["row_id", "source_customer_id"]
    if not crossed.height:
        rows = taken(tables, "customers").filter(pl.col("customer_id") == own).collect()
        kept = [c for c in ("row_id", "customer_id") if c in rows.columns]
        return tuple(rows.select(kept).rename({"customer_id": "source_customer_id"}).sort(pl.all()).to_dicts())
    return tuple(crossed.select(columns).sort(columns).to_dicts())


def _decision(
    facts: Facts, told: Evidence, channel: str, record: Mapping[str, Row], *, as_of: dt.date | None
) -> Decision:
    """Return what holds for a channel: what stands on record, or, for another day, what is worked out anew."""
    found = facts.decided(channel)
    words, numbers = evidence_text(
        found, grounds(found), facts.book, channel, sources=facts.events.sources, lists=facts.lists
    )
    case = int(found.case[told.idx])
    number = int(found.rules[case])
    rule = facts.book.rules[number]
    anew = {"decision": rule.decision, "reason": rule.reason, "evidence": words[int(numbers[told.idx])]}
    stands = record.get(channel)
    held = anew
    same = None
    if stands is not None and (as_of is None or as_of == stands["as_of"]):
        held = {name: stands[name] for name in anew}
        same = held == anew
    follows = same is not False
    held, anew = (told.readable(one) for one in (held, anew))
    return Decision(
        channel=channel,
        **held,
        rule=_rule(facts.book, number) if follows else None,
        facts={name: values[found.cases[name][case]] for name, values in case_values(facts.book).items()},
        rests_on=told.behind(rule, channel, int(found.value[told.idx])) if follows else (),
        history=told.history(channel),
        same=same,
        anew=None if follows else anew,
    )


def _rule(book: RuleBook, number: int) -> Row:
    rule = book.rules[number]
    found: dict[str, Any] = {"id": rule.id, "by": "company" if number in book.own else "lohko", "asks": list(rule.when)}
    return found | {name: getattr(rule, name) for name in ("source", "verified", "because") if getattr(rule, name)}
