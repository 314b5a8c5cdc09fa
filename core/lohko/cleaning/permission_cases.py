"""Cases put before the rules. A case is all that a rule may ask about, held as numbers; millions of customers come to few distinct ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from lohko.cleaning.permission_rules import FACTS, STRICTNESS, Rule, RuleBook
from lohko.cleaning.recipients import RECIPIENTS

# `country`, `recipient` and each fact, as the numbers of their values: one a case.
Cases = Mapping[str, NDArray[np.int64]]
_NONE = -1


def case_values(book: RuleBook) -> dict[str, tuple[str | None, ...]]:
    """Return the values of all that a rule may ask about, in the order of their numbers. Countries that no rule names are one: None."""
    return {"country": (None, *book.countries()), "recipient": RECIPIENTS, **FACTS}


def judged(cases: Cases, book: RuleBook, channel: str) -> NDArray[np.int16]:
    """Return the number of the rule that decides each case: the first that fits, or a company's that is stricter than it."""
    ordered = len(book.rules) - book.tightening
    found = _first(cases, book, channel, range(ordered))
    if not book.tightening:
        return found
    tighter = _first(cases, book, channel, range(ordered, len(book.rules)))
    strict = np.array([STRICTNESS.index(rule.decision) for rule in book.rules])
    return np.where((tighter != _NONE) & (strict[tighter] < strict[found]), tighter, found)


def _first(cases: Cases, book: RuleBook, channel: str, numbers: Iterable[int]) -> NDArray[np.int16]:
    """Return the first of some rules that fits each case."""
    values = case_values(book)
    size = cases["country"].size
    first = np.full(size, _NONE, dtype=np.int16)
    left = np.arange(size)
    for number in numbers:
        rule = book.rules[number]
        if left.size and (not rule.channels or channel in rule.channels):
            fits = np.ones(left.size, dtype=np.bool_)
            for name, wanted in _asked(rule).items():
                fits &= np.array([value in wanted for value in values[name]])[cases[name][left]]
            first[left[fits]] = number
            left = left[~fits]
    return first


def _asked(rule: Rule) -> dict[str, tuple[str, ...]]:
    """Return what a rule asks about, and the values that fit."""
    whom = {"country": rule.countries, "recipient": rule.recipients}
    return {name: values for name, values in whom.items() if values} | dict(rule.when)
