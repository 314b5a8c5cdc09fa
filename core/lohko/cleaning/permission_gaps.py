"""Incomplete permissions, named: which piece of evidence is missing, per channel, for how many customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from lohko.cleaning.event_reading import MISSING_PROOF, MISSING_SOFT
from lohko.cleaning.evidence import FLAGS, flags
from lohko.cleaning.permission_facts import Decided
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


def gap_figures(decided: Decided, book: RuleBook) -> dict[str, int]:
    """Return, for one channel's decisions, each missing piece of evidence with the number of customers it holds back.

    A customer whose consent lacks two things counts under both; ``customers`` counts each once.
    """
    holding = [number for number, rule in enumerate(book.rules) if rule.decision in ("ask_again", "screen_first")]
    counts = np.bincount(decided.rule, minlength=len(book.rules)).tolist()
    found: Counter[str] = Counter()
    for reason, evidence, bits in (
        ("no_evidence", decided.weak, MISSING_PROOF),
        ("soft_opt_in_incomplete", decided.soft, MISSING_SOFT),
    ):
        numbers = [number for number in holding if book.rules[number].reason == reason and counts[number]]
        if numbers:
            mine = np.bincount(flags(evidence[np.isin(decided.rule, numbers)]), minlength=FLAGS)
            for name, bit in bits.items():
                found[name] += int(mine[np.arange(FLAGS) & bit > 0].sum())
    for number in holding:
        if (reason := book.rules[number].reason) in _LACKING:
            found[_LACKING[reason]] += counts[number]
    counted = {name: count for name, count in sorted(found.items(), key=lambda item: (-item[1], item[0])) if count}
    held = sum(counts[number] for number in holding)
    return {"customers": held, **counted} if held else {}


def gap_findings(missing: Mapping[str, Mapping[str, int]]) -> list[Finding]:
    """Return one finding a channel that says what is missing."""
    found = []
    for channel, gaps in missing.items():
        if gaps:
            lacking = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in gaps.items() if name != "customers")
            data = {"channel": channel, "count": gaps["customers"], "missing": lacking or "consent"}
            found.append(Finding("permissions_incomplete", data, "warning"))
    return found
