"""What would open a channel, and to how many: each customer's missing evidence, named with its source, and the repair for it.

A repair is tried: with the fact that it would mend, the case is put before the rules again. So customers are reachable by a repair only
where no other rule stands in the way; where several things are missing, all of them are named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.cleaning.event_reading import MISSING_PROOF, MISSING_SOFT
from lohko.cleaning.evidence import flags, texts
from lohko.cleaning.permission_cases import Cases, judged
from lohko.cleaning.permission_facts import Decided, value_number
from lohko.cleaning.permission_grounds import Grounds
from lohko.cleaning.permission_rules import Rule, RuleBook
from lohko.outcome import Finding

FILE = "permission_gaps.csv"
COLUMNS = ("channel", "source", "missing", "repair", "customers", "reachable", "reason")
_KEY = ("channel", "source", "missing", "repair", "reason")


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of mending: the repair, what is missing (empty: what the evidence lacks), and the facts that hold once it is done."""

    repair: str
    missing: str
    facts: Mapping[str, str]


_ASK = _Way("ask", "consent", {"consent": "valid"})
_RENEW = _Way("renew", "renewal", {"consent": "valid"})
_INFORM = _Way("inform", "information", {"informed": "yes"})
# Reason to the ways of mending it; the first that leads to another decision is taken.
_WAYS: Mapping[str, tuple[_Way, ...]] = {
    "no_evidence": (_Way("complete_record", "", {"consent": "valid"}),),
    "invalid_consent": (_Way("ask", "active_act", {"consent": "valid"}),),
    "stale": (_RENEW,),
    "expired": (_RENEW,),
    "soft_opt_in_incomplete": (_Way("complete_record", "", {"soft_opt_in": "complete"}), _ASK),
    "named_person_treated_as_natural": (_ASK,),
    "unknown_default_deny": (_ASK,),
    "not_informed": (_INFORM,),
    "informed_unknown": (_INFORM,),
    "screen_first": (_Way("screen", "screening", {"screening": "fresh"}),),
    "source_unknown": (_Way("name_source", "source_of_data", {"source_known": "yes"}),),
    "status_unread": (_Way("read_status", "status", {"unread": "none"}),),
}
_LIFTED = value_number("stop", "lifted")
_GAP = "?"  # stands for what the evidence lacks
_EVENTS = ("grant", "soft", "unread")  # evidence of events: it has a source


def gaps(decided: Decided, of: Grounds, book: RuleBook, channel: str, sources: list[str]) -> pl.DataFrame:
    """Return what is missing in one channel: the columns of ``COLUMNS``, each customer who is held back in one row.

    Parameters
    ----------
    of : the grounds of ``decided``
    sources : the words behind the evidence

    Returns
    -------
    DataFrame with ``source`` (of the event that is not enough; null: none), ``missing`` and ``repair`` (joined by `` + ``, in the order in
    which they come up), ``customers``, ``reachable``: those who may be contacted once all of it is mended, and ``reason`` (of the decision);
    rows that differ in nothing else are still apart
    """
    held = [
        number
        for number, rule in enumerate(book.rules)
        if rule.reason in _WAYS and rule.decision not in ("may", "may_not")
    ]
    mine = np.flatnonzero(np.isin(of.rule, held))
    of_case, place = np.unique(of.case[mine], return_inverse=True)
    facts = {name: numbers[of_case] for name, numbers in decided.cases.items()}
    tried = _tried(facts, decided.rules[of_case], book, channel)
    rows = []
    for rule, flag, text, customers, case in zip(
        of.rule[mine].tolist(),
        flags(of.kept[mine]).tolist(),
        texts(of.kept[mine]).tolist(),
        of.customers[mine].tolist(),
        place.tolist(),
        strict=True,
    ):
        said, mended = book.rules[rule], tried[case]
        lacks = _lacks(flag, "sale" if said.reason == "soft_opt_in_incomplete" else "grant")
        rows.append((
            channel,
            sources[text - 1] if said.evidence in _EVENTS and 0 < text <= len(sources) else None,
            mended.missing.replace(_GAP, lacks, 1),
            mended.repair,
            customers,
            customers if mended.opened else 0,
            said.reason,
        ))  # fmt: skip
    kinds = dict.fromkeys(("customers", "reachable"), pl.Int64)
    return pl.DataFrame(rows, schema={name: kinds.get(name, pl.String) for name in COLUMNS}, orient="row")


@dataclass(frozen=True, slots=True)
class _Mended:
    """What is missing in a case, the repairs, and whether these lead to `may`."""

    missing: str
    repair: str
    opened: bool

    @classmethod
    def by(cls, taken: Sequence[_Way], *, opened: bool) -> _Mended:
        """Return the case as the ways that were taken leave it."""
        missing = " + ".join(way.missing or _GAP for way in taken)
        return cls(missing, " + ".join(dict.fromkeys(way.repair for way in taken)), opened)


def _tried(given: Cases, decided: NDArray[np.int16], book: RuleBook, channel: str) -> list[_Mended]:
    """Mend each case, one thing after the other, until it may be contacted or nothing more helps."""
    facts, rules = {name: numbers.copy() for name, numbers in given.items()}, decided.copy()
    taken: list[list[_Way]] = [[] for _ in range(rules.size)]
    todo = list(range(rules.size))
    while todo:
        moved: list[int] = []
        number = 0
        while ready := [case for case in todo if number < len(_ways(book.rules[rules[case]]))]:
            ways = [_ways(book.rules[rules[case]])[number] for case in ready]
            trial = _mended({name: numbers[ready] for name, numbers in facts.items()}, ways)
            todo = []
            for place, (case, way, rule) in enumerate(zip(ready, ways, judged(trial, book, channel), strict=True)):
                before = book.rules[rules[case]]
                if book.rules[rule].reason != before.reason:
                    taken[case].append(way)
                    rules[case] = rule
                    for name, numbers in trial.items():
                        facts[name][case] = numbers[place]
                    moved.append(case)
                elif number < len(_ways(before)) - 1:
                    todo.append(case)
                else:
                    # What is missing all the same, though it opens nothing.
                    taken[case].append(way)
            number += 1
        todo = moved
    return [
        _Mended.by(ways, opened=book.rules[rule].decision == "may") for ways, rule in zip(taken, rules, strict=True)
    ]


def _ways(rule: Rule) -> tuple[_Way, ...]:
    """Return the ways of mending what a rule decides."""
    return () if rule.decision == "may" else _WAYS.get(rule.reason, ())


def _mended(facts: dict[str, NDArray[np.int64]], ways: Sequence[_Way]) -> dict[str, NDArray[np.int64]]:
    """Mend each case in its way, in place. A grant that is proven lifts a stop that an unproven one does not."""
    for way in {id(way): way for way in ways}.values():
        mine = np.array([one is way for one in ways])
        if "consent" in way.facts:
            facts["stop"][mine & (facts["stop"] == _LIFTED)] = value_number("stop", "lifted_by_consent")
        for fact, value in way.facts.items():
            facts[fact][mine] = value_number(fact, value)
    return facts


@cache
def _lacks(flag: int, evidence: Literal["grant", "sale"]) -> str:
    """Return what an event lacks, in words, by the flags of its evidence."""
    bits = MISSING_PROOF if evidence == "grant" else MISSING_SOFT
    return " + ".join(name for name, bit in bits.items() if flag & bit) or "consent"


def in_order(found: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the gaps of all channels, those that open the most first; what differs in nothing but the counts is one row."""
    whole = pl.concat(found).group_by(_KEY).agg(pl.col("customers", "reachable").sum()).select(COLUMNS)
    return whole.sort(
        "reachable", "customers", *_KEY, descending=[True, True, *[False] * len(_KEY)], nulls_last=True
    )  # fmt: skip


def repair_figures(found: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return by channel each repair with the customers it is about and those it makes reachable, sources taken together."""
    whole = found.group_by("channel", "repair").agg(pl.col("customers", "reachable").sum())
    whole = whole.sort("channel", "reachable", "customers", "repair", descending=[False, True, True, False])
    told: dict[str, list[dict[str, Any]]] = {}
    for row in whole.iter_rows(named=True):
        told.setdefault(row.pop("channel"), []).append(row)
    return told


def repair_finding(found: pl.DataFrame) -> list[Finding]:
    """Return what opens the most, where anything would; what only their yes would open is in the table."""
    opening = found.filter((pl.col("reachable") > 0) & ~pl.col("repair").str.contains("ask", literal=True))
    if not opening.height:
        return []
    first = opening.row(0, named=True)
    told = {
        "count": first["reachable"],
        "channel": first["channel"],
        "repair": first["repair"].replace("_", " "),
        "file": FILE,
    }
    return [Finding("permissions_repairs", told)]
