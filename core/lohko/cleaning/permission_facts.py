"""The facts the rules ask about, one row a customer for one channel, with the evidence behind each.

A fact is held as the number of its value in ``FACTS``, so that all facts of a row pack into one integer: rows with the same
integer are the same case, and each distinct case is judged once.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from lohko.cleaning.evidence import day_of, flags_of, rank_of
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.permission_events import VALID, EventFacts
from lohko.cleaning.permission_lists import ListFacts, consented_later
from lohko.cleaning.permission_rules import CHANNELS, FACTS, Rule, RuleBook
from lohko.cleaning.recipients import RECIPIENTS

_ROLE, _NAMED = RECIPIENTS.index("business_role_address"), RECIPIENTS.index("named_business_person")


def value_number(fact: str, value: str) -> int:
    """Return the number that stands for a fact's value."""
    return FACTS[fact].index(value)


def channel_facts(
    one: pl.DataFrame,
    events: EventFacts,
    lists: ListFacts,
    channel: str,
    *,
    params: ConsentsParams,
    as_of: dt.date,
) -> pl.LazyFrame:
    """Return, for one channel, one row a customer, in ``one``'s order, with every fact of the rules and its evidence.

    It is lazy: a fact that none of the channel's rules asks about is not worked out.

    The evidence stands packed in ``deceased_by``, ``protected_by``, ``ban``, ``stop_by``, ``list_by``, ``valid``, ``weak``,
    ``soft``, ``company`` and ``unread_by``.
    """
    number = CHANNELS.index(channel)

    def fact(name: str, value: str) -> pl.Expr:
        return pl.lit(value_number(name, value), pl.UInt8)

    both = pl.concat([one, events.of(number)], how="horizontal")
    joined = both.with_columns(list_by=lists.entries.column(number)).lazy()
    lifted = value_number("stop", "lifted_by_consent")
    recipient = pl.col("recipient")
    if channel != "email":
        # A role address speaks for mail only: whose number stands beside it is not known.
        recipient = pl.when(recipient == _ROLE).then(pl.lit(_NAMED, pl.UInt8)).otherwise(recipient)
    joined = joined.with_columns(
        recipient=recipient,
        stop=pl.col("stop_state").fill_null(0),
        has_consent=pl.col("valid").is_not_null() & pl.col("stop_state").is_in([0, lifted]).fill_null(value=False),
    )
    has_consent = pl.col("has_consent")
    return joined.with_columns(
        deceased=_is(pl.col("deceased_by").is_not_null()),
        total_ban=_is(pl.col("ban").is_not_null()),
        protected_address=_is(pl.col("protected_by").is_not_null()),
        listed=pl.when(pl.col("list_by").is_null())
        .then(fact("listed", "none"))
        .when(has_consent & consented_later(pl.col("list_by"), pl.col("valid")))
        .then(fact("listed", "consented_later"))
        .otherwise(fact("listed", "listed")),
        # Of a child only grants that name a guardian were counted; the one in force is the guardian's word.
        guardian=_is(has_consent & (pl.col("age") == value_number("age", "child"))),
        contact_point=pl.when(_contact(channel))
        .then(fact("contact_point", "yes"))
        .when(~_contact(channel))
        .then(fact("contact_point", "no"))
        .otherwise(fact("contact_point", "unknown")),
        # Grades are numbered as the values of the fact are.
        consent=pl.when(has_consent).then(VALID).otherwise(rank_of(pl.col("weak")).fill_null(0)).cast(pl.UInt8),
        purpose=_is(has_consent & (flags_of(pl.col("valid")) == 1).fill_null(value=False)),
        soft_opt_in=rank_of(pl.col("soft")).fill_null(0).cast(pl.UInt8),
        company_basis=_is(pl.col("company").is_not_null()),
        **_unread(has_consent),
        screening=fact("screening", _screening(lists.screened.get(channel), params, as_of)),
        source_known=_is(pl.col("source_known")),
        campaign=fact("campaign", "mobile_subscriptions" if params.mobile_subscriptions else "any"),
        b2b_named=fact("b2b_named", params.b2b_named),
    )


# Where the evidence of a decision stands, by what the rule rests on; others rest on what the rule itself says.
_STANDS_IN = {
    "stop": "stop_by",
    "soft": "soft",
    "company": "company",
    "unread": "unread_by",
    "age": "age",
    "informed": "informed",
}
# All columns that evidence can stand in.
EVIDENCE = ("deceased_by", "protected_by", "ban", "list_by", "valid", "weak", *_STANDS_IN.values())


def evidence_column(rule: Rule, consent: str) -> str | None:
    """Return the column of the facts that holds what a decision by the rule rests on, where the fact ``consent`` is as given."""
    if rule.evidence == "update":
        return "deceased_by" if rule.reason == "deceased" else "protected_by"
    if rule.evidence == "list":
        return "ban" if rule.reason == "total_ban" else "list_by"
    if rule.evidence == "grant":
        return "valid" if consent == "valid" else "weak"
    return _STANDS_IN.get(rule.evidence)


def decide(facts: pl.LazyFrame, book: RuleBook, channel: str) -> pl.DataFrame:
    """Return the number of the rule that decides each row (``rule``) and the packed evidence behind it (``value``).

    Where the evidence is a fact, ``value`` is 1 + its number; where there is none it is 0. ``case`` is all facts that
    the channel's rules ask about in one number: what none of them asks about makes no other case. ``weak`` and ``soft`` stand beside.
    """
    code = pl.lit(0, pl.Int64)
    for name, values in _asked(book, channel).items():
        code = code * len(values) + pl.col(name).cast(pl.Int64)
    held = facts.select(code.alias("case"), *EVIDENCE).collect()
    distinct = held.select(pl.col("case").unique())
    cases = case_words(distinct["case"], book, channel)
    judged = pl.concat([distinct, book.decide(cases, channel)], how="horizontal")
    stands_in = [
        evidence_column(book.rules[rule], consent)
        for rule, consent in zip(judged["rule"], cases["consent"], strict=True)
    ]
    used = sorted({name for name in stands_in if name is not None})
    place = pl.Series("place", [None if name is None else used.index(name) for name in stands_in], dtype=pl.UInt8)
    held = held.join(judged.with_columns(place), on="case", how="left", maintain_order="left")
    value = pl.lit(0, pl.Int64)
    for number, name in enumerate(used):
        word = pl.col(name) + 1 if name in FACTS else pl.col(name).fill_null(0)
        value = pl.when(pl.col("place") == number).then(word.cast(pl.Int64)).otherwise(value)
    return held.select("case", "rule", value.alias("value"), "weak", "soft")


def case_words(cases: pl.Series, book: RuleBook, channel: str) -> pl.DataFrame:
    """Return what a channel's cases, as ``decide`` numbers them, are in words: ``country``, ``recipient`` and the facts.

    A fact that none of the channel's rules asks about has its first value.
    """
    asked, rest = {}, pl.col("case")
    for name, values in reversed(_asked(book, channel).items()):
        numbers = list(range(len(values)))
        asked[name] = (rest % len(values)).replace_strict(numbers, list(values), return_dtype=pl.String)
        rest = rest // len(values)
    columns = [asked.get(name, pl.lit(values[0], pl.String)).alias(name) for name, values in _words(book).items()]
    return cases.to_frame("case").with_columns(columns).drop("case")


def _asked(book: RuleBook, channel: str) -> dict[str, tuple[str | None, ...]]:
    """Return those of ``_words`` on which a decision in the channel can rest."""
    rules = [rule for rule in book.rules if not rule.channels or channel in rule.channels]
    # Which evidence is named rests on the consent, and what mending it would do on the stop.
    asked = {"country", "recipient", "consent", "stop", *(fact for rule in rules for fact in rule.when)}
    return {name: values for name, values in _words(book).items() if name in asked}


def _words(book: RuleBook) -> dict[str, tuple[str | None, ...]]:
    """Return the values of all that a rule may ask about, in the order of their numbers."""
    return {"country": (None, *book.countries()), "recipient": RECIPIENTS, **FACTS}


def own_decided(decided: pl.DataFrame, book: RuleBook) -> dict[str, int]:
    """Return how many rows each of a company's own rules decided, by its id."""
    if not book.own:
        return {}
    counts = decided["rule"].value_counts(sort=False)
    return {book.rules[rule].id: count for rule, count in counts.iter_rows() if rule in book.own}


def _unread(has_consent: pl.Expr) -> dict[str, pl.Expr]:
    """Return the fact ``unread`` and its evidence: a status that could not be read, not before the grant that would allow."""
    soft = rank_of(pl.col("soft")) == value_number("soft_opt_in", "complete")
    held = pl.when(has_consent).then("valid").when(soft).then("soft").otherwise("company")
    # A sale's event without status says nothing against a consent.
    against = pl.when(has_consent).then("unread").otherwise(pl.max_horizontal("unread", "unread_sale"))
    undated = day_of(against).is_null() | (rank_of(against) > 0) | day_of(held).is_null()
    after = against.is_not_null() & held.is_not_null() & (undated | (day_of(against) >= day_of(held)))
    alone = pl.col("unread").is_not_null() & held.is_null()
    return {
        "unread": pl.when(after)
        .then(pl.lit(value_number("unread", "after_grant"), pl.UInt8))
        .when(alone)
        .then(pl.lit(value_number("unread", "alone"), pl.UInt8))
        .otherwise(pl.lit(value_number("unread", "none"), pl.UInt8)),
        "unread_by": against,
    }


def _is(condition: pl.Expr) -> pl.Expr:
    """Return the number of `yes` or `no`."""
    return condition.cast(pl.UInt8)


def _screening(last: dt.date | None, params: ConsentsParams, as_of: dt.date) -> str:
    if last is None:
        return "missing"
    return "fresh" if (as_of - last).days <= params.screening_days else "old"


def _contact(channel: str) -> pl.Expr:
    """Return whether there is something to send to (null: the register has no such column, or keeps it elsewhere)."""
    if channel == "email":
        return pl.col("has_email")
    if channel == "post":
        return pl.col("has_post")
    if channel in ("phone", "sms", "robocall"):
        return pl.col("has_phone")
    if channel == "ad_audience":
        return pl.col("has_email") | pl.col("has_phone")
    return pl.lit(None, pl.Boolean)
