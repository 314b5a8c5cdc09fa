"""Every kind of bad input that users send, and what lohko makes of it: read right, or refused with a sentence that helps.

The numbers are those of the list that the reading layer was drawn up against. Each case carries the word SALAINEN in a cell;
no message may show it.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from lohko.codes import registry
from lohko.errors import InputRefused, LohkoError
from lohko.package.reading import Package
from lohko.reading.params import IngestParams
from lohko.reading.sources import parse_sources
from lohko.running.ingesting import IngestJob, run_ingest
from lohko.running.outcome import Outcome
from lohko.running.settings import Settings, resolve
from lohko.running.shell import Job, run_step

SECRET = "SALAINEN"
SALES = "asiakasnro;nimi;pvm;summa\n"
PEOPLE = "asiakasnro;etunimi;sukunimi;postinumero\n"


def now() -> dt.datetime:
    return dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Read:
    """What came of one input."""

    outcome: Outcome
    package: Package

    def column(self, table: str, name: str) -> list[Any]:
        return self.package.scan(table).collect()[name].to_list()

    @property
    def codes(self) -> set[str]:
        return {f.code for f in self.outcome.findings}

    @property
    def rejects(self) -> list[tuple[str, str]]:
        """Physical line and code of each reject."""
        data = self.package.files(("rejects.csv",)).get("rejects.csv")
        if data is None:
            return []
        frame = pl.read_csv(io.BytesIO(data), infer_schema=False)
        return list(zip(frame["line"], frame["code"], strict=True))


@dataclass(frozen=True)
class Case:
    number: int
    name: str
    data: bytes | str
    refused: str | None = None
    """The code of the error, or None: it is read."""
    says: str = ""
    """What the message, its places or its hint must hold."""
    holds: Callable[[Read], bool] = field(default=lambda _: True)
    table: str = "transactions"
    params: Mapping[str, Any] = field(default_factory=dict)
    exit_code: int = 0


def sales(*rows: str) -> str:
    return SALES + "".join(f"{row}\n" for row in (f"1;{SECRET};13.3.2026;12,50", *rows))


def people(*rows: str) -> str:
    return PEOPLE + "".join(f"{row}\n" for row in (f"1;Aino;{SECRET};00100", *rows))


def workbook() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("myynti")
        sheet.write_row(0, 0, ["asiakasnro", "nimi", "pvm", "summa"])
        sheet.write_row(1, 0, ["1", SECRET, "2026-03-13", 12.5])
    return buffer.getvalue()


def archive(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr(name, sales())
    return buffer.getvalue()


def money(*amounts: str) -> Callable[[Read], bool]:
    return lambda read: read.column("transactions", "amount") == [Decimal(a) for a in amounts]


def rejected(*found: tuple[int, str]) -> Callable[[Read], bool]:
    return lambda read: read.rejects == [(str(line), code) for line, code in found]


MOJIBAKE = "Mäkelä".encode().decode("cp1252")
CASES = [
    Case(1, "cp1252, semicolons, decimal commas", sales("2;Mäkelä;1.4.2026;1 000,00").encode("cp1252"),
         holds=lambda r: money("12.5", "1000")(r) and any(
             f.data.get("encoding") == "cp1252" and f.data["delimiter"] == "semicolon" for f in r.outcome.findings)),
    Case(2, "UTF-16 with its mark, tabs", sales().replace(";", "\t").encode("utf-16"), holds=money("12.5")),
    Case(3, "UTF-16 without its mark", sales().encode("utf-16-le"), "utf16_unmarked", "--encoding utf-16-le"),
    Case(3, "UTF-16 as named", sales().encode("utf-16-le"), params={"encoding": "utf-16-le"}, holds=money("12.5")),
    Case(4, "two encodings", sales("2;Mäkelä;1.4.2026;1").encode() + "3;Mäkelä;1.4.2026;1\n".encode("cp1252"),
         "mixed_encoding", ":4"),
    Case(5, "mojibake", people(f"2;Väinö;{MOJIBAKE};33100"), table="customers",
         holds=lambda r: "mojibake" in r.codes and r.column("customers", "last_name")[1] == MOJIBAKE),
    Case(8, "ids spoilt by Excel", sales("1,23E+11;x;1.4.2026;1"), "ids_destroyed", ":3"),
    Case(9, "a column twice", sales().replace("nimi", "pvm", 1), "header_duplicate", "pvm"),
    Case(10, "no header", f"1001;{SECRET};13.3.2026;12,50\n1002;{SECRET};14.3.2026;3,50\n", "header_missing"),
    Case(11, "the header again", sales(SALES.strip(), "2;b;1.4.2026;1,00"),
         holds=lambda r: "dropped_repeated_header" in r.codes and money("12.5", "1")(r)),
    Case(12, "short and long rows", sales("2;kort", "3;too;long;1.4.2026;1", "4;d;1.4.2026;4"), exit_code=1,
         holds=lambda r: rejected((3, "short_row"), (4, "long_row"))(r) and money("12.5", "4")(r)),
    Case(13, "a quote left open", sales('2;"open;1.4.2026;1', "3;c;1.4.2026;3"), exit_code=1,
         holds=lambda r: rejected((3, "open_quote"))(r) and money("12.5", "3")(r)),
    Case(14, "a bad cell after line ends in quotes", sales('2;"a\nb\nc";1.4.2026;1', "3;c;1.4.2026;x"), exit_code=1,
         holds=rejected((6, "bad_number"))),
    Case(15, "carriage returns alone", sales("2;b;1.4.2026;1").replace("\n", "\r"), holds=money("12.5", "1")),
    Case(15, "mixed line ends", sales("2;b;1.4.2026;1").replace("\n", "\r\n", 1), holds=money("12.5", "1")),
    Case(16, "a NUL byte", sales("2;b\0;1.4.2026;1"), "nul_byte", ":3"),
    Case(16, "bidi, zero width, escape", people("2;\u202eonA\u200b;\x1b[31mX;33100"), table="customers",
         holds=lambda r: r.column("customers", "customer_id") == ["1", "2"]),
    Case(17, "a formula as a name", people('2;"=HYPERLINK(""http://x.example"")";X;33100'), table="customers",
         holds=lambda r: r.column("customers", "first_name")[1] == '=HYPERLINK("http://x.example")'),
    Case(18, "a day that does not exist", sales("2;b;31.2.2026;1"), exit_code=1, holds=rejected((3, "bad_date"))),
    Case(18, "day or month first", f"{SALES}1;{SECRET};3/1/2026;1\n2;b;4/2/2026;1\n", "dates_ambiguous", "--date-format"),
    Case(18, "day numbers of Excel", f"{SALES}1;{SECRET};44256;1\n2;b;44257;1\n", "dates_unknown", "excel"),
    Case(18, "day numbers as declared", f"{SALES}1;{SECRET};44256;1\n", params={"date_format": "excel"}, holds=money("1")),
    Case(18, "years of two digits", f"{SALES}1;{SECRET};1.3.21;1\n2;b;2.3.21;1\n", "dates_unknown", "four digits"),
    Case(19, "both decimal signs", sales("2;b;1.4.2026;1.234,56", "3;c;1.4.2026;1,234.56", "4;d;1.4.2026;2,50"),
         exit_code=1, holds=lambda r: rejected((4, "bad_number"))(r) and money("12.5", "1234.56", "2.5")(r)),
    Case(19, "no numbers", sales("2;b;1.4.2026;1e309", "3;c;1.4.2026;NaN", "4;d;1.4.2026;-inf"), exit_code=1,
         holds=lambda r: len(r.rejects) == 3 and money("12.5")(r)),
    Case(21, "nothing", b"", "file_empty"),
    Case(21, "a mark alone", b"\xef\xbb\xbf", "file_empty"),
    Case(21, "a header alone", SALES, holds=lambda r: r.package.rows("transactions") == 0),
    Case(22, "a web page", f"<!DOCTYPE html><html><td>{SECRET}</td></html>", "not_a_table", "looks like"),
    Case(22, "JSON", json.dumps([{"asiakasnro": SECRET}]), "not_a_table", "looks like"),
    Case(22, "a workbook named .csv", workbook(), holds=money("12.5")),
    Case(22, "gzip named .csv", gzip.compress(sales().encode()), holds=money("12.5")),
    Case(23, "preamble and total", f"Myyntiraportti;;;\n\n{sales('2;b;1.4.2026;1')}Yhteensä;;;13,50\n",
         holds=lambda r: {"preamble", "dropped_total_line"} <= r.codes and money("12.5", "1")(r)),
    Case(23, "sep= line", f"sep=|\n{sales().replace(';', '|')}", holds=money("12.5")),
    Case(24, "names like markup", people("2;[/];<script>alert(1)</script>;33100"), table="customers",
         holds=lambda r: r.column("customers", "first_name")[1] == "[/]"),
    Case(25, "a field of 131,073 characters", people(f"2;{'x' * 131_073};X;33100"), table="customers",
         holds=lambda r: len(r.column("customers", "first_name")[1]) == 131_073),
    Case(25, "columns beyond the limit", ";".join(f"c{n}" for n in range(20_001)) + "\n", "too_large"),
    Case(25, "a bomb", gzip.compress((SALES + "0" * 20_000_000).encode(), 1), "too_large"),
    Case(25, "gzip cut short", gzip.compress(sales(*[f"{n};b;1.4.2026;1" for n in range(999)]).encode())[:-9],
         "archive_damaged"),
    Case(25, "zip that leads outside", archive("../../led-outside.csv"), holds=money("12.5")),
]  # fmt: skip


def go(case: Case, folder: Path) -> Outcome:
    data = case.data.encode() if isinstance(case.data, str) else case.data
    (folder / "file.csv").write_bytes(data)
    sources = parse_sources([f"{case.table}=file.csv"])
    job = IngestJob(sources, folder / "out", IngestParams(**case.params), max_rejects="0")
    return run_ingest(job, now=now)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.number} {c.name}")
def test_what_becomes_of_it(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if case.refused is not None:
        with pytest.raises(LohkoError) as caught:
            go(case, tmp_path)
        error = caught.value
        said = " ".join([error.message, error.hint, *map(str, error.places)])
        assert (error.code, error.exit_code) == (case.refused, 3)
        assert case.says in said
        assert "file.csv" in said
        assert sorted(p.name for p in tmp_path.iterdir()) == ["file.csv"]
    else:
        outcome = go(case, tmp_path)
        said = " ".join(f.text for f in outcome.findings)
        read = Read(outcome, Package.open(tmp_path / "out"))
        assert case.holds(read), (said, read.rejects)
        assert outcome.exit_code == case.exit_code
        assert SECRET not in json.dumps(outcome.as_dict())
        assert {p.name for p in tmp_path.parent.rglob("led-outside.csv")} == set()
    assert SECRET not in said
    assert "\ufffd" not in said


def step(name: str, source: Path, output: Path) -> Package:
    job = Job(name, source, output, resolve(name, {}, Settings(), {}), IngestParams())
    run_step(job, now=now)
    return Package.open(output)


def test_6_composed_and_decomposed_letters_are_one_person(tmp_path: Path) -> None:
    import unicodedata

    line = "{};Väinö;Mäkelä;vaino.makela@posti.example;Hämeenkatu 1;33100;Tampere;1.2.1980\n"
    text = line.format(1) + unicodedata.normalize("NFD", line.format(2))
    head = "asiakasnro;etunimi;sukunimi;sähköposti;katuosoite;postinumero;postitoimipaikka;syntymäaika\n"
    (tmp_path / "crm.csv").write_text(head + text, encoding="utf-8")
    assert step("dedupe", tmp_path / "crm.csv", tmp_path / "out").rows("customers") == 1


def test_7_postcodes_are_mended_where_it_is_sure_and_stay_text(tmp_path: Path) -> None:
    codes = ["100", "33 100", "FI-00100", "00100.0", "0010", "SE-11455", "00100"]
    rows = "".join(
        f"{n};A;V;{code};{'Helsinki' if n == 0 else ''};{'SE' if 'SE' in code else 'FI'}\n"
        for n, code in enumerate(codes)
    )
    (tmp_path / "crm.csv").write_text(PEOPLE.replace("\n", ";postitoimipaikka;maa\n") + rows, encoding="utf-8")
    package = step("postcodes", tmp_path / "crm.csv", tmp_path / "out")
    found = package.scan("customers").sort("customer_id").collect()
    assert found.schema["postcode"] == pl.String
    # lost zeros come back where the place agrees; of 0010 nobody knows which digit is missing
    assert found["postcode"].to_list() == ["00100", "33100", "00100", "00100", "0010", "114 55", "00100"]
    assert sorted(package.scan("changes").collect()["row_id"]) == ["0", "1", "2", "3", "5"]


def test_20_a_doubtful_permission_is_none(tmp_path: Path) -> None:
    (tmp_path / "crm.csv").write_text("asiakasnro;etunimi\n1;A\n2;B\n3;C\n", encoding="utf-8")
    events = "asiakasnro;kanava;tila;pvm\n1;email;ehkä;1.1.2026\n2;email;;1.1.2026\n3;email;kyllä;1.1.2026\n3;email;ei;2.1.2026\n"
    (tmp_path / "luvat.csv").write_text(events, encoding="utf-8")
    sources = parse_sources([f"customers={tmp_path / 'crm.csv'}", f"consents={tmp_path / 'luvat.csv'}"])
    run_ingest(IngestJob(sources, tmp_path / "in", IngestParams()), now=now)
    package = step("consents", tmp_path / "in", tmp_path / "out")
    decisions = package.scan("permissions").filter(pl.col("channel") == "email").collect()
    assert decisions.height == 3
    assert "may" not in decisions["decision"].to_list()


@pytest.mark.parametrize("rows", [1, 30])
def test_21_registers_too_small_or_all_alike_end_in_plain_words(tmp_path: Path, rows: int) -> None:
    text = "asiakasnro;pvm;summa\n" + "".join(f"{n};13.3.2026;12,50\n" for n in range(rows))
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    sources = parse_sources([f"transactions={tmp_path / 'sales.csv'}"])
    run_ingest(IngestJob(sources, tmp_path / "in", IngestParams()), now=now)
    assert step("value", tmp_path / "in", tmp_path / "value").rows("value") == rows
    try:
        assert step("segment", tmp_path / "value", tmp_path / "out").rows("segments") == rows
    except InputRefused as error:  # to refuse is right, too
        assert error.code in registry()  # noqa: PT017


@pytest.mark.parametrize("env", [{}, {"FORCE_COLOR": "1", "COLUMNS": "60"}])
def test_16_and_24_names_are_shown_as_text(lohko, register, env) -> None:
    (register / "crm.csv").write_text(
        "asiakasnro;etunimi;sukunimi\n1;[/];[link=http://x.example]X[/link]\n2;\x1b[31mred\u202e;<b>\n",
        encoding="utf-8",
    )
    assert lohko("ingest", "customers=crm.csv", "-o", "in").returncode == 0
    done = lohko("show", "in", "customers", env=env)
    assert done.returncode == 0, done.stderr
    shown = done.stdout.decode()
    assert "[/]" in shown
    assert "[link=" in shown.replace("\n", "")
    assert "\x1b[31mred" not in shown
    assert "\x1b]8" not in shown
    assert "\u202e" not in shown


def test_17_rejects_are_inert_in_a_spreadsheet_and_pipes_are_not_altered(lohko, register) -> None:
    (register / "crm.csv").write_text("asiakasnro;etunimi\n1;=1+1\n=2+2;B;C\n", encoding="utf-8")
    done = lohko("postcodes", "crm.csv", "-o", "-", "--rejects", "aside.csv")
    assert done.returncode in {0, 3}, done.stderr
    if done.returncode == 0:
        assert b",=1+1" in done.stdout
        assert b"'=2+2" in (register / "aside.csv").read_bytes()
