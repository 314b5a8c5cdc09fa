"""Fuzz the reading of files: whatever the bytes, it ends in tables whose accounts close or in an error of lohko's own.

By hand, for a minute or a night::

    python -m tests.fuzz.reading 60

Hypothesis draws and shrinks the inputs; each round has a seed of its own, so that a failure can be had again.
"""

from __future__ import annotations

import gzip
import io
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from lohko.errors import LohkoError, ToolFault
from lohko.reading.ingest import ingest
from lohko.reading.params import IngestParams
from lohko.reading.sources import Source

SEEDS = [
    (
        "asiakasnro;etunimi;sukunimi;sähköposti;postinumero;syntymäaika;sähköpostilupa\n"
        "1;Aino;Mäkelä;a@x.example;00100;1.2.1980;kyllä\n2;Väinö;Öberg;;33100;31.12.1955;ei\n"
    ),
    'customer_id,date,amount,quantity,unit_price\n1,2026-03-13,"1,234.50",1,"1,234.50"\n2,2026-03-14T10:00:00Z,-5.00,,\n',
    "kundnummer\tdatum\tbelopp\tvaluta\n1\t2026-03-13\t12,50\tSEK\n2\t2026-03-14\t1 000,00\tSEK\n",
    "sep=|\nasiakasnumero|pvm|summa\n1|13.3.2026|12,50 €\n\nYhteensä||12,50\n",
    'customer_id;note;occurred_at\n1;"two\nlines; and ""quotes""";2026-01-01\n2;\\"x\\";2026-01-02\n',
    "asiakasnro;kanava;tila;pvm\n1;email;kyllä;1.1.2026\n1;sms;ei;\n",
    "customer_id,visitor_id,occurred_at,page_views\n1,,2026-03-01 10:00,4\n,v1,44256.5,x\n",
]
TOKENS = [
    b'"', b'""', b"'", b",", b";", b"\t", b"|", b"\n", b"\r\n", b"\r", b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\\", b" ", b"\xc2\xa0",
    b"\xe2\x88\x92", b"\xe4", b"\xc3", b"1e309", b"NaN", b"-inf", b"1E+11", b"NULL", b"total", b"31.2.2026", b"3/1/21", b"44256", b"1.234,56",
    b"99999999999999999999", b"9999-12-31", b"0001-01-01", b"2026-03-29T03:30", b"=1+1", b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"<html>", b"[{", b"%PDF",
]  # fmt: skip
TABLES = [None, "customers", "transactions", "consents", "visits", "suppressions"]
ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"]

Change = tuple[int, int, int, bytes]
CHANGES = st.lists(
    st.tuples(st.sampled_from([0, 0, 1, 2, 3]), st.integers(0, 400), st.integers(0, 9), st.sampled_from(TOKENS)),
    max_size=12,
)


def change(data: bytes, changes: list[Change]) -> bytes:
    """Put tokens into the data, cut pieces out, double them, flip a bit."""
    for kind, where, size, token in changes:
        at = where % (len(data) + 1)
        piece = data[at : at + size]
        if kind == 0:
            data = data[:at] + token + data[at:]
        elif kind == 1:
            data = data[:at] + data[at + size :]
        elif kind == 2:
            data = data[:at] + piece * 3 + data[at:]
        elif at < len(data):
            data = data[:at] + bytes([data[at] ^ (1 << size % 8)]) + data[at + 1 :]
    return data


def wrap(data: bytes, how: str) -> bytes:
    """Pack the data."""
    if how == "gzip":
        return gzip.compress(data, 1, mtime=0)
    if how == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(zipfile.ZipInfo("file.csv"), data)
        return buffer.getvalue()
    return data


def attempt(data: bytes, table: str | None, scratch: Path) -> None:
    """Read the bytes."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    try:
        reading = ingest([Source(None, table)], IngestParams(), mapping={}, scratch=folder, stdin=data)
    except LohkoError as error:
        if isinstance(error, ToolFault):
            raise
        return
    for name, frame in reading.tables.items():
        reading.accounts[name].check(name)
        assert frame.collect().height == reading.accounts[name].rows_out


def fuzz(seconds: float, examples: int = 100) -> int:
    """Fuzz for some seconds; return how many inputs were read."""
    tried = 0
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as name:

        def once(
            text: str, encoding: str, how: str, table: str | None, inner: list[Change], outer: list[Change]
        ) -> None:
            nonlocal tried
            tried += 1
            data = change(text.encode(encoding), inner)
            attempt(change(wrap(data, how), outer), table, Path(name))

        strategy = given(
            st.sampled_from(SEEDS),
            st.sampled_from(ENCODINGS),
            st.sampled_from(["", "", "", "gzip", "zip"]),
            st.sampled_from(TABLES),
            CHANGES,
            st.just([]) | CHANGES,
        )
        options = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        number = 0
        while time.monotonic() < end:
            number += 1
            seed(number)(options(strategy(once)))()
    return tried


if __name__ == "__main__":
    wanted = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    sys.stdout.write(f"{fuzz(wanted)} inputs read in {wanted:g} s; none was a fault\n")
