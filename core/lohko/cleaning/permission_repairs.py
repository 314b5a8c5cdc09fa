"""What would open a channel, and to how many: each customer's missing evidence, named with its source, and the repair for it.

A repair is tried: with the fact that it would mend, the case is put before the rules again. So customers are reachable by a repair only
where no other rule stands in the way; where several things are missing, all of them are named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from lohko.cleaning.evidence import flags_of, text_of, without_day
from lohko.cleaning.permission_events import MISSING_PROOF, MISSING_SOFT
from lohko.cleaning.permission_facts import case_words
from lohko.cleaning.permission_rules import RuleBook
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
_GAP = "?"  # stands for what the evidence lacks
_EVENTS = ("grant", "soft", "unread")  # evidence of events: it has a source


def gaps(cases: pl.DataFrame, book: RuleBook, channel: str, sources: list[str]) -> pl.DataFrame:
    """Return what is missing in one channel: the columns of ``COLUMNS``, each customer who is held back in one row.

    Parameters
    ----------
    cases : ``case``, ``rule``, ``value``, as ``decide`` gives them
    sources : the words behind the evidence

    Returns
    -------
    DataFrame with ``source`` (of the event that is not enough; null: none), ``missing`` and ``repair`` (joined by `` + ``, in the order in
    which they come up), ``customers``, ``reachable``: those who may be contacted once all of it is mended, and ``reason`` (of the decision)
    """
    held = [
        number
        for number, rule in enumerate(book.rules)
        if rule.reason in _WAYS and rule.decision not in ("may", "may_not")
    ]
    found = (
        cases.filter(pl.col("rule").is_in(held))
        .group_by("case", "rule", value=without_day(pl.col("value")))
        .agg(customers=pl.len())
    )
    if not found.height:
        kinds = dict.fromkeys(("customers", "reachable"), pl.Int64)
        return pl.DataFrame(schema={name: kinds.get(name, pl.String) for name in COLUMNS})
    distinct = found["case"].unique().sort()
    tried = _tried(case_words(distinct, book, channel), book, channel)
    ways = pl.DataFrame(
        {
            "case": distinct,
            "missing": [" + ".join(way.missing or _GAP for way in case.taken) for case in tried],
            "repair": [" + ".join(dict.fromkeys(way.repair for way in case.taken)) for case in tried],
            "opened": [case.decision == "may" for case in tried],
        }
    )
    of_event = [number for number in held if book.rules[number].evidence in _EVENTS]
    of_sale = [number for number in held if book.rules[number].reason == "soft_opt_in_incomplete"]
    reasons = [book.rules[number].reason for number in held]
    flags = flags_of(pl.col("value"))
    lacks = (
        pl.when(pl.col("rule").is_in(of_sale)).then(_lacks(flags, MISSING_SOFT)).otherwise(_lacks(flags, MISSING_PROOF))
    )
    customers = pl.col("customers").cast(pl.Int64)
    table = found.join(ways, on="case").select(
        channel=pl.lit(channel),
        source=pl.when(pl.col("rule").is_in(of_event)).then(text_of(pl.col("value"), sources)),
        missing=pl.col("missing").str.replace(_GAP, lacks, literal=True),
        repair="repair",
        customers=customers,
        reachable=customers * pl.col("opened").cast(pl.Int64),
        reason=pl.col("rule").replace_strict(held, reasons, return_dtype=pl.String),
    )
    return table.group_by(_KEY).agg(pl.col("customers", "reachable").sum()).select(COLUMNS)


@dataclass(slots=True, eq=False)
class _Case:
    """A case as it is mended: its facts, what was decided, and the ways taken."""

    facts: dict[str, str | None]
    reason: str
    decision: str
    taken: list[_Way]
    stuck: bool = False

    @property
    def ways(self) -> tuple[_Way, ...]:
        return () if self.stuck or self.decision == "may" else _WAYS.get(self.reason, ())

    def mended(self, way: _Way) -> dict[str, str | None]:
        """Return the facts that hold once it is mended so; a grant that is proven lifts a stop that an unproven one does not."""
        proven = {"stop": "lifted_by_consent"} if "consent" in way.facts and self.facts["stop"] == "lifted" else {}
        return {**self.facts, **way.facts, **proven}


def _tried(facts: pl.DataFrame, book: RuleBook, channel: str) -> list[_Case]:
    """Mend each case, one thing after the other, until it may be contacted or nothing more helps."""
    rows = facts.to_dicts()
    cases = [_Case(row, *said, []) for row, said in zip(rows, _decided(rows, book, channel), strict=True)]
    while todo := [case for case in cases if case.ways]:
        for number in range(max(len(case.ways) for case in todo)):
            ready = [case for case in todo if number < len(case.ways)]
            mended = [case.mended(case.ways[number]) for case in ready]
            moved: set[int] = set()
            for case, row, (reason, decision) in zip(ready, mended, _decided(mended, book, channel), strict=True):
                way = case.ways[number]
                if reason == case.reason:
                    if number == len(case.ways) - 1:
                        # What is missing all the same, though it opens nothing.
                        case.taken, case.stuck = [*case.taken, way], True
                else:
                    case.facts, case.reason, case.decision = row, reason, decision
                    case.taken = [*case.taken, way]
                    moved.add(id(case))
            todo = [case for case in todo if id(case) not in moved]
    return cases


def _decided(rows: list[dict[str, str | None]], book: RuleBook, channel: str) -> list[tuple[str, str]]:
    """Return reason and decision of each case."""
    frame = pl.DataFrame(rows, schema_overrides={"country": pl.String})
    found = [book.rules[number] for number in book.decide(frame, channel)["rule"]] if rows else []
    return [(rule.reason, rule.decision) for rule in found]


def _lacks(flags: pl.Expr, bits: Mapping[str, int]) -> pl.Expr:
    """Return what an event lacks, in words, by the flags of its evidence."""
    every = range(1, sum(bits.values()) + 1)
    words = [" + ".join(name for name, bit in bits.items() if number & bit) for number in every]
    return flags.replace_strict(list(every), words, default="consent", return_dtype=pl.String)


def in_order(found: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the gaps of all channels, those that open the most first."""
    return pl.concat(found).sort(
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
