"""Lists that the user gives, the review file, and the answers that come back."""

import csv
import datetime as dt
import io

import polars as pl
import pytest

from lohko.cleaning import postal_lists
from lohko.cleaning.params import PostcodesParams
from lohko.cleaning.postal_book import FEWEST_CODES, read_book
from lohko.cleaning.postcodes import postcodes
from lohko.errors import InputRefused
from lohko.outcome import Env, GivenFile

COLUMNS = dict.fromkeys(("customer_id", "row_id", "street", "postcode", "city", "country"), pl.String)


def pcf_line(code, place_fi, place_sv, kind, town):
    fields = (
        ("PONOT", 5), ("20260526", 8), (code, 5), (place_fi, 30), (place_sv, 30), ("", 12), ("", 12), ("20200101", 8), (kind, 1),
        ("FI1B1", 5), ("Uusimaa", 30), ("Nyland", 30), ("091", 3), (town, 20), (town, 20), ("1", 1),
    )  # fmt: skip
    return "".join(text.ljust(width)[:width] for text, width in fields)


def pcf(lines):
    return GivenFile("PCF_20260526.dat", ("\r\n".join(lines) + "\r\n").encode("iso-8859-1"))


def filler(count=FEWEST_CODES):
    return [pcf_line(code, "PAIKKA", "ORT", "1", "Kunta") for code in postal_lists.finland()["code"][200 : 200 + count]]


def run(rows, given=None, tables=None, **params):
    frame = pl.DataFrame([{"customer_id": str(i), "row_id": f"0{i}", **r} for i, r in enumerate(rows)], schema=COLUMNS)
    files = {name: file for name, file in (given or {}).items() if file is not None}
    came = {"customers": frame.lazy(), **(tables or {})}
    return postcodes(came, PostcodesParams(**params), Env(dt.date(2026, 1, 1), given=files))


def statuses(result):
    return result.tables["customers"].select("postcode", "postcode_status").rows()


def sheet(result):
    text = result.files["postcodes_review.csv"].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def fi(postcode, city=None, **beside):
    return {"postcode": postcode, "city": city, "country": "FI", **beside}


def test_a_pcf_file_tells_what_exists_what_is_retired_and_names():
    lines = [
        *filler(),
        pcf_line("00999", "UUSIPAIKKA", "NYÅ", "1", "Helsinki"),
        pcf_line("00998", "LOKERO", "", "2", "Helsinki"),
    ]
    rows = [fi("00999", "Nyå"), fi("00998", "Lokero"), fi("00100", "Helsinki"), fi("999", "Helsinki")]
    found = statuses(run(rows, {"postcodes": pcf(lines)}))
    assert found == [("00999", "valid"), ("00998", "valid_po_box"), ("00100", "retired"), ("00999", "format_fixed")]


def test_a_csv_list_may_date_what_is_gone():
    header = "Postinumero;Toimipaikka;Ort;Tyyppi;Lakkautettu\n"
    known = "".join(f"{code};X;Y;1;\n" for code in postal_lists.finland()["code"][:FEWEST_CODES])
    book = read_book(GivenFile("p.csv", (header + known + "99998;VANHA;GAMMAL;1;2025-01-31\n").encode()))
    assert book.retired["99998"] == "2025-01-31"
    assert "99998" not in book.types
    assert book.types[postal_lists.finland()["code"][0]] == "normal"


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"postcode\n00100\n", b"postcode\nabc\n"])
def test_what_is_no_list_is_refused(data):
    with pytest.raises(InputRefused) as caught:
        read_book(GivenFile("x.csv", data))
    assert caught.value.code == "postcodes_unreadable"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (fi("33100", "Tamperee"), ("33100", "valid")),
        (fi("33103", "Tmapere", street="Tie 1"), ("33100", "repaired_unique")),
        (fi("02100", "Esboo"), ("02100", "valid")),
        (fi("33100", "Kauniala"), ("33100", "place_mismatch")),
    ],
)
def test_a_place_one_letter_away_is_read_as_meant(row, expected):
    assert statuses(run([row])) == [expected]


def test_a_neighbours_code_is_known_by_its_place():
    rows = [
        {"postcode": "0955", "city": "Oslo"},
        {"postcode": "112 31", "city": "Stockholm"},
        {"postcode": "2630", "city": "Taastrup"},
    ]
    assert {status for _, status in statuses(run(rows, country="FI"))} == {"valid"}


def test_a_code_that_exists_is_rewritten_only_where_the_user_vouches_for_the_places():
    swapped = fi("33001", "Tampere", street="Tie 1")  # not there
    exists = fi("90100", "Joensuu", street="Tie 1")  # Oulu's; 80100 is Joensuu's
    assert statuses(run([exists])) == [("90100", "place_mismatch")]
    assert statuses(run([exists], places_right=True)) == [("80100", "repaired_unique")]
    assert statuses(run([swapped], places_right=True)) == statuses(run([swapped]))


def test_a_lost_zero_beside_another_place_is_never_read_as_a_missing_digit():
    row = fi("2100", "Tampere", street="Tie 1")
    assert statuses(run([row])) == [("2100", "ambiguous")]
    assert "02100 Espoo" in sheet(run([row]))[0]["candidates"]


def test_doubtful_place_names_mend_no_digit():
    rows = [fi("33103", "Tampere", street="Tie 1"), *[fi("00100", "Oulu")] * 30, *[fi("33100", "Tampere")] * 30]
    result = run(rows)
    assert statuses(result)[0] == ("33103", "ambiguous")
    assert "postcode_places_doubted" in {f.code for f in result.findings}
    assert result.figures["places_agree"] == 0.5


ROWS = [
    fi("33100", "Tampere"),
    fi("00100", "Tampere"),
    fi("33103", None, street="=SUM(1)"),
    fi("99998", "Helsinki"),
    fi(None, "Oulu"),
]


def answered(result, answers):
    rows = sheet(result)
    for row in rows:
        row["answer"] = answers.get(row["customer_id"], "")
        # what a spreadsheet does to numbers
        row["row_id"], row["postcode"] = row["row_id"].lstrip("0"), row["postcode"].lstrip("0")
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return GivenFile("answers.csv", out.getvalue().encode("cp1252"))


def test_what_is_not_sure_waits_for_people_with_its_candidates():
    result = run(ROWS)
    rows = {row["customer_id"]: row for row in sheet(result)}
    assert set(rows) == {"1", "2", "3"}
    assert rows["2"]["street"] == "'=SUM(1)"
    assert "33100 Tampere" in rows["2"]["candidates"]
    assert result.figures["review"] == 3


def test_answers_are_written_even_after_a_spreadsheet_took_the_zeros():
    first = run(ROWS)
    given = answered(first, {"1": "ok", "2": "33100 Tampere", "3": "120"})
    second = run(ROWS, {"postcode_answers": given})
    assert statuses(second) == [
        ("33100", "valid"), ("00100", "place_mismatch"), ("33100", "valid"), ("00120", "valid"), (None, "missing"),
    ]  # fmt: skip
    assert [row["customer_id"] for row in sheet(second)] == []
    changes = second.tables["changes"].select("row_id", "old", "new", "rule").rows()
    assert changes == [("02", "33103", "33100", "postcode_answered"), ("03", "99998", "00120", "postcode_answered")]
    again = postcodes(
        {name: frame.lazy() for name, frame in second.tables.items()}, PostcodesParams(), Env(dt.date(2026, 1, 1))
    )
    assert statuses(again) == statuses(second)


def test_an_answer_to_an_older_postcode_is_told_and_not_taken():
    given = answered(run(ROWS), {"3": "00120"})
    moved = [*ROWS[:3], fi("90100", "Oulu"), ROWS[4]]
    result = run(moved, {"postcode_answers": given})
    assert statuses(result)[3] == ("90100", "valid")
    assert [f.data for f in result.findings if f.code == "postcode_answers_outdated"] == [{"count": 1}]


@pytest.mark.parametrize("answer", ["99997", "no idea"])
def test_an_answer_that_is_no_code_is_refused_with_its_line(answer):
    given = answered(run(ROWS), {"1": answer})
    with pytest.raises(InputRefused) as caught:
        run(ROWS, {"postcode_answers": given})
    assert caught.value.code == "answers_unreadable"
    assert caught.value.places[0].line is not None
    assert answer not in caught.value.message
