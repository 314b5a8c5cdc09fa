"""The rules of permission as data: an ordered list, read from a file; the first rule that fits decides."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import polars as pl

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
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: whom it is about (empty: anyone), what has to hold, and what it decides.

    Attributes
    ----------
    when : fact to the values of which it must have one
    evidence : what the decision rests on, one of ``EVIDENCE``
    source : the law or guidance behind it
    verified : how that source was read
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

    def fits(self) -> pl.Expr:
        """Return whether a rule of the channel fits rows with the columns ``country``, ``recipient`` and the facts."""
        fit = pl.lit(value=True)
        if self.countries:
            fit &= pl.col("country").is_in(self.countries).fill_null(value=False)
        if self.recipients:
            fit &= pl.col("recipient").is_in(self.recipients)
        for fact, values in self.when.items():
            fit &= pl.col(fact).is_in(values)
        return fit


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules in their order, their version, and the age under which a guardian consents, by country (``default``)."""

    version: str
    rules: tuple[Rule, ...]
    age_limits: Mapping[str, int]

    def countries(self) -> tuple[str, ...]:
        """Return the countries that any rule names, sorted."""
        return tuple(sorted({country for rule in self.rules for country in rule.countries}))

    def decide(self, cases: pl.DataFrame, channel: str) -> pl.DataFrame:
        """Return the number of the rule that decides each case, in the cases' order: column ``rule``."""
        first = [
            pl.when(rule.fits()).then(pl.lit(number, pl.Int16))
            for number, rule in enumerate(self.rules)
            if not rule.channels or channel in rule.channels
        ]
        return cases.select(rule=pl.coalesce(first))


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
