"""The rule file: every rule decides a case of its own, and no combination of facts gets a `may` it must not have."""

import json
from itertools import product

import polars as pl
import pytest
from tests.core.cleaning import rule_cases

from lohko.cleaning.own_rules import with_own_rules
from lohko.cleaning.permission_rules import CHANNELS, FACTS, book_from, read_rules, rule_book
from lohko.cleaning.recipients import RECIPIENTS

BOOK = rule_book()
# A customer about whom nothing stands in the way and nothing is proven.
PLAIN = {name: values[0] for name, values in FACTS.items()} | {
    "contact_point": "yes",
    "age": "adult",
    "informed": "yes",
}
# What must hold besides a rule's own conditions, so that no earlier rule comes first.
BESIDE = {
    "ADS_PURPOSE": {"consent": "valid"},
    "ADS_REVIEW": {"consent": "valid", "purpose": "yes"},
    "PHONE_POST_SCREEN": {"source_known": "yes"},
    "POST_SOURCE_UNKNOWN": {"screening": "fresh"},
    "OTHER": {},
}


def deciding(channel, country="FI", recipient="consumer", **facts):
    case = {"country": country, "recipient": recipient, **PLAIN, **facts}
    return rule_cases.deciding(BOOK, [case], channel)[0]


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_every_rule_decides_each_channel_country_and_recipient_it_names(rule):
    channels = rule.channels or (("push",) if rule.id == "OTHER" else CHANNELS)
    for channel, country, recipient in product(channels, rule.countries or ("FI",), rule.recipients or RECIPIENTS):
        facts = {name: values[0] for name, values in rule.when.items()} | BESIDE.get(rule.id, {})
        # A role address is electronic mail's own case; MINOR and others name the recipients they are about.
        if rule.id in ("E_ROBOCALL", "E_PRETICKED", "E_NOPROOF") and recipient == "business_role_address":
            facts["stop"] = "lifted"
        assert deciding(channel, country, recipient, **facts).id == rule.id


@pytest.mark.parametrize("rule", [rule for rule in BOOK.rules if rule.decision == "may"], ids=lambda rule: rule.id)
def test_no_rule_allows_what_a_status_that_could_not_be_read_stands_against(rule):
    for channel, country, recipient in product(
        rule.channels, rule.countries or (None, "FI", "NO"), rule.recipients or RECIPIENTS
    ):
        facts = {name: values[0] for name, values in rule.when.items()}
        assert deciding(channel, country, recipient, **facts, unread="after_grant").reason == "status_unread"
        if rule.id in ("PHONE_FI", "POST_FI", "B2B_ROLE_FI", "B2B_NO"):
            assert deciding(channel, country, recipient, **facts, unread="alone").reason == "status_unread"


@pytest.mark.parametrize("channel", ["phone", "post"])
def test_a_child_never_goes_by_opt_out(channel):
    facts = {"age": "child", "screening": "fresh", "source_known": "yes", "consent": "valid"}
    assert deciding(channel, guardian="yes", **facts).reason == "child_guardian"
    assert deciding(channel, guardian="no", **facts).reason == "child"


def test_each_rule_names_its_source_and_how_it_was_read():
    assert all(rule.source and rule.verified for rule in BOOK.rules)
    assert len({rule.id for rule in BOOK.rules}) == len(BOOK.rules)


def test_the_first_rule_that_fits_decides_as_a_plain_reading_of_the_file_says():
    names = ("stop", "consent", "soft_opt_in", "listed", "age", "informed", "screening", "contact_point")
    countries = (None, "FI")
    domain = FACTS | {"age": ("unknown", "child"), "screening": ("missing", "fresh")}
    rows = [
        {"country": country, "recipient": recipient, **PLAIN, **dict(zip(names, values, strict=True))}
        for country, recipient in product(countries, ("consumer", "business_role_address"))
        for values in product(*(domain[name] for name in names))
    ]
    cases = pl.DataFrame(rows, schema_overrides={"country": pl.String})
    for channel in CHANNELS:
        found = rule_cases.deciding(BOOK, rows, channel)
        for row, decided in list(zip(rows, found, strict=True))[::5]:
            first = next(
                rule
                for rule in BOOK.rules
                if (not rule.channels or channel in rule.channels)
                and (not rule.countries or row["country"] in rule.countries)
                and (not rule.recipients or row["recipient"] in rule.recipients)
                and all(row[fact] in values for fact, values in rule.when.items())
            )
            assert decided is first
        may = cases.filter(pl.Series([rule.decision == "may" for rule in found]))
        assert not set(may["stop"]) & {"withdrawn", "objected", "conflict"}
        assert not set(may["age"]) & {"child"}
        assert set(may["listed"]) <= {"none"}
        assert "no" not in set(may["contact_point"])
        if channel in ("push", "robocall"):
            assert set(may["consent"]) <= {"valid"}
        if channel in ("phone", "post"):
            assert set(may["informed"]) <= {"yes"}
            assert set(may["screening"]) <= {"fresh"}
        if channel == "ad_audience":
            assert not may.height


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('stop = "objected"', 'stop = "objekted"'),
        ('channels = ["robocall"]', 'channels = ["fax"]'),
        ('reason = "stale"', 'reason = "old_hat"'),
        ('decision = "review"', 'decision = "maybe"'),
        ('id = "OTHER"\n', 'id = "OTHER"\nchannels = ["email"]\n'),
    ],
)
def test_a_rule_file_that_names_what_does_not_exist_is_refused(old, new):
    from importlib import resources

    text = resources.files("lohko.cleaning").joinpath("data", "consent_rules.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ValueError, match=r"does not exist|has to fit every case"):
        read_rules(text.replace(old, new))


def test_the_rules_a_package_keeps_are_the_rules_it_was_decided_by():
    own = b"""version = "acme 1"
[[rule]]
id = "NO_SMS"
channels = ["sms"]
decision = "may_not"
source = "board"
[[rule]]
id = "SE_ROLE"
countries = ["SE"]
channels = ["email"]
decision = "may"
relaxes = true
because = "counsel"
source = "law"
"""
    for book in (BOOK, with_own_rules(BOOK, "own.toml", own)):
        assert book_from(json.loads(json.dumps(book.as_dict()))) == book
    with pytest.raises(ValueError, match="no rules as lohko writes them"):
        book_from({"version": "1"})
