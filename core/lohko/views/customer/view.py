"""The 360° view of one customer: who they are, what may be sent to them, what they are worth and why, what they did, what next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from lohko.cleaning.address_updates import STATUS
from lohko.segments.model import PATH, load
from lohko.segments.treatment import activation_text, hint_text
from lohko.value.explain import Reason, explain
from lohko.views.customer.lookup import find
from lohko.views.customer.masking import contacts, is_protected
from lohko.views.customer.timeline import Event, timeline

IDENTITY = (
    "customer_type", "first_name", "last_name", "company_name", "business_unit", "language", "created_at", "updated_at", "source",
    STATUS,
)  # fmt: skip
_FIGURES = (
    "value_class", "financial", "visits", "social", "engagement", "recency_days", "frequency", "monetary", "money_total",
    "customers_brought", "knowledge_points", "visit_value", "social_value", "referral_value", "engagement_value",
    "expected_purchases", "expected_visits", "expected_social_days", "expected_social_points", "expected_visit_value",
    "expected_social_value", "expected_engagement_value", "clv", "clnv", "referral_clv", "influence_value", "clv_passed_on", "p_alive", "churn_risk",
    "next_dimension", "next_share",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Customer:
    """All that a package tells of one customer; what it does not tell is empty or None.

    Attributes
    ----------
    customer_id : the surviving id
    identity : columns of the register
    rows : the rows that became this customer: row_id, source_customer_id, match_probability
    contacts : masked unless asked; without the address where it is protected
    protected : whether a register protects the address
    permissions : channel, decision, reason (a code), as_of
    value : the plain figures of ``value``; None where nothing was valued
    reasons : the value in words
    segment : slug, name, confidence and rule; None where nothing was segmented
    suggestions : what to try, in words: the segment's treatment and the next dimension
    events : newest first, all of them
    """

    customer_id: str
    as_of: dt.date
    identity: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]
    contacts: Mapping[str, str]
    protected: bool
    permissions: tuple[Mapping[str, Any], ...]
    value: Mapping[str, Any] | None
    reasons: tuple[Reason, ...]
    segment: Mapping[str, Any] | None
    suggestions: tuple[str, ...]
    events: tuple[Event, ...]

    def as_dict(self, limit: int | None = None) -> dict[str, Any]:
        """Return it as JSON values (days and money as text), with the newest events up to the limit."""
        return {
            "customer_id": self.customer_id,
            "as_of": self.as_of.isoformat(),
            "identity": dict(self.identity),
            "rows": [dict(row) for row in self.rows],
            "contacts": dict(self.contacts),
            "protected_address": self.protected,
            "permissions": [dict(row) for row in self.permissions],
            "value": None if self.value is None else dict(self.value),
            "reasons": [{"code": r.code, "text": r.text} for r in self.reasons],
            "segment": None if self.segment is None else dict(self.segment),
            "suggestions": list(self.suggestions),
            "events": len(self.events),
            "timeline": [
                {"at": e.at.isoformat() if e.at else None, "table": e.table, **e.cells} for e in self.events[:limit]
            ],
        }


def customer(
    tables: Mapping[str, pl.LazyFrame],
    files: Mapping[str, bytes],
    word: str,
    as_of: dt.date,
    timezone: str,
    *,
    lang: str = "en",
    show_values: bool = False,
    history: Sequence[Mapping[str, Any]] = (),
) -> Customer:
    """Tell all that a package, at any stage, knows of one customer.

    Parameters
    ----------
    tables, files : the package's tables and its saved model
    word : an id, an e-mail address or a phone number
    as_of, timezone : events after that day are left out
    lang : language of reasons, rule and suggestions
    show_values : whether contacts and free text are shown as they are; a protected address never is
    history : the records of the package's steps; that of ``value`` tells why a sum in money is missing

    Raises
    ------
    InputRefused
        Nobody is found, or several are.
    """
    own = find(tables, word)
    crossed = _rows(tables, "crosswalk", own)
    ids = {own, *(str(row["source_customer_id"]) for row in crossed)}
    register = _rows(tables, "customers", own)
    row = register[0] if register else {}
    protected = any(is_protected(tables, ids, each) for each in [*register, *_former(tables, crossed)] or [{}])
    valued = next(iter(_rows(tables, "value", own)), None)
    segment, suggestions = _segment(tables, files, own, valued, lang)
    events = timeline(tables, ids, as_of, timezone)
    if not show_values or protected:
        events = tuple(Event(e.at, e.table, {c: v for c, v in e.cells.items() if c != "text"}) for e in events)
    merged = crossed or [{"row_id": r.get("row_id"), "source_customer_id": own} for r in register]
    return Customer(
        customer_id=own,
        as_of=as_of,
        identity={c: row[c] for c in IDENTITY if row.get(c) is not None},
        rows=tuple(_only(r, ("row_id", "source_customer_id", "match_probability", "household_id")) for r in merged),
        contacts=contacts(row, protected=protected, show=show_values),
        protected=protected,
        permissions=tuple(
            _only(r, ("channel", "decision", "reason", "as_of")) for r in _rows(tables, "permissions", own)
        ),
        value=None if valued is None else _only(valued, _FIGURES),
        reasons=() if valued is None else explain(valued, lang, _figures(history)),
        segment=segment,
        suggestions=suggestions,
        events=events,
    )


def _figures(history: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the figures of the newest step ``value``."""
    return next((run.get("figures") for run in reversed(history) if run.get("step") == "value"), None)


def _rows(tables: Mapping[str, pl.LazyFrame], table: str, own: str) -> list[dict[str, Any]]:
    """Return a customer's rows of a table, in one order whatever order they come in."""
    if table not in tables:
        return []
    found = tables[table].filter(pl.col("customer_id") == own).collect()
    return found.sort(found.columns, nulls_last=True).to_dicts()


def _former(tables: Mapping[str, pl.LazyFrame], crossed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows as they came: one of them may bear the name that a register protects."""
    if "originals" not in tables or not crossed:
        return []
    return tables["originals"].filter(pl.col("row_id").is_in([r["row_id"] for r in crossed])).collect().to_dicts()


def _only(row: Mapping[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    return {c: row[c] for c in columns if row.get(c) is not None}


def _segment(
    tables: Mapping[str, pl.LazyFrame],
    files: Mapping[str, bytes],
    own: str,
    valued: Mapping[str, Any] | None,
    lang: str,
) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Return the segment with its rule, and what to try: the segment's hint, then the customer's own next dimension."""
    following = None if valued is None else valued.get("next_dimension")
    row = next(iter(_rows(tables, "segments", own)), None)
    hints: list[str] = []
    found = None
    if row is not None:
        found = _only(row, ("segment", "segment_name", "confidence"))
        if PATH in files:
            model = load(files[PATH])
            saved = next((s for s in model.known if s.slug == row["segment"]), None)
            if saved is not None:
                found |= {"segment_name": saved.names[lang], "rule": saved.rule[lang]}
                hints.append(hint_text(saved.hint, lang))
                following = following or saved.next_dimension
    if following:
        hints.append(activation_text(str(following), lang))
    return found, tuple(hints)
