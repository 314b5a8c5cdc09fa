"""The evidence of a decision in words: which row of which table it rests on, without saying whose it is."""

from __future__ import annotations

import polars as pl

from lohko.cleaning.evidence import day_of, flags_of, rank_of, text_of, without_day
from lohko.cleaning.permission_events import ADDRESS_OF, GRADES, MISSING_PROOF, MISSING_SOFT, OBJECTED, OWN
from lohko.cleaning.permission_lists import MATCHED_BY, ListFacts
from lohko.cleaning.permission_rules import FACTS

_CONTACT = {"email": "e-mail address", "post": "postal address", "ad_audience": "e-mail address or phone number"}
_AGE = {"child": "under the country's age of consent, no guardian's consent", "minor": "under 18"}
# Where the day of the evidence goes in its words.
_DAY = "{day}"


def evidence_text(cases: pl.DataFrame, sources: list[str], lists: ListFacts, channel: str) -> pl.Series:
    """Return what each decided case rests on, in words, row by row.

    Each distinct kind of evidence is worded once, with a gap for its day.
    """
    values = _values(cases).with_columns(kept=without_day(pl.col("value")), day=day_of(pl.col("value")))
    keys = ["rests_on", "reason", "kept"]
    distinct = values.select(keys).unique()
    read = distinct.with_columns(
        rank=rank_of(pl.col("kept")),
        flags=flags_of(pl.col("kept")),
        source=text_of(pl.col("kept"), sources),
        register=text_of(pl.col("kept"), lists.registers),
    )
    screened = lists.screened.get(channel)
    words = [
        _words(row, f"last screened {screened}" if screened else "not screened", channel)
        for row in read.iter_rows(named=True)
    ]
    parts = pl.Series("words", words, dtype=pl.String).to_frame()
    worded = read.select(keys).with_columns(
        parts.select(
            before=pl.col("words").str.split(_DAY).list.get(0),
            after=pl.col("words").str.split(_DAY).list.get(1, null_on_oob=True),
        )
    )
    day = pl.col("day").dt.to_string("%Y-%m-%d").fill_null("undated")
    return values.join(worded, on=keys, how="left", nulls_equal=True, maintain_order="left").select(
        evidence=pl.when(pl.col("after").is_null())
        .then(pl.col("before"))
        .otherwise(pl.col("before") + day + pl.col("after"))
    )["evidence"]


def _values(cases: pl.DataFrame) -> pl.DataFrame:
    """Return for every decided case what it rests on (``rests_on``) and the packed evidence or number (``value``)."""
    rests_on = pl.col("rests_on")
    return cases.select(
        "rests_on",
        "reason",
        value=pl.when(rests_on == "update")
        .then(pl.when(pl.col("reason") == "deceased").then("deceased_by").otherwise("protected_by"))
        .when(rests_on == "stop")
        .then("stop_by")
        .when(rests_on == "list")
        .then(pl.when(pl.col("reason") == "total_ban").then("ban").otherwise("list_by"))
        .when(rests_on == "grant")
        .then(pl.when("has_consent").then("valid").otherwise("weak"))
        .when(rests_on == "soft")
        .then("soft")
        .when(rests_on == "company")
        .then("company")
        .when(rests_on == "unread")
        .then("unread_by")
        .when(rests_on == "age")
        .then(pl.col("age").cast(pl.Int64))
        .when(rests_on == "informed")
        .then(pl.col("informed").cast(pl.Int64)),
    )


def _words(row: dict[str, object], screened: str, channel: str) -> str:
    """Return the words for one kind of evidence; ``{day}`` stands where its day goes."""
    kind, value, flags = row["rests_on"], row["kept"], row["flags"]
    if value is not None:
        assert isinstance(value, int)
        assert isinstance(flags, int)
        if kind == "stop":
            word = "objected" if flags & OBJECTED else "withdrawn"
            whose = "" if flags & OWN else f", by a customer with the same {ADDRESS_OF[channel]}"
            return _event(channel, word, row) + whose
        if kind == "grant":
            grade = GRADES[int(str(row["rank"]))]
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
            return f"address_updates: {'deceased' if row['reason'] == 'deceased' else 'protected'}, {_DAY}"
        if kind == "age":
            return f"customers: birth date, {_AGE[FACTS['age'][value]]}"
        if kind == "informed":
            return f"customers: informed is {FACTS['informed'][value]}"
    if kind == "screening":
        told = "customers: informed; " if row["reason"] in ("phone_opt_out", "post_opt_out") else ""
        return f"{told}suppressions: opt-out registers for {channel} {screened}"
    if kind == "company":
        return "customers: role address of a company"
    if kind == "source":
        return "customers: source is not known"
    if kind == "contact":
        return f"customers: no {_CONTACT.get(channel, 'phone number')}"
    return f"consents: no consent in force for {channel}"


def _event(channel: str, word: str, row: dict[str, object]) -> str:
    source = _quoted(row["source"])
    return f"consents: {channel} {word} {_DAY}" + (f" source {source}" if source else "")


def _quoted(word: object) -> str:
    """Return a word of the data, which must not be taken for the gap."""
    return str(word).replace(_DAY, "(day)") if word else ""
