from __future__ import annotations

import io

import polars as pl
import pytest

from lohko.errors import InputRefused, Place
from lohko.reading.naming import _synonyms, find_table, name_columns, plain
from lohko.tables import source_tables

FOUND = [
    ("x.csv", "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country", "transactions"),
    ("x.csv", "customer_id,date,quantity,spend", "transactions"),
    ("x.csv", "customerID,gender,tenure,MonthlyCharges", "customers"),
    ("x.csv", "Asiakasnro,Etunimi,Sukunimi,Sähköposti,Puhelin,Lähiosoite,Postinumero,Postitoimipaikka", "customers"),
    ("x.csv", "Kundnr,Förnamn,Efternamn,E-post,Gatuadress,Postnr,Ort", "customers"),
    ("x.csv", "nimi,email,katuosoite", "customers"),
    ("x.csv", "customer_id,occurred_at,page_views", "visits"),
    ("käynnit.csv", "asiakasnumero,aika,laite", "visits"),
    ("x.csv", "customer_id,occurred_at,action,network", "social"),
    ("x.csv", "customer_id,visitor_id,occurred_at,channel,media,action,cost", "touchpoints"),
    ("x.csv", "kundnummer,datum,belopp", "transactions"),
    ("palaute.csv", "asiakasnumero,pvm,mittari,pisteet,teksti", "feedback"),
    ("x.csv", "customer_id,channel,status,recorded_at", "consents"),
    ("x.csv", "asiakasnro,tuote,alkupvm,loppupvm,hinta", "subscriptions"),
    ("x.csv", "campaign_id,name,channel,started_at,fixed_cost", "campaigns"),
    ("x.csv", "campaign_id,customer_id,arm,contacted_at", "contacts"),
    ("x.csv", "register,screened_at,phone", "suppressions"),
    ("x.csv", "customer_id,new_street,new_postcode,valid_from", "address_updates"),
    ("x.csv", "visitor_id,customer_id,identified_at", "visitors"),
    ("paavo.csv", "postinumero,tulot,asukkaat", "areas"),
    ("x.csv", "measure,target,segment", "goals"),
    ("x.csv", "order_id,customer_id,customer_email,created_at,total_price,currency,billing_zip", "transactions"),
    ("x.csv", "customer_id,email,created_at,total", "customers"),
    ("x.csv", "Kundennummer,Vorname,Nachname,PLZ,Ort", "customers"),
    ("x.csv", "Ordrenummer,Kundenummer,Ordredato,Beløb", "transactions"),
]


@pytest.mark.parametrize(("name", "header", "table"), FOUND, ids=[f"{t} {h[:20]}" for _, h, t in FOUND])
def test_find_table(name, header, table):
    assert find_table(header.split(","), name) == table


def test_tables_that_cannot_be_told():
    with pytest.raises(InputRefused) as caught:
        find_table(["a", "b"], "x.csv")
    assert caught.value.code == "table_not_found"
    assert "=x.csv" in caught.value.hint


def test_orders_whose_time_is_not_known_are_not_taken_for_customers():
    header = ["order_id", "customer_id", "total", "when"]
    with pytest.raises(InputRefused) as caught:
        find_table(header, "x.csv")
    assert (caught.value.code, "transactions=x.csv" in caught.value.hint) == ("table_not_found", True)
    assert find_table(header, "customers.csv") == "customers"


def test_the_day_a_row_was_made_is_the_time_of_an_event_as_a_last_resort():
    assert names("order_id,customer_id,total,created_at", "transactions").recognised["occurred_at"] == "created_at"
    found = names("order_id,customer_id,total,date,created_at", "transactions")
    assert (found.recognised["occurred_at"], found.yielded) == ("date", ("created_at",))


def test_german_danish_and_norwegian_names_are_known():
    german = names("Kundennummer,Vorname,Nachname,E-Mail,Straße,PLZ,Ort,Geburtsdatum").recognised
    assert set(german) == {
        "customer_id",
        "first_name",
        "last_name",
        "email",
        "street",
        "postcode",
        "city",
        "birth_date",
    }
    danish = names("Kundenr.,Fornavn,Efternavn,Adresse,Postnr.,By,Fødselsdato").recognised
    assert set(danish) == {"customer_id", "first_name", "last_name", "street", "postcode", "city", "birth_date"}
    norwegian = names("Kundenummer,Etternavn,Gateadresse,Postnummer,Poststed,Mobilnummer").recognised
    assert set(norwegian) == {"customer_id", "last_name", "street", "postcode", "city", "phone"}


def test_case_accents_and_signs_do_not_matter():
    assert plain("Sähköposti-osoite ") == plain("SAHKOPOSTI osoite") == "sahkopostiosoite"


def names(header, table="customers", mapping=None):
    return name_columns(header.split(","), table, mapping or {}, Place("x.csv", 1))


def test_our_own_name_wins_over_another_for_the_same_column():
    found = names("customer_id,email,Sähköposti")
    assert found.recognised["email"] == "email"
    assert found.carried == {"Sähköposti": "Sähköposti"}
    assert found.yielded == ("Sähköposti",)


def test_a_weak_name_yields_to_a_plain_one():
    found = names("Asiakasnumero,Asiakas,email")
    assert found.recognised["customer_id"] == "Asiakasnumero"
    assert found.carried == {"Asiakas": "Asiakas"}


def test_two_plain_names_for_one_column_are_refused_by_name():
    with pytest.raises(InputRefused) as caught:
        names("Asiakasnumero,Kundnummer,email")
    assert "'Asiakasnumero' and 'Kundnummer'" in caught.value.message
    found = names("Asiakasnumero,Kundnummer,email", mapping={"customer_id": "Kundnummer"})
    assert found.recognised["customer_id"] == "Kundnummer"
    assert "Asiakasnumero" in found.carried


def test_carried_columns_keep_their_spelling_unless_it_is_taken():
    found = names("customer_id,Muistiinpano, line,row_id_2".replace(" ", ""), "transactions")
    assert found.names == ("customer_id", "Muistiinpano", "line_2", "row_id_2")
    assert names("customer_id,*,^a$,__record,^$", "transactions").names[1:] == ("column_2", "a", "_record", "column_5")
    assert names("customer_id,,x").names == ("customer_id", "column_2", "x")


def test_a_bare_price_is_the_amount():
    assert names("customer_id,date,hinta", "transactions").recognised["amount"] == "hinta"
    assert names("customer_id,date,hinta,kpl", "transactions").recognised["unit_price"] == "hinta"


def test_every_synonym_is_of_a_column_that_some_table_has():
    from lohko.reading.naming import _data
    from lohko.tables import tables

    every = {c.name for t in source_tables() for c in tables()[t].columns}
    for section, columns in _data("synonyms.toml").items():
        known = every if section == "any" else {c.name for c in tables()[section].columns}
        assert set(columns) <= known, section
    assert set(_data("tables_found.toml")) == set(source_tables())
    assert all(_synonyms(t) for t in source_tables())


@pytest.mark.parametrize(
    ("header", "theirs"),
    [
        (("id", "email"), "id"),
        (("uuid", "ID", "email"), "ID"),
        (("unique_id", "surname", "cluster"), "unique_id"),
        (("nro", "sukunimi"), "nro"),
    ],
)
def test_a_bare_id_of_customers_is_theirs(header, theirs):
    columns = name_columns(header, "customers", {}, Place("f.csv", 1))
    assert columns.recognised["customer_id"] == theirs


def test_a_bare_id_yields_to_a_plainer_name_and_makes_no_purchases_customers():
    columns = name_columns(("id", "asiakasnro", "email"), "customers", {}, Place("f.csv", 1))
    assert (columns.recognised["customer_id"], columns.carried) == ("asiakasnro", {"id": "id"})
    with pytest.raises(InputRefused):
        find_table(("id", "pvm", "summa"), "f.csv")


def test_whole_names_and_refunds_that_count_as_sales_are_told(read):
    reading = read({"crm.csv": "id;nimi;email\n1;Matti Virtanen;m@x.fi\n"}, "customers=crm.csv")
    assert "whole_names" in [f.code for f in reading.findings]
    assert reading.tables["customers"].collect()["customer_id"].to_list() == ["1"]
    reading = read({"crm.csv": "id;nimi;sukunimi\n1;Matti Virtanen;Virtanen\n"}, "customers=crm.csv")
    assert "whole_names" not in [f.code for f in reading.findings]
    lines = "asiakasnro;pvm;summa;tyyppi\n1;1.3.2026;10,00;Osto\n1;2.3.2026;10,00; Hyvitys\n1;3.3.2026;-5,00;hyvitys\n"
    reading = read({"ostot.csv": lines}, "transactions=ostot.csv")
    told = [f for f in reading.findings if f.code == "refunds_as_sales"]
    assert [(f.data["column"], f.data["count"]) for f in told] == [("tyyppi", 1)]


def test_a_weak_name_is_given_up_where_its_values_are_of_something_else(read):
    text = "id,name,type\n1,Art's Deli,delicatessen\n2,Chinois,pacific new wave\n3,Fenix,american\n"
    frame = read({"fodors.csv": text}, "customers=fodors.csv").tables["customers"].collect()
    assert frame["type"].to_list() == ["delicatessen", "pacific new wave", "american"]
    assert "customer_type" not in frame.columns
    text = "id,type\n1,yritys\n2,henkilö\n3,?\n"
    frame = read({"crm.csv": text}, "customers=crm.csv").tables["customers"].collect()
    assert frame["customer_type"].to_list() == ["company", "person", None]
    parquet = pl.DataFrame({"id": [1], "name": ["x"], "type": ["deli"]})
    buffer = io.BytesIO()
    parquet.write_parquet(buffer)
    frame = read({"a.parquet": buffer.getvalue()}, "customers=a.parquet").tables["customers"].collect()
    assert frame["type"].to_list() == ["deli"]
