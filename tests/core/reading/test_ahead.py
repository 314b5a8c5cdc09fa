"""Reading ahead of the gate gives what reading in order gives, whatever comes late in the file."""

from __future__ import annotations

import dataclasses

import pytest

from lohko.errors import LohkoError
from lohko.reading import beside, gate, opening, passes
from lohko.reading.limits import limits

HEAD = "asiakasnro;pvm;summa;tuote\n"
PLAIN = "".join(f"A{n};{n % 28 + 1}.3.2024;{n},50;Ruisleipä\n" for n in range(400))
LATE = {
    "nothing": "",
    "a short row": "A1;1.3.2024\n",
    "a long row": "A1;1.3.2024;1,5;x;y\n",
    "short and long rows that even out": "A1;1.3.2024;1,5\nA2;1.3.2024;1,5;x;y\n",
    "long and short rows that even out": "A1;1.3.2024;1,5;x;\nA2;1.3.2024;1,5\n",
    "a blank line and a long row that even out": "\nA1;1.3.2024;1,5;x;;;\n",
    "an even end": "A2;1.3.2024;1,5\nA1;1.3.2024;1,5;x;",
    "rows that even out, and quotes": "A2;1.3.2024;1,5\nA1;1.3.2024;1,5;x;y\n"
    + "A3;1.3.2024;2,5;z\n" * 60
    + 'A4;1.3.2024;1,5;"a;b"\n',
    "quotes": 'A1;1.3.2024;1,5;"a;b"\n',
    "an open quote": 'A1;1.3.2024;1,5;"a\nA2;1.3.2024;1,5;b\n',
    "lines in quotes": 'A1;1.3.2024;1,5;"a\nb"\n',
    "spaces": "A1 ;1.3.2024; 1,5;x\n",
    "a narrow space": "A1;1.3.2024;1,5;\u202fx\n",
    "blank lines": "\n\n",
    "bad cells": "A1;31.2.2024;1,5;x\nA1;1.3.2024;1.5;x\n",
    "another form": "A1;1.3.2024 10:00;1 234,5;x\n",
    "nobody": ";1.3.2024;1,5;x\nNULL;1.3.2024;1,5;x\n",
    "nobody, and nothing else": ";1.3.2024;1,5;x\n;;1,5;x\n",
    "an id that is a word": "NaN;1.3.2024;1,5;x\n",
    "sums": "Yhteensä;;3,00;\nTotal;1.3.2024;3,00;x\n",
    "a sum of customers": "Yhteensä 45 asiakasta;;;\n",
    "a word in a row that lacks what is needed": "NULL;;1,5;x\nA1;;1,5;x\n;;;yhteensä\n",
    "carriage returns": "A1;1.3.2024;1,5;x\r\n",
    "old line ends": "A1;1.3.2024;1,5;x\rA2;1.3.2024;1,5;x\n",
    "destroyed ids": "1,23E+11;1.3.2024;1,5;x\n",
    "a NUL byte": "A1;1.3.2024;1,5;x\x00\n",
    "no line end": "A1;1.3.2024;1,5;x",
}


def outcome(read, data, source="transactions=t.csv"):
    try:
        found = read({"t.csv": data}, source)
    except LohkoError as error:
        return error.code, error.message, error.places
    rows = found.tables["transactions"].collect()
    rejects = found.rejects.read_text() if found.rejects else ""
    return rows.rows(), found.accounts, found.findings, found.figures, rejects


@pytest.mark.parametrize(
    ("late", "encoding"),
    [
        pytest.param(late, encoding, id=f"{name}-{encoding}")
        for name, late in LATE.items()
        for encoding in ("utf-8", "cp1252")
        if encoding == "utf-8" or "\u202f" not in late  # cp1252 has no such space
    ],
)
def test_what_comes_late_is_read_as_if_it_had_come_early(read, monkeypatch, late, encoding):
    early = PLAIN.replace("ä", "a") if encoding == "cp1252" else PLAIN
    data = (HEAD + early + ("A9;1.3.2024;1,5;Äyskäri\n" if encoding == "cp1252" else "") + late).encode(encoding)
    in_order = outcome(read, data)
    small = dataclasses.replace(limits(), chunk_bytes=512, ahead_bytes=2048, sample_rows=20)
    for module in (gate, opening, passes):
        monkeypatch.setattr(module, "limits", lambda: small)
    began: list[int] = []
    finish = beside.Beside.finish

    def counted(*given):
        began.append(1)
        return finish(*given)

    monkeypatch.setattr(beside.Beside, "finish", counted)
    assert outcome(read, data) == in_order
    assert began


@pytest.mark.parametrize(("word", "read_once"), [("A7", True), ("NULL", False), ("Summa", False)])
def test_ids_that_are_words_are_found_behind_a_source(read, monkeypatch, word, read_once):
    data = f"{HEAD}{PLAIN}{word};1.3.2024;1,5;x\n".encode()
    in_order = outcome(read, data, "transactions@kauppa=t.csv")
    for module in (gate, opening, passes):
        monkeypatch.setattr(
            module,
            "limits",
            lambda: dataclasses.replace(limits(), chunk_bytes=512, ahead_bytes=2048, sample_rows=20),
        )
    read_so: list[bool] = []
    plain = passes._read

    def noted(*given, wordless=False):
        read_so.append(wordless)
        return plain(*given, wordless=wordless)

    monkeypatch.setattr(passes, "_read", noted)
    assert outcome(read, data, "transactions@kauppa=t.csv") == in_order
    assert read_so == ([True] if read_once else [True, False])


def test_rejects_are_counted_by_month(read):
    rows = "A1;5.3.2024;x;a\nA2;6.3.2024;y;a\nA3;1.4.2024;z;a\nA4;31.2.2024;1,5;a\nA5;1.4.2024\n"
    found = read({"t.csv": HEAD + PLAIN + rows}, "transactions=t.csv").figures["rejects"]
    months = [(entry["source"], entry["month"], entry["count"]) for entry in found["by_month"]]
    assert months == [("t.csv", "2024-03", 2), ("t.csv", "2024-04", 1)]  # two rows have no time that can be read
    assert sum(entry["count"] for entry in found["by_source"]) == 5
