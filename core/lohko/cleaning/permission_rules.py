"""The rules of permission as data: an ordered list; the first rule that fits decides. A company's own rules may be set beside it."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from lohko.cleaning.recipients import RECIPIENTS
from lohko.codes import registry
from lohko.tables import tables


def _values(table: str, column: str) -> tuple[str, ...]:
    found = tables()[table].column(column)
    assert found is not None
    return found.values


CHANNELS = tuple(sorted(_values("permissions", "channel")))
DECISIONS = _values("permissions", "decision")
# What a rule may ask about, with the values each can have; the first is what holds where nothing is known.
FACTS: dict[str, tuple[str, ...]] = {
    "deceased": ("no", "yes"),
    "total_ban": ("no", "yes"),
    "protected_address": ("no", "yes"),
    "stop": ("none", "withdrawn", "objected", "conflict", "lifted", "lifted_by_consent"),
    "listed": ("none", "listed", "consented_later"),
    "age": ("unknown", "child", "minor", "adult"),
    "guardian": ("no", "yes"),
    "contact_point": ("unknown", "no", "yes"),
    "consent": ("none", "pre_ticked", "no_evidence", "expired", "stale", "valid"),
    "purpose": ("no", "yes"),
    "soft_opt_in": ("none", "incomplete", "complete"),
    "company_basis": ("no", "yes"),
    "unread": ("none", "alone", "after_grant"),
    "informed": ("unknown", "no", "yes"),
    "screening": ("missing", "old", "fresh"),
    "source_known": ("no", "yes"),
    "campaign": ("any", "mobile_subscriptions"),
    "b2b_named": ("ask", "opt_out"),
}
EVIDENCE = (
    "none",
    "update",
    "stop",
    "list",
    "age",
    "grant",
    "soft",
    "company",
    "unread",
    "screening",
    "informed",
    "source",
    "contact",
    "rule",
)
# The small file in which a package keeps the rules by which it was decided.
RULES_FILE = "consent_rules.json"
# From the strictest decision to the loosest.
STRICTNESS = ("may_not", "review", "ask_again", "screen_first", "may")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: whom it is about (empty: anyone), what has to hold, and what it decides.

    Attributes
    ----------
    when : fact to the values of which it must have one
    evidence : what the decision rests on, one of ``EVIDENCE``
    source : the law or guidance behind it
    verified : how that source was read
    final : no rule of a company goes before it
    relaxes : a company's rule that may allow more than lohko's own, and says ``because``
    """

    id: str
    channels: tuple[str, ...]
    countries: tuple[str, ...]
    recipients: tuple[str, ...]
    when: Mapping[str, tuple[str, ...]]
    decision: str
    reason: str
    evidence: str
    source: str
    verified: str
    final: bool = False
    relaxes: bool = False
    because: str = ""

    def meets(self, other: Rule) -> bool:
        """Return whether some case could fit both rules, as far as their own words tell."""
        pairs = [
            (self.channels, other.channels),
            (self.countries, other.countries),
            (self.recipients, other.recipients),
            *((values, other.when.get(fact, ())) for fact, values in self.when.items()),
        ]
        return all(not mine or not theirs or set(mine) & set(theirs) for mine, theirs in pairs)

    def as_dict(self) -> dict[str, Any]:
        """Return the rule as plain JSON values."""
        found = dataclasses.asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules in their order, their version, and the age under which a guardian consents, by country (``default``).

    Attributes
    ----------
    rules : first the ordered list, of which the first that fits decides; then the ``tightening`` ones
    tightening : how many rules at the end are a company's that only tighten: the first of them that fits decides where it is stricter
        than the list
    own : numbers of a company's rules
    """

    version: str
    rules: tuple[Rule, ...]
    age_limits: Mapping[str, int]
    tightening: int = 0
    own: frozenset[int] = frozenset()

    def countries(self) -> tuple[str, ...]:
        """Return the countries that any rule names, sorted."""
        return tuple(sorted({country for rule in self.rules for country in rule.countries}))

    def as_dict(self) -> dict[str, Any]:
        """Return the rules in the order in which they are asked, as plain JSON values."""
        listed = [rule.as_dict() | {"by": "company" if n in self.own else "lohko"} for n, rule in enumerate(self.rules)]
        ordered = len(listed) - self.tightening
        return {
            "version": self.version,
            "age_limits": dict(self.age_limits),
            "rules": listed[:ordered],
            "tightening": listed[ordered:],
        }


def book_from(told: Mapping[str, Any]) -> RuleBook:
    """Return the rules from what ``RuleBook.as_dict`` tells: those that a package was decided by (``consent_rules.json``).

    Raises
    ------
    ValueError
        It is not of that form.
    """
    try:
        entries = [*told["rules"], *told["tightening"]]
        rules = tuple(_told_rule(entry) for entry in entries)
        own = frozenset(number for number, entry in enumerate(entries) if entry["by"] == "company")
        limits = {str(country): int(age) for country, age in told["age_limits"].items()}
        return RuleBook(str(told["version"]), rules, limits, len(told["tightening"]), own)
    except (AttributeError, KeyError, TypeError) as error:
        message = f"these are no rules as lohko writes them: {error}"
        raise ValueError(message) from error


def kept_rules(files: Mapping[str, bytes]) -> RuleBook:
    """Return the rules by which a package was decided, the company's own among them; lohko's where it keeps none."""
    return book_from(json.loads(files[RULES_FILE])) if RULES_FILE in files else rule_book()


def _told_rule(entry: Mapping[str, Any]) -> Rule:
    rule = _rule({"source": "", "verified": "", **entry})
    return dataclasses.replace(rule, relaxes=entry.get("relaxes") is True, because=str(entry.get("because", "")))


@cache
def rule_book() -> RuleBook:
    """Return the rules of the package."""
    text = resources.files("lohko.cleaning").joinpath("data", "consent_rules.toml").read_text(encoding="utf-8")
    return read_rules(text)


def read_rules(text: str) -> RuleBook:
    """Return the rules of a TOML text.

    Raises
    ------
    ValueError
        A rule names a channel, recipient, fact, value, decision or reason that does not exist, or the last rule does not
        fit every case.
    """
    raw = tomllib.loads(text)
    rules = tuple(_rule(entry) for entry in raw["rule"])
    last = rules[-1]
    if last.channels or last.countries or last.recipients or last.when or last.decision == "may":
        message = "the last rule has to fit every case, and must not say `may`"
        raise ValueError(message)
    return RuleBook(raw["version"], rules, raw["age_limits"])


def _rule(entry: Mapping[str, object]) -> Rule:
    raw_when = entry.get("when", {})
    assert isinstance(raw_when, dict)
    when = {fact: (value,) if isinstance(value, str) else tuple(value) for fact, value in raw_when.items()}
    rule = Rule(
        id=str(entry["id"]),
        channels=_names(entry, "channels"),
        countries=_names(entry, "countries"),
        recipients=_names(entry, "recipients"),
        when=when,
        decision=str(entry["decision"]),
        reason=str(entry["reason"]),
        evidence=str(entry["evidence"]),
        source=str(entry["source"]),
        verified=str(entry["verified"]),
        final=entry.get("final") is True,
    )
    unknown = [
        *(set(rule.channels) - set(CHANNELS)),
        *(set(rule.recipients) - set(RECIPIENTS)),
        *(set(when) - set(FACTS)),
        *(value for fact, values in when.items() if fact in FACTS for value in set(values) - set(FACTS[fact])),
        *({rule.decision} - set(DECISIONS)),
        *({rule.evidence} - set(EVIDENCE)),
    ]
    if rule.reason not in registry() or registry()[rule.reason].kind != "reason":
        unknown.append(rule.reason)
    if unknown:
        message = f"rule {rule.id} names what does not exist: {', '.join(sorted(unknown))}"
        raise ValueError(message)
    return rule


def _names(entry: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = entry.get(key, ())
    assert isinstance(value, list | tuple)
    return tuple(str(name) for name in value)
