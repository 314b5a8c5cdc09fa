"""Deaths and protected addresses that a customers file tells in columns of its own."""

import datetime as dt

import pytest

from lohko.cleaning.consents import consents
from lohko.cleaning.params import ConsentsParams
from lohko.outcome import Env


def entries(reading):
    if "address_updates" not in reading.tables:
        return []
    return reading.tables["address_updates"].select("customer_id", "status", "valid_from").collect().rows()


@pytest.mark.parametrize(
    ("column", "cell", "status", "day"),
    [
        ("tila", "KUOLLUT", "deceased", None),
        ("kundstatus", "Avliden", "deceased", None),
        ("huomautus", "Asiakas kuollut 3/2024", "deceased", None),
        ("kuollut", "kyllä", "deceased", None),
        ("Kuolinpäivä", "12.3.2024", "deceased", dt.date(2024, 3, 12)),
        ("IsDeceased", "true", "deceased", None),
        ("Turvakielto", "x", "protected", None),
        ("skyddad identitet", "ja", "protected", None),
        ("status", "Turvakielto!", "protected", None),
        ("huomautus", "puoliso kuollut", None, None),
        ("huomautus", "kuollut lehti takaisin", None, None),
        ("tila", "aktiivinen", None, None),
        ("kuollut", "ei", None, None),
        ("kuolinpäivä", "-", None, None),
        ("Turvakielto", "0", None, None),
    ],
)
def test_what_a_column_says_becomes_an_entry_and_never_a_permission(read, column, cell, status, day):
    reading = read({"customers.csv": f"asiakasnumero;nimi;{column}\n1;A;{cell}\n2;B;\n"})
    assert entries(reading) == ([("1", status, day)] if status else [])
    assert "consents" not in reading.tables
    if status:
        assert reading.accounts["address_updates"].derived == 1
        assert [f.data["column"] for f in reading.findings if f.code == "marks_derived"] == [column]


def test_the_dead_are_not_contacted_and_a_protected_address_gets_no_letter(read):
    people = "customer_id,email,street,postcode,tila\n1,a@x.fi,Tie 1,00100,kuollut\n2,b@x.fi,Tie 2,00100,turvakielto\n3,c@x.fi,,,\n"
    events = "customer_id,channel,status,recorded_at,source,wording,method\n"
    events += "".join(f"{n},email,granted,2026-01-01,form,v1,active\n" for n in (1, 2, 3))
    updates = "customer_id,status,valid_from,new_street,new_postcode\n3,deceased,2026-02-01,,\n"
    reading = read({"customers.csv": people, "consents.csv": events, "address_updates.csv": updates})
    made = consents(reading.tables, ConsentsParams(), Env(dt.date(2026, 6, 30))).tables["permissions"].lazy().collect()
    found = {(r["customer_id"], r["channel"]): r["reason"] for r in made.to_dicts()}
    assert [found[n, "email"] for n in "123"] == ["deceased", "consent", "deceased"]
    assert found["2", "post"] == "protected_address"
