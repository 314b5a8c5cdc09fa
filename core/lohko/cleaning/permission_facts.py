"""The facts the rules ask about, of all customers for one channel, the rule that decides each, and the evidence behind it.

A fact is held as the number of its value in ``FACTS``. Customers who have all facts in common are one case, and each case is judged once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.cleaning.combinations import Places, distinct, joined, parted
from lohko.cleaning.event_reading import VALID
from lohko.cleaning.evidence import Numbers, day_numbers, flags, ranks
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.permission_cases import Cases, case_values, judged
from lohko.cleaning.permission_events import EventFacts
from lohko.cleaning.permission_lists import ListFacts
from lohko.cleaning.permission_rules import CHANNELS, FACTS, Rule, RuleBook
from lohko.cleaning.recipients import RECIPIENTS

_ROLE, _NAMED = RECIPIENTS.index("business_role_address"), RECIPIENTS.index("named_business_person")
# Facts about the customer, the same in every channel, and those that a channel's evidence comes to. All others follow from them.
_OWN = ("age", "informed", "source_known", "deceased", "total_ban", "protected_address")
_CONTACTS = ("has_email", "has_phone", "has_post")
_OF_EVIDENCE = ("stop", "listed", "consent", "purpose", "soft_opt_in", "company_basis", "unread")
_UNKNOWN, _NO, _YES = (FACTS["contact_point"].index(word) for word in ("unknown", "no", "yes"))


def value_number(fact: str, value: str) -> int:
    """Return the number that stands for a fact's value."""
    return FACTS[fact].index(value)


class Persons:
    """What the facts about the customers themselves come to.

    Parameters
    ----------
    one : a row a customer, as ``people`` gives it, with ``ban``, ``deceased_by`` and ``protected_by``

    Attributes
    ----------
    kinds : the distinct combinations of ``country``, ``recipient``, facts, and the contact points there are
    kind : the place of each customer's among them
    evidence : by column of the facts, the packed evidence of each customer (0: none); of ``age`` and ``informed`` 1 + the fact's number
    """

    def __init__(self, one: pl.DataFrame, book: RuleBook) -> None:
        columns = {name: _codes(one[name]) for name in ("country", "recipient", "age", "informed", "source_known")}
        self.evidence = {name: columns[name].astype(np.int64) + 1 for name in ("age", "informed")}
        for fact, name in (("deceased", "deceased_by"), ("total_ban", "ban"), ("protected_address", "protected_by")):
            self.evidence[name] = one[name].fill_null(0).to_numpy()
            columns[fact] = (self.evidence[name] > 0).astype(np.uint8)
        for name in _CONTACTS:
            # False, True: no, yes. Null: the register has no such column.
            columns[name] = _codes(one[name].cast(pl.UInt8) + _NO)
        values = case_values(book)
        counts = {name: len(values.get(name, FACTS["contact_point"])) for name in columns}
        codes, size = joined((columns[name], count) for name, count in counts.items())
        found, self.kind = distinct(codes, size)
        self.kinds: Cases = parted(found, counts)

    def of(self, kind: Numbers, channel: str) -> dict[str, Numbers]:
        """Return ``country``, ``recipient`` and the facts of some kinds, for a channel."""
        found = {name: self.kinds[name][kind] for name in ("country", "recipient", *_OWN)}
        if channel != "email":
            # A role address speaks for mail only: whose number stands beside it is not known.
            found["recipient"] = np.where(found["recipient"] == _ROLE, _NAMED, found["recipient"])
        return found | {"contact_point": self._contact_points(channel)[kind]}

    def _contact_points(self, channel: str) -> Numbers:
        """Return for each kind the fact whether there is something to send to."""
        email, phone, post = (self.kinds[name] for name in _CONTACTS)
        if channel == "email":
            return email
        if channel == "post":
            return post
        if channel in ("phone", "sms", "robocall"):
            return phone
        if channel == "ad_audience":
            either, neither = (email == _YES) | (phone == _YES), (email == _NO) & (phone == _NO)
            return np.select([either, neither], [_YES, _NO], _UNKNOWN)
        return np.full(email.size, _UNKNOWN)


def _codes(column: pl.Series) -> NDArray[np.uint8]:
    """Return small numbers, or yes and no, as an array (null: 0)."""
    return column.cast(pl.UInt8).fill_null(0).to_numpy()


@dataclass(frozen=True, slots=True)
class Decided:
    """A channel's decisions, the customers in the order of their numbers.

    Attributes
    ----------
    cases : the distinct cases: the numbers of all facts
    rules : the number of the rule that decides each case
    case : each customer's case
    value : the packed evidence behind each customer's decision. Where it is a fact it is 1 + the fact's number; 0: there is none
    weak, soft : the evidence of a grant, or of a sale, that is not enough (0: none)
    """

    cases: Cases
    rules: NDArray[np.int16]
    case: Places
    value: Numbers
    weak: Numbers
    soft: Numbers

    @property
    def rule(self) -> NDArray[np.int16]:
        """The number of the rule that decides about each customer."""
        return self.rules[self.case]


def decide(
    persons: Persons,
    events: EventFacts,
    lists: ListFacts,
    book: RuleBook,
    channel: str,
    *,
    params: ConsentsParams,
    as_of: dt.date,
) -> Decided:
    """Decide for one channel."""
    number = CHANNELS.index(channel)
    evidence = events.of(number) | {"list_by": lists.entries.best[number]}
    facts: dict[str, NDArray[np.integer[Any]]] = {}
    # Of most channels a register holds no evidence at all: then every fact has its first value, that nothing is known.
    if any(found.any() for found in evidence.values()):
        facts = _facts(evidence, events.stop_states(number))
    evidence |= {"unread_by": facts.pop("unread_by", evidence["unread"]), **persons.evidence}
    counts = {"kind": persons.kinds["country"].size} | {name: len(FACTS[name]) for name in facts}
    codes, size = joined((facts.get(name, persons.kind), count) for name, count in counts.items())
    told, case = distinct(codes, size)
    cases = parted(told, counts)
    nothing = dict.fromkeys(_OF_EVIDENCE, np.zeros(told.size, dtype=np.int64))
    cases = nothing | cases | persons.of(cases.pop("kind"), channel)
    # Of a child only grants that name a guardian were counted; the one in force is the guardian's word.
    cases["guardian"] = ((cases["consent"] == VALID) & (cases["age"] == value_number("age", "child"))).astype(np.int64)
    for name, word in _settings(lists.screened.get(channel), params, as_of).items():
        cases[name] = np.full(told.size, value_number(name, word))
    rules = judged(cases, book, channel)
    value = _behind([book.rules[rule] for rule in rules], cases["consent"] == VALID, case, evidence)
    return Decided(cases, rules, case, value, evidence["weak"], evidence["soft"])


def _facts(evidence: Mapping[str, Numbers], stop: NDArray[np.uint8]) -> dict[str, NDArray[np.integer[Any]]]:
    """Return the facts that a channel's evidence comes to, and ``unread_by``, the evidence behind ``unread``."""
    valid, weak, soft, company = (evidence[name] for name in ("valid", "weak", "soft", "company"))
    list_by, lifted = evidence["list_by"], value_number("stop", "lifted_by_consent")
    has_consent = (valid > 0) & ((stop == 0) | (stop == lifted))
    valid_day, list_day = day_numbers(valid), day_numbers(list_by)
    # A consent is dated after the screening that found the entry; an undated entry it never is.
    later = has_consent & (list_day > 0) & (valid_day > list_day)
    listed = np.where(later, value_number("listed", "consented_later"), value_number("listed", "listed"))
    return {
        "stop": stop,
        "listed": np.where(list_by > 0, listed, 0),
        # Grades are numbered as the values of the fact are.
        "consent": np.where(has_consent, VALID, ranks(weak)),
        "purpose": has_consent & (flags(valid) == 1),
        "soft_opt_in": ranks(soft),
        "company_basis": company > 0,
        **_unread(evidence, has_consent),
    }


def _unread(evidence: Mapping[str, Numbers], has_consent: NDArray[np.bool_]) -> dict[str, Numbers]:
    """Return the fact ``unread`` and its evidence: a status that could not be read, not before the grant that would allow."""
    unread, soft = evidence["unread"], evidence["soft"]
    complete = ranks(soft) == value_number("soft_opt_in", "complete")
    held = np.where(has_consent, evidence["valid"], np.where(complete, soft, evidence["company"]))
    # A sale's event without status says nothing against a consent.
    against = np.where(has_consent, unread, np.maximum(unread, evidence["unread_sale"]))
    day, held_day = day_numbers(against), day_numbers(held)
    undated = (day == 0) | (ranks(against) > 0) | (held_day == 0)
    after = (against > 0) & (held > 0) & (undated | (day >= held_day))
    alone = (unread > 0) & (held == 0)
    fact = np.select([after, alone], [value_number("unread", "after_grant"), value_number("unread", "alone")], 0)
    return {"unread": fact, "unread_by": against}


# Where the evidence of a decision stands, by what the rule rests on; others rest on what the rule itself says.
_STANDS_IN = {
    "stop": "stop_by",
    "soft": "soft",
    "company": "company",
    "unread": "unread_by",
    "age": "age",
    "informed": "informed",
}


def _evidence_of(rule: Rule, *, valid: bool) -> str | None:
    """Return the kind of evidence that a decision by the rule rests on, where there is a valid consent, or none."""
    if rule.evidence == "update":
        return "deceased_by" if rule.reason == "deceased" else "protected_by"
    if rule.evidence == "list":
        return "ban" if rule.reason == "total_ban" else "list_by"
    if rule.evidence == "grant":
        return "valid" if valid else "weak"
    return _STANDS_IN.get(rule.evidence)


def _behind(rules: Sequence[Rule], valid: NDArray[np.bool_], case: Places, evidence: Mapping[str, Numbers]) -> Numbers:
    """Return the evidence behind each customer's decision.

    Parameters
    ----------
    rules, valid : the rule that decides each case, and whether it has a valid consent
    """
    stands_in = [_evidence_of(rule, valid=bool(of)) for rule, of in zip(rules, valid, strict=True)]
    used = sorted({name for name in stands_in if name is not None})
    place = np.array([used.index(name) if name else -1 for name in stands_in], dtype=np.int8)[case]
    value = np.zeros(case.size, dtype=np.int64)
    for number, name in enumerate(used):
        np.copyto(value, evidence[name], where=place == number)
    return value


def _settings(screened: dt.date | None, params: ConsentsParams, as_of: dt.date) -> dict[str, str]:
    """Return the facts that are the same for all customers.

    Parameters
    ----------
    screened : when the channel's opt-out registers were last screened
    """
    screening = "missing"
    if screened is not None:
        screening = "fresh" if (as_of - screened).days <= params.screening_days else "old"
    campaign = "mobile_subscriptions" if params.mobile_subscriptions else "any"
    return {"screening": screening, "campaign": campaign, "b2b_named": params.b2b_named}


def own_decided(decided: Decided, book: RuleBook) -> dict[str, int]:
    """Return how many customers each of a company's own rules decided about, by its id."""
    if not book.own:
        return {}
    counts = np.bincount(decided.rule, minlength=len(book.rules))
    return {book.rules[rule].id: int(counts[rule]) for rule in book.own if counts[rule]}
