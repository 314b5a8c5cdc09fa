"""A company's own rules: they tighten always, relax only where they say so, and never reach what is final."""

from __future__ import annotations

from itertools import product

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.cleaning.own_rules import with_own_rules
from lohko.cleaning.permission_rules import CHANNELS, DECISIONS, FACTS, STRICTNESS, rule_book
from lohko.cleaning.recipients import RECIPIENTS
from lohko.errors import UsageFault

BOOK = rule_book()
TIGHT = """
version = "2026-11"

[[rule]]
id = "OURS_NO_SMS"
channels = ["sms"]
decision = "may_not"
source = "board, 3 November 2026"
"""
RELAX = """
version = "2"
[[rule]]
id = "OURS_NAMED"
channels = ["email"]
recipients = ["named_business_person"]
decision = "may"
source = "our lawyer, 2026-10-01"
relaxes = true
because = "works council agreement"
"""


def ours(text):
    return with_own_rules(BOOK, "rules.toml", text.encode())


def decision(book, case, channel):
    frame = pl.DataFrame([case], schema_overrides={"country": pl.String})
    return book.rules[book.decide(frame, channel)["rule"].item()]


CASES = st.fixed_dictionaries({
    "country": st.sampled_from([None, "FI", "SE", "NO"]),
    "recipient": st.sampled_from(RECIPIENTS),
    **{name: st.sampled_from(values) for name, values in FACTS.items()},
})  # fmt: skip


@given(
    case=CASES,
    channel=st.sampled_from(CHANNELS),
    wanted=st.sampled_from(DECISIONS),
    fact=st.sampled_from(sorted(FACTS)),
)
def test_a_rule_that_does_not_relax_never_loosens_a_decision(case, channel, wanted, fact):
    text = f'version = "1"\n[[rule]]\nid = "X"\ndecision = "{wanted}"\nsource = "s"\nwhen = {{ {fact} = "{FACTS[fact][-1]}" }}\n'
    try:
        book = ours(text)
    except UsageFault as fault:
        if fault.code != "rules_relax":
            raise
        return
    before, after = decision(BOOK, case, channel), decision(book, case, channel)
    assert STRICTNESS.index(after.decision) <= STRICTNESS.index(before.decision)
    if case[fact] == FACTS[fact][-1]:
        assert STRICTNESS.index(after.decision) <= STRICTNESS.index(wanted)


@given(case=CASES, channel=st.sampled_from(CHANNELS))
def test_a_rule_that_relaxes_reaches_only_its_cases_and_nothing_that_is_final(case, channel):
    before, after = decision(BOOK, case, channel), decision(ours(RELAX), case, channel)
    mine = channel == "email" and case["recipient"] == "named_business_person"
    if not mine or before.final or case["stop"] not in ("none", "lifted_by_consent") or case["unread"] != "none":
        assert after.id == before.id
    else:
        assert (after.id, after.decision) == ("OURS_NAMED", "may")


def test_a_tightening_rule_decides_where_it_is_stricter_and_is_kept_with_its_version():
    book = ours(TIGHT)
    plain = {name: values[0] for name, values in FACTS.items()}
    for country, recipient in product((None, "FI"), RECIPIENTS):
        found = decision(book, {"country": country, "recipient": recipient, **plain}, "sms")
        assert found.decision == "may_not"
    assert book.version == f"{BOOK.version} with 2026-11"
    kept = book.as_dict()
    assert [rule["id"] for rule in kept["tightening"]] == ["OURS_NO_SMS"]
    assert [rule["by"] for rule in kept["tightening"]] == ["company"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("version = 1\n[[rule]]\n", "rules_invalid", 1),
        ('version = "1"\n', "rules_invalid", 1),
        ('version = "1"\nrules = []\n', "rules_invalid", 2),
        ('version = "1"\n[[rule]]\nid = "A"\ndecision = "maybe"\nsource = "s"\n', "rules_invalid", 4),
        (
            'version = "1"\n[[rule]]\nid = "A"\ndecision = "may_not"\nsource = "s"\nchanels = ["sms"]\n',
            "rules_invalid",
            6,
        ),
        (
            'version = "1"\n[[rule]]\nid = "A"\ndecision = "may_not"\nsource = "s"\nchannels = ["smss"]\n',
            "rules_invalid",
            6,
        ),
        ('version = "1"\n[[rule]]\nid = "A"\ndecision = "may_not"\n', "rules_invalid", 2),
        (
            'version = "1"\n[[rule]]\nid = "A"\ndecision = "may_not"\nsource = "s"\nwhen = { sleepy = "yes" }\n',
            "rules_invalid",
            6,
        ),
        ('version = "1"\n[[rule]]\nid = "A"\ndecision = "may_not"\nsource = "s"\nrelaxes = true\n', "rules_invalid", 6),
        ('version = "1"\n[[rule]]\nid = "A"\ndecision = "may"\nsource = "s"\n', "rules_relax", 4),
        ('version = "1"\n[[rule]]\nid = "DECEASED"\ndecision = "may_not"\nsource = "s"\n', "rules_invalid", 3),
        ('version = "1"\n[[rule]\n', "rules_unreadable", 2),
    ],
)
def test_a_file_that_is_not_understood_is_refused_at_its_line(text, code, line):
    with pytest.raises(UsageFault) as caught:
        ours(text)
    assert (caught.value.code, caught.value.places[0].line) == (code, line)
