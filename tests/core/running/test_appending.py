"""Files that join a package give what reading all files at once gives."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.errors import InputRefused, LohkoError, UsageFault
from lohko.outcome import Account
from lohko.package.reading import Package
from lohko.reading.params import IngestParams
from lohko.reading.sources import parse_sources
from lohko.running.ingesting import IngestJob, run_ingest
from lohko.running.outcome import Outcome
from lohko.running.row_ids import join_customers

FILES = {
    "a.csv": "asiakasnumero;etunimi;sähköposti;sähköpostilupa\n1;Aino;a@x.example;kyllä\n2;Ville;;ei\n2;Villi;;ei\n",
    "b.csv": "asiakasnumero;etunimi;kaupunki;sähköpostilupa\n1;Aino;Turku;kyllä\n3;Eero;Oulu;ehkä\n2;Villi;Oulu;ei\n",
    "o.csv": "asiakasnumero;pvm;summa\n1;1.3.2026;5,50\n9;2.3.2026;x\n8;2.3.2026;1,00\n",
    "p.csv": "asiakasnumero;pvm;summa;tuote\n3;13.3.2026;5,50;lehti\n9;2.4.2026;7,00;kirja\n;2.4.2026;1,00;kirja\n",
    "v.csv": "asiakasnumero;kävijätunnus;aika;sivuja\n3;k1;2026-03-01 10:00;4\n;k2;2026-03-02 10:00;x\n",
}


def now() -> dt.datetime:
    return dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def take(*words: str, out: str | None = None, to: str | None = None, **more: Any) -> Outcome:
    params = IngestParams(**{k: more.pop(k) for k in ("timezone", "decimal", "currency") if k in more})
    job = IngestJob(parse_sources(words), Path(out) if out else None, params, append=Path(to) if to else None, **more)
    return run_ingest(job, now=now)


def told(package: Package) -> list[str]:
    return sorted(json.dumps([f["code"], f["level"], f["data"]], sort_keys=True) for f in package.record["findings"])


def bag(package: Package, table: str) -> list[str]:
    """Return a table's rows whatever their order, without the row ids of repeated customers."""
    frame = package.scan(table).collect()
    if "row_id" in frame.columns:
        assert frame["row_id"].is_unique().all()
        frame = frame.with_columns(pl.col("row_id").str.replace("~.*", ""))
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in frame.to_dicts())


def same(joined: Package, whole: Package) -> None:
    assert set(joined.tables) == set(whole.tables)
    for table in whole.tables:
        assert bag(joined, table) == bag(whole, table), table
        assert joined.scan(table).collect_schema() == whole.scan(table).collect_schema(), table
        Account(**joined.record["accounting"][table]).check(table)
    assert joined.record["accounting"] == whole.record["accounting"]
    assert joined.record["inputs"] == whole.record["inputs"]
    assert joined.record["figures"] == whole.record["figures"]
    assert told(joined) == told(whole)
    lines = [sorted(p.files(("rejects.csv",)).get("rejects.csv", b"").splitlines()) for p in (joined, whole)]
    assert lines[0] == lines[1]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (["a.csv", "o.csv"], ["b.csv", "p.csv"]),
        (["a.csv"], ["b.csv"]),
        (["a.csv", "o.csv"], ["visits=v.csv"]),
        (["o.csv"], ["p.csv"]),  # customers taken from events, twice
        (["o.csv"], ["visits=v.csv", "p.csv"]),
        (["o.csv", "visits=v.csv"], ["a.csv"]),  # then a file of customers comes
        (["a.csv"], ["o.csv"]),
        (["customers@shop=a.csv", "transactions@shop=o.csv"], ["customers@crm=a.csv", "transactions@crm=o.csv"]),
    ],
)
@pytest.mark.parametrize("fmt", ["parquet", "csv"])
def test_joining_is_reading_all_at_once(folder: Path, first: list[str], then: list[str], fmt: str) -> None:
    take(*first, out="one", format=fmt)
    take(*then, to="one", out="joined", format=fmt)
    take(*first, *then, out="whole", format=fmt)
    same(Package.open(folder / "joined"), Package.open(folder / "whole"))


def test_the_package_itself_is_replaced_where_no_other_place_is_named(folder: Path) -> None:
    take("a.csv", "o.csv", out="one")
    before = Package.open(folder / "one").scan("customers").collect()
    outcome = take("b.csv", to="one")
    assert (outcome.state, outcome.output) == ("done", "one")
    after = Package.open(folder / "one").scan("customers").collect()
    assert after.head(3).select(before.columns).equals(before)
    assert after["row_id"].to_list()[:3] == before["row_id"].to_list()
    assert after["row_id"][3].startswith("1~")
    assert after["row_id"][4] == "3"


def test_row_ids_say_the_same_whatever_file_the_row_comes_from(folder: Path) -> None:
    take("a.csv", out="one")
    (folder / "c.csv").write_text(FILES["b.csv"], encoding="utf-8")
    ids = [
        Package.open(folder / out).scan("customers").collect()["row_id"].to_list()[3:]
        for out, file in (("x", "b.csv"), ("y", "c.csv"))
        if take(file, to="one", out=out).state == "done"
    ]
    assert ids[0] == ids[1]


def test_a_file_taken_before_is_skipped_and_said(folder: Path) -> None:
    take("a.csv", "o.csv", out="one")
    before = (folder / "one" / "datapackage.json").read_bytes()
    (folder / "copy.csv").write_bytes((folder / "o.csv").read_bytes())
    outcome = take("copy.csv", "a.csv", to="one")
    assert outcome.state == "up_to_date"
    assert [f.code for f in outcome.findings if f.code == "file_taken_before"] == ["file_taken_before"] * 2
    assert (folder / "one" / "datapackage.json").read_bytes() == before
    take("copy.csv", "b.csv", to="one", out="two")
    assert Package.open(folder / "two").rows("transactions") == 2
    take("customers@shop=a.csv", to="one", out="three")  # another source: other ids
    assert Package.open(folder / "three").rows("customers") == 6


def test_a_package_with_nothing_new_can_go_to_another_place(folder: Path) -> None:
    take("a.csv", "o.csv", out="one")
    assert take("a.csv", to="one", out="two").state == "done"
    same(Package.open(folder / "two"), Package.open(folder / "one"))


def test_zone_and_step_must_fit(folder: Path) -> None:
    take("a.csv", out="one", timezone="Europe/Helsinki")
    with pytest.raises(UsageFault) as zone:
        take("o.csv", to="one", timezone="UTC")
    assert zone.value.code == "append_timezone"
    take("o.csv", to="one", zone_said=False)
    package = Package.open(folder / "one")
    assert package.timezone == "Europe/Helsinki"
    assert package.scan("transactions").collect()["occurred_at"][0] == dt.datetime(2026, 2, 28, 22, tzinfo=dt.UTC)
    record = json.loads((folder / "one" / "datapackage.json").read_text())
    record["lohko"]["step"] = "clean"
    (folder / "one" / "datapackage.json").write_text(json.dumps(record))
    with pytest.raises(InputRefused) as step:
        take("p.csv", to="one")
    assert step.value.code == "append_to_step"


@pytest.mark.parametrize(
    ("first", "then"),
    [("summa;valuutta\n1;1.3.2026;1,00;EUR\n", "summa;valuutta\n1;1.3.2026;1,00;SEK\n"),
     ("summa\n1;1.3.2026;1,00 €\n", "summa\n1;1.3.2026;£1,00\n")],
)  # fmt: skip
def test_a_second_currency_is_refused_and_the_package_stands(folder: Path, first: str, then: str) -> None:
    for name, text in (("e.csv", first), ("f.csv", then)):
        (folder / name).write_text(f"asiakasnumero;pvm;{text}", encoding="utf-8")
    take("e.csv", out="one")
    before = Package.open(folder / "one").fingerprint
    with pytest.raises(LohkoError) as caught:
        take("f.csv", to="one")
    assert caught.value.code == "several_currencies"
    assert Package.open(folder / "one").fingerprint == before


def test_the_gate_counts_the_new_files(folder: Path) -> None:
    take("o.csv", out="one")
    assert take("a.csv", to="one", max_rejects="0").gate is None


def test_a_dry_run_writes_the_draft_alone(folder: Path) -> None:
    take("a.csv", "o.csv", out="one")
    before = sorted(folder.iterdir())
    outcome = take("b.csv", to="one", dry_run=True, draft=Path("map.toml"))
    assert outcome.accounting["customers"].rows_out == 6
    assert sorted(folder.iterdir()) == sorted([*before, folder / "map.toml"])
    assert 'city = "kaupunki"' in (folder / "map.toml").read_text(encoding="utf-8")
    (folder / "map.toml").write_text("mended by hand")
    with pytest.raises(LohkoError) as caught:
        take("b.csv", draft=Path("map.toml"))
    assert caught.value.exit_code == 4


ROWS = st.lists(st.tuples(st.sampled_from("123"), st.sampled_from("xyz")), max_size=7)


def lines(head: str, rows: list[tuple[str, str]]) -> str:
    return "\n".join([head, *(";".join(row) for row in rows)]) + "\n"


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(ROWS, ROWS, ROWS)
def test_any_registers_can_be_joined_one_after_the_other(a: Any, b: Any, c: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        words = []
        for file, rows in (("a.csv", [*a, ("0", "a")]), ("b.csv", [*b, ("0", "b")]), ("c.csv", [*c, ("0", "c")])):
            (place / file).write_text(lines("customer_id;first_name", rows))
            words.append(f"customers={place / file}")
        take(words[0], out=str(place / "joined"))
        kept: list[str] = []
        for word in words[1:]:
            ids = Package.open(place / "joined").scan("customers").collect()["row_id"].to_list()
            assert ids[: len(kept)] == kept
            kept = ids
            take(word, to=str(place / "joined"))
        take(*words, out=str(place / "whole"))
        same(Package.open(place / "joined"), Package.open(place / "whole"))


def test_a_row_id_that_is_taken_is_numbered_on() -> None:
    old = pl.LazyFrame({"customer_id": ["7", "7"], "row_id": ["7", "7~x"], "first_name": ["A", "B"]})
    new = pl.LazyFrame({"customer_id": ["7", "8"], "row_id": ["7~x", "8"], "first_name": ["B", "C"]})
    assert join_customers(old, new).collect()["row_id"].to_list() == ["7", "7~x", "7~x.2", "8"]
    again = join_customers(join_customers(old, new), new).collect()["row_id"].to_list()
    assert again[:5] == ["7", "7~x", "7~x.2", "8", "7~x.3"]
    assert again[5].startswith("8~")
