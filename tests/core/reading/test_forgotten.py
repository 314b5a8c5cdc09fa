"""The memory of the forgotten, and what reading leaves out by it."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.errors import InputRefused
from lohko.reading.blanking import BLANK, Origin, blank_lines
from lohko.reading.forgotten import KINDS, SALT_BYTES, Memory, read_memory
from lohko.reading.leaving_out import leave_out

SALT = bytes(range(SALT_BYTES))
HETU = "131052-308T"


def memory(**keys: str) -> Memory:
    return Memory(SALT).extended({kind: [key] for kind, key in keys.items()})


def customers(**more: list[str | None]) -> pl.LazyFrame:
    return pl.LazyFrame(
        {
            "customer_id": ["17", "18", "19"],
            "row_id": ["17", "18", "19"],
            "first_name": ["Aino", "Aino Maria", "Eero"],
            "last_name": ["Mäki", "MÄKI", "Salo"],
            "email": ["aino@x.example", None, "Eero+uutiset@X.example"],
            "phone": ["040 123 4567", None, "+46 70 765 43 21"],
            "street": ["Katu 1", "katu 1", "Tie 2"],
            "postcode": ["00100", "100", "00200"],
            **more,
        }
    )


def test_the_file_holds_no_value_and_comes_back_as_it_was(tmp_path):
    keys = {"id": ["17"], "email": ["aino@x.example"], "phone": ["401234567"], "code": ["131052308T"]}
    known = Memory(SALT).extended(keys)
    path = tmp_path / "forgotten.json"
    path.write_bytes(known.render())
    assert not [word for words in keys.values() for word in words if len(word) > 2 and word.encode() in known.render()]
    found = read_memory(path)
    assert found == known
    assert {kind: found.known(kind, pl.Series([*words, "other", None])) for kind, words in keys.items()} == {
        kind: frozenset(words) for kind, words in keys.items()
    }
    assert not found.known("visitor", pl.Series(["17"]))  # a hash of one kind is none of another
    assert Memory(bytes(SALT_BYTES)).extended(keys).hashes["id"] != known.hashes["id"]
    assert read_memory(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    "content", ["", "17\n", "[]", "{}", '{"lohko": "forgotten", "version": 1, "salt": "00", "hashes": {}}']
)
def test_a_damaged_file_is_refused_rather_than_read_as_nobody(tmp_path, content):
    path = tmp_path / "forgotten.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputRefused) as caught:
        read_memory(path)
    assert caught.value.code == "forgotten_damaged"


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(KINDS), st.lists(st.text(max_size=8), max_size=4)))
def test_what_is_remembered_twice_is_remembered_once(keys):
    once = Memory(SALT).extended(keys)
    assert once.extended(keys) == once
    assert json.loads(once.extended(keys).render())["hashes"] == json.loads(once.render())["hashes"]


@pytest.mark.parametrize(
    ("known", "gone"),
    [
        ({"id": "17"}, ["17"]),
        ({"email": "eero@x.example"}, ["19"]),
        ({"phone": "707654321"}, ["19"]),
        ({"code": "131052308T"}, ["18"]),
        ({"address": "maki|katu 1|100|aino"}, []),  # a son may have both
    ],
)
def test_a_customer_is_left_out_by_any_of_what_names_them(tmp_path, known, gone):
    frame = customers(huomio=[None, f"tunnus {HETU.lower()}.", None])
    tables = {
        "customers": frame,
        "transactions": pl.LazyFrame({"customer_id": ["17", "18", "19", "19"], "amount": [1, 2, 3, 4]}),
    }
    left = leave_out(tables, memory(**known), tmp_path)
    kept = {
        name: pl.scan_parquet(left.tables[name]) if name in left.tables else frame for name, frame in tables.items()
    }
    for name, rows in kept.items():
        ids = rows.collect()["customer_id"].to_list()
        assert ids == [i for i in tables[name].collect()["customer_id"] if i not in gone]
        assert left.rows[name] == tables[name].collect().height - len(ids)
    assert (left.customers, left.by_contact) == (len(gone), len(gone) - ("id" in known))
    assert left.alike == (2 if "address" in known else 0)


def test_one_of_several_contacts_in_a_cell_is_enough_and_a_text_that_quotes_a_code_is_not(tmp_path):
    frame = customers(
        email=["a@x.example; AINO@x.example", "b@x.example", "c@x.example"],
        phone=["050 1112223", "09 333 4445 / 040 123 4567", "050 9998887, ext. 40"],
        huomio=["", "", f"puoliso {HETU}"],
    )
    for known, gone in (({"email": "aino@x.example"}, 1), ({"phone": "401234567"}, 1), ({"code": "131052308T"}, 0)):
        assert leave_out({"customers": frame}, memory(**known), tmp_path).by_contact == gone


def test_an_id_that_is_a_mailbox_is_known_and_so_is_one_remembered_in_an_older_form(tmp_path):
    orders = pl.LazyFrame({"customer_id": ["Ai.no@gmail.com", "shop:aino+x@gmail.com", "19"], "amount": [1, 2, 3]})
    assert leave_out({"transactions": orders}, memory(email="aino@gmail.com"), tmp_path).rows == {"transactions": 2}
    frame = customers(email=["Ai.No@gmail.com", None, None])
    assert leave_out({"customers": frame}, memory(email="ai.no@gmail.com"), tmp_path).customers == 1


def test_a_column_of_the_file_that_names_another_customer_is_emptied(tmp_path):
    frame = customers(customer_id=["shop:17", "shop:18", "19"], suosittelija=[None, "17", "17"])
    left = leave_out({"customers": frame}, memory(id="shop:17"), tmp_path)
    assert pl.read_parquet(left.tables["customers"])["suosittelija"].to_list() == [None, "17"]  # of another source


def test_visits_lists_and_referrals(tmp_path):
    tables = {
        "customers": customers(),
        "visitors": pl.LazyFrame({"visitor_id": ["v1", "v2", "v2", "v3"], "customer_id": ["17", "17", "18", "18"]}),
        "visits": pl.LazyFrame(
            {"customer_id": ["17", None, None, None, "18"], "visitor_id": [None, "v1", "v2", "v3", "v1"]}
        ),
        "suppressions": pl.LazyFrame(
            {
                "register": ["a", "b", "c"],
                "email": ["AINO@x.example", None, None],
                "phone": [None, "0401234567", None],
                "first_name": [None, None, "Aino"],
                "last_name": [None, None, "Mäki"],
                "street": [None, None, "Katu 1"],
                "postcode": [None, None, "00100"],
            }
        ),
        "social": pl.LazyFrame({"customer_id": ["18", "19"], "referred_customer_id": ["17", "18"], "reach": [1, 2]}),
    }
    known = memory(id="17", email="aino@x.example", phone="401234567", address="maki|katu 1|100|aino")
    left = leave_out(tables, known, tmp_path)
    assert left.rows == {"customers": 1, "visitors": 2, "visits": 2, "suppressions": 3, "social": 0}
    # a visitor who may be somebody else stays, and so does a visit that names another customer
    assert pl.read_parquet(left.tables["visits"])["visitor_id"].to_list() == ["v2", "v3", "v1"]
    assert pl.read_parquet(left.tables["social"])["referred_customer_id"].to_list() == [None, "18"]
    assert left.alike == 1


def test_lines_that_name_them_are_blanked_and_the_others_stay_byte_for_byte():
    head = "file,line,record,column,code,reason,raw\n"
    lines = [
        'crm.csv,2,1,,long_row,Too many,"17;Aino;""x"";1"\n',
        "crm.csv,3,2,,long_row,Too many,117;Eero;;1\n",
        'crm.csv,4,3,,long_row,Too many,"\'=1;aino+b@X.example"\n',
        'orders.csv,5,4,,bad_amount,No number,"19,17,5"\n',
        f"crm.csv,6,5,,short_row,Too few,20;{HETU}\n",
        "crm.csv,7,6,,short_row,Too few,21;(040) 1234567\n",
    ]
    known = memory(id="shop:17", email="aino@x.example", phone="401234567", code="131052308T")
    origins = {"crm.csv": Origin(";", "shop"), "orders.csv": Origin(",", None)}
    data, count = blank_lines((head + "".join(lines)).encode(), known.known, origins)
    found = data.decode().splitlines(keepends=True)
    assert count == 4
    assert [number for number, line in enumerate(found[1:]) if line.endswith(f",{BLANK}\n")] == [0, 2, 4, 5]
    assert (found[2], found[4]) == (lines[1], lines[3])
    assert blank_lines(data, known.known, origins) == (data, 0)
