"""A company's own rule file: it tightens; it relaxes only where it says so; it never reaches those who said no; errors name the line."""

import datetime as dt
from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.cleaning import rule_cases

from lohko.cleaning.consents import consents
from lohko.cleaning.own_rules import with_own_rules
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.permission_rules import CHANNELS, FACTS, STRICTNESS, rule_book
from lohko.cleaning.recipients import RECIPIENTS
from lohko.errors import UsageFault
from lohko.outcome import Env, GivenFile
from lohko.tables.types import schema

BOOK = rule_book()
TIGHT = """version = "acme 1"
[[rule]]
id = "NO_SMS"
channels = ["sms"]
decision = "may_not"
source = "board 2026-10"

[[rule]]
id = "SOFT_BY_HAND"
when = { soft_opt_in = "complete" }
decision = "review"
source = "board 2026-10"
"""
RELAXING = """version = "acme 2"
[[rule]]
id = "SE_ROLE"
countries = ["SE"]
channels = ["email"]
recipients = ["business_role_address"]
decision = "may"
relaxes = true
because = "counsel's opinion of 2026-10-01"
source = "Swedish Marketing Act s. 19"
"""


def book(text):
    return with_own_rules(BOOK, "own.toml", text.encode())


def cases(**varied):
    plain = {name: (values[0],) for name, values in FACTS.items()}
    domain = {"country": ("FI", "SE", None), "recipient": RECIPIENTS, **plain, **varied}
    return [dict(zip(domain, values, strict=True)) for values in product(*domain.values())]


FULL = cases(
    stop=FACTS["stop"], consent=("none", "stale", "valid"), soft_opt_in=FACTS["soft_opt_in"], listed=FACTS["listed"],
    unread=FACTS["unread"], deceased=FACTS["deceased"],
)  # fmt: skip


def decisions(rules, channel):
    return [rule.decision for rule in rule_cases.deciding(rules, FULL, channel)]


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_does_not_say_that_it_relaxes_never_leads_towards_may(channel):
    before, after = decisions(BOOK, channel), decisions(book(TIGHT), channel)
    assert all(STRICTNESS.index(new) <= STRICTNESS.index(old) for old, new in zip(before, after, strict=True))
    if channel == "sms":
        assert set(after) == {"may_not"}
    if channel == "email":
        assert before != after


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_relaxing_rule_decides_what_it_names_and_spares_those_who_said_no(channel):
    rules = book(RELAXING)
    changed = [
        row
        for row, old, new in zip(FULL, decisions(BOOK, channel), decisions(rules, channel), strict=True)
        if old != new
    ]
    assert bool(changed) == (channel == "email")
    for row in changed:
        assert (row["country"], row["recipient"], row["deceased"]) == ("SE", "business_role_address", "no")
        assert row["stop"] in ("none", "lifted_by_consent")
        assert (row["listed"], row["unread"]) == ("none", "none")


def test_a_rule_for_everyone_alone_in_its_file_decides_every_case():
    assert decisions(book(TIGHT.partition('\n[[rule]]\nid = "SOFT')[0]), "sms") == ["may_not"] * len(FULL)


def test_where_both_fit_the_stricter_holds_and_the_order_of_the_file_decides_among_equals():
    rules = book(RELAXING + TIGHT.partition("\n")[2].replace('"sms"', '"email"').replace("NO_SMS", "NO_EMAIL"))
    assert set(decisions(rules, "email")) == {"may_not"}
    assert rules.version == f"{BOOK.version} with acme 2"
    assert [rule["id"] for rule in rules.as_dict()["tightening"]] == ["NO_EMAIL", "SOFT_BY_HAND"]


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "hint"),
    [
        ('channels = ["sms"]', 'channels = ["smss"]', "rules_invalid", 4, "did you mean 'sms'?"),
        ('channels = ["sms"]', 'chanels = ["sms"]', "rules_invalid", 4, "did you mean 'channels'?"),
        ('decision = "review"', 'decision = "refuse"', "rules_invalid", 11, "did you mean 'review'?"),
        ('soft_opt_in = "complete"', 'soft_optin = "complete"', "rules_invalid", 10, "did you mean 'soft_opt_in'?"),
        ('"complete"', '"done"', "rules_invalid", 10, "did you mean 'none'?"),
        ('id = "SOFT_BY_HAND"', 'id = "NO_SMS"', "rules_invalid", 9, "an id of its own"),
        ('id = "NO_SMS"', 'id = "DECEASED"', "rules_invalid", 3, "an id of its own"),
        ('version = "acme 1"', "", "rules_invalid", 1, "give it one"),
        ('source = "board 2026-10"\n\n', "relaxes = true\nsource = 'x'\n\n", "rules_invalid", 6, "because"),
        ('channels = ["sms"]', 'countries = ["fi"]', "rules_invalid", 4, "capitals"),
        ('channels = ["sms"]', "channels = [1]", "rules_invalid", 4, "list"),
        ('decision = "may_not"', "decision = ", "rules_unreadable", 5, "docs/permissions.md"),
        ('decision = "review"', 'decision = "may"', "rules_relax", 11, "relaxes = true"),
        (
            'channels = ["sms"]\ndecision = "may_not"',
            'channels = ["ad_audience"]\nwhen = { consent = "none" }\ndecision = "screen_first"',
            "rules_relax", 6, "relaxes = true",
        ),
    ],
)  # fmt: skip
def test_an_error_names_the_line_and_what_to_do(old, new, code, line, hint):
    assert old in TIGHT
    with pytest.raises(UsageFault) as caught:
        book(TIGHT.replace(old, new, 1))
    assert (caught.value.code, caught.value.places[0].line) == (code, line)
    assert hint in caught.value.hint


def run(text, status="granted"):
    customers = pl.LazyFrame({"customer_id": ["a"], "email": ["ada@x.fi"], "country": ["FI"]})
    event = {
        "customer_id": ["a"], "channel": ["email"], "status": [status], "source": ["form"], "wording": ["v1"],
        "method": ["active"], "recorded_at": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)],
    }  # fmt: skip
    events = pl.LazyFrame(event, schema=schema("consents", tuple(event)))
    given = {"rules": GivenFile("own.toml", text.encode())}
    env = Env(dt.date(2026, 2, 1), given=given)
    return consents({"customers": customers, "consents": events}, ConsentsParams(rules="own.toml"), env)


def test_the_step_tells_which_own_rules_decided_and_keeps_the_rules_as_asked():
    result = run(TIGHT.replace('"sms"', '"email"'))
    row = result.tables["permissions"].filter(pl.col("channel") == "email").row(0, named=True)
    assert (row["decision"], row["reason"], row["evidence"]) == ("may_not", "own_rule", "rules: NO_SMS")
    assert result.figures["rules"] == f"{BOOK.version} with acme 1"
    told = next(finding for finding in result.findings if finding.code == "permissions_own_rules")
    assert told.data["rules"] == "NO_SMS 1, SOFT_BY_HAND 0"
    assert b'"NO_SMS"' in result.files["consent_rules.json"]
    assert b'"by": "company"' in result.files["consent_rules.json"]


def test_a_withdrawal_wins_over_a_rule_that_relaxes_everything():
    everything = RELAXING.replace('countries = ["SE"]\n', "").replace('recipients = ["business_role_address"]\n', "")
    found = {status: run(everything, status).tables["permissions"] for status in ("withdrawn", "unknown", "granted")}
    email = {status: frame.filter(pl.col("channel") == "email").row(0, named=True) for status, frame in found.items()}
    assert email["withdrawn"]["reason"] == "withdrawn"
    assert email["unknown"]["decision"] == "ask_again"
    assert email["granted"]["reason"] == "own_rule"


NAMED = (
    RELAXING.replace("SE_ROLE", "OURS_NAMED")
    .replace("business_role_address", "named_business_person")
    .replace('countries = ["SE"]\n', "")
)
QUICK = settings(max_examples=50, deadline=None)


def decision(rules, case, channel):
    return rule_cases.deciding(rules, [case], channel)[0]


CASES = st.fixed_dictionaries({
    "country": st.sampled_from([None, "FI", "SE", "NO"]),
    "recipient": st.sampled_from(RECIPIENTS),
    **{name: st.sampled_from(values) for name, values in FACTS.items()},
})  # fmt: skip


@QUICK
@given(
    case=CASES,
    channel=st.sampled_from(CHANNELS),
    wanted=st.sampled_from(STRICTNESS),
    fact=st.sampled_from(sorted(FACTS)),
)
def test_a_rule_that_does_not_relax_never_loosens_a_decision(case, channel, wanted, fact):
    text = f'version = "1"\n[[rule]]\nid = "X"\ndecision = "{wanted}"\nsource = "s"\nwhen = {{ {fact} = "{FACTS[fact][-1]}" }}\n'
    try:
        rules = book(text)
    except UsageFault as fault:
        if fault.code != "rules_relax":
            raise
        return
    before, after = decision(BOOK, case, channel), decision(rules, case, channel)
    assert STRICTNESS.index(after.decision) <= STRICTNESS.index(before.decision)
    if case[fact] == FACTS[fact][-1]:
        assert STRICTNESS.index(after.decision) <= STRICTNESS.index(wanted)


@QUICK
@given(case=CASES, channel=st.sampled_from(CHANNELS))
def test_a_rule_that_relaxes_reaches_only_its_cases_and_nothing_that_is_final(case, channel):
    before, after = decision(BOOK, case, channel), decision(book(NAMED), case, channel)
    mine = channel == "email" and case["recipient"] == "named_business_person"
    if not mine or before.final or case["stop"] not in ("none", "lifted_by_consent") or case["unread"] != "none":
        assert after.id == before.id
    else:
        assert (after.id, after.decision) == ("OURS_NAMED", "may")
