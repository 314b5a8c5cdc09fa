"""What must hold of the whole way from files to segments, whatever the files look like and in whatever order rows stand."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.outcome import Account
from lohko.package.reading import Package
from lohko.reading.ingest import Reading, ingest
from lohko.reading.params import IngestParams
from lohko.reading.sources import parse_sources
from lohko.running.ingesting import IngestJob, run_ingest
from lohko.running.settings import Settings, resolve
from lohko.running.shell import Job, run_step

FIRST = ["Aino", "Väinö", "Åsa", "Eero", "Liisa", "Örjan", "Helmi", "Onni"]
LAST = ["Virtanen", "Mäkelä", "Nieminen", "Öberg", "Korhonen", "Järvi"]
Rows = list[list[str]]


def now() -> dt.datetime:
    return dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def register(seed: int, people: int = 40, orders: int = 160) -> tuple[Rows, Rows]:
    """Make customers, some of them twice, and their orders, some of them broken or of nobody; headers first."""
    rng = random.Random(seed)
    customers = [
        ["asiakasnro", "etunimi", "sukunimi", "email", "postinumero", "kaupunki", "syntymäaika", "sähköpostilupa"]
    ]
    for n in range(people):
        if n > 3 and rng.random() < 0.2:
            twin = list(customers[rng.randrange(1, n)])
            twin[0] = rng.choice([twin[0], str(1000 + n)])
            twin[1] = rng.choice([twin[1], twin[1].upper()])
            customers.append(twin)
            continue
        first, last = rng.choice(FIRST), rng.choice(LAST)
        born = f"{rng.randint(1, 28)}.{rng.randint(1, 12)}.{rng.randint(1940, 2000)}"
        permission = rng.choice(["kyllä", "ei", "", "ehkä"])
        place = rng.choice([("00100", "Helsinki"), ("100", "Helsinki"), ("33100", "Tampere")])
        customers.append([str(1000 + n), first, last, f"{first}.{n}@posti.example".lower(), *place, born, permission])
    good = [
        "1000",
        "13.3.2026",
        "12,50",
        "lehti",
    ]  # first and last, since a file of which no row can be read is refused
    sales = [["asiakasnro", "pvm", "summa", "tuote"], good]
    for _ in range(orders):
        who = rng.choice([str(1000 + int(people * rng.random() ** 2)), str(1000 + rng.randrange(people)), "", "77"])
        day = rng.choice(
            [f"{rng.randint(13, 28)}.{rng.randint(1, 10)}.{rng.choice([2024, 2025, 2026])}"] * 19 + ["31.2.2026"]
        )
        cents = rng.randint(-500, 20_000)
        amount = rng.choice([f"{Decimal(cents) / 100:.2f}".replace(".", ",")] * 19 + ["kymppi"])
        sales.append([who, day, amount, rng.choice(["lehti", "kirja", ""])])
    return customers, [*sales, good]


def written(rows: Rows, delimiter: str = ";", encoding: str = "utf-8", end: str = "\n") -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerows(rows)
    return buffer.getvalue().encode(encoding)


def read(folder: Path, files: dict[str, bytes]) -> Reading:
    words = []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        words.append(f"{name.split('-')[0]}={folder / name}")
    scratch = Path(tempfile.mkdtemp(dir=folder))
    return ingest(parse_sources(words), IngestParams(), mapping={}, scratch=scratch)


def content(reading: Reading) -> dict[str, list[tuple[Any, ...]]]:
    """Return what was read: rows in their order, columns by name, without the names and lines of files."""
    held = {}
    for name, frame in reading.tables.items():
        columns = sorted(set(frame.collect_schema().names()) - {"line", "source"})
        held[name] = frame.select(columns).collect().rows()
    return held


DIALECT = st.tuples(
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), DIALECT, st.randoms(use_true_random=False), st.integers(1, 39))
def test_how_a_file_is_written_makes_no_difference(seed: int, dialect: Any, rng: random.Random, cut: int) -> None:
    """Column order, delimiter, encoding, line ends, and one file or two."""
    customers, sales = register(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = read(folder, {"customers-0.csv": written(customers), "transactions-0.csv": written(sales)})
        files = {}
        for table, rows in (("customers", customers), ("transactions", sales)):
            order = list(range(len(rows[0])))
            rng.shuffle(order)
            mixed = [[row[i] for i in order] for row in rows]
            files[f"{table}-1.csv"] = written([mixed[0], *mixed[1 : cut + 1]], *dialect)
            files[f"{table}-2.csv"] = written([mixed[0], *mixed[cut + 1 :]], *dialect)
        other = read(folder, files)
        left, right = content(plain), content(other)
        # permission events of one customer stand in the order of the columns, of which there is one here
        assert left == right
        assert plain.accounts == other.accounts
        for part in ("by_code", "by_column"):
            assert plain.figures["rejects"][part] == other.figures["rejects"][part]


def build(folder: Path, customers: Rows, sales: Rows) -> Path:
    folder.mkdir()
    (folder / "crm.csv").write_bytes(written(customers))
    (folder / "sales.csv").write_bytes(written(sales))
    sources = parse_sources([f"customers={folder / 'crm.csv'}", f"transactions={folder / 'sales.csv'}"])
    run_ingest(IngestJob(sources, folder / "ingest", IngestParams()), now=now)
    return folder / "ingest"


def step(name: str, source: Path) -> Path:
    output = source.with_name(name)
    job = Job(name, source, output, resolve(name, {}, Settings(), {}), IngestParams(), as_of=dt.date(2026, 10, 31))
    run_step(job, now=now)
    return output


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000))
def test_rows_and_money_are_accounted_for_from_files_to_values(seed: int) -> None:
    customers, sales = register(seed)
    with tempfile.TemporaryDirectory() as name:
        first = build(Path(name) / "chain", customers, sales)
        clean = step("clean", first)
        value = step("value", clean)
        packages = [Package.open(path) for path in (first, clean, value)]
        for package in packages:
            for table, account in package.record["accounting"].items():
                Account(**account).check(table)
                assert account["rows_out"] == package.rows(table)

        accounts = packages[0].record["accounting"]
        assert accounts["customers"]["rows_in"] == len(customers) - 1
        assert accounts["transactions"]["rows_in"] == len(sales) - 1
        assert packages[1].rows("crosswalk") == packages[0].rows("customers")
        merged = packages[1].record["accounting"]["customers"]["merged"]
        assert packages[1].rows("customers") + merged == packages[0].rows("customers")
        assert packages[2].rows("value") == packages[2].rows("customers")

        came = sum((Decimal(row[2].replace(",", ".")) for row in sales[1:] if row[2] != "kymppi"), Decimal())
        aside = Decimal()
        for line in csv.DictReader(io.StringIO(packages[0].files()["rejects.csv"].decode())):
            amount = next(csv.reader([line["raw"]], delimiter=";"))[2]
            aside += Decimal(0) if amount == "kymppi" else Decimal(amount.removeprefix("'").replace(",", "."))
        held = [p.scan("transactions").select(pl.col("amount").sum()).collect().item() for p in packages]
        assert came == held[0] + aside
        assert held[0] == held[1] == held[2]
        known = packages[2].scan("value").select(pl.col("monetary").sum()).collect().item()
        totals = packages[2].record["figures"]["totals"]
        assert known + Decimal(totals["unknown_customer_amount"]) == Decimal(totals["amount"]) == held[0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_makes_no_difference_to_later_steps(tmp_path: Path, seed: int) -> None:
    customers, sales = register(seed, 80, 400)
    rng = random.Random(seed)
    found = []
    for name in ("as it is", "shuffled"):
        ends = [build(tmp_path / name, customers, sales)]
        for following in ("clean", "value", "segment"):
            ends.append(step(following, ends[-1]))
        last = Package.open(ends[-1])
        lined = {"transactions", "consents", "originals"}  # rows as they came: in their order, or with their lines
        found.append({table: last.resource(table)["sha256"] for table in last.tables if table not in lined})
        customers = [customers[0], *rng.sample(customers[1:], len(customers) - 1)]
        sales = [sales[0], *rng.sample(sales[1:], len(sales) - 1)]
    assert found[0] == found[1]
    assert {"customers", "crosswalk", "permissions", "value", "segments", "segment_profiles"} <= set(found[0])
