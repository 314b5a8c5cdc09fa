"""Lists of other systems are known by their columns, and their codes are read as that system means them."""

import polars as pl
import pytest

from lohko.errors import InputRefused
from lohko.reading.ingest import ingest
from lohko.reading.params import IngestParams
from lohko.reading.sources import parse_sources

MAUTIC = (
    "id,lead_id,date_added,reason,channel,channel_id,comments\n"
    "9,1,2026-01-02 10:00:00,1,email,4,\n"
    "10,2,2026-01-03 10:00:00,2,email,,hard bounce\n"
    "11,2,2026-01-03 10:00:00,3,sms,,\n"
    "12,3,2026-01-03 10:00:00,7,email,,\n"
)
POSTMARK = (
    "EmailAddress,SuppressionReason,Origin,CreatedAt\n"
    "a@x.fi,HardBounce,Recipient,2026-02-01T10:00:00Z\n"
    "b@x.fi,SpamComplaint,Recipient,2026-02-01T10:00:00Z\n"
)
SES = "EmailAddress,Reason,LastUpdateTime\nc@x.fi,COMPLAINT,2026-02-01T10:00:00Z\nd@x.fi,BOUNCE,2026-02-01T10:00:00Z\n"


@pytest.fixture
def read(tmp_path, monkeypatch):
    def run(files, mapping=None, table=None):
        monkeypatch.chdir(tmp_path)
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        words = tuple(f"{table}={name}" if table else name for name in files)
        found = ingest(parse_sources(words), IngestParams(), mapping=mapping or {}, scratch=scratch)
        return {name: frame.collect() for name, frame in found.tables.items()}

    return run


def told(entries, *columns):
    return entries.select(*columns).rows()


def test_mautics_codes_are_no_answers_but_reasons(read):
    entries = read({"lead_donotcontact.csv": MAUTIC})["suppressions"]
    assert told(entries, "customer_id", "channel", "register") == [
        ("1", "email", "Mautic, do not contact: unsubscribed"),
        ("2", "email", "Mautic, do not contact: bounced"),
        ("2", "sms", "Mautic, do not contact: manual"),
        ("3", "email", "Mautic, do not contact"),
    ]
    assert entries["screened_at"].dt.date().cast(pl.String).to_list()[0] == "2026-01-02"


def test_bounces_and_complaints_are_about_email_alone(read):
    entries = read({"postmark.csv": POSTMARK, "ses.csv": SES})["suppressions"]
    assert told(entries, "email", "channel", "register") == [
        ("a@x.fi", "email", "Postmark: bounced"),
        ("b@x.fi", "email", "Postmark: complaint"),
        ("c@x.fi", "email", "Amazon SES: complaint"),
        ("d@x.fi", "email", "Amazon SES: bounced"),
    ]


def test_what_the_user_says_of_the_file_goes_before(read):
    said = {
        "suppressions": {"email": "EmailAddress", "register": "Reason", "screened_at": "LastUpdateTime", "phone": "Tel"}
    }
    entries = read({"ses.csv": "Tel," + SES.replace("\n", "\n,").removesuffix(",")}, said, "suppressions")[
        "suppressions"
    ]
    # All that the shape knows was read as it says, and so its codes mean the same.
    assert entries["register"].to_list() == ["Amazon SES: complaint", "Amazon SES: bounced"]


def test_a_mapping_that_leaves_the_codes_out_leaves_them_as_they_are(read):
    entries = read({"ses.csv": SES}, {"suppressions": {"email": "EmailAddress"}}, "suppressions")["suppressions"]
    assert entries["Reason"].to_list() == ["COMPLAINT", "BOUNCE"]
    assert not {"register", "channel"} & set(entries.columns)


def test_a_file_of_people_stays_one(read):
    people = POSTMARK.replace("Origin", "FirstName")
    assert set(read({"people.csv": people})) == {"customers"}


def test_of_marketing_clouds_subscribers_those_who_are_written_to_are_no_entries(read):
    rows = (
        "ClientID,SubscriberKey,EmailAddress,SubscriberID,Status,DateHeld,DateCreated,DateUnsubscribed\n"
        "7,1,a@x.fi,11,Active,,2020-01-01 10:00:00,\n"
        "7,2,b@x.fi,12,Unsubscribed,,2020-01-01 10:00:00,2026-02-01 10:00:00\n"
        "7,3,c@x.fi,13,Held,2026-01-01 10:00:00,2020-01-01 10:00:00,\n"
        "7,4,d@x.fi,14,Bounced,,2020-01-01 10:00:00,\n"
        "7,5,e@x.fi,15,,,2020-01-01 10:00:00,\n"
    )
    entries = read({"Subscribers.csv": rows})["suppressions"]
    assert told(entries, "email", "channel", "register") == [
        ("b@x.fi", "email", "Salesforce Marketing Cloud: unsubscribed"),
        ("c@x.fi", "email", "Salesforce Marketing Cloud: bounced"),
        ("d@x.fi", "email", "Salesforce Marketing Cloud: bounced"),
        ("e@x.fi", "email", "Salesforce Marketing Cloud"),
    ]


def test_mautics_contactable_is_no_entry(read):
    rows = MAUTIC.replace("9,1,2026-01-02 10:00:00,1,", "9,1,2026-01-02 10:00:00,0,")
    assert "1" not in read({"lead_donotcontact.csv": rows})["suppressions"]["customer_id"].to_list()


HUBSPOT = (
    "Email,Portal Bounce,Portal Unsubscribe,Portal Spam Report,Global Bounce,Marketing Information,Uutiskirje\n"
    "a@x.fi,,TRUE,,,TRUE,\n"
    "b@x.fi,550 mailbox unavailable,,,,,\n"
    "c@x.fi,,,,,,TRUE\n"
    "d@x.fi,,TRUE,TRUE,,,\n"
    "e@x.fi,FALSE,FALSE,false,,FALSE,FALSE\n"
)
UNSUBSCRIBED = (
    '"Email Address","First Name","Last Name",OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON,LEID,EUID\n'
    "f@x.fi,F,X,,2024-02-01 09:05:00,2024-02-03 10:00:00,NORMAL,1,a\n"
    "g@x.fi,G,X,,2024-02-01 09:05:00,2024-02-03 10:00:00,ABUSE,2,b\n"
)
CLEANED = '"Email Address","First Name","Last Name",CLEAN_TIME,LEID,EUID\nh@x.fi,H,X,2024-03-03 10:00:00,3,c\n'


def test_unsubscribes_of_hubspot_and_mailchimp_are_lists_and_make_no_customers(read):
    found = read({"hubspot.csv": HUBSPOT, "unsubscribed.csv": UNSUBSCRIBED, "cleaned.csv": CLEANED})
    assert "customers" not in found
    assert told(found["suppressions"], "email", "channel", "register") == [
        ("a@x.fi", "email", "HubSpot: unsubscribed"),
        ("b@x.fi", "email", "HubSpot: bounced"),
        ("c@x.fi", "email", "HubSpot: unsubscribed"),
        ("d@x.fi", "email", "HubSpot: complaint"),
        ("f@x.fi", "email", "Mailchimp: unsubscribed"),
        ("g@x.fi", "email", "Mailchimp: complaint"),
        ("h@x.fi", "email", "Mailchimp: bounced"),
    ]


def test_consents_of_contact_points_are_refused_with_what_to_join(read):
    consent = "Id,ContactPointId,PrivacyConsentStatus,CaptureDate,Owner,Kind\n1,9,OptIn,2026-01-01,17,Email\n"
    with pytest.raises(InputRefused) as caught:
        read({"ContactPointConsent.csv": consent})
    assert caught.value.code == "contact_point_consent"
    assert "ParentId" in caught.value.hint


ORDERS = (
    "Name,Email,Financial Status,Paid at,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name\n"
    "#1001,a@x.fi,paid,2026-01-31 12:00:00 +0200,EUR,40.00,2026-01-31 11:59:00 +0200,1,Mug,15.00,M-1,Aino Laine\n"
    "#1001,a@x.fi,,,,,2026-01-31 11:59:00 +0200,2,Plate,10.00,P-1,\n"
    "#1002,b@x.fi,paid,2026-02-01 12:00:00 +0200,EUR,,2026-02-01 11:59:00 +0200,1,Mug,15.00,M-1,Eino Laine\n"
    "#1003,c@x.fi,paid,2026-02-01 12:00:00 +0200,EUR,15.00,2026-02-01 11:59:00 +0200,1,Mug,15.00,M-1,Eeva Laine\n"
)


@pytest.mark.parametrize("ends", ["", '"'], ids=["plain", "quoted"])
def test_an_order_is_its_first_line_and_the_money_counts_once(tmp_path, monkeypatch, ends):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text(ORDERS.replace("Mug", f"{ends}Mug{ends}"), encoding="utf-8")
    (tmp_path / "scratch").mkdir()
    mapping = {"transactions": {"customer_id": "Email"}}
    found = ingest(parse_sources(("orders.csv",)), IngestParams(), mapping=mapping, scratch=tmp_path / "scratch")
    orders = found.tables["transactions"].collect()
    assert told(orders, "transaction_id", "customer_id", pl.col("amount").cast(pl.Float64)) == [
        ("#1001", "a@x.fi", 40.0),
        ("#1003", "c@x.fi", 15.0),
    ]
    account = found.accounts["transactions"]
    assert (account.rows_in, account.rows_out, account.rejected) == (4, 2, 2)
    told_of = {f.data["reason"]: (f.data["count"], f.level) for f in found.findings if f.code == "rows_rejected"}
    assert told_of == {"order_line": (1, "info"), "missing_value": (1, "warning")}  # an order without a sum
    assert found.rejects is not None
    assert "Plate" in found.rejects.read_text(encoding="utf-8")


def test_a_mapping_that_reads_the_items_gets_them_all(read):
    mapping = {
        "transactions": {
            "customer_id": "Email",
            "occurred_at": "Created at",
            "amount": "Lineitem price",
            "product": "Lineitem name",
        }
    }
    orders = read({"orders.csv": ORDERS}, mapping)["transactions"]
    assert told(orders, "product", pl.col("amount").cast(pl.Float64)) == [
        ("Mug", 15.0),
        ("Plate", 10.0),
        ("Mug", 15.0),
        ("Mug", 15.0),
    ]


def test_leads_of_meta_are_customers_and_no_campaign(read):
    header = "id\tcreated_time\tad_id\tcampaign_id\tcampaign_name\tform_id\tis_organic\tplatform\tfull_name\temail\tphone_number\n"
    lead = "l:12\t2026-01-31T12:00:00+02:00\tag:1\tc:1\tSpring\tf:1\tfalse\tfb\tAino Laine\ta@x.fi\tp:+358401234888\n"
    customers = read({"leads.csv": header + lead})["customers"]
    assert told(customers, "customer_id", "email", "phone", "full_name") == [
        ("l:12", "a@x.fi", "p:+358401234888", "Aino Laine")
    ]
    assert customers["created_at"].dt.hour().to_list() == [10]
