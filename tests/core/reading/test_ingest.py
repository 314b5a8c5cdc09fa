from __future__ import annotations

import csv
import datetime as dt
import errno
import gzip
import io
import zipfile
from decimal import Decimal

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from lohko.codes import registry
from lohko.errors import InputRefused, LohkoError, UsageFault
from lohko.reading import zipping

SALES = "asiakasnro;pvm;summa\nA1;1.3.2024;12,50\nA2;31.12.2023;-3,00\nA1;2.3.2024;1 234,56\n"
DAY = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)


def rows(reading, table="transactions"):
    return reading.tables[table].collect().to_dicts()


def rejects(reading):
    if reading.rejects is None:
        return []
    with reading.rejects.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes(reading):
    return [f.code for f in reading.findings]


def refusal(read, files, *words, **more):
    with pytest.raises(InputRefused) as caught:
        read(files, *words, **more)
    return caught.value


def test_types_and_totals(read):
    reading = read({"ostot.csv": SALES})
    assert rows(reading) == [
        {"customer_id": "A1", "occurred_at": DAY, "amount": Decimal("12.5000")},
        {"customer_id": "A2", "occurred_at": dt.datetime(2023, 12, 31, tzinfo=dt.UTC), "amount": Decimal("-3.0000")},
        {"customer_id": "A1", "occurred_at": dt.datetime(2024, 3, 2, tzinfo=dt.UTC), "amount": Decimal("1234.5600")},
    ]
    schema = reading.tables["transactions"].collect_schema()
    assert schema["amount"] == pl.Decimal(18, 4)
    assert schema["occurred_at"] == pl.Datetime("us", "UTC")
    assert reading.rejects is None
    assert reading.inputs[0].rows == 3


def dialects() -> list[tuple[str, bytes]]:
    lines = (
        ["asiakasnro", "nimi", "pvm", "summa"],
        ["Ä1", "Åsa Mäkelä", "1.3.2024", "1234,5"],
        ["Ä2", "Öö", "2.3.2024", "0,25"],
    )
    made = []
    for sign in ";\t|":
        text = "\n".join(sign.join(r) for r in lines) + "\n"
        made.append((f"utf8 {sign!r}", text.encode()))
        made.append((f"crlf {sign!r}", text.replace("\n", "\r\n").encode()))
        made.append((f"cr {sign!r}", text.replace("\n", "\r").encode()))
        made.append((f"mixed ends {sign!r}", text.replace("\n", "\r\n", 1).encode()))
        made.append((f"lone cr {sign!r}", text.replace("\n", "\r", 1).encode()))
        made.append((f"no last end {sign!r}", text.rstrip("\n").encode()))
        made.append((f"bom {sign!r}", text.encode("utf-8-sig")))
        made.append((f"cp1252 {sign!r}", text.encode("cp1252")))
        made.append((f"cp1252 crlf {sign!r}", text.replace("\n", "\r\n").encode("cp1252")))
        made.append((f"cp1252 cr {sign!r}", text.replace("\n", "\r").encode("cp1252")))
        made.append((f"utf16 {sign!r}", text.encode("utf-16")))
        made.append((f"utf16be {sign!r}", b"\xfe\xff" + text.encode("utf-16-be")))
        made.append((f"sep line {sign!r}", f"sep={sign}\n{text}".encode()))
        made.append((f"gzip {sign!r}", gzip.compress(text.encode())))
        made.append((f"preamble {sign!r}", f"Ostoraportti\n\n{text}".encode()))
        made.append((f"spaces {sign!r}", "\n".join(sign.join(f" {c}\u00a0" for c in r) for r in lines).encode()))
    quoted = "\n".join(",".join(f'"{c}"' for c in r) for r in lines)
    made.append(("all quoted, comma", quoted.encode()))
    made.append(("all quoted, comma, bom, crlf", quoted.replace("\n", "\r\n").encode("utf-8-sig")))
    made.append(("quoted after a space", "\n".join(", ".join(f'"{c}"' for c in r) for r in lines).encode()))
    return made


@pytest.mark.parametrize(("name", "data"), dialects(), ids=lambda v: v if isinstance(v, str) else "")
def test_dialect_makes_no_difference(read, name, data):
    del name
    expected = [("Ä1", "Åsa Mäkelä", DAY, Decimal("1234.5")), ("Ä2", "Öö", DAY + dt.timedelta(1), Decimal("0.25"))]
    found = rows(read({"file.csv": data}, "transactions=file.csv"))
    assert [(r["customer_id"], r["nimi"], r["occurred_at"], r["amount"]) for r in found] == expected


REFUSED: list[tuple[str, bytes | str, str, str]] = [
    ("utf16 without a mark", SALES.encode("utf-16-le"), "utf16_unmarked", "--encoding utf-16-le"),
    ("two encodings", "a;pvm;summa\nÄ;1.3.2024;1\n".encode() + "Ö;1.3.2024;1\n".encode("cp1252"), "mixed_encoding", ""),
    (
        "dos letters",
        "asiakasnro;nimi;pvm;summa\n1;Mäkelä;1.3.2024;1\n2;Tyyräs;1.3.2024;2\n".encode("cp850"),
        "unknown_encoding",
        "cp850",
    ),
    ("duplicate header", "asiakasnro;pvm;pvm;summa\n1;1.3.2024;1.3.2024;1\n", "header_duplicate", ""),
    (
        "two names for one column",
        "asiakasnro;kundnummer;pvm;summa\n1;1;1.3.2024;1\n",
        "column_twice",
        "[mapping.transactions]",
    ),
    ("no header", "1001;1.3.2024;12,50\n1002;2.3.2024;3,50\n", "header_missing", ""),
    ("ids from Excel", "asiakasnro;pvm;summa\n1,23E+11;1.3.2024;1\n", "ids_destroyed", ""),
    ("nul", b"asiakasnro;pvm;summa\n1;1.3.2024;1\n2\x00;1.3.2024;1\n", "nul_byte", ""),
    ("html", "<!DOCTYPE html><html><table></table></html>", "not_a_table", ""),
    ("json", '[{"asiakasnro": 1}]', "not_a_table", ""),
    ("pdf", b"%PDF-1.7 ...", "not_a_table", ""),
    ("cut gzip", gzip.compress(SALES.encode() * 50)[:-20], "archive_damaged", ""),
    ("empty", b"", "file_empty", ""),
    ("mark only", b"\xef\xbb\xbf", "file_empty", ""),
    ("blank lines only", b"\n\n  \n", "file_empty", ""),
    (
        "ambiguous dates with dashes",
        "asiakasnro;pvm;summa\n1;03-01-2021;1\n2;04-02-2021;1\n",
        "dates_ambiguous",
        "d-m-yyyy or m-d-yyyy",
    ),
    ("ambiguous dates", "asiakasnro;pvm;summa\n1;3/1/2021;1\n2;4/2/2021;1\n", "dates_ambiguous", "--date-format"),
    ("two-digit years", "asiakasnro;pvm;summa\n1;1.3.21;1\n2;4.2.21;1\n", "dates_unknown", "four digits"),
    ("excel days", "asiakasnro;pvm;summa\n1;44256;1\n2;44257;1\n", "dates_unknown", "excel"),
    ("ambiguous numbers", "asiakasnro;pvm;summa\n1;1.3.2024;1,234\n", "numbers_ambiguous", "--decimal"),
    ("currencies", "asiakasnro;pvm;summa;valuutta\n1;1.3.2024;1;EUR\n2;1.3.2024;1;SEK\n", "several_currencies", ""),
    ("money signs", "asiakasnro;pvm;summa\n1;1.3.2024;1,50 €\n2;1.3.2024;£2,50\n", "several_currencies", ""),
    ("no date", "asiakasnro;summa\n1;1\n", "column_needed", "[mapping.transactions]"),
    ("every row too long", "asiakasnro;pvm;summa\n1;1.3.2024;1;2;3\n2;1.3.2024;1;2;4\n", "nothing_left", ""),
]


@pytest.mark.parametrize(("name", "data", "code", "hint"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refused_with_a_sentence(read, name, data, code, hint):
    del name
    error = refusal(read, {"file.csv": data}, "transactions=file.csv")
    assert error.code == code
    assert "file.csv" in error.message
    assert hint in (error.hint or "")
    assert error.exit_code == 3


def test_two_encodings_are_refused_at_the_line(read):
    data = "asiakasnro;nimi;pvm;summa\n1;Mäkelä;1.3.2024;1\n".encode() + "2;Mäkelä;1.3.2024;1\n".encode("cp1252")
    error = refusal(read, {"file.csv": data}, "transactions=file.csv")
    assert error.places[0].line == 3


def test_short_long_and_badly_quoted_rows_are_kept_aside(read):
    text = (
        "asiakasnro;nimi;pvm;summa\n"
        "1;Aino;1.3.2024;1\n"
        "2;Short\n"
        "3;Too;long;1.3.2024;1\n"
        '4;"Aino "Vilma" Laine";1.3.2024;1\n'
        '5;"Never closed;1.3.2024;1\n'
        '6;"Street 1\nFlat; 2";31.2.2024;1\n'
        '7;"She ""said"" so";1.3.2024;1\n'
        "8;Empty at the end;1.3.2024;1;;\n"
        '9;5" screen;1.3.2024;1\n'
    )
    reading = read({"file.csv": text}, "transactions=file.csv")
    assert [r["customer_id"] for r in rows(reading)] == ["1", "7", "8", "9"]
    assert [r["nimi"] for r in rows(reading)][1:] == ['She "said" so', "Empty at the end", '5" screen']
    assert [(r["line"], r["record"], r["column"], r["code"]) for r in rejects(reading)] == [
        ("3", "2", "", "short_row"),
        ("4", "3", "", "long_row"),
        ("5", "4", "", "bad_quotes"),
        ("6", "5", "", "open_quote"),
        ("7", "6", "pvm", "bad_date"),
    ]
    assert rejects(reading)[-1]["raw"] == '6;"Street 1\nFlat; 2";31.2.2024;1'
    account = reading.accounts["transactions"]
    assert (account.rows_in, account.rows_out, account.rejected) == (9, 4, 5)


def test_physical_line_after_a_line_end_in_quotes(read):
    text = 'asiakasnro;nimi;pvm;summa\n1;"a\nb\nc";1.3.2024;1\n2;x;1.3.2024;1\n3;y;99.99.2024;1\n'
    reading = read({"file.csv": text}, "transactions=file.csv")
    assert rows(reading)[0]["nimi"] == "a\nb\nc"
    assert [(r["line"], r["record"]) for r in rejects(reading)] == [("6", "3")]


def test_lines_that_are_not_rows_are_dropped_and_counted(read):
    text = "asiakasnro;pvm;summa\n1;1.3.2024;1\n\nasiakasnro;pvm;summa\n2;1.3.2024;2\n;;\nYhteensä;;3\n"
    reading = read({"file.csv": text}, "transactions=file.csv")
    assert [r["customer_id"] for r in rows(reading)] == ["1", "2"]
    account = reading.accounts["transactions"]
    assert (account.rows_in, account.rows_out, account.dropped, account.rejected) == (6, 2, 4, 0)
    assert {"dropped_blank_line", "dropped_repeated_header", "dropped_total_line"} <= set(codes(reading))


@pytest.mark.parametrize("line", ["Yhteensä 2 asiakasta;;", "TOTAL: 2;;", "Summa 1 234,50 €;;"])
def test_a_total_line_may_go_on_with_a_number(read, line):
    reading = read(
        {"file.csv": f"asiakasnro;nimi;puhelin\n1;Total 24 Oy;040\n2;Summa;\n{line}\n"}, "customers=file.csv"
    )
    assert [r["customer_id"] for r in rows(reading, "customers")] == ["1", "2"]
    assert reading.accounts["customers"].dropped == 1


def test_a_total_line_with_a_number_has_nothing_else_in_it(read):
    reading = read({"file.csv": "nimi;asiakasnro;puhelin\nTotal 24 Oy;1;\nSumma 2;2;040\n"}, "customers=file.csv")
    assert [r["customer_id"] for r in rows(reading, "customers")] == ["1", "2"]


def test_a_field_too_many_hidden_by_an_empty_one_at_the_end_is_a_reject(read):
    good = "".join(f"{n};Katu {n};SE;2.3.1981\n" for n in range(3, 9))
    text = "asiakasnro;katuosoite;maa;syntymäaika\n1;Katu 1;FI;1.2.1980;\n2;Katu 2;;FI;;\n" + good
    reading = read({"file.csv": text}, "customers=file.csv")
    assert [r["customer_id"] for r in rows(reading, "customers")] == ["1", *map(str, range(3, 9))]
    assert [(r["line"], r["code"]) for r in rejects(reading)] == [("3", "long_row")]


def test_bad_cells_of_events_reject_the_row(read):
    bad = ["31.2.2021", "1.3.21", "44256", "3/1/2021", ""]
    text = "asiakasnro;pvm;summa\n1;1.3.2024;1\n2;2.3.2024;1\n" + "".join(f"{n};{b};1\n" for n, b in enumerate(bad, 3))
    reading = read({"file.csv": text}, "transactions=file.csv")
    assert [r["code"] for r in rejects(reading)] == ["bad_date"] * 4 + ["missing_value"]
    bad = ["NaN", "inf", "1e309", "1.234.5", "kymmenen", "12.50", ""]
    text = "asiakasnro;pvm;summa\n1;1.3.2024;1,50\n2;2.3.2024;2,50\n" + "".join(
        f"{n};1.3.2024;{b}\n" for n, b in enumerate(bad, 3)
    )
    reading = read({"file.csv": text}, "transactions=file.csv")
    assert reading.tables["transactions"].select(pl.col("amount").sum()).collect().item() == Decimal(4)
    assert [r["code"] for r in rejects(reading)] == ["bad_number"] * 6 + ["missing_value"]


def test_a_customer_is_not_lost_for_a_bad_cell(read):
    text = "asiakasnro;etunimi;syntymäaika\n1;Aino;31.2.1980\n2;Ville;1.3.1981\n3;Eero;\n4;Oili;2.4.1982\n"
    reading = read({"asiakkaat.csv": text})
    assert [(r["customer_id"], r["birth_date"]) for r in rows(reading, "customers")] == [
        ("1", None),
        ("2", dt.date(1981, 3, 1)),
        ("3", None),
        ("4", dt.date(1982, 4, 2)),
    ]
    assert [(r["line"], r["column"], r["code"], r["raw"]) for r in rejects(reading)] == [
        ("2", "syntymäaika", "cell_bad_date", "1;Aino;31.2.1980")
    ]
    account = reading.accounts["customers"]
    assert (account.rows_in, account.rows_out, account.rejected) == (4, 4, 0)


def test_ids_and_postcodes_stay_text(read):
    text = "customer_id;postcode;phone\n007;00100;040 123\n 8 ;100;+358 40\nNULL;00200;\n"
    reading = read({"customers.csv": text})
    assert [(r["customer_id"], r["postcode"]) for r in rows(reading, "customers")] == [("007", "00100"), ("8", "100")]
    assert [r["code"] for r in rejects(reading)] == ["no_customer_id"]


def test_amount_is_quantity_times_price_exactly(read):
    text = (
        "customer_id,date,quantity,unit_price\n1,2024-03-01,3,0.1\n2,2024-03-01,-2,2.55\n3,2024-03-01,0.3333,0.3333\n"
    )
    reading = read({"sales.csv": text})
    assert [r["amount"] for r in rows(reading)] == [Decimal("0.3"), Decimal("-5.1"), Decimal("0.1111")]


def test_given_amounts_stand_and_missing_ones_are_the_product(read):
    text = (
        "customer_id,date,amount,quantity,unit_price\n1,2024-03-01,5.00,3,2\n2,2024-03-01,,3,2.25\n3,2024-03-01,,,2\n"
    )
    reading = read({"sales.csv": text})
    assert [r["amount"] for r in rows(reading)] == [Decimal(5), Decimal("6.75")]
    assert [(r["line"], r["code"]) for r in rejects(reading)] == [("4", "missing_value")]


def test_events_without_a_customer_are_kept_aside(read):
    reading = read({"sales.csv": "customer_id,date,amount\n1,2024-03-01,5\n,2024-03-01,7\n"})
    assert [r["code"] for r in rejects(reading)] == ["no_customer"]
    assert [f.level for f in reading.findings if f.code == "rows_rejected"] == ["info"]
    visits = "customer_id,visitor_id,occurred_at,page_views\n1,,2024-03-01,1\n,v1,2024-03-01,2\n,,2024-03-01,3\n"
    reading = read({"visits.csv": visits})
    assert [r["page_views"] for r in rows(reading, "visits")] == [1, 2]


def test_identical_lines_are_kept(read):
    assert len(rows(read({"sales.csv": "customer_id,date,amount\n" + "1,2024-03-01,5\n" * 3}))) == 3


def test_customers_are_taken_from_the_other_tables(read):
    sales = "customer_id,date,amount\nb,2024-03-01,5\na,2024-03-01,5\nb,2024-03-02,5\n"
    social = "customer_id,occurred_at,action\nc,2024-03-01,share\n"
    reading = read({"sales.csv": sales, "social.csv": social})
    assert [r["customer_id"] for r in rows(reading, "customers")] == ["a", "b", "c"]
    account = reading.accounts["customers"]
    assert (account.rows_in, account.derived, account.rows_out) == (0, 3, 3)


def test_unknown_customers_stay_and_are_counted(read):
    sales = "customer_id,date,amount\n1,2024-03-01,5\n9,2024-03-01,5\n9,2024-03-02,5\n"
    reading = read({"customers.csv": "customer_id,email\n1,a@example.org\n", "sales.csv": sales})
    assert len(rows(reading)) == 3
    assert len(rows(reading, "customers")) == 1
    told = next(f for f in reading.findings if f.code == "unknown_customers")
    assert dict(told.data) == {"table": "transactions", "count": 2, "customers": 1}


def test_sources_have_ids_of_their_own(read):
    files = {"crm.csv": "customer_id,email\n1,a@example.org\n", "shop.csv": "customer_id,email\n1,b@example.org\n",
             "orders.csv": "customer_id,date,amount\n1,2024-03-01,5\n",
             "social.csv": "customer_id,occurred_at,action,referred_customer_id\n1,2024-03-01,referral,2\n"}  # fmt: skip
    reading = read(
        files, "customers=crm.csv", "customers@shop=shop.csv", "transactions@shop=orders.csv", "social@shop=social.csv"
    )
    assert [(r["customer_id"], r["source"], r["line"]) for r in rows(reading, "customers")] == [
        ("1", "crm.csv", 2),
        ("shop:1", "shop", 2),
    ]
    assert rows(reading)[0]["customer_id"] == "shop:1"
    assert rows(reading, "social")[0]["referred_customer_id"] == "shop:2"


def test_several_files_make_one_table_in_their_order(read):
    files = {
        "b.csv": "customer_id;date;amount\nb;2024-03-01;1,50\n",
        "a.csv": "date,customer_id,amount,note\n2024-03-02,a,2.50,hi\n",
    }
    reading = read(files, "transactions=*.csv")
    assert [(r["customer_id"], r["amount"], r["note"]) for r in rows(reading)] == [
        ("a", Decimal("2.5"), "hi"),
        ("b", Decimal("1.5"), None),
    ]


def test_standard_input(read):
    reading = read({}, "transactions=-", stdin=SALES.encode())
    assert len(rows(reading)) == 3
    assert reading.inputs[0].name == "-"


def test_parquet_is_judged_by_the_same_rules(read, tmp_path):
    path = tmp_path / "t.parquet"
    pl.DataFrame(
        {
            "CustomerID": [17850.0, None, 3.0],
            "InvoiceDate": [dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC), DAY, None],
            "Quantity": [2, 3, 4],
            "UnitPrice": [2.55, 1.0, 1.0],
        }
    ).write_parquet(path)
    reading = read({}, f"transactions={path}")
    assert [(r["customer_id"], r["occurred_at"], r["amount"]) for r in rows(reading)] == [
        ("17850", dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC), Decimal("5.1"))
    ]
    assert [(r["line"], r["code"]) for r in rejects(reading)] == [("2", "no_customer"), ("3", "missing_value")]


def test_header_only_is_a_table_without_rows(read):
    reading = read({"sales.csv": "customer_id,date,amount\n"})
    assert rows(reading) == []
    assert reading.tables["transactions"].collect_schema()["amount"] == pl.Decimal(18, 4)


def test_mapping_settles_the_rest(read):
    files = {"data.csv": "Who,When,How much\nA,2024-03-01,5\n"}
    mapping = {"transactions": {"customer_id": "Who", "occurred_at": "When", "amount": "How much"}}
    assert rows(read(files, mapping=mapping))[0]["amount"] == Decimal(5)
    with pytest.raises(UsageFault) as caught:
        read(files, "transactions=data.csv", mapping={"transactions": {"custmer_id": "Who"}})
    assert caught.value.hint == "did you mean 'customer_id'?"
    error = refusal(read, files, "transactions=data.csv", mapping={"transactions": {"customer_id": "Whoo"}})
    assert error.code == "mapping_missing"
    assert error.hint == "did you mean 'Who'?"


def test_mapping_of_a_source_comes_before_that_of_all(read):
    files = {"a.csv": "x,y,date,amount\n1,2,2024-03-01,5\n"}
    mapping = {"transactions": {"customer_id": "x"}, "transactions@shop": {"customer_id": "y"}}
    assert rows(read(files, "transactions=a.csv", mapping=mapping))[0]["customer_id"] == "1"
    assert rows(read(files, "transactions@shop=a.csv", mapping=mapping))[0]["customer_id"] == "shop:2"


def test_further_columns_are_carried_under_their_own_names(read):
    reading = read({"sales.csv": "customer_id,date,amount,Myymälän nimi,line\n1,2024-03-01,5,Kamppi,7\n"})
    assert rows(reading)[0]["Myymälän nimi"] == "Kamppi"
    assert "columns_carried" in codes(reading)


def test_every_code_used_is_in_the_registry(read):
    reading = read(
        {"file.csv": "asiakasnro;pvm;summa\n1;1.3.2024;x\n2;1.3.2024;1\n;1.3.2024;1\n"}, "transactions=file.csv"
    )
    known = registry()
    assert all(f.code in known and f.text for f in reading.findings)
    assert all(r["code"] in known for r in rejects(reading))


def test_messages_hold_no_cell(read):
    secret = "Liisa010190"
    text = f"asiakasnro;pvm;summa\n1;{secret};1\n"
    error = refusal(read, {"file.csv": text}, "transactions=file.csv")
    assert secret not in f"{error.message} {error.hint}"


def test_zone_of_times_without_one(read):
    text = "customer_id,occurred_at,amount\n1,2024-07-01 12:00,1\n1,2024-01-01T12:00:00+02:00,1\n1,2024-03-31 03:30,1\n1,2024-10-27 03:30,1\n"
    found = [r["occurred_at"] for r in rows(read({"sales.csv": text}, timezone="Europe/Helsinki"))]
    assert found == [
        dt.datetime(2024, 7, 1, 9, tzinfo=dt.UTC),
        dt.datetime(2024, 1, 1, 10, tzinfo=dt.UTC),
        dt.datetime(2024, 3, 31, 1, 30, tzinfo=dt.UTC),  # in the gap: moved on by its length
        dt.datetime(2024, 10, 27, 0, 30, tzinfo=dt.UTC),  # comes twice: the first is meant
    ]


def test_unknown_zone(read):
    with pytest.raises(UsageFault):
        read({"sales.csv": SALES}, timezone="Europe/Turku")


def test_reject_lines_cannot_start_a_formula(read):
    reading = read(
        {"s.csv": "nimi;customer_id;date;amount\n=1+1;;2024-03-01;5\nx;1;2024-03-01;5\n"}, "transactions=s.csv"
    )
    assert rejects(reading)[0]["raw"].startswith("'=1+1")


def test_zip_is_named(read, tmp_path):
    path = tmp_path / "x.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "x")
    with pytest.raises(LohkoError) as caught:
        read({}, f"transactions={path}")
    assert caught.value.exit_code == 3


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_tables_in_a_zip(read):
    files = {"../up.csv": SALES.encode(), "b/second.csv": SALES.encode("utf-16"), "readme.pdf": b"x", ".DS_Store": b"x"}
    reading = read({"all.zip": zipped(**files)}, "transactions=all.zip")
    assert len(rows(reading)) == 6
    assert [i.name for i in reading.inputs] == ["all.zip:../up.csv", "all.zip:b/second.csv"]
    assert [f.data["parts"] for f in reading.findings if f.code == "parts_skipped"] == ["readme.pdf"]


def test_zips_that_are_refused(read):
    bomb = zipped(**{"a.csv": b"customer_id,date,amount\n" + b"0" * 30_000_000})
    assert refusal(read, {"z.zip": bomb}).code in {"too_large", "nothing_left", "column_needed"}
    assert refusal(read, {"z.zip": zipped(**{"a.exe": b"MZ"})}).code == "not_a_table"
    good = zipped(**{"a.csv": SALES.encode() * 100})
    assert refusal(read, {"z.zip": good[: len(good) // 2]}).code == "archive_damaged"


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_member_is_refused_however_it_is_packed(read, packing):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        archive.writestr("a.csv", SALES * 100)
    damaged = bytearray(buffer.getvalue())
    damaged[60:90] = bytes(byte ^ 0xFF for byte in damaged[60:90])
    assert refusal(read, {"z.zip": bytes(damaged)}).code == "archive_damaged"


def test_a_full_disk_is_not_told_as_a_damaged_archive(read, monkeypatch):
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipping, "_unpack", full)
    with pytest.raises(OSError, match="No space left"):
        read({"z.zip": zipped(**{"a.csv": SALES.encode()})}, "transactions=z.zip")


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "default_date_format": "d.m.yyyy", "remove_timezone": True}
    ) as book:
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(cells):
                sheet.write_row(number, 0, row)
    return buffer.getvalue()


def test_workbook(read):
    data = workbook(
        {"Myynti": [["Raportti"], [], ["asiakasnro", "pvm", "summa", "huom"], ["007", DAY, 12.5, "a\nb"], [17850, DAY, -3, ""], ["Yhteensä", "", 9.5, ""]],
         "Tyhjä": []}
    )  # fmt: skip
    reading = read({"myynti.xlsx": data}, "transactions=myynti.xlsx")
    assert [(r["customer_id"], r["occurred_at"], r["amount"], r["huom"]) for r in rows(reading)] == [
        ("007", DAY, Decimal("12.5"), "a\nb"),
        ("17850", DAY, Decimal(-3), None),
    ]
    assert reading.accounts["transactions"].dropped == 1
    assert read({"myynti.csv": data}, "transactions=myynti.csv").accounts == reading.accounts


def test_every_sheet_is_its_own_table(read):
    data = workbook(
        {
            "Asiakkaat": [["asiakasnro", "email"], ["1", "a@example.org"]],
            "Ostot": [["asiakasnro", "pvm", "summa"], ["1", DAY, 5]],
        }
    )
    reading = read({"kirja.xlsx": data})
    assert set(reading.tables) == {"customers", "transactions"}


def test_damaged_workbook(read):
    data = zipped(**{"[Content_Types].xml": b"x", "xl/workbook.xml": b"<nothing"})
    assert refusal(read, {"a.xlsx": data}).code == "archive_damaged"
