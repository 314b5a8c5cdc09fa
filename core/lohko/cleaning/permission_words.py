"""The evidence of a decision in words: which row of which table it rests on, without saying whose it is."""

from __future__ import annotations

from typing import Any

import polars as pl

from lohko.cleaning.evidence import BITS, day_of, flags_of, rank_of, text_of, without_day
from lohko.cleaning.evidence_grid import ADDRESS_OF
from lohko.cleaning.permission_events import GRADES, MISSING_PROOF, MISSING_SOFT, OBJECTED, OWN
from lohko.cleaning.permission_lists import MATCHED_BY, ListFacts
from lohko.cleaning.permission_rules import FACTS, Rule, RuleBook

_CONTACT = {"email": "e-mail address", "post": "postal address", "ad_audience": "e-mail address or phone number"}
_AGE = {"child": "under the country's age of consent, no guardian's consent", "minor": "under 18"}
# Where the day of the evidence goes in its words.
_DAY = "{day}"


def evidence_text(
    cases: pl.DataFrame, book: RuleBook, sources: list[str], lists: ListFacts, channel: str
) -> tuple[pl.Series, pl.Series]:
    """Return what decided cases rest on, in words: each text once, and for every row the number of its text.

    Each distinct kind of evidence is worded once, with a gap for its day.

    Parameters
    ----------
    cases : ``rule`` and ``value``, as ``decide`` gives them
    """
    code = (pl.col("rule").cast(pl.Int64) * (1 << BITS) + pl.col("value")).alias("code")
    codes = cases.select(code)
    distinct = codes.unique().sort("code")
    read = distinct.select(rule=pl.col("code") // (1 << BITS), value=pl.col("code") % (1 << BITS))
    read = read.with_columns(kept=without_day(pl.col("value")), found=pl.col("value") > 0)
    kinds = read.select("rule", "kept", "found").unique()
    kinds = kinds.with_columns(
        rank=rank_of(pl.col("kept")),
        flags=flags_of(pl.col("kept")),
        source=text_of(pl.col("kept"), sources),
        register=text_of(pl.col("kept"), lists.registers),
    )
    screened = lists.screened.get(channel)
    told = f"last screened {screened}" if screened else "not screened"
    words = [_words(row, book.rules[row["rule"]], told, channel) for row in kinds.iter_rows(named=True)]
    parts = pl.Series("words", words, dtype=pl.String).str.split(_DAY)
    worded = kinds.select("rule", "kept", "found").with_columns(
        before=parts.list.get(0), after=parts.list.get(1, null_on_oob=True)
    )
    day = day_of(pl.col("value")).dt.to_string("%Y-%m-%d").fill_null("undated")
    texts = read.join(worded, on=["rule", "kept", "found"], how="left", maintain_order="left").select(
        text=pl.when(pl.col("after").is_null())
        .then(pl.col("before"))
        .otherwise(pl.col("before") + day + pl.col("after"))
    )["text"]
    numbered = distinct.with_row_index("text")
    return texts, codes.join(numbered, on="code", how="left", maintain_order="left")["text"]


def _words(row: dict[str, Any], rule: Rule, screened: str, channel: str) -> str:
    """Return the words for one kind of evidence; ``{day}`` stands where its day goes."""
    kind, value, flags = rule.evidence, row["kept"], row["flags"]
    if row["found"]:
        if kind == "stop":
            word = "objected" if flags & OBJECTED else "withdrawn"
            whose = "" if flags & OWN else f", by a customer with the same {ADDRESS_OF[channel]}"
            return _event(channel, word, row) + whose
        if kind == "grant":
            grade = GRADES[row["rank"]]
            lacking = [f"no {name.replace('_', ' ')}" for name, bit in MISSING_PROOF.items() if flags & bit]
            if grade == "pre_ticked":
                lacking = ["pre-ticked"]
            elif grade != "no_evidence":
                # The flags of a proven consent say something else.
                lacking = []
            return "; ".join([_event(channel, "granted", row), *lacking])
        if kind == "soft":
            gaps = [f"{name} not known" for name, bit in MISSING_SOFT.items() if flags & bit]
            return "; ".join([_event(channel, "existing_customer", row), *gaps])
        if kind == "company":
            return _event(channel, "company", row)
        if kind == "unread":
            return _event(channel, "unknown", row)
        if kind == "list":
            by = MATCHED_BY[len(MATCHED_BY) - 1 - flags]
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
