"""What is sought of a person, and what goes with them."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.errors import InputRefused
from lohko.tables.text import folded
from lohko.views.forgetting.erase import erase
from lohko.views.forgetting.person import who
from lohko.views.forgetting.search import Search, _plain
from lohko.views.forgetting.sheets import REJECTS, erase_sheet, origins_in


def register() -> dict[str, pl.LazyFrame]:
    return {
        "customers": pl.LazyFrame(
            {
                "customer_id": ["K-0017", "K-0018", "K-0019"],
                "row_id": ["K-0017", "K-0018", "K-0019"],
                "first_name": ["Aino", "Eero", "Liisa"],
                "last_name": ["Mäki-Ahola", "Salo", "Laine"],
                "email": ["aino.maki@posti.example", "koti@posti.example", "koti@posti.example"],
                "phone": ["040 765 1928", "09 555 1234", "000000000"],
                "street": ["Mäkikatu 1 B", "Tie 2", "Tie 3"],
                "postcode": ["00100", "00200", "00300"],
                "tunnus": ["131052-308T", None, None],
            }
        )
    }


@pytest.fixture
def aino() -> Search:
    return Search(who([register()], frozenset({"K-0017"})))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("K-0017", ["id"]),
        ("asiakas k-0017, kiitos", ["id"]),
        ("K-00171 XK-0017", []),
        ("kirjoita: Aino.Maki+lehti@Posti.example.", ["email"]),
        ("paino.maki@posti.example aino.maki@posti.example.org", []),
        ("soita +358 (0)40 765-1928", ["phone"]),
        ("00358407651928", ["phone"]),
        ("140765 19288, 9 407651928", []),
        ("131052A308t", []),
        ("131052 308T", ["code"]),
        ("Aino Mäki-Ahola, Mäkikatu 1 B", ["name"]),
        ("MAKIKATU 1 B 5 / aino maki ahola", ["name"]),
        ("Aino Mäki-Ahola, Helsinki", []),
    ],
)
def test_values_are_found_in_any_writing_and_nothing_else(aino, text, kinds):
    assert aino.kinds_in(text) == kinds
    assert aino.cells(pl.LazyFrame({"x": [text, None]}), "x", ("id", "email", "phone", "code", "name")) == (
        [text] if kinds else []
    )
    cleared = aino.cleared(text)
    assert cleared is None or not aino.kinds_in(cleared)
    assert (cleared == text) is not bool(kinds)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(max_codepoint=0x24F), max_size=20))  # newer letters depend on the versions of Unicode
def test_texts_are_folded_as_tables_fold_them(text):
    assert _plain(text) == (pl.select(folded(pl.lit(text))).item() or "")


def test_what_others_hold_is_not_sought_and_is_told():
    eero = who([register()], frozenset({"K-0018"}))
    assert eero.shared == {"email": frozenset({"K-0019"})}
    assert not eero.emails
    assert eero.keys["email"] == frozenset()
    assert eero.keys["phone"] == {"95551234"}


def test_an_address_that_stands_with_others_in_any_column_is_not_theirs():
    tables = register()
    rows = tables["customers"].with_columns(
        myyja=pl.Series(["myyja@yritys.example"] * 3), oma=pl.Series(["b@posti.example", "", ""])
    )
    assert set(who([{"customers": rows}], frozenset({"K-0017"})).emails) == {
        "aino.maki@posti.example",
        "b@posti.example",
    }
    said = pl.LazyFrame({"customer_id": ["K-0017"], "source": ["myyja@yritys.example"], "text": ["131052-308T"]})
    person = who([{"customers": register()["customers"].drop("tunnus"), "feedback": said}], frozenset({"K-0017"}))
    assert set(person.emails) == {"aino.maki@posti.example"}
    assert not person.codes


def test_a_name_with_a_street_is_sought_also_where_the_postcode_is_missing():
    rows = register()["customers"].with_columns(postcode=pl.lit(None, pl.String))
    person = who([{"customers": rows}], frozenset({"K-0017"}))
    assert person.names == {("aino", "maki ahola", "makikatu 1 b")}
    assert not person.traces.addresses
    twin = rows.with_columns(customer_id=pl.lit("K-0099"), row_id=pl.lit("K-0099"))
    assert not who([{"customers": pl.concat([rows, twin])}], frozenset({"K-0017"})).names


def test_several_contacts_in_a_cell_are_each_theirs_or_the_others():
    rows = register()["customers"].with_columns(
        email=pl.Series(["aino.maki@posti.example, a2@posti.example", "koti@posti.example; a2@posti.example", None]),
        phone=pl.Series(["040 765 1928 / 09 555 1234", "09 555 1234, 050 111 2223", None]),
        huomio=pl.Series([None, "puoliso 131052-308T, aino.maki@posti.example tai x@y.example", None]),
        suosittelija=pl.Series([None, None, "17"]),
        customer_id=pl.Series(["17", "18", "19"]),
    )
    entries = pl.LazyFrame(
        {"register": ["a", "b"], "phone": ["050 333 4445; 040 765 1928", "0407651928"], "channel": ["phone", "phone"]}
    )
    person = who([{"customers": rows, "suppressions": entries}], frozenset({"17"}))
    assert set(person.emails) == {"aino.maki@posti.example"}
    assert set(person.phones) == {"407651928"}
    assert set(person.codes) == {"131052308T"}  # a text of somebody else's that quotes it does not make it theirs
    search = Search(person)
    left = erase("suppressions", entries, search)
    assert left is not None
    assert left.frame.collect()["phone"].to_list() == ["050 333 4445; (erased)"]
    stays = erase("customers", rows, search)
    assert stays is not None
    assert stays.frame.collect()["huomio"].to_list() == ["puoliso (erased), (erased) tai x@y.example", None]
    assert stays.frame.collect()["suosittelija"].to_list() == [None, None]
    assert not list(search.in_table("customers", "", stays.frame))
    assert [found.column for found in search.in_table("customers", "", rows)] != []


def test_fillers_name_nobody():
    assert not who([register()], frozenset({"K-0019"})).phones


def test_all_rows_that_were_merged_are_theirs_in_every_package():
    crosswalk = pl.LazyFrame(
        {
            "row_id": ["a", "b", "c", "d"],
            "source_customer_id": ["a", "b", "c", "d"],
            "customer_id": ["a", "a", "c", "c"],
            "household_id": ["a", "a", "a", "a"],
        }
    )
    other = pl.LazyFrame({"row_id": ["b", "e"], "source_customer_id": ["b", "e"], "customer_id": ["e", "e"]})
    person = who([{"crosswalk": crosswalk}, {"crosswalk": other}], frozenset({"a"}))
    assert person.traces.ids == person.traces.rows == {"a", "b", "e"}
    made = erase("crosswalk", crosswalk, Search(person))
    assert made is not None
    assert (made.rows_in, made.rows, made.cells) == (4, 2, 2)
    assert made.frame.collect()["household_id"].to_list() == [
        "c",
        "c",
    ]  # the household keeps together, under another name


def test_texts_of_others_lose_what_names_them_and_nothing_else(aino):
    feedback = pl.LazyFrame(
        {
            "customer_id": ["K-0018", "K-0017", "K-0019"],
            "text": ["vaimoni K-0017 sanoi", "omani", "hyvä"],
            "measure": ["nps", "nps", "nps"],
        }
    )
    made = erase("feedback", feedback, aino)
    assert made is not None
    assert made.frame.collect().rows() == [("K-0018", "vaimoni (erased) sanoi", "nps"), ("K-0019", "hyvä", "nps")]
    assert (made.rows, made.cells) == (1, 1)
    assert erase("feedback", made.frame, aino) is None


def test_an_id_of_something_else_may_be_equal(aino):
    orders = pl.LazyFrame({"customer_id": ["K-0018"], "transaction_id": ["K-0017"], "product": ["K-0017"]})
    assert erase("transactions", orders, aino) is None


def test_lines_of_sheets_go_and_the_others_stay_byte_for_byte(aino):
    head = "\ufeffsame? (yes/no);row_id 1;row_id 2;email 1\r\n"
    others = ['yes;"K-0018";K-0019;"x\r\ny"\r\n', ";K-0019;K-0018;\r\n"]
    theirs = ["no;K-0017;K-0018;\r\n", ";K-0020;K-0021;AINO.MAKI@posti.example\r\n"]
    text = head + others[0] + theirs[0] + theirs[1] + others[1]
    for encoding in ("utf-8", "utf-16-le"):
        data, gone = erase_sheet("review.csv", text.encode(encoding), aino, {})
        assert (data.decode(encoding), gone) == (head + "".join(others), 2)
    assert erase_sheet("model/model.json", b"{}", aino, {}) == (b"{}", 0)
    with pytest.raises(InputRefused) as caught:
        erase_sheet("review.csv", b"PK\x03\x04", aino, {})
    assert caught.value.code == "forget_sheet"


def test_rejected_lines_are_cut_as_their_file_was_read_so_that_short_ids_are_found():
    rows = register()["customers"].with_columns(customer_id=pl.Series(["17", "18", "shop:17"]))
    told = {"files": [{"file": n, "delimiter": d, "source": s} for n, d, s in FILES]}
    head = "file,line,record,column,code,reason,raw\n"
    lines = [
        "crm.csv,2,1,,long_row,x,17;Aino;1\n",
        'orders.csv,3,2,,bad_date,x,"17,email,32.13.2025"\n',
        "tabs.csv,4,3,,bad_date,x,9\t17\n",
        "bars.csv,5,4,,bad_date,x,17|a\n",
        'crm.csv,6,5,,bad_date,x,"18;17,50"\n',  # an amount
        'shop.csv,7,6,,bad_date,x,"17,b"\n',  # another customer
    ]
    search = Search(who([{"customers": rows}], frozenset({"17"})))
    data, count = erase_sheet(REJECTS, (head + "".join(lines)).encode(), search, origins_in(told))
    kept = data.decode().splitlines(keepends=True)
    assert count == 4
    assert [line.endswith(",(erased)\n") for line in kept[1:]] == [True] * 4 + [False] * 2
    assert kept[5:] == lines[4:]


FILES = [
    ("crm.csv", "semicolon", None),
    ("orders.csv", "comma", None),
    ("tabs.csv", "tab", None),
    ("bars.csv", "vertical bar", None),
    ("shop.csv", "comma", "shop"),
]
