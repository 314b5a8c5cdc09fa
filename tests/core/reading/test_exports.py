"""Files as shops, ledgers, CRMs and spreadsheets write them: the right table, the right columns, no value read wrongly in silence."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from lohko.errors import InputRefused

NOON = dt.datetime(2026, 1, 31, 12, 0, tzinfo=dt.UTC)
DAY = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)

Case = tuple[str, str, str, dict[str, object], set[str]]
WRITTEN: dict[str, object] = {
    "2026-01-31T12:00:00.000Z": NOON,
    "31-Jan-2026": DAY,
    "31 January 2026": DAY,
    "Jan 31, 2026, 12:00:00 PM": NOON,
    "jan 31, 2026 12:00": NOON,
    "31-JAN-2026 12:00": NOON,
}
TIMES: list[Case] = [
    (text, f'customer_id,occurred_at,amount\n1,"{text}",10\n', "transactions", {"occurred_at": when}, {"dates_read"})
    for text, when in WRITTEN.items()
]
READ: list[Case] = [
    (
        "a shop's customers, numbers kept as text by an apostrophe",
        (
            "Customer ID,First Name,Last Name,Email,Default Address Address1,Default Address City,Default Address Zip,Phone\n"
            "'6001,Aino,Laine,a@x.example,Katu 1,Helsinki,'00100,'+358401234567\n"
        ),
        "customers",
        {"customer_id": "6001", "street": "Katu 1", "city": "Helsinki", "postcode": "00100", "phone": "+358401234567"},
        {"text_marks"},
    ),
    (
        "charges, one given back and one failed",
        (
            "id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer ID,Customer Email,Invoice ID\n"
            "ch_1,2026-01-31 12:00:00,12.90,0.00,eur,Paid,cus_1,a@x.example,in_1\n"
            "ch_2,2026-01-31 12:00:00,12.90,12.90,eur,Refunded,cus_2,b@x.example,in_1\n"
            "ch_3,2026-01-31 12:00:00,12.90,0.00,eur,Failed,cus_3,c@x.example,in_3\n"
        ),
        "transactions",
        {"customer_id": "cus_1", "occurred_at": NOON, "amount": Decimal("12.9"), "currency": "EUR"},
        {"refunds_as_sales", "refunds_beside", "unsold_as_sales"},
    ),
    (
        "orders whose sum stands in each of their lines",
        "Order Number,Order Date,Customer ID,Order Total Amount,Item Name\n"
        + "".join(f"{n},2026-01-31 12:00,5,{n}.00,{what}\n" for n in (10, 11, 12) for what in ("Coffee", "Tea")),
        "transactions",
        {"transaction_id": "10", "amount": Decimal(10), "occurred_at": NOON},
        {"sums_repeated"},
    ),
    (
        "a ledger's invoices",
        (
            "Laskun numero;Laskun pvm;Eräpvm;Asiakasnro;Asiakas;Summa (alv 0 %);Alv;Loppusumma EUR\n"
            "50001;31.1.2026;14.2.2026;1001;Acme Oy;1 000,00;255,00;1 255,00\n"
        ),
        "transactions",
        {"customer_id": "1001", "transaction_id": "50001", "occurred_at": DAY, "amount": Decimal(1255)},
        {"columns_yielded"},
    ),
    (
        "a ledger's customers, place and postcode in one column beside the street",
        "Asiakasnumero;Asiakkaan nimi;Osoite;Postiosoite;Sähköposti\n1;Laine Aino;Tie 2;20100 TURKU;a@x.example\n",
        "customers",
        {"customer_id": "1", "street": "Tie 2", "Postiosoite": "20100 TURKU"},
        {"columns_yielded", "whole_names"},
    ),
    (
        "a minus at the end, in German",
        "Kunde|Belegdatum|Betrag|Währg\n0000100002|31.01.2026|12,00-|EUR\n0000100001|31.01.2026|1.234,50 |EUR\n",
        "transactions",
        {"customer_id": "0000100002", "occurred_at": DAY, "amount": Decimal(-12), "currency": "EUR"},
        {"numbers_read"},
    ),
    (
        "a CRM's report of contacts",
        (
            '"Account Name","First Name","Mailing Street","Mailing City","Mailing Zip/Postal Code","Mailing Country","Contact ID"\n'
            '"Acme Oy","Aino","Katu 1","Helsinki","00100","Finland","0035g00000AbCdE"\n'
        ),
        "customers",
        {"company_name": "Acme Oy", "street": "Katu 1", "postcode": "00100", "country": "FI"},
        {"columns_recognised"},
    ),
    (
        "contacts with the country and the day they were made",
        (
            "Record ID,First Name,Email,Create Date,Associated Company,Postal Code,Country/Region\n"
            "101,Aino,a@x.example,2026-01-31 12:00,Acme Oy,00100,Finland\n"
        ),
        "customers",
        {"customer_id": "101", "created_at": NOON, "company_name": "Acme Oy", "country": "FI"},
        set(),
    ),
    (
        "negatives in brackets",
        "asiakasnro;pvm;summa\n1;31.1.2026;(1 234,50)\n2;31.1.2026;12,00\n",
        "transactions",
        {"amount": Decimal("-1234.5")},
        {"numbers_in_brackets"},
    ),
    (
        "a margin in per cent, which is no money",
        "customer_id,date,amount,margin\n1,2026-01-31,10.00,12 %\n2,2026-01-31,20.00,10.5 %\n",
        "transactions",
        {"amount": Decimal(10), "margin_2": "12 %"},
        {"columns_carried"},
    ),
    (
        "names of columns with line ends, as Excel has them",
        '"Asiakas-\nnumero";"Pvm";"Summa\n(€)"\n1;31.1.2026;12,50\n2;31.1.2026;1,00\n',
        "transactions",
        {"customer_id": "1", "occurred_at": DAY, "amount": Decimal("12.5")},
        set(),
    ),
    (
        "answers to a survey, which only an id would make customers",
        "Asiakasnumero;Kysymys 1;Kysymys 2\n1001;9;Hyvä\n",
        "customers",
        {"customer_id": "1001"},
        {"customers_by_id"},
    ),
    (
        "phone numbers that Excel destroyed",
        "asiakasnro;etunimi;puhelin\n1;Aino;3,58401E+11\n2;Ville;040 123\n",
        "customers",
        {"customer_id": "1"},
        {"phones_destroyed"},
    ),
    (
        "contract periods with their monthly price",
        "Tilaajanumero;Tilaus alkaa;Tilaus päättyy;Tuote;Hinta/kk\n1;31.1.2026;;Digi;12,90 €\n",
        "subscriptions",
        {"customer_id": "1", "started_at": DAY, "ended_at": None, "price": Decimal("12.9")},
        set(),
    ),
    *TIMES,
]


@pytest.mark.parametrize(("what", "text", "table", "first", "codes"), READ, ids=[r[0] for r in READ])
def test_an_export_is_read_as_what_it_is(read, what, text, table, first, codes):
    del what
    reading = read({"export.csv": text})
    row = reading.tables[table].collect().row(0, named=True)
    assert {name: row[name] for name in first} == first
    assert codes <= {finding.code for finding in reading.findings}
    assert reading.rejects is None


SHOP = (
    "Name,Email,Financial Status,Paid at,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Id,Source\n"
    "#1,a@x.example,paid,2026-01-31 12:00:00 +0000,EUR,35.00,2026-01-31 11:59:00 +0000,1,Coffee,10.00,5001,web\n"
    "#1,a@x.example,,,,,2026-01-31 11:59:00 +0000,2,Tea,10.00,,\n"
)
REFUSED = [
    ("a shop's orders", SHOP, 'customer_id = "Email"'),
    (
        "another shop's",
        "Order Number,Order Date,Email (Billing),Order Total Amount\n1,2026-01-31 12:00,a@x.example,35.00\n",
        'customer_id = "Email (Billing)"',
    ),
    ("invoices without a known day", "Kunde;Tag;Betrag;Währung\n1;31.01.2026;12,00;EUR\n", "transactions=export.csv"),
    ("weeks", "customer_id,occurred_at,amount\n1,2026-W05,1.50\n", "yyyy-mm-dd"),
    ("seconds since 1970", "customer_id,occurred_at,amount\n1,1769860800,1.50\n", "--date-format epoch reads"),
    ("thousandths of it", "customer_id,occurred_at,amount\n1,1769860800000,1.50\n", "--date-format epoch_ms reads"),
]


@pytest.mark.parametrize(("what", "text", "hint"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_cannot_be_told_is_refused_with_what_to_write(read, what, text, hint):
    del what
    with pytest.raises(InputRefused) as caught:
        read({"export.csv": text})
    assert hint in caught.value.hint


def test_a_shops_orders_are_counted_once_by_the_mapping_that_was_advised(read):
    reading = read({"o.csv": SHOP}, "transactions=o.csv", mapping={"transactions": {"customer_id": "Email"}})
    (row,) = reading.tables["transactions"].collect().to_dicts()
    assert (row["customer_id"], row["occurred_at"], row["amount"]) == ("a@x.example", NOON, Decimal(35))


@pytest.mark.parametrize(
    ("form", "text"), [("epoch", "1769860800"), ("epoch", "1769860800.0"), ("epoch_ms", "1769860800000")]
)
def test_seconds_since_1970_are_read_where_declared(read, form, text):
    reading = read(
        {"t.csv": f"customer_id,occurred_at,amount\n1,{text},1.50\n2,x,1.50\n"},
        date_format=form,
        timezone="Europe/Helsinki",
    )
    assert reading.tables["transactions"].collect()["occurred_at"].to_list() == [NOON]
    assert reading.accounts["transactions"].rejected == 1


def test_a_sheet_of_prose_beside_tables_is_left_aside(read):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("Myynti")
        sheet.write(0, 0, "Myynti tammikuussa")
        for row, cells in enumerate((["Asiakasnumero", "Pvm", "Summa"], ["1001", "31.1.2026", "12,50"]), 2):
            sheet.write_row(row, 0, cells)
        prose = book.add_worksheet("Ohje")
        prose.write_column(0, 0, ["Tämä on ohje.", "Luvut ovat euroja, alv mukana."])
        book.add_worksheet("Tyhjä")
    reading = read({"kirja.xlsx": data.getvalue()})
    assert [row["customer_id"] for row in reading.tables["transactions"].collect().to_dicts()] == ["1001"]
    (told,) = [finding for finding in reading.findings if finding.code == "parts_skipped"]
    assert told.data["parts"] == "Ohje, Tyhjä"


def test_sums_that_differ_within_orders_raise_no_doubt(read):
    lines = "".join(f"{n},2026-01-31 12:00,5,{n + k}.00\n" for n in (10, 11, 12, 13) for k in (0, 1))
    reading = read({"o.csv": "order_id,date,customer_id,amount\n" + lines})
    assert "sums_repeated" not in {finding.code for finding in reading.findings}
