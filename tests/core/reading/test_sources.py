from __future__ import annotations

from pathlib import Path

import pytest

from lohko.errors import InputRefused, UsageFault
from lohko.reading.sources import Source, parse_sources


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    for name in ("b.csv", "a.csv", "x=y.csv"):
        (tmp_path / name).write_text("x")
    monkeypatch.chdir(tmp_path)


def test_words():
    assert parse_sources(["a.csv", "transactions=b.csv", "customers@shop=a.csv", "visits=-"]) == (
        Source(Path("a.csv")),
        Source(Path("b.csv"), "transactions"),
        Source(Path("a.csv"), "customers", "shop"),
        Source(None, "visits"),
    )


def test_globs_come_in_sorted_order():
    assert [s.path for s in parse_sources(["transactions=[ab].csv"])] == [Path("a.csv"), Path("b.csv")]


def test_a_file_may_have_an_equals_sign_in_its_name():
    assert parse_sources(["x=y.csv"]) == (Source(Path("x=y.csv")),)


@pytest.mark.parametrize(
    ("word", "error", "code", "hint"),
    [
        ("customer=a.csv", UsageFault, "unknown_table", "did you mean 'customers'?"),
        ("crosswalk=a.csv", UsageFault, "unknown_table", ""),
        ("customers@a b=a.csv", UsageFault, "source_name", ""),
        ("c.csv", InputRefused, "file_missing", ""),
        ("customers=c*.csv", InputRefused, "file_missing", ""),
        (".", InputRefused, "file_missing", "*.csv"),
    ],
)
def test_refused(word, error, code, hint):
    with pytest.raises(error) as caught:
        parse_sources([word])
    assert caught.value.code == code
    assert hint in caught.value.hint


def test_standard_input_only_once():
    with pytest.raises(UsageFault):
        parse_sources(["customers=-", "visits=-"])
