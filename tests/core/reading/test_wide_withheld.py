"""Permission events of every channel, of unread words, and of rows kept aside: none of them leaves a stop out."""

import pytest

from lohko.reading.wide import _answers
from lohko.tables import tables

HEAD = "customer_id,channel,status,recorded_at\n"


def channel_names() -> tuple[str, ...]:
    column = tables()["consents"].column("channel")
    assert column is not None
    return column.values


def events(reading):
    return reading.tables["consents"].select("customer_id", "channel", "status").collect().rows()


@pytest.mark.parametrize("word", ["all", "Kaikki", "alla"])
def test_an_event_of_every_channel_is_one_of_each(read, word):
    reading = read({"consents.csv": f"{HEAD}1,email,granted,2024-01-01\n1,{word},withdrawn,2024-02-01\n"})
    channels = channel_names()
    assert events(reading) == [("1", "email", "granted"), *(("1", name, "withdrawn") for name in channels)]
    assert reading.tables["consents"].select("recorded_at").collect().to_series().null_count() == 0
    account = reading.accounts["consents"]
    assert (account.rows_in, account.derived, account.rows_out, account.rejected) == (2, 6, 8, 0)
    assert reading.rejects is None


@pytest.mark.parametrize(
    "word",
    ["unsubscribed", "Unsubscribed via link", "opt-out", "Opted out", "peruttu", "poistunut", "avslutat", "n", "E"],
)
def test_words_for_leaving_are_stops(read, word):
    assert events(read({"consents.csv": f"{HEAD}1,email,{word},2024-01-01\n"}))[0][2] in ("withdrawn", "objected")


def test_no_word_grants_and_refuses():
    yes, no = _answers()
    assert not set(yes) & set(no)


def test_a_row_kept_aside_holds_its_channel(read):
    text = (
        f"{HEAD}1,email,granted,2024-01-01\n1,fax,granted,2024-02-01\n2,email,withdrawn,2024-99-99\n"
        "3,sms,granted,2024-99-98\n,email,withdrawn,2024-99-97\n"
    )
    reading = read({"consents.csv": text}, "consents@crm=consents.csv")
    channels = channel_names()
    assert events(reading) == [
        ("crm:1", "email", "granted"),
        *(("crm:1", name, "unknown") for name in channels),
        ("crm:2", "email", "withdrawn"),
        ("crm:3", "sms", "unknown"),
    ]
    account = reading.accounts["consents"]
    assert (account.rows_in, account.rejected, account.derived, account.rows_out) == (5, 4, 9, 10)
    assert [f.data for f in reading.findings if f.code == "consents_held"] == [{"count": 3}]
