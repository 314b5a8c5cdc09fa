from __future__ import annotations

import random

import polars as pl
import pytest

from lohko.reading.customers import row_ids
from lohko.reading.wide import permission_columns

HEADER = "asiakasnro;etunimi;sukunimi;syntymäaika"
ROWS = ["1;Aino;Laine;1.3.1980", "2;Ville;Virta;", "2;Ville;Virtanen;2.4.1981", "2;Ville;Virta;", "3;Eero;Aho;"]


def customers(reading):
    return reading.tables["customers"].collect()


def ids(reading):
    frame = customers(reading)
    return sorted(zip(frame["customer_id"], frame["last_name"], frame["row_id"], strict=True))


def test_row_id_is_the_customer_id_where_that_stands_once(read):
    found = customers(read({"crm.csv": "\n".join([HEADER, *ROWS])}))["row_id"].to_list()
    assert found[0] == "1"
    assert found[4] == "3"
    assert found[1].startswith("2~")
    assert found[3] == f"{found[1]}.2"
    assert len(set(found)) == 5


def test_row_id_depends_on_content_not_on_place_or_dialect(read):
    one = ids(read({"crm.csv": "\n".join([HEADER, *ROWS])}))
    shuffled = ROWS.copy()
    random.Random(3).shuffle(shuffled)
    assert ids(read({"crm.csv": "\n".join([HEADER, *shuffled])})) == one
    swapped = [";".join(reversed(line.split(";"))) for line in [HEADER, *ROWS]]
    assert ids(read({"crm.csv": "\n".join(swapped).replace(";", ",").encode("utf-16")})) == one
    halves = {"a.csv": "\n".join([HEADER, *ROWS[:2]]), "b.csv": "\n".join([HEADER, *ROWS[2:]])}
    assert ids(read(halves, "customers=*.csv")) == one


def test_ids_repeated_across_files_are_told_apart(read):
    files = {"a.csv": "customer_id,email\n1,a@example.org\n", "b.csv": "customer_id,email\n1,b@example.org\n"}
    found = customers(read(files))
    assert found["customer_id"].to_list() == ["1", "1"]
    assert found["row_id"].n_unique() == 2
    assert found["source"].to_list() == ["a.csv", "b.csv"]


def test_a_register_without_ids_gets_them_from_content(read):
    text = "etunimi;email\nAino;a@example.org\nAino;a@example.org\nVille;v@example.org\n"
    reading = read({"r.csv": text}, "customers=r.csv")
    found = customers(reading)
    assert found["customer_id"].n_unique() == 3
    assert found["customer_id"][1] == f"{found['customer_id'][0]}.2"
    assert "ids_made" in [f.code for f in reading.findings]
    assert customers(read({"r.csv": text}, "customers@shop=r.csv"))["customer_id"].str.starts_with("shop:").all()


def test_rows_that_lohko_wrote_come_back_as_they_were(read, tmp_path):
    first = customers(read({"crm.csv": "\n".join([HEADER, *ROWS])}))
    again = customers(read({}, "customers=-", stdin=first.write_csv().encode()))
    assert again.equals(first)


def test_a_row_id_of_others_says_nothing(read):
    reading = read({"crm.csv": "Row ID,customer_id,email\n1,a,a@example.org\n2,b,b@example.org\n"})
    found = customers(reading)
    assert found["row_id"].to_list() == ["a", "b"]
    assert found["Row ID"].to_list() == ["1", "2"]


def test_source_column_comes_first_then_the_name_of_the_source(read):
    text = "customer_id,email,source\n1,a@example.org,web form\n2,b@example.org,\n"
    assert customers(read({"crm.csv": text}))["source"].to_list() == ["web form", "crm.csv"]
    assert customers(read({"crm.csv": text}, "customers@crm=crm.csv"))["source"].to_list() == ["web form", "crm"]


def test_row_ids_of_equal_rows_are_numbered():
    assert row_ids(["a", "a", "a"], ["x", "x", "y"])[1].endswith(".2")


@pytest.mark.parametrize(
    ("name", "channels", "ban"),
    [
        ("sähköpostilupa", ("email",), False),
        ("markkinointilupa_email", ("email",), False),
        ("email_consent", ("email",), False),
        ("sms_lupa", ("sms",), False),
        ("Tekstiviestimarkkinointi", ("sms",), False),
        ("puhelinkielto", ("phone",), True),
        ("e-postsamtycke", ("email",), False),
        ("Uutiskirje", ("email",), False),
        ("email_opt_out", ("email",), True),
        ("postimarkkinointi", ("post",), False),
        ("suoramarkkinointikielto", ("email", "sms", "phone", "robocall", "post", "push", "ad_audience"), True),
    ],
)
def test_names_of_permission_columns(name, channels, ban):
    found, vague = permission_columns([name])
    assert [(c.channels, c.ban) for c in found] == [(channels, ban)]
    assert vague == ()


def test_columns_that_are_no_permissions():
    names = ["email", "puhelin", "postinumero", "kanta_asiakas", "lupauspvm", "Kampanja", "luvattu"]
    assert permission_columns(names) == ((), ())
    found, vague = permission_columns(["markkinointilupa"])
    assert vague == ("markkinointilupa",)
    assert [(column.refusals, column.ban) for column in found] == [(True, False)]  # only its refusals are heeded


def test_wide_columns_become_consents(read):
    text = (
        "asiakasnro;sähköpostilupa;sähköpostilupa pvm;puhelinkielto;lähde\n"
        "1;kyllä;1.3.2024;x;CRM\n2;ei;;;\n3;;;ei;\n4;ehkä;;;\n"
    )
    reading = read({"crm.csv": text})
    frame = reading.tables["consents"].collect()
    assert frame.select("customer_id", "channel", "status", "source").rows() == [
        ("1", "email", "granted", "CRM"),
        ("1", "phone", "objected", "CRM"),
        ("2", "email", "objected", "crm.csv"),
        ("4", "email", "unknown", "crm.csv"),
    ]
    assert frame["recorded_at"].is_not_null().to_list() == [True, False, False, False]
    assert frame["method"].unique().to_list() == ["imported"]
    account = reading.accounts["consents"]
    assert (account.rows_in, account.derived, account.rows_out) == (0, 4, 4)
    unknown = [f for f in reading.findings if f.code == "permission_unknown"]
    assert [f.data["count"] for f in unknown] == [1]
    assert "sähköpostilupa" in customers(reading).columns


def test_counts_are_no_permissions(read):
    text = "customer_id,sms_marketing_count\n" + "".join(f"{n},{n}\n" for n in range(9))
    reading = read({"customers.csv": text})
    assert "consents" not in reading.tables
    assert "permission_unclear" in [f.code for f in reading.findings]


def test_derived_consents_follow_those_of_a_file(read):
    files = {
        "crm.csv": "customer_id,email_consent\n1,yes\n",
        "consents.csv": "customer_id,channel,status,recorded_at\n1,tekstiviesti,kyllä,2024-03-01\n1,post,hmm,2024-03-01\n",
    }
    reading = read(files)
    assert reading.tables["consents"].select("channel", "status").collect().rows() == [
        ("sms", "granted"),
        ("post", "unknown"),
        ("email", "granted"),
    ]
    account = reading.accounts["consents"]
    assert (account.rows_in, account.derived, account.rows_out) == (2, 1, 3)
    assert reading.tables["consents"].collect_schema()["recorded_at"] == pl.Datetime("us", "UTC")
