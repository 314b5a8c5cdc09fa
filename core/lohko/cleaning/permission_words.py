"""The evidence of a decision in words: which row of which table it rests on, without saying whose it is."""

from __future__ import annotations

import datetime as dt

import polars as pl

from lohko.cleaning.evidence import day_of, flags_of, rank_of, text_of
from lohko.cleaning.permission_events import ADDRESS_OF, GRADES, MISSING_PROOF, MISSING_SOFT, OBJECTED, OWN
from lohko.cleaning.permission_lists import MATCHED_BY, ListFacts
from lohko.cleaning.permission_rules import FACTS

_CONTACT = {"email": "e-mail address", "post": "postal address", "ad_audience": "e-mail address or phone number"}
_AGE = {"child": "under the country's age of consent, no guardian's consent", "minor": "under 18"}


def evidence_values(cases: pl.DataFrame) -> pl.DataFrame:
    """Return for every decided case what it rests on (``rests_on``) and the packed evidence (``value``)."""
    ages = dict(zip(FACTS["age"], range(len(FACTS["age"])), strict=True))
    informed = dict(zip(FACTS["informed"], range(len(FACTS["informed"])), strict=True))
    rests_on = pl.col("rests_on")
    return cases.select(
        "rests_on",
        "reason",
        value=pl.when(rests_on == "update")
        .then(pl.when(pl.col("deceased") == "yes").then("deceased_by").otherwise("protected"))
        .when(rests_on == "stop")
        .then("stop_by")
        .when(rests_on == "list")
        .then(pl.when(pl.col("total_ban") == "yes").then("ban").otherwise("list_by"))
        .when(rests_on == "grant")
        .then(pl.when(pl.col("has_consent")).then("valid").otherwise("weak"))
        .when(rests_on == "soft")
        .then("soft")
        .when(rests_on == "company")
        .then("company")
        .when(rests_on == "age")
        .then(pl.col("age").replace_strict(ages, return_dtype=pl.Int64))
        .when(rests_on == "informed")
        .then(pl.col("informed").replace_strict(informed, return_dtype=pl.Int64)),
    )


def evidence_text(values: pl.DataFrame, sources: list[str], lists: ListFacts, channel: str) -> pl.Series:
    """Return the words, row by row; each distinct piece of evidence is worded once."""
    keys = ["rests_on", "reason", "value"]
    distinct = values.unique()
    read = distinct.with_columns(
        rank=rank_of(pl.col("value")),
        day=day_of(pl.col("value")),
        flags=flags_of(pl.col("value")),
        source=text_of(pl.col("value"), sources),
        register=text_of(pl.col("value"), lists.registers),
    )
    words = [_words(row, lists.screened.get(channel), channel) for row in read.iter_rows(named=True)]
    worded = distinct.with_columns(evidence=pl.Series(words, dtype=pl.String))
    return values.join(worded, on=keys, how="left", nulls_equal=True, maintain_order="left")["evidence"]


def _words(row: dict[str, object], screened: dt.date | None, channel: str) -> str:  # noqa: PLR0911 - one return a kind
    kind, value = row["rests_on"], row["value"]
    flags = row["flags"]
    if value is not None:
        assert isinstance(flags, int)
        if kind == "stop":
            word = "objected" if flags & OBJECTED else "withdrawn"
            whose = "" if flags & OWN else f", by a customer with the same {ADDRESS_OF[channel]}"
            return _event(channel, word, row) + whose
        if kind == "grant":
            grade = GRADES[int(str(row["rank"]))]
            lacking = ["pre-ticked"] if grade == "pre_ticked" else []
            if grade in ("pre_ticked", "no_evidence"):
                lacking += [f"no {name.replace('_', ' ')}" for name, bit in MISSING_PROOF.items() if flags & bit]
            return "; ".join([_event(channel, "granted", row), *lacking])
        if kind == "soft":
            gaps = [f"{name} not known" for name, bit in MISSING_SOFT.items() if flags & bit]
            return "; ".join([_event(channel, "existing_customer", row), *gaps])
        if kind == "company":
            return _event(channel, "company", row)
        if kind == "list":
            by = MATCHED_BY[len(MATCHED_BY) - 1 - flags]
            return f"suppressions: register {row['register'] or 'unnamed'}, screened {_day(row)}, matched by {by}"
        if kind == "update":
            return f"address_updates: {'deceased' if row['reason'] == 'deceased' else 'protected'}, {_day(row)}"
        if kind == "age":
            return f"customers: birth date, {_AGE[FACTS['age'][int(str(value))]]}"
        if kind == "informed":
            return f"customers: informed is {FACTS['informed'][int(str(value))]}"
    if kind == "screening":
        when = f"last screened {screened}" if screened else "not screened"
        return f"suppressions: opt-out registers for {channel} {when}"
    if kind == "company":
        return "customers: role address of a company"
    if kind == "source":
        return "customers: source is not known"
    if kind == "contact":
        return f"customers: no {_CONTACT.get(channel, 'phone number')}"
    return f"consents: no consent in force for {channel}"


def _event(channel: str, word: str, row: dict[str, object]) -> str:
    source = f" source {row['source']}" if row["source"] else ""
    return f"consents: {channel} {word} {_day(row)}{source}"


def _day(row: dict[str, object]) -> str:
    return str(row["day"]) if row["day"] else "undated"
