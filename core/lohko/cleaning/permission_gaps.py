"""Incomplete permissions, named: which piece of evidence is missing, per channel, for how many customers."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lohko.cleaning.evidence import flags_of
from lohko.cleaning.permission_events import MISSING_PROOF, MISSING_SOFT
from lohko.cleaning.permission_rules import RuleBook
from lohko.outcome import Finding

# Reasons that a single missing thing explains, and what it is.
_LACKING = {
    "invalid_consent": "active_act",
    "stale": "renewal",
    "expired": "renewal",
    "not_informed": "information",
    "informed_unknown": "information",
    "screen_first": "screening",
    "source_unknown": "source_of_data",
    "named_person_treated_as_natural": "consent",
    "unknown_default_deny": "consent",
}


def gap_figures(cases: pl.DataFrame, book: RuleBook) -> dict[str, int]:
    """Return, for one channel's decided cases, each missing piece of evidence with the number of customers it holds back.

    A customer whose consent lacks two things counts under both; ``customers`` counts each once.
    """
    holding = [number for number, rule in enumerate(book.rules) if rule.decision in ("ask_again", "screen_first")]
    held = cases.select("rule", "weak", "soft").filter(pl.col("rule").is_in(holding))
    found: dict[str, int] = {}
    for reason, flag_column, bits in (
        ("no_evidence", "weak", MISSING_PROOF),
        ("soft_opt_in_incomplete", "soft", MISSING_SOFT),
    ):
        numbers = [number for number in holding if book.rules[number].reason == reason]
        mine = held.filter(pl.col("rule").is_in(numbers) & pl.col(flag_column).is_not_null())
        flags = mine.select(flags=flags_of(pl.col(flag_column)))["flags"]
        for name, bit in bits.items():
            found[name] = found.get(name, 0) + int((flags // bit % 2 == 1).sum())
    for rule, count in held["rule"].value_counts(sort=False).iter_rows():
        reason = book.rules[rule].reason
        if reason in _LACKING:
            found[_LACKING[reason]] = found.get(_LACKING[reason], 0) + count
    counted = {name: count for name, count in sorted(found.items(), key=lambda item: (-item[1], item[0])) if count}
    return {"customers": held.height, **counted} if held.height else {}


def gap_findings(missing: Mapping[str, Mapping[str, int]]) -> list[Finding]:
    """Return one finding a channel that says what is missing."""
    found = []
    for channel, gaps in missing.items():
        if gaps:
            lacking = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in gaps.items() if name != "customers")
            data = {"channel": channel, "count": gaps["customers"], "missing": lacking or "consent"}
            found.append(Finding("permissions_incomplete", data, "warning"))
    return found
