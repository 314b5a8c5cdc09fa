"""What must hold of reading whatever the input."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lohko.errors import LohkoError, ToolFault
from lohko.reading.ingest import Reading, ingest
from lohko.reading.params import IngestParams
from lohko.reading.sources import Source

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


ROOT = tempfile.TemporaryDirectory()


def read(data: bytes, table: str | None, **params: Any) -> Reading:
    scratch = Path(tempfile.mkdtemp(dir=ROOT.name))
    return ingest([Source(None, table)], IngestParams(**params), mapping={}, scratch=scratch, stdin=data)


def attempt(data: bytes, table: str | None) -> None:
    """Read: what comes out closes its accounts, or is an error of lohko's own that is the input's fault."""
    try:
        reading = read(data, table)
    except LohkoError as error:
        assert not isinstance(error, ToolFault)  # noqa: PT017 - both outcomes are right, a third is not
        return
    for name, frame in reading.tables.items():
        account = reading.accounts[name]
        account.check(name)
        assert frame.select(pl.len()).collect().item() == account.rows_out


HEADERS = [
    b"customer_id,date,amount\n",
    b"asiakasnro;pvm;summa\r\n",
    b'"customer_id"\t"email"\n',
    b"",
    b"\xef\xbb\xbfcustomer_id|date|amount\n",
]
PIECES = st.sampled_from(
    [b'"', b'""', b",", b";", b"\t", b"|", b"\n", b"\r\n", b"\r", b"\x00", b"\xff", b"\xc3\xa4", b"\xe4", b"\\", b" ", b"1", b"1.3.2024",
     b"2024-03-01", b"12,50", b"1.234,56", b"NaN", b"1E+11", b"A1", b"NULL", b"total", b"\xc2\xa0", b"\xe2\x88\x92", b"-", b"sep=;"]
)  # fmt: skip


@QUICK
@given(st.binary(max_size=300), st.sampled_from([None, "customers", "transactions"]))
def test_any_bytes(data, table):
    attempt(data, table)


@QUICK
@given(
    st.sampled_from(HEADERS),
    st.lists(PIECES, max_size=60),
    st.sampled_from([None, "customers", "transactions", "visits"]),
)
def test_pieces_of_tables(header, pieces, table):
    attempt(header + b"".join(pieces), table)


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12)


def written(rows: list[list[str]], delimiter: str, encoding: str, end: str) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerows(rows)
    return buffer.getvalue().encode(encoding)


def kept(cell: str) -> str | None:
    from lohko.reading.textfile import EDGE

    return cell.strip(EDGE) or None


@QUICK
@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_text_comes_back_from_every_dialect(cells, delimiter, encoding, end):
    rows = [["customer_id", "first_name", "Huom"], *([f"id{n}", *pair] for n, pair in enumerate(cells))]
    reading = read(
        written(rows, delimiter, encoding, end), "customers", delimiter="tab" if delimiter == "\t" else delimiter
    )
    found = reading.tables["customers"].select("customer_id", "first_name", "Huom").collect().rows()
    assert found == [(f"id{n}", kept(a), kept(b)) for n, (a, b) in enumerate(cells)]


MONEY = st.decimals(-9_999_999, 9_999_999, places=2, allow_nan=False, allow_infinity=False)
SALE = st.tuples(st.integers(1, 9), st.dates(), MONEY)


def finnish(sales, order):
    lines = [
        ["asiakasnro", "pvm", "summa"],
        *([f"{c}", f"{d.day}.{d.month}.{d.year:04d}", f"{m:.2f}".replace(".", ",")] for c, d, m in sales),
    ]
    return "\n".join(";".join(line[i] for i in order) for line in lines).encode()


def english(sales):
    lines = ["CustomerID,InvoiceDate,Amount", *(f'{c},{d:%Y-%m-%d},"{m:,.2f}"' for c, d, m in sales)]
    return "\r\n".join(lines).encode("utf-16")


@QUICK
@given(st.lists(SALE.filter(lambda s: s[1].year >= 1800), min_size=1, max_size=20), st.permutations([0, 1, 2]))
def test_money_and_days_are_the_same_from_every_form(sales, order):
    one = read(finnish(sales, order), "transactions", decimal="comma").tables["transactions"].collect()
    two = read(english(sales), "transactions", decimal="point").tables["transactions"].collect()
    assert one.equals(two)
    assert one["amount"].sum() == sum(m for _, _, m in sales)


@QUICK
@given(
    st.lists(
        st.sampled_from(
            ["1;1.3.2024;5", "2;1.3", "3;x;5", "4;1.3.2024;5;6", ";;", '5;"1.3.2024";7', '6;"a;5', ";1.3.2024;5"]
        ),
        max_size=25,
    )
)
def test_every_line_is_accounted_for(lines):
    text = "asiakasnro;pvm;summa\n9;1.3.2024;1\n" + "\n".join(lines)
    reading = read(text.encode(), "transactions")
    account = reading.accounts["transactions"]
    account.check("transactions")
    assert account.rows_in == len(lines) + 1
    good = [line for line in lines if line in ("1;1.3.2024;5", '5;"1.3.2024";7')]
    assert account.rows_out == len(good) + 1


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_the_size_of_the_pieces_read_makes_no_difference(monkeypatch, size):
    import dataclasses

    from lohko.reading import encoding, gate
    from lohko.reading.limits import limits

    text = 'customer_id;Huom;email\n1;Äiti;a@example.org\n2;"kaksi\nriviä; ja ""lainaus""";b\n3;x\n\n4; y ;"c"\n5;"auki;d\n6;€;e\n'
    expected = read(text.encode(), "customers").tables["customers"].collect()
    small = dataclasses.replace(limits(), chunk_bytes=size)
    for module in (gate, encoding):
        monkeypatch.setattr(module, "limits", lambda: small)
    for data in (text.encode(), text.replace("\n", "\r\n").encode(), text.encode("cp1252"), text.encode("utf-16")):
        assert read(data, "customers").tables["customers"].collect().equals(expected)
