"""From files to permissions: what a file says against sending is not lost on the way through reading, merging and deciding."""

import datetime as dt

import pytest

from lohko.outcome import Env
from lohko.reading.ingest import ingest
from lohko.reading.params import IngestParams
from lohko.reading.sources import parse_sources
from lohko.steps.clean import CleanParams, clean

SLOW = pytest.mark.slow
PEOPLE = (
    "customer_id,first_name,last_name,email,phone,street,postcode,city,country,informed{more}\n"
    "1,Maija,Virtanen,maija.virtanen@x.fi,+358401234567,Tie 1,00100,Helsinki,FI,yes{one}\n"
    "5,Otto,Salo,otto.salo@z.fi,+358409990000,Polku 5,33100,Tampere,FI,yes{five}\n"
)
GRANT = "1,email,granted,2026-01-01T12:00:00Z,form,v1,active\n"
EVENTS = "customer_id,channel,status,recorded_at,source,wording,method\n" + GRANT
LISTS = (
    "register,channel,screened_at,customer_id,email,phone\n"
    "Puhelin-Robinson,phone,2026-06-20T09:00:00Z,,,+358500000001\n"
    "Posti-Robinson,post,2026-06-20T09:00:00Z,,nobody@x.fi,\n"
)


@pytest.fixture
def decide(tmp_path, monkeypatch):
    def run(files, *words):
        monkeypatch.chdir(tmp_path)
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        reading = ingest(parse_sources(words or tuple(files)), IngestParams(), mapping={}, scratch=scratch)
        for table, account in reading.accounts.items():
            account.check(table)
        made = clean(reading.tables, CleanParams(), Env(dt.date(2026, 6, 30)))
        rows = made.tables["permissions"].lazy().collect().to_dicts()
        found = {(r["customer_id"], r["channel"]): (r["decision"], r["reason"]) for r in rows}
        walk = dict(made.tables["crosswalk"].lazy().collect().select("source_customer_id", "customer_id").iter_rows())
        return found, walk

    return run


def people(more="", one="", five=""):
    return PEOPLE.format(more=more, one=one, five=five)


def test_without_any_stop_it_may_be_sent(decide):
    files = {"customers.csv": people(), "consents.csv": EVENTS, "suppressions.csv": LISTS}
    found, _ = decide(files, "customers@crm=customers.csv", "consents@crm=consents.csv", "suppressions.csv")
    assert found["crm:1", "email"] == ("may", "consent")
    assert found["crm:1", "phone"] == ("may", "phone_opt_out")
    assert found["crm:1", "post"] == ("may", "post_opt_out")


def test_a_file_name_is_no_source_of_the_data(decide):
    found, _ = decide({"customers.csv": people(), "suppressions.csv": LISTS})
    assert found["1", "post"] == ("screen_first", "source_unknown")


def test_a_total_ban_of_a_merged_row_stops_the_survivor(decide):
    twin = "9,Maija,Virtanen,maijav@other.fi,+358401234567,Tie 1,00100,Helsinki,FI,yes\n"
    banned = LISTS + "Own ban list,,,,maijav@other.fi,\n"
    found, walk = decide({"customers.csv": people() + twin, "consents.csv": EVENTS, "suppressions.csv": banned})
    assert walk["9"] == walk["1"]
    assert {found[walk["1"], channel] for channel in ("email", "phone", "post")} == {("may_not", "total_ban")}
    assert found["5", "phone"] == ("may", "phone_opt_out")


@pytest.mark.parametrize(
    "cell", ["2024-05-01", "pysyvä", *(pytest.param(word, marks=SLOW) for word in ("kielto", "Robinson"))]
)
def test_a_filled_ban_stops(decide, cell):
    customers = people(",source,postikielto,puhelinkielto", f",crm,{cell},{cell}", ",crm,ei,")
    found, _ = decide({"customers.csv": customers, "suppressions.csv": LISTS})
    assert found["1", "post"] == found["1", "phone"] == ("may_not", "objected")
    assert found["5", "post"][0] == found["5", "phone"][0] == "may"


@pytest.mark.parametrize(
    ("event", "decision"),
    [
        ("1,all,withdrawn,2026-02-01T12:00:00Z,form,,", "may_not"),
        ("1,email,unsubscribed via link,2026-02-01T12:00:00Z,form,,", "may_not"),
        ("1,email,left us,2026-02-01T12:00:00Z,form,,", "review"),
        ("1,e-mails and calls,granted,2026-02-01T12:00:00Z,form,v1,active", "review"),
        ("1,email,withdrawn,2026-99-01T12:00:00Z,form,,", "may_not"),
    ],
)
def test_a_later_event_that_is_hard_to_read_does_not_leave_the_grant_in_force(decide, event, decision):
    found, _ = decide({"customers.csv": people(), "consents.csv": f"{EVENTS}{event}\n"})
    assert found["1", "email"][0] == decision


def test_the_companys_own_list_is_no_screening(decide):
    own = "register,channel,screened_at,email\nown newsletter unsubscribes,,2026-06-28T09:00:00Z,nobody@x.fi\n"
    found, _ = decide({"customers.csv": people(",source", ",crm", ",crm"), "suppressions.csv": own})
    assert found["1", "phone"] == found["1", "post"] == ("screen_first", "screen_first")


def test_salesforces_contact_point_type_consents_are_read_by_their_columns(decide):
    people = PEOPLE.format(more="", one="", five="")
    export = (
        "Id,PartyId,ContactPointType,PrivacyConsentStatus,CaptureContactPointType,CaptureDate,CaptureSource,"
        "DoubleConsentCaptureDate,EffectiveTo,DataUsePurposeId,CreatedDate\n"
        "0ZY1,1,Email,OptIn,Web,2026-01-01T10:00:00.000Z,signup,2026-01-02T08:00:00.000Z,,0ZW1,2026-01-01T10:00:00.000Z\n"
        "0ZY2,1,MailingAddress,OptOut,Phone,2026-01-03T10:00:00.000Z,call,,,,2026-01-01T10:00:00.000Z\n"
        "0ZY3,5,Phone,NotSeen,Web,,import,,,,2026-01-01T10:00:00.000Z\n"
    )
    found, _ = decide({"customers.csv": people, "ContactPointTypeConsent.csv": export})
    # The object holds no wording: what was agreed to cannot be shown.
    assert found["1", "email"] == ("ask_again", "no_evidence")
    assert found["1", "post"] == ("may_not", "withdrawn")
    assert found["5", "phone"] == ("review", "status_unread")


def test_each_of_several_addresses_in_one_cell_is_stopped(decide):
    lists = LISTS + "own,email,2026-06-20T09:00:00Z,,nobody@z.fi; otto.salo@z.fi,\n"
    lists += "own,phone,2026-06-20T09:00:00Z,,,0501111111 / 0409990000\n"
    grant = GRANT + GRANT.replace("1,", "5,", 1)
    files = {"customers.csv": people(",source", ",crm", ",crm"), "suppressions.csv": lists}
    found, _ = decide({**files, "consents.csv": EVENTS + grant})
    assert (found["1", "email"][0], found["1", "phone"][0]) == ("may", "may")
    assert found["5", "email"] == ("may_not", "opt_out_list")
    assert found["5", "phone"][0] == "may_not"


def test_a_second_number_of_a_customer_is_stopped_too(decide):
    crm = people(",source", ",crm", ",crm").replace("+358409990000", "0409990000 tai 0507654321")
    found, _ = decide(
        {"customers.csv": crm, "suppressions.csv": LISTS + "own,phone,2026-06-20T09:00:00Z,,,0409990000\n"}
    )
    assert found["5", "phone"][0] == "may_not"


@pytest.mark.parametrize("who", ["5.0", "crm:5", pytest.param("05", marks=SLOW), pytest.param(" 5 ", marks=SLOW)])
def test_a_stop_binds_whom_its_id_may_mean_and_a_grant_does_not(decide, who):
    crm = people(",source", ",crm", ",crm")
    events = EVENTS + f"{who},phone,withdrawn,2026-05-01T12:00:00Z,,,\n" + GRANT.replace("1,", f"{who},", 1)
    words = ("customers@crm=customers.csv", "suppressions.csv", "consents.csv")
    found, _ = decide({"customers.csv": crm, "suppressions.csv": LISTS, "consents.csv": events}, *words)
    assert found["crm:1", "phone"][0] == "may"
    assert found["crm:5", "phone"] == ("may_not", "withdrawn")
    assert found["crm:5", "email"][0] == ("may" if who == "crm:5" else "ask_again")


def test_a_list_binds_whom_its_id_may_mean(decide):
    lists = LISTS + "own,phone,2026-06-20T09:00:00Z,0005,,\nown,phone,2026-06-20T09:00:00Z,shop:1,,\n"
    found, _ = decide({"customers.csv": people(",source", ",crm", ",crm"), "suppressions.csv": lists})
    assert found["5", "phone"][0] == "may_not"
    assert found["1", "phone"][0] == "may"


def test_a_grant_counts_from_the_day_it_is_effective(decide):
    export = "PartyId,ContactPointType,PrivacyConsentStatus,CaptureDate,CaptureSource,EffectiveFrom,EffectiveTo\n"
    rows = (
        "1,Email,OptIn,2026-01-01T10:00:00.000Z,signup,2026-01-01T10:00:00.000Z,2026-02-01T10:00:00.000Z\n"
        "5,Email,OptIn,2026-01-01T10:00:00.000Z,signup,2030-01-01T10:00:00.000Z,\n"
        # An objection is not put off, and does not lapse.
        "1,Phone,OptOut,2026-01-01T10:00:00.000Z,call,2030-01-01T10:00:00.000Z,\n"
        "5,Phone,OptOut,2026-01-01T10:00:00.000Z,call,,2026-02-01T10:00:00.000Z\n"
    )
    found, _ = decide(
        {"customers.csv": people(",source", ",crm", ",crm"), "ContactPointTypeConsent.csv": export + rows}
    )
    assert found["1", "email"] == ("ask_again", "no_evidence")
    assert found["5", "email"] == ("ask_again", "unknown_default_deny")
    assert found["1", "phone"] == found["5", "phone"] == ("may_not", "withdrawn")


def test_a_bounce_in_mautic_stops_that_channel_and_no_other(decide):
    rows = "id,lead_id,date_added,reason,channel,channel_id,comments\n9,1,2025-12-01 10:00:00,2,email,,\n"
    files = {"customers.csv": people(",source", ",crm", ",crm"), "consents.csv": EVENTS, "suppressions.csv": LISTS}
    before, _ = decide(files)
    found, _ = decide({**files, "lead_donotcontact.csv": rows})
    assert before["1", "email"] == ("may", "consent")
    assert found["1", "email"] == ("may_not", "opt_out_list")
    assert {k: v for k, v in found.items() if k != ("1", "email")} == {
        k: v for k, v in before.items() if k != ("1", "email")
    }
