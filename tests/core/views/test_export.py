"""Lists for a sending tool: only who may be contacted, each address once, and everyone left out counted."""

import datetime as dt

import polars as pl
import pytest

from lohko.cleaning.own_rules import with_own_rules
from lohko.cleaning.permission_rules import rule_book
from lohko.errors import InputRefused
from lohko.tables.types import schema
from lohko.views.export import ADDRESS, export

DAY = dt.date(2026, 3, 10)
STEP = {"step": "consents", "parameters": {"screening_days": 30}, "figures": {"rules": "v1", "screened": {}}}
AINO = {"customer_id": "a", "first_name": "Aino", "last_name": "Mäki", "email": "Aino@x.fi", "phone": "+358401234567"}
HOME = {"street": "Katu 1", "postcode": "00100", "city": "Helsinki", "country": "FI"}


def frame(table, rows):
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    return pl.LazyFrame([{n: row.get(n) for n in columns} for row in rows], schema=schema(table, columns))


def decision(customer="a", word="may", reason="consent", channel="email", as_of=DAY):
    return {"customer_id": customer, "channel": channel, "decision": word, "reason": reason, "as_of": as_of}


def run(customers, permissions, channel="email", segments=(), as_of=DAY, history=(STEP,), **more):
    options = {
        "max_age_days": 7,
        "skip_unscreened": False,
        **{k: more.pop(k) for k in list(more) if k[:2] in ("ma", "sk", "bo")},
    }
    tables = {"customers": customers, "permissions": permissions, **more}
    frames = {name: frame(name, rows) for name, rows in tables.items()}
    return export(frames, history, channel, segments, as_of, **options)


def refused(*words, **more):
    with pytest.raises(InputRefused) as caught:
        run(*words, **more)
    return caught.value


def test_only_those_who_may_are_listed_and_the_others_are_counted():
    words = ["may", "may_not", "ask_again", "screen_first", "review"]
    customers = [{**AINO, "customer_id": word, "email": f"{word}@x.fi"} for word in words]
    found = run(customers, [decision(word, word, f"r_{word}") for word in words])
    assert found.rows["customer_id"].to_list() == ["may"]
    assert found.rows.columns == [
        "customer_id",
        "email",
        "first_name",
        "last_name",
        "company_name",
        "language",
        "segment",
        "segment_name",
    ]
    assert {e["why"]: e["count"] for e in found.about["left_out"]} == {f"r_{word}": 1 for word in words[1:]}
    assert (found.about["rules"], found.about["permissions_as_of"]) == ("v1", "2026-03-10")


def test_a_shared_mailbox_stands_once_in_any_writing_and_everyone_is_accounted_for():
    writings = ["Aino@x.fi", "aino+news@X.fi", "<aino@x.fi>", None, "no address"]
    customers = [{**AINO, "customer_id": str(n), "email": text} for n, text in enumerate(writings)]
    found = run(customers, [decision(str(n)) for n in range(5)])
    assert found.rows["customer_id"].to_list() == ["0"]
    assert found.about["same_address"] == 2
    assert found.about["left_out"] == [{"why": "no_contact_point", "count": 2}]
    assert found.about["rows"] + found.about["same_address"] + 2 == found.about["selected"] == 5


def test_the_order_of_rows_is_irrelevant():
    customers = [{**AINO, "customer_id": c, "email": f"{c}@x.fi"} for c in "dcba"]
    permissions = [decision(c) for c in "badc"]
    one = run(customers, permissions)
    other = run(customers[::-1], permissions[::-1])
    assert one.rows.equals(other.rows)
    assert one.about == other.about


@pytest.mark.parametrize("channel", ADDRESS)
def test_every_channel_has_its_columns(channel):
    found = run([{**AINO, **HOME}], [decision(channel=channel, reason="consent")], channel)
    assert found.rows.height == 1
    assert set(ADDRESS[channel]) <= set(found.rows.columns)
    assert ("street" in found.rows.columns) == (channel == "post")


@pytest.mark.parametrize("status", ["protected", "deceased"])
def test_what_the_registers_learnt_after_the_decision_counts(status):
    update = {"customer_id": "a", "status": status, "valid_from": DAY}
    found = run([{**AINO, **HOME}], [decision(channel="post")], "post", address_updates=[update])
    assert found.rows.is_empty()
    by_mail = run([{**AINO, **HOME}], [decision()], address_updates=[update])
    assert by_mail.rows.height == (status == "protected")
    assert "street" not in by_mail.rows.columns
    later = {**update, "valid_from": DAY + dt.timedelta(1)}
    assert run([{**AINO, **HOME}], [decision(channel="post")], "post", address_updates=[later]).rows.height == 1


def test_old_or_later_permissions_and_missing_ones_are_refused():
    assert refused([AINO], [decision()], as_of=DAY + dt.timedelta(8)).code == "permissions_old"
    assert run([AINO], [decision()], as_of=DAY + dt.timedelta(7)).rows.height == 1
    assert refused([AINO], [decision()], as_of=DAY - dt.timedelta(1)).code == "permissions_later"
    with pytest.raises(InputRefused) as caught:
        export({"customers": frame("customers", [AINO])}, (), "email", (), DAY, max_age_days=7, skip_unscreened=False)
    assert caught.value.code == "table_needed"


def phone(reason, word="may", days=0, **more):
    record = {**STEP, "figures": {"rules": "v1", "screened": {"phone": (DAY - dt.timedelta(days)).isoformat()}}}
    row = decision(word=word, reason=reason, channel="phone")
    return lambda: run([AINO], [row], "phone", history=(record,), **more)


def test_a_stale_screening_is_refused_only_where_somebody_depends_on_it():
    assert phone("phone_opt_out", days=30)().rows.height == 1
    for call in (phone("phone_opt_out", days=31), phone("screen_first", "screen_first")):
        with pytest.raises(InputRefused) as caught:
            call()
        assert caught.value.code == "screening_stale"
    assert phone("consent", days=99)().rows.height == 1
    found = phone("phone_opt_out", days=31, skip_unscreened=True)()
    assert found.rows.is_empty()
    assert found.about["left_out"] == [{"why": "screen_first", "count": 1}]


SEGMENTS = [
    {"customer_id": "a", "segment": "top-buyers", "segment_name": "Top buyers", "confidence": 1.0},
    {"customer_id": "b", "segment": "readers", "segment_name": "Readers", "confidence": 1.0},
]


def test_segments_by_slug_or_name_and_the_nearest_for_a_slip():
    customers = [AINO, {**AINO, "customer_id": "b", "email": "b@x.fi"}, {**AINO, "customer_id": "c", "email": "c@x.fi"}]
    rows = [decision(c) for c in "abc"]

    def listed(*wanted):
        frames = {
            "customers": frame("customers", customers),
            "permissions": frame("permissions", rows),
            "segments": frame("segments", SEGMENTS),
        }
        return export(frames, (STEP,), "email", wanted, DAY, max_age_days=7, skip_unscreened=False).rows

    assert listed()["segment"].to_list() == ["top-buyers", "readers", None]
    assert listed("top-buyers")["customer_id"].to_list() == ["a"]
    assert listed("TOP BUYERS", "readers")["customer_id"].to_list() == ["a", "b"]
    with pytest.raises(InputRefused) as caught:
        listed("top-byers")
    assert (caught.value.code, "top-buyers" in caught.value.hint) == ("no_such_segment", True)
    assert refused(customers, rows, segments=("readers",)).code == "table_needed"


def test_a_companys_own_rule_that_rests_on_screening_is_refused_when_it_is_stale():
    own = b"""version = "acme 1"
[[rule]]
id = "OWN_SMS"
channels = ["sms"]
when = { screening = "fresh" }
decision = "may"
relaxes = true
because = "counsel"
source = "law"
"""
    book = with_own_rules(rule_book(), "own.toml", own)
    decided = [decision(reason="own_rule", channel="sms")]
    assert run([AINO], decided, "sms").rows.height == 1
    assert refused([AINO], decided, "sms", book=book).code == "screening_stale"
