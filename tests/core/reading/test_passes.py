"""The plan of the first rows must never read a file otherwise than the whole of it would have it."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from lohko.errors import InputRefused
from lohko.reading import passes
from lohko.reading.limits import limits


@pytest.fixture(params=[3, 1000])
def sample(request, monkeypatch):
    """Read with a sample of three rows, then with one that holds the whole file."""
    small = dataclasses.replace(limits(), sample_rows=request.param)
    monkeypatch.setattr(passes, "limits", lambda: small)


HEAD = "asiakasnro;pvm;summa\n"


def sales(read, lines, **params):
    return read({"s.csv": HEAD + "\n".join(lines)}, "transactions=s.csv", **params)


def amounts(reading):
    return reading.tables["transactions"].collect()["amount"].to_list()


def dates(reading):
    return [f"{t:%Y-%m-%d}" for t in reading.tables["transactions"].collect()["occurred_at"]]


@pytest.mark.usefixtures("sample")
class TestLateEvidence:
    def test_groups_turn_up_late(self, read):
        reading = sales(read, ["1;1.3.2024;1,5"] * 5 + ["1;1.3.2024;1 234,5"])
        assert amounts(reading)[-1] == Decimal("1234.5")

    def test_times_turn_up_late(self, read):
        reading = sales(read, ["1;1.3.2024;1"] * 5 + ["1;2.3.2024 10:00;1"])
        assert dates(reading)[-1] == "2024-03-02"

    def test_the_month_turns_up_late(self, read):
        assert dates(sales(read, ["1;3/1/2021;1"] * 5 + ["1;2/13/2021;1"])) == ["2021-03-01"] * 5 + ["2021-02-13"]
        assert dates(sales(read, ["1;3/1/2021;1"] * 5 + ["1;13/2/2021;1"])) == ["2021-01-03"] * 5 + ["2021-02-13"]

    def test_a_contradiction_turns_up_late(self, read):
        reading = sales(read, ["1;13/1/2021;1"] * 4 + ["1;1/13/2021;1", "1;2/3/2021;1"])
        assert dates(reading) == ["2021-01-13"] * 4

    def test_the_other_decimal_sign_turns_up_late(self, read):
        reading = sales(read, ["1;1.3.2024;1,5", "2;1.3.2024;1,234"] + ["1;1.3.2024;2,5"] * 3 + ["1;1.3.2024;3.5"])
        assert amounts(reading) == [Decimal("1.5"), *[Decimal("2.5")] * 3]

    def test_a_sign_after_whole_numbers_is_not_guessed(self, read):
        with pytest.raises(InputRefused) as caught:
            sales(read, ["1;1.3.2024;5"] * 5 + ["1;1.3.2024;1.234"])
        assert caught.value.code == "numbers_ambiguous"

    def test_a_decimal_comma_after_whole_numbers(self, read):
        assert amounts(sales(read, ["1;1.3.2024;5"] * 5 + ["1;1.3.2024;1,25"]))[-1] == Decimal("1.25")

    def test_words_for_nothing_turn_up_late(self, read):
        reading = read({"k.csv": "customer_id,birth_date\n" + "1,1980-01-01\n" * 5 + "2,NULL\n"}, "customers=k.csv")
        assert reading.rejects is None

    def test_the_commoner_form_wins_wherever_it_stands(self, read):
        reading = sales(read, ["1;2024-03-01;1"] * 3 + ["1;2.3.2024;1"] * 5)
        assert dates(reading) == ["2024-03-02"] * 5
        assert reading.accounts["transactions"].rejected == 3

    def test_empty_to_begin_with(self, read):
        text = "customer_id;created_at;birth_date\n" + "1;;\n" * 5 + "2;1.3.2024;2.4.1980\n"
        reading = read({"k.csv": text}, "customers=k.csv")
        assert reading.tables["customers"].collect()["birth_date"].null_count() == 5
        assert reading.rejects is None


_ODD = (
    "",
    "-0",
    "+5",
    "5,",
    ",5",
    "-,5",
    "1,23456",
    "1,23455",
    "0,00005",
    "0,00015",
    "-0,00005",
    "1e2",
    "1E-2",
    "12.90",
    "1 234,5",
    "−5",
    "0005,10",
)
_WRONG = (
    "x",
    "NaN",
    "inf",
    "1,2,3",
    "--1",
    "0x10",
    "99999999999999,9999",
    "99999999999999,99999",
    "1" * 30,
    "5-",
    "summa",
    "1_0",
    "１",
)


@pytest.mark.parametrize("cell", [*_ODD, *_WRONG])
@pytest.mark.parametrize("decimal", [",", "."])
def test_money_read_by_the_parser_of_the_file_is_as_its_text_says(read, monkeypatch, cell, decimal):
    """The fast way and the way of texts must agree on every cell."""
    lines = [f"{n};1.3.2024;{n}{decimal}50" for n in range(1, 6)] + [f"6;1.3.2024;{cell.replace(',', decimal)}"]
    slow = sales(read, lines)
    monkeypatch.setattr(passes, "limits", lambda: dataclasses.replace(limits(), sample_rows=3))
    fast = sales(read, lines)
    assert amounts(fast) == amounts(slow)
    assert fast.accounts == slow.accounts
    assert fast.figures["rejects"] == slow.figures["rejects"]


def test_lines_that_are_no_rows_are_seen_where_money_is_read_by_the_parser_of_the_file(read, monkeypatch):
    lines = [f"{n};1.3.2024;{n},50" for n in range(1, 6)] + ["", "asiakasnro;pvm;summa", "Yhteensä;;22,50", ";;7"]
    slow = sales(read, lines)
    monkeypatch.setattr(passes, "limits", lambda: dataclasses.replace(limits(), sample_rows=3))
    for some in (lines, lines[:6], [*lines[:5], *lines[7:]]):
        fast = sales(read, some)
        assert fast.accounts["transactions"].rows_out == 5
    assert sales(read, lines).accounts == slow.accounts
