"""Permission columns: what a ban's cells mean, and refusals in columns that grant nothing."""

import pytest

from lohko.reading.wide import _without_time, permission_columns


def statuses(reading):
    if "consents" not in reading.tables:
        return []
    return reading.tables["consents"].select("customer_id", "channel", "status", "recorded_at").collect().rows()


@pytest.mark.parametrize(
    "cell",
    [
        "x",
        "kyllä",
        "1",
        "kielto",
        "2024-05-01",
        "pysyvä",
        "Robinson",
        "ei tiedossa",
        "?",
        "true",
        "X!",
        "until 2030",
        "2",
    ],
)
def test_whatever_stands_in_a_ban_is_an_objection(read, cell):
    reading = read({"crm.csv": f"asiakasnro;postikielto\n1;{cell}\n2;\n"})
    assert statuses(reading) == [("1", "post", "objected", None)]


@pytest.mark.parametrize(
    "cell", ["ei", "Ei.", "no", "nej", "0", "0,00", "false", "-", "NULL", "n/a", "ei kieltoa", " "]
)
def test_a_plain_no_in_a_ban_is_none(read, cell):
    reading = read({"crm.csv": f"asiakasnro;postikielto;puhelinkielto\n1;{cell};x\n"})
    assert statuses(reading) == [("1", "phone", "objected", None)]


def test_words_taken_for_a_ban_are_told(read):
    reading = read({"crm.csv": "asiakasnro;puhelinkielto\n1;pysyvä\n2;x\n3;2024-05-01\n"})
    told = [f.data for f in reading.findings if f.code == "permission_ban_words"]
    assert told == [{"column": "puhelinkielto", "count": 2}]
    assert "permission_unknown" not in [f.code for f in reading.findings]


def test_the_day_of_a_ban_is_a_ban_without_another_column():
    assert [(c.column, c.channels, c.ban) for c in permission_columns(["puhelinkielto_pvm"])[0]] == [
        ("puhelinkielto_pvm", ("phone",), True)
    ]
    both, _vague = permission_columns(["puhelinkielto", "puhelinkielto_pvm"])
    assert [(c.column, c.time) for c in both] == [("puhelinkielto", "puhelinkielto_pvm")]
    assert _without_time("puhelinkielto_pvm") == "puhelinkielto_"


def test_words_within_words_are_no_ban():
    assert permission_columns(["unix_time", "phoenix", "sahkopostilupapvm"]) == ((), ())


def test_refusals_hold_in_a_column_that_grants_nothing(read):
    odd = "".join(f"{n};huomautus {n}\n" for n in range(10, 20))
    reading = read({"crm.csv": f"asiakasnro;sähköpostilupa\n1;ei\n2;kyllä\n3;Ei, kiitos\n4;peruttu\n{odd}"})
    assert statuses(reading) == [(who, "email", "objected", None) for who in "134"]
    assert [f.data["column"] for f in reading.findings if f.code == "permission_unclear"] == ["sähköpostilupa"]
    account = reading.accounts["consents"]
    assert (account.derived, account.rows_out) == (3, 3)


def test_a_zero_among_counts_is_a_count_and_a_no_is_a_no(read):
    rows = "".join(f"{n},{n}\n" for n in range(9))
    assert statuses(read({"customers.csv": f"customer_id,sms_marketing_count\n{rows}"})) == []
    text = f"customer_id,sms_marketing_count\n{rows}99,no\n"
    assert statuses(read({"customers.csv": text})) == [("99", "sms", "objected", None)]


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        # HubSpot
        ("Unsubscribed from all email", "TRUE", [("email", "objected")]),
        ("Unsubscribed from all email", "false", []),
        ("Opted out of email: Marketing Information", "true", [("email", "objected")]),
        ("Portal Unsubscribe", "TRUE", [("email", "objected")]),
        ("Portal Spam Report", "TRUE", [("email", "objected")]),
        # Klaviyo
        ("Email Marketing Consent", "SUBSCRIBED", [("email", "granted")]),
        ("SMS Marketing Consent", "UNSUBSCRIBED", [("sms", "objected")]),
        ("Email Marketing Consent", "NEVER_SUBSCRIBED", []),
        ("Email Marketing Consent", "Never Subscribed", []),
        ("Email Suppressions", "[]", []),
        ("Email Suppressions", "['USER_SUPPRESSED']", [("email", "objected")]),
        # Braze
        ("email_subscribe", "opted_in", [("email", "granted")]),
        ("push_subscribe", "unsubscribed", [("push", "objected")]),
        ("unsubscribed_from_emails_at", "2024-05-01T10:00:00Z", [("email", "objected")]),
        # Salesforce, Contact
        ("HasOptedOutOfEmail", "true", [("email", "objected")]),
        ("DoNotCall", "true", [("phone", "objected")]),
        # HubSpot's bounces: nothing more goes there.
        ("Portal Bounce", "TRUE", [("email", "objected")]),
        ("Global Bounce", "false", []),
        ("Marketing Information", "FALSE", []),
        ("Marketing Information", "TRUE", [("email", "objected")]),
    ],
)
def test_columns_of_other_systems_exports_are_read(read, column, cell, told):
    reading = read({"contacts.csv": f'customer_id,email,"{column}"\n1,a@x.fi,"{cell}"\n2,b@x.fi,\n'})
    assert [(channel, status) for _, channel, status, _ in statuses(reading)] == told


def test_a_consents_timestamp_goes_with_it(read):
    header = "customer_id,Email Marketing Consent,Email Marketing Consent Timestamp\n"
    found = statuses(read({"profiles.csv": f"{header}1,SUBSCRIBED,2024-05-01T10:00:00Z\n"}))
    assert [(row[2], row[3].isoformat()) for row in found] == [("granted", "2024-05-01T10:00:00+00:00")]


@pytest.mark.parametrize(
    ("column", "channels"),
    [
        ("Ei sähköpostia", ("email",)),
        ("Ei sähköpostimarkkinointia", ("email",)),
        ("eiPuhelinmarkkinointia", ("phone",)),
        ("Älä soita", ("phone",)),
        ("No email marketing", ("email",)),
        ("no_sms", ("sms",)),
        ("noemail", ("email",)),
        ("Inga nyhetsbrev", ("email",)),
        ("Ej telefonmarknadsföring", ("phone",)),
        ("Tackat nej till e-post", ("email",)),
        ("Uutiskirje peruttu", ("email",)),
        ("email_unsubscribe", ("email",)),
        ("Email consent withdrawn", ("email",)),
        ("Do not contact", ("email", "sms", "phone", "robocall", "post", "push", "ad_audience")),
        ("markkinointilupa_peruttu", ("email", "sms", "phone", "robocall", "post", "push", "ad_audience")),
    ],
)
def test_a_name_that_says_no_is_a_ban(column, channels):
    assert [(c.channels, c.ban, c.refusals) for c in permission_columns([column])[0]] == [(channels, True, False)]


@pytest.mark.parametrize(
    "column",
    [
        "phone_no2",
        "No. of emails",
        "tilaus_peruttu",
        "payment_refused",
        "unsubscribe_url",
        "eino",
        "Reklamation",
        "toimiala",
        "etunimi",
    ],
)
def test_a_name_of_something_else_is_no_ban(column):
    assert permission_columns([column]) == ((), ())


@pytest.mark.parametrize("column", ["Marketing qualified lead", "marketing_segment"])
def test_other_words_about_marketing_refuse_nothing(read, column):
    assert statuses(read({"crm.csv": f"customer_id,{column}\n1,no\n2,yes\n"})) == []


def test_of_a_subscription_that_is_none_nothing_follows(read):
    assert statuses(read({"crm.csv": "customer_id,no_subscription,returns_not_allowed\n1,yes,yes\n2,no,no\n"})) == []


def test_when_a_permission_begins_is_no_ban():
    found, _ = permission_columns(["Sähköpostilupa alkaa", "Sähköpostilupa"])
    assert not any(column.ban for column in found)


@pytest.mark.parametrize("column", ["Markkinointilupa", "marketing_consent", "Ei markkinointikieltoa"])
def test_where_no_channel_is_named_a_refusal_holds_for_all_and_a_yes_allows_none(read, column):
    found = statuses(read({"crm.csv": f"asiakasnro;{column}\n1;kyllä\n2;ei\n3;\n"}))
    assert [(who, status) for who, _, status, _ in found] == [("2", "objected")] * 7


def test_the_zeros_of_a_count_refuse_nothing(read):
    assert statuses(read({"crm.csv": "customer_id,marketing_score\n1,0\n2,7\n3,0\n"})) == []
