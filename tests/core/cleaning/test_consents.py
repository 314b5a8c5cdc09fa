"""The step consents: one row a customer and channel, evidence in words, figures, time and names of merged customers."""

import datetime as dt

import polars as pl
import pytest

from lohko.cleaning.consents import consents
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.permission_rules import CHANNELS
from lohko.errors import UsageFault
from lohko.outcome import Env
from lohko.tables.types import schema

AS_OF = dt.date(2026, 1, 31)
SAME = {"originals": "customers"}  # the columns of one are those of the other


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def frame(table, rows):
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    return pl.LazyFrame(
        [{name: row.get(name) for name in columns} for row in rows], schema=schema(SAME.get(table, table), columns)
    )


def run(as_of=AS_OF, timezone="UTC", params=None, **tables):
    frames = {name: frame(name, rows) for name, rows in tables.items() if rows}
    return consents(frames, params or ConsentsParams(), Env(as_of, timezone))


def decisions(result):
    return {(r["customer_id"], r["channel"]): r for r in result.tables["permissions"].to_dicts()}


ADA = {"customer_id": "a", "first_name": "Ada", "last_name": "Mäki", "country": "FI", "email": "ada@x.fi"}
PROOF = {"source": "newsletter_form", "wording": "v2", "method": "active"}


def grant(day="2025-03-01", **more):
    event = {"customer_id": "a", "channel": "email", "status": "granted", **PROOF, **more}
    return event | {"recorded_at": at(day) if day else None}


def email(*events, customers=(ADA,), **more):
    return decisions(run(customers=list(customers), consents=list(events), **more))["a", "email"]


def test_one_row_a_customer_and_channel_sorted_with_the_contracts_columns():
    result = run(customers=[{**ADA, "customer_id": "b"}, ADA, {**ADA, "email": None}])
    found = result.tables["permissions"]
    assert found.schema == pl.Schema(schema("permissions"))
    assert found.select("customer_id", "channel").rows() == [(c, ch) for c in "ab" for ch in sorted(CHANNELS)]
    assert set(found["as_of"]) == {AS_OF}
    for channel, counts in result.figures["decisions"].items():
        assert sum(counts.values()) == 2 == sum(result.figures["reasons"][channel].values())


def test_a_proven_consent_is_the_evidence_named():
    found = email(grant())
    assert (found["decision"], found["reason"]) == ("may", "consent")
    assert found["evidence"] == "consents: email granted 2025-03-01 source newsletter_form"


@pytest.mark.parametrize(
    ("event", "reason", "evidence"),
    [
        (grant(None), "no_evidence", "consents: email granted undated source newsletter_form; no time"),
        (grant(wording=None), "no_evidence", "consents: email granted 2025-03-01 source newsletter_form; no wording"),
        (grant(source=" ", method="oral"), "no_evidence", "consents: email granted 2025-03-01; no source; no active act"),
        (grant(method="pre_ticked"), "invalid_consent", "consents: email granted 2025-03-01 source newsletter_form; pre-ticked"),
        (grant("2024-01-30"), "stale", "consents: email granted 2024-01-30 source newsletter_form"),
        (grant(expires_at=at("2026-01-30")), "expired", "consents: email granted 2025-03-01 source newsletter_form"),
        (grant(status="unknown"), "unknown_default_deny", "consents: no consent in force for email"),
    ],
)  # fmt: skip
def test_what_is_missing_is_asked_again_and_named(event, reason, evidence):
    found = email(event)
    assert (found["decision"], found["reason"], found["evidence"]) == ("ask_again", reason, evidence)


@pytest.mark.parametrize(
    ("granted", "stopped", "reason"),
    [
        ("2025-03-02", "2025-03-01", "consent"),
        ("2025-03-01", "2025-03-01", "conflict_withdrawal_wins"),
        ("2025-03-01", None, "conflict_withdrawal_wins"),
        (None, "2025-03-01", "conflict_withdrawal_wins"),
        ("2025-02-28", "2025-03-01", "withdrawn"),
    ],
)
def test_the_later_day_wins_and_without_one_the_stop(granted, stopped, reason):
    recorded = at(stopped) if stopped else None
    stop = {"customer_id": "a", "channel": "email", "status": "withdrawn", "recorded_at": recorded}
    assert email(grant(granted), stop)["reason"] == reason


def test_a_consent_is_stale_the_day_after_its_last_month():
    assert email(grant("2024-01-31"))["reason"] == "consent"
    assert email(grant("2024-01-31"), as_of=dt.date(2026, 2, 1))["reason"] == "stale"


def test_a_channel_can_have_a_limit_of_its_own():
    both = [grant("2025-03-01"), grant("2025-03-01", channel="sms")]
    params = ConsentsParams(stale_channels=("sms=6",))
    found = decisions(run(customers=[{**ADA, "phone": "+358401234567"}], consents=both, params=params))
    assert (found["a", "email"]["reason"], found["a", "sms"]["reason"]) == ("consent", "stale")


@pytest.mark.parametrize("text", ["fax=2", "sms", "sms=0", "sms=x", "=3"])
def test_a_limit_that_cannot_be_read_is_refused(text):
    with pytest.raises(UsageFault, match="--stale-channels does not take"):
        ConsentsParams(stale_channels=(text,))


def test_a_consent_confirmed_later_is_renewed_by_it():
    assert email(grant("2024-01-30", method=None, double_opt_in_at=at("2024-02-01")))["decision"] == "may"


def test_events_after_the_day_do_not_count_in_the_zone_of_days():
    stop = {"customer_id": "a", "channel": "email", "status": "withdrawn", "recorded_at": at("2026-01-31T23:30:00")}
    results = [
        run(
            customers=[ADA],
            consents=[grant(), stop],
            suppressions=[{"register": "own", "screened_at": at("2027-01-01")}],
            **more,
        )
        # Half past eleven in UTC is the next day in Helsinki.
        for more in ({}, {"timezone": "Europe/Helsinki"}, {"as_of": dt.date(2026, 1, 30)})
    ]
    assert [decisions(result)["a", "email"]["decision"] for result in results] == ["may_not", "may", "may"]
    later = [[f.data["count"] for f in result.findings if f.code == "refusals_later"] for result in results]
    assert later == [[1], [2], [2]]  # the entry of the list is later each time, too


def test_a_merged_rows_withdrawal_binds_the_survivor():
    stop = {"customer_id": "old", "channel": "email", "status": "withdrawn", "recorded_at": at("2025-06-01")}
    crosswalk = [{"row_id": "7", "source_customer_id": "old", "customer_id": "a"}]
    assert email(grant(), stop)["decision"] == "may"
    assert email(grant(), stop, crosswalk=crosswalk)["reason"] == "withdrawn"
    lost = run(customers=[ADA], consents=[grant(), stop])
    assert [f.data for f in lost.findings if f.code == "consents_unknown_customer"] == [{"count": 1}]


def test_an_objection_binds_the_mailbox_not_the_household():
    bob = {**ADA, "customer_id": "b", "email": "ADA@x.fi", "street": "Tie 1", "postcode": "00100"}
    stops = [
        {
            "customer_id": "b",
            "channel": channel,
            "status": "objected",
            "recorded_at": at("2025-06-01"),
            "source": "call",
        }
        for channel in ("email", "post")
    ]
    found = decisions(run(customers=[{**ADA, "street": "Tie 1", "postcode": "00100"}, bob], consents=[grant(), *stops]))
    assert found["a", "email"]["reason"] == "objected"
    assert found["a", "email"]["evidence"].endswith("source call, by a customer with the same email")
    assert not found["b", "email"]["evidence"].endswith("same email")
    assert found["a", "post"]["reason"] != "objected"


@pytest.mark.parametrize(
    "entry",
    [
        {"customer_id": "a"},
        {"phone": "040 123 4567"},
        {"first_name": "ADA", "last_name": "Maki", "street": "tie 1", "postcode": "00100"},
        {"last_name": "Mäki", "street": "Tie 1", "postcode": "00100"},
        {"email": "Ada@X.fi"},
    ],
)
def test_list_entries_match_in_any_writing(entry):
    ada = {**ADA, "phone": "+358401234567", "street": "Tie 1", "postcode": "00100", "informed": True, "source": "crm"}
    other = {"register": "Robinson", "channel": "phone", "screened_at": at("2026-01-20"), "phone": "+358409999999"}
    free = decisions(run(customers=[ada], suppressions=[other]))["a", "phone"]
    assert (free["decision"], free["reason"]) == ("may", "phone_opt_out")
    listed = decisions(run(customers=[ada], suppressions=[other, {**other, "phone": None, **entry}]))["a", "phone"]
    assert (listed["decision"], listed["reason"]) == ("may_not", "robinson")
    assert listed["evidence"].startswith("suppressions: register Robinson, screened 2026-01-20, matched by ")


def test_screening_ages():
    ada = {**ADA, "phone": "+358401234567", "informed": True}
    entry = {"register": "Robinson", "channel": "phone", "screened_at": at("2025-12-01"), "phone": "+358409999999"}
    result = run(customers=[ada], suppressions=[entry])
    assert decisions(result)["a", "phone"]["decision"] == "screen_first"
    assert result.figures["screened"] == {"phone": "2025-12-01"}
    relaxed = run(customers=[ada], suppressions=[entry], params=ConsentsParams(screening_days=90))
    assert decisions(relaxed)["a", "phone"]["decision"] == "may"


def test_the_dead_and_the_protected():
    ada = {**ADA, "street": "Tie 1", "postcode": "00100"}
    update = {
        "first_name": "Ada",
        "last_name": "Mäki",
        "street": "Tie 1",
        "postcode": "00100",
        "valid_from": dt.date(2025, 1, 1),
    }
    dead = decisions(run(customers=[ada], address_updates=[{**update, "status": "deceased"}]))
    assert {r["reason"] for r in dead.values()} == {"deceased"}
    hidden = decisions(run(customers=[ada], address_updates=[{**update, "status": "protected"}]))
    assert hidden["a", "post"]["evidence"] == "address_updates: protected, 2025-01-01"
    assert hidden["a", "email"]["reason"] != "protected_address"


def test_a_role_address_may_be_written_to_a_named_one_is_asked_unless_set_otherwise():
    firm = {"customer_id": "a", "company_name": "Firma Oy", "country": "FI", "email": "myynti@firma.fi"}
    assert email(customers=[firm])["reason"] == "b2b_opt_out"
    assert email(customers=[{**firm, "email": "info@gmail.com"}])["decision"] == "ask_again"
    named = {**firm, "email": "ada.maki@firma.fi", "first_name": "Ada"}
    assert email(customers=[named])["reason"] == "named_person_treated_as_natural"
    event = {"customer_id": "a", "channel": "email", "status": "granted", "basis": "company"}
    relaxed = ConsentsParams(b2b_named="opt_out")
    assert email(event, customers=[named], params=relaxed)["reason"] == "b2b_job_related"
    assert email(event, customers=[named])["decision"] == "ask_again"
    # One person trading under a name is a consumer's equal.
    assert email(customers=[{**firm, "company_name": "Tmi Ada Mäki"}])["decision"] == "ask_again"


def test_missing_evidence_is_counted_by_channel():
    result = run(
        customers=[ADA, {**ADA, "customer_id": "b"}], consents=[grant(wording=None), grant(None, customer_id="b")]
    )
    assert result.figures["missing"]["email"] == {"customers": 2, "time": 1, "wording": 1}
    told = [f.text for f in result.findings if f.data.get("channel") == "email"]
    assert told == ["email: 2 customers are held back by missing evidence: time 1, wording 1"]


def test_a_country_is_assumed_aloud_and_an_unknown_one_gets_no_special_rules():
    ada, bob = {**ADA, "country": None}, {"customer_id": "b", "country": "FI"}
    found = run(customers=[ada, bob]).findings
    assert [f.data for f in found if f.code == "permissions_home_country"] == [
        {"count": 1, "country": "FI", "shown_by": "country column"}
    ]
    alone = run(customers=[{"customer_id": "a", "phone": "0401234567", "informed": True}])
    assert decisions(alone)["a", "phone"]["reason"] == "unknown_default_deny"
    assert "permissions_no_country_rules" in [f.code for f in alone.findings]


def test_without_any_other_table_or_contact_column_nothing_may_be_sent():
    found = decisions(run(customers=[{"customer_id": "a"}]))
    assert {r["decision"] for r in found.values()} == {"ask_again", "may_not"}
    assert "no_contact_point" not in {r["reason"] for r in found.values()}


def test_what_stopped_a_merged_row_stops_the_survivor():
    survivor = {**ADA, "phone": "+358401234567"}
    merged: dict[str, object] = {
        "row_id": "9",
        "customer_id": "9",
        "email": "MaijaV@other.fi",
        "phone": "050 999 8888",
        "country": "Suomi",
    }
    merged |= {"first_name": "Maija", "last_name": "Virta", "street": "Katu 2", "postcode": "00200"}
    crosswalk = [
        {"row_id": row, "source_customer_id": row, "customer_id": "a", "match_probability": 0.99} for row in ("a", "9")
    ]

    def reasons(**tables):
        found = decisions(
            run(
                customers=[survivor],
                originals=[{**survivor, "row_id": "a"}, merged],
                crosswalk=crosswalk,
                consents=[grant()],
                **tables,
            )
        )
        return {channel: found["a", channel]["reason"] for channel in CHANNELS}

    assert reasons()["email"] == "consent"
    for entry in ({"email": "maijav@other.fi"}, {"phone": "+358509998888"}, {"customer_id": "9"}):
        assert set(reasons(suppressions=[{"register": "own", **entry}]).values()) == {"total_ban"}
    update = {"first_name": "maija", "last_name": "VIRTA", "street": "Katu 2", "postcode": "FI-00200"}
    assert set(reasons(address_updates=[{**update, "status": "deceased"}]).values()) == {"deceased"}
    assert reasons(address_updates=[{**update, "status": "protected"}])["post"] == "protected_address"
    merged["birth_date"] = dt.date(2016, 1, 1)
    assert set(reasons().values()) == {"child"}


def test_a_national_number_is_read_in_every_country_of_the_register():
    bob = {"customer_id": "b", "phone": "12 34 56 78", "country": "NO"}
    ada = {**ADA, "phone": "+358401234567"}
    register = {"register": "Robinson", "channel": "phone"}
    found = decisions(run(customers=[ada, bob], suppressions=[{**register, "phone": "040 1234567"}]))
    assert (found["a", "phone"]["reason"], found["b", "phone"]["reason"]) == ("robinson", "unknown_default_deny")
    for number in ("12345678", "+47 12345678", "004712345678"):
        found = decisions(run(customers=[ada, bob], suppressions=[{**register, "phone": number}]))
        assert (found["b", "phone"]["reason"], found["a", "phone"]["reason"]) == ("robinson", "informed_unknown")


def test_a_list_entry_by_id_binds_whoever_has_the_same_address():
    eve = {**ADA, "customer_id": "e", "first_name": "Eve", "email": "ADA+news@x.fi", "street": "Tie 1", "postcode": "1"}
    listed = [{"register": "own", "customer_id": "a", "channel": "email"}]
    found = decisions(run(customers=[ADA, eve], consents=[grant(customer_id="e")], suppressions=listed))
    assert found["e", "email"]["reason"] == "opt_out_list"
    assert found["e", "email"]["evidence"].endswith("matched by an address shared with a customer named")
    assert found["a", "email"]["evidence"].endswith("matched by customer_id")
    ban = [{"register": "own", "customer_id": "a"}]
    found = decisions(run(customers=[ADA, eve], consents=[grant(customer_id="e")], suppressions=ban))
    assert (found["e", "email"]["reason"], found["a", "post"]["reason"]) == ("opt_out_list", "total_ban")
    assert found["e", "post"]["reason"] != "total_ban"


PHONED = {**ADA, "phone": "+358401234567", "informed": True}


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([("own newsletter unsubscribes", None, "2026-01-29")], "screen_first"),
        ([("own newsletter unsubscribes", "phone", "2026-01-29")], "screen_first"),
        ([("Puhelin-Robinson", None, "2026-01-29")], "screen_first"),
        ([("Puhelin-Robinson", "phone", "2026-01-29")], "phone_opt_out"),
        ([("ASML Puhelinrobinson", "phone", "2026-01-29")], "phone_opt_out"),
        ([("Phoenix", "phone", "2026-01-29")], "screen_first"),
        ([("Robinson", "phone", "2026-01-29"), ("NIX", "phone", None)], "screen_first"),
        ([("Robinson", "phone", "2026-01-29"), ("NIX", "phone", "2025-01-29")], "screen_first"),
        ([("Robinson", "phone", "2026-01-29"), ("own", "phone", None)], "phone_opt_out"),
    ],
)
def test_only_registers_of_outside_that_name_the_channel_and_a_day_screen_it(entries, reason):
    lists = [
        {"register": name, "channel": channel, "screened_at": at(day) if day else None, "phone": "+358409999999"}
        for name, channel, day in entries
    ]
    assert decisions(run(customers=[PHONED], suppressions=lists))["a", "phone"]["reason"] == reason


def test_a_register_of_the_users_naming_screens():
    entry = {"register": "Oma Ulkoinen", "channel": "phone", "screened_at": at("2026-01-29"), "phone": "+358409999999"}
    params = ConsentsParams(screening_registers=("oma ulkoinen",))
    found = decisions(run(customers=[PHONED], suppressions=[entry], params=params))
    assert found["a", "phone"]["reason"] == "phone_opt_out"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("crm.csv", "source_unknown"),
        ("dump/Crm.CSV.gz", "source_unknown"),
        ("-", "source_unknown"),
        ("crm", "post_opt_out"),
    ],
)
def test_a_file_name_is_no_source_of_the_data(source, reason):
    ada = {**ADA, "street": "Tie 1", "postcode": "00100", "informed": True, "source": source}
    entry = {"register": "Posti-Robinson", "channel": "post", "screened_at": at("2026-01-29"), "email": "no@x.fi"}
    assert decisions(run(customers=[ada], suppressions=[entry]))["a", "post"]["reason"] == reason


@pytest.mark.parametrize(
    "proof", [{"expires_at": at("2025-12-31")}, {"wording": None}, {"method": "pre_ticked"}, {"recorded_at": None}]
)
def test_an_unproven_or_expired_guardians_consent_is_none(proof):
    entry = {"register": "Robinson", "channel": "phone", "screened_at": at("2026-01-29"), "phone": "+358409999999"}
    child = {**PHONED, "birth_date": dt.date(2016, 1, 1)}
    given = grant(channel="phone", guardian="mother")
    weak = run(customers=[child], consents=[given | proof], suppressions=[entry])
    assert decisions(weak)["a", "phone"]["reason"] == "child"
    found = decisions(run(customers=[child], consents=[given], suppressions=[entry]))
    assert (found["a", "phone"]["decision"], found["a", "phone"]["reason"]) == ("review", "child_guardian")


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2025-06-01", "status_unread"),
        ("2025-03-01", "status_unread"),
        (None, "status_unread"),
        ("2025-02-28", "consent"),
    ],
)
def test_a_later_status_that_cannot_be_read_holds_the_grant_back(day, reason):
    unread = grant(day, status="unknown")
    result = run(customers=[ADA], consents=[grant(), unread])
    found = decisions(result)["a", "email"]
    assert found["reason"] == reason
    told = [f.data for f in result.findings if f.code == "permissions_unread"]
    if reason == "status_unread":
        assert found["decision"] == "review"
        assert found["evidence"] == f"consents: email unknown {day or 'undated'} source newsletter_form"
        assert told == [{"count": 1}]
    else:
        assert not told


def test_a_status_that_cannot_be_read_holds_back_what_goes_by_opt_out():
    entry = {"register": "Robinson", "channel": "phone", "screened_at": at("2026-01-29"), "phone": "+358409999999"}
    mute = {"customer_id": "a", "channel": "phone", "status": "unknown"}
    found = decisions(run(customers=[PHONED], consents=[mute], suppressions=[entry]))["a", "phone"]
    assert (found["decision"], found["reason"]) == ("review", "status_unread")


@pytest.mark.parametrize("others", [["008"], ["crm:1"]], ids=["numbers", "texts"])
def test_a_grant_finds_its_customer_by_the_very_text_of_the_id(others):
    ids = ["7", "007", "70", *others]
    given = ["7", "+7", "-7", " 7", "7.0", "07", "0007", "٧", None]
    tables = {
        "customers": pl.LazyFrame({"customer_id": ids, "email": [f"m{n}@x.fi" for n in range(len(ids))]}),
        "consents": pl.LazyFrame({"customer_id": given, "channel": "email", "status": "granted"}),
    }
    found = consents(tables, ConsentsParams(country="FI"), Env(dt.date(2026, 6, 30)))
    table = found.tables["permissions"].lazy().filter(pl.col("reason") == "no_evidence").collect()
    assert table["customer_id"].to_list() == ["7"]
    told = {finding.code: finding.data for finding in found.findings}
    assert told["consents_unknown_customer"]["count"] == len(given) - 1
