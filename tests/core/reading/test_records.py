from __future__ import annotations

import pytest

from lohko.reading.records import Form, Record, assemble, split, write

SEMI = Form(";")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a;b", ["a", "b"]),
        ("", [""]),
        (";", ["", ""]),
        ('"a;b";c', ["a;b", "c"]),
        ('"say ""hi""";c', ['say "hi"', "c"]),
        ('"";""""', ["", '"']),
        ('5" screen;x', ['5" screen', "x"]),
        ('a; "b;c" ;d', ["a", "b;c", "d"]),
        ('"l1\nl2";x', ["l1\nl2", "x"]),
    ],
)
def test_split(text, fields):
    assert split(text, SEMI) == (fields, None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [('"a;b', "open_quote"), ('a;"""', "open_quote"), ('"a" b;c', "bad_quotes"), ('"a"";b', "open_quote")],
)
def test_faults(text, fault):
    assert split(text, SEMI) == ([], fault)


def test_backslash_before_a_quote():
    assert split(r'"say \"hi\" \\";x', Form(";", backslash=True)) == (['say "hi" \\', "x"], None)


def test_lines_are_joined_until_the_record_is_whole():
    assert assemble(['1;"a', "", 'b";x', "2;y;z"], 3, SEMI, last=True) == Record(("1", "a\n\nb", "x"), 3)
    assert assemble(['1;"a', "b"], 3, SEMI, last=False) is None
    assert assemble(['1;"a', "b"], 3, SEMI, last=True) == Record((), 1, "open_quote")


def test_one_lost_quote_costs_one_row():
    assert assemble(['1;"a;x', "2;b;y", '3;c";z'], 3, SEMI, last=True) == Record((), 1, "open_quote")


def test_empty_fields_too_many_at_the_end_are_no_fault():
    assert assemble(["1;2;;"], 2, SEMI, last=True) == Record(("1", "2"), 1, trimmed=True)
    assert assemble(["1;2;3"], 2, SEMI, last=True) == Record((), 1, "long_row")
    assert assemble(["1"], 2, SEMI, last=True) == Record((), 1, "short_row")


def test_written_records_are_read_again():
    fields = ("a", 'b"', "c;d", "e\nf", "", " g ")
    assert split(write(fields, ";").removesuffix("\n"), SEMI) == (list(fields), None)
