"""The evidence of a decision in words: which row of which table it rests on, without saying whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from lohko.cleaning.combinations import Places, distinct, joined
from lohko.cleaning.event_reading import GRADES, MISSING_PROOF, MISSING_SOFT, OBJECTED, OWN
from lohko.cleaning.evidence import day_numbers, day_words, flags, ranks, texts
from lohko.cleaning.evidence_grid import ADDRESS_OF
from lohko.cleaning.permission_facts import Decided
from lohko.cleaning.permission_grounds import Grounds
from lohko.cleaning.permission_lists import MATCHED_BY, ListFacts
from lohko.cleaning.permission_rules import FACTS, Rule, RuleBook

_CONTACT = {"email": "e-mail address", "post": "postal address", "ad_audience": "e-mail address or phone number"}
_AGE = {"child": "under the country's age of consent, no guardian's consent", "minor": "under 18"}
# Where the day of the evidence goes in its words.
_DAY = "{day}"


def evidence_text(
    decided: Decided, of: Grounds, book: RuleBook, channel: str, *, sources: list[str], lists: ListFacts
) -> tuple[pl.Series, Places]:
    """Return what a channel's decisions rest on, in words: each text once, and for every customer the place of its text.

    Parameters
    ----------
    of : the grounds of ``decided``
    """
    screened = lists.screened.get(channel)
    told = f"last screened {screened}" if screened else "not screened"
    # Cases aside, a channel's grounds are few: each is worded once, with a gap for its day.
    keys = list(zip(of.rule.tolist(), of.kept.tolist(), of.found.tolist(), strict=True))
    kinds = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    read = _read([kept for _, kept, _ in kinds], sources, lists.registers)
    words = [
        _words(row | {"found": found}, book.rules[rule], told, channel)
        for (rule, _, found), row in zip(kinds, read, strict=True)
    ]
    kind = np.array([kinds[key] for key in keys], dtype=np.int64)[of.of]
    # Days are counted from the first of them, 0 being none: so kind and day together stay small enough to be ticked off.
    days = day_numbers(decided.value)
    first = int(days.min(initial=days.max(initial=0), where=days > 0))
    codes, size = joined([(kind, len(kinds)), (np.maximum(days - first + 1, 0), int(days.max(initial=0)) - first + 2)])
    found, text = distinct(codes, size)
    of_kind, day = np.divmod(found, size // max(1, len(kinds)))
    parts = pl.Series("words", words, dtype=pl.String).str.split_exact(_DAY, 1).struct.unnest()
    whole = parts[of_kind].with_columns(day=day_words(np.where(day > 0, day + first - 1, 0)))
    dated = pl.concat_str("field_0", "day", "field_1")
    return whole.select(pl.when(pl.col("field_1").is_null()).then("field_0").otherwise(dated)).to_series(), text


def _read(kept: Sequence[int], sources: list[str], registers: list[str]) -> list[dict[str, Any]]:
    """Return what is packed in evidence: ``value``, ``rank``, ``flags``, and the words ``source`` and ``register``."""
    pack = np.array(kept, dtype=np.int64)
    return [
        {
            "value": value,
            "rank": rank,
            "flags": flag,
            "source": _word(text, sources),
            "register": _word(text, registers),
        }
        for value, rank, flag, text in zip(
            pack.tolist(), ranks(pack).tolist(), flags(pack).tolist(), texts(pack).tolist(), strict=True
        )
    ]


def _word(number: int, words: Sequence[str]) -> str | None:
    """Return the text of a number, from 1 (null: none)."""
    return words[number - 1] if 0 < number <= len(words) else None


def _words(row: dict[str, Any], rule: Rule, screened: str, channel: str) -> str:
    """Return the words for one kind of evidence; ``{day}`` stands where its day goes."""
    kind, value, flag = rule.evidence, row["value"], row["flags"]
    if row["found"]:
        if kind == "stop":
            word = "objected" if flag & OBJECTED else "withdrawn"
            whose = "" if flag & OWN else f", by a customer with the same {ADDRESS_OF[channel]}"
            return _event(channel, word, row) + whose
        if kind == "grant":
            grade = GRADES[row["rank"]]
            lacking = [f"no {name.replace('_', ' ')}" for name, bit in MISSING_PROOF.items() if flag & bit]
            if grade == "pre_ticked":
                lacking = ["pre-ticked"]
            elif grade != "no_evidence":
                # The flags of a proven consent say something else.
                lacking = []
            return "; ".join([_event(channel, "granted", row), *lacking])
        if kind == "soft":
            gaps = [f"{name} not known" for name, bit in MISSING_SOFT.items() if flag & bit]
            return "; ".join([_event(channel, "existing_customer", row), *gaps])
        if kind == "company":
            return _event(channel, "company", row)
        if kind == "unread":
            return _event(channel, "unknown", row)
        if kind == "list":
            by = MATCHED_BY[len(MATCHED_BY) - 1 - flag]
            return f"suppressions: register {_quoted(row['register']) or 'unnamed'}, screened {_DAY}, matched by {by}"
        if kind == "update":
            return f"address_updates: {'deceased' if rule.reason == 'deceased' else 'protected'}, {_DAY}"
        if kind == "age":
            return f"customers: birth date, {_AGE[FACTS['age'][value - 1]]}"
        if kind == "informed":
            return f"customers: informed is {FACTS['informed'][value - 1]}"
    if kind == "screening":
        told = "customers: informed; " if rule.reason in ("phone_opt_out", "post_opt_out") else ""
        return f"{told}suppressions: opt-out registers for {channel} {screened}"
    if kind == "company":
        return "customers: role address of a company"
    if kind == "source":
        return "customers: source is not known"
    if kind == "rule":
        return f"rules: {_quoted(rule.id)}"
    if kind == "contact":
        return f"customers: no {_CONTACT.get(channel, 'phone number')}"
    return f"consents: no consent in force for {channel}"


def _event(channel: str, word: str, row: dict[str, Any]) -> str:
    source = _quoted(row["source"])
    return f"consents: {channel} {word} {_DAY}" + (f" source {source}" if source else "")


def _quoted(word: object) -> str:
    """Return a word of the data, which must not be taken for the gap."""
    return str(word).replace(_DAY, "(day)") if word else ""
