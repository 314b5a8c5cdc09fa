"""``lohko forget`` on packages: gone from every byte, others as they were, remembered, and whole whenever a run dies."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.errors import InputRefused, OutputRefused, UsageFault
from lohko.outcome import Account
from lohko.package.descriptor import Record
from lohko.package.reading import Package
from lohko.package.writing import PackageWriter, changed_sheets
from lohko.reading.forgotten import read_memory
from lohko.running.forgetting import ForgetJob, run_forget

REVIEW = "review.csv"
MONEY = pl.Decimal(18, 4)


def now() -> dt.datetime:
    return dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


def write(
    path: Path, tables: dict[str, pl.DataFrame], files: dict[str, str] | None = None, fmt: str = "parquet"
) -> Path:
    writer = PackageWriter(path, fmt)  # type: ignore[arg-type]
    for name, frame in tables.items():
        writer.table(name, frame)
    for name, text in (files or {}).items():
        writer.file(name, text.encode())
    accounts = {n: dataclasses.asdict(Account(rows_in=f.height, rows_out=f.height)) for n, f in tables.items()}
    writer.commit(Record("ingest", "0", {}, (), accounts, figures={"files": []}))
    return path


def person(number: int, **more: str | None) -> dict[str, str | None]:
    name = "abcdefgh"[number]
    return {
        "customer_id": f"K-000{number}",
        "row_id": f"K-000{number}",
        "first_name": f"Eka{name}",
        "last_name": f"Suku{name}",
        "email": f"{name}{name}.{number}@posti.example",
        "phone": f"+35840765192{number}",
        "street": f"Katu {number}",
        "postcode": "00100",
        **more,
    }


def tables(*people: dict[str, str | None]) -> dict[str, pl.DataFrame]:
    ids = [p["customer_id"] for p in people]
    return {
        "customers": pl.DataFrame(people, schema=dict.fromkeys(people[0], pl.String)),
        "transactions": pl.DataFrame(
            {"customer_id": ids * 2, "amount": [f"{n}.50" for n in range(2 * len(ids))]}
        ).with_columns(pl.col("amount").str.to_decimal(scale=4).cast(MONEY)),
        "campaigns": pl.DataFrame({"campaign_id": ["c1"]}),
    }


def forget(folder: Path, *ids: str, where: str = "in", **more: object):
    return run_forget(ForgetJob([folder / where], ids, folder / "forgotten.json", **more), now=now)  # type: ignore[arg-type]


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def test_a_person_goes_and_the_package_stays_what_it_was(tmp_path):
    path = write(tmp_path / "in", tables(person(1), person(2)), {"model/model.json": "{}"})
    old = Package.open(path)
    campaigns = path / "campaigns.parquet"
    inode = campaigns.stat().st_ino
    outcome = forget(tmp_path, "K-0001")
    new = Package.open(path)
    assert (outcome.state, outcome.exit_code) == ("done", 0)
    assert "forget_proven" in codes(outcome)
    assert campaigns.stat().st_ino == inode  # what holds nothing of theirs is not written again
    assert new.record["step"] == old.record["step"] == "ingest"
    assert new.record["figures"] == old.record["figures"]
    account = new.record["accounting"]["transactions"]
    assert (account["rows_in"], account["rows_out"], account["erased"]) == (4, 2, 2)
    assert new.record["erasures"][0]["rows"] == {"customers": 1, "transactions": 2}
    before = old.content["resources"], new.content["resources"]
    assert [r["schema"] for r in before[0]] == [r["schema"] for r in before[1]]
    assert new.scan("transactions").collect()["amount"].to_list() == [1.5, 3.5]
    assert oct((tmp_path / "forgotten.json").stat().st_mode)[-3:] == "600"


def test_it_is_done_once(tmp_path):
    path = write(tmp_path / "in", tables(person(1), person(2)))
    forget(tmp_path, "K-0001")
    files = {p: (p.stat().st_ino, p.read_bytes()) for p in (*path.iterdir(), tmp_path / "forgotten.json")}
    outcome = forget(tmp_path, "K-0001")
    assert (outcome.state, codes(outcome)) == ("up_to_date", ["forget_before"])
    assert {p: (p.stat().st_ino, p.read_bytes()) for p in files} == files


def test_a_dry_run_counts_and_writes_nothing(tmp_path):
    path = write(tmp_path / "in", tables(person(1), person(2)))
    before = sorted((p.name, p.stat().st_ino) for p in path.iterdir())
    dry = forget(tmp_path, "K-0001", dry_run=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]
    assert sorted((p.name, p.stat().st_ino) for p in path.iterdir()) == before
    done = forget(tmp_path, "K-0001")
    assert dry.state == "dry_run"
    assert dry.accounting == done.accounting
    assert dry.figures["packages"] == done.figures["packages"]


def test_who_was_forgotten_goes_from_a_package_that_comes_back(tmp_path):
    write(tmp_path / "in", tables(person(1), person(2)))
    write(tmp_path / "old", tables(person(1), person(3)))
    first = forget(tmp_path, "K-0001")
    assert [f.data["names"] for f in first.findings if f.code == "forget_beside"] == ["old"]
    second = forget(tmp_path, where="old")
    assert codes(second)[0] == "forget_remembered"
    assert Package.open(tmp_path / "old").scan("customers").collect()["customer_id"].to_list() == ["K-0003"]


def test_packages_are_found_however_deep_and_files_beside_them_are_told(tmp_path):
    (tmp_path / "in/old/2025").mkdir(parents=True)
    write(tmp_path / "in/a", tables(person(1), person(2)))
    write(tmp_path / "in/old/2025/b", tables(person(1), person(3)))
    (tmp_path / "in/list.csv").write_text("customer_id,segment\nK-0001,x\n", encoding="utf-16")
    (tmp_path / "in/others.csv").write_text("customer_id,segment\nK-0002,x\n", encoding="utf-8")
    page = "<table><tr><td>Ekab</td><td>Sukub</td><td>Katu&nbsp;1</td></tr></table>"
    (tmp_path / "in/report.html.gz").write_bytes(gzip.compress(page.encode()))
    with zipfile.ZipFile(tmp_path / "in/book.xlsx", "w") as book:
        book.writestr("xl/sharedStrings.xml", "<si><t>+358 40 765 1921</t></si>")
    (tmp_path / "in/bad.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "in/odd.csv").write_bytes(b"\xff\xfea")  # half a letter
    outcome = forget(tmp_path, "K-0001")
    told = {f.code: f.data.get("names") for f in outcome.findings}
    assert set(outcome.figures["packages"]) == {str(tmp_path / "in/a"), str(tmp_path / "in/old/2025/b")}
    assert told["forget_strays"].replace(f"{tmp_path}/in/", "") == "book.xlsx, list.csv, report.html.gz"
    assert told["forget_closed"].replace(f"{tmp_path}/in/", "") == "bad.zip, odd.csv"
    assert outcome.exit_code == 0


def test_a_package_that_cannot_be_read_is_not_passed_over(tmp_path):
    (tmp_path / "in/old/2025").mkdir(parents=True)
    write(tmp_path / "in/a", tables(person(1), person(2)))
    descriptor = write(tmp_path / "in/b", tables(person(1), person(3))) / "datapackage.json"
    descriptor.write_bytes(descriptor.read_bytes()[:-40])
    with pytest.raises(InputRefused) as caught:
        forget(tmp_path, "K-0001")
    assert caught.value.code == "package_damaged"
    assert not (tmp_path / "forgotten.json").exists()
    assert Package.open(tmp_path / "in/a").rows("customers") == 2


def test_what_cannot_be_done_is_refused(tmp_path):
    path = write(tmp_path / "in", tables(person(1), person(2, customer_id="crm:K-0002")))
    with pytest.raises(InputRefused) as caught:
        forget(tmp_path, "K-0002")
    assert (caught.value.code, "crm:K-0002" in caught.value.hint) == ("customer_missing", True)
    with pytest.raises(UsageFault, match="needs a customer"):
        forget(tmp_path)
    with pytest.raises(UsageFault, match="needs a file"):
        run_forget(ForgetJob([path], ["K-0001"], None), now=now)
    with pytest.raises(UsageFault, match="would lie in the package"):
        run_forget(ForgetJob([path], ["K-0001"], path / "forgotten.json"), now=now)
    (path / "own notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputRefused):
        forget(tmp_path, "K-0001")
    assert not (tmp_path / "forgotten.json").exists()
    assert Package.open(path).rows("customers") == 2


def test_a_sheet_that_was_filled_in_loses_their_lines_and_still_counts_as_filled_in(tmp_path):
    lines = ["answer,row_id 1,row_id 2", ",K-0001,K-0002", ",K-0002,K-0003"]
    path = write(tmp_path / "in", tables(person(1), person(2), person(3)), {REVIEW: "\n".join(lines) + "\n"})
    filled = [lines[0], "yes,K-0001,K-0002", "no,K-0002,K-0003"]
    (path / REVIEW).write_text("\n".join(filled) + "\n", encoding="utf-8")
    outcome = forget(tmp_path, "K-0001")
    assert (path / REVIEW).read_text(encoding="utf-8").splitlines() == [filled[0], filled[2]]
    assert changed_sheets(path) == [REVIEW]
    assert outcome.figures["packages"][str(path)]["lines"] == {REVIEW: 1}
    assert Package.open(path).rows("customers") == 2


def test_what_cannot_be_taken_out_is_told_and_ends_in_one(tmp_path):
    path = write(tmp_path / "in", tables(person(1), person(2)), {"model/model.json": '{"who": "aa.1@posti.example"}'})
    named = str(person(1)["email"])
    (path / "model/model.json").write_text(json.dumps({"who": named}), encoding="utf-8")
    outcome = forget(tmp_path, "K-0001")
    assert outcome.exit_code == 1
    assert "forget_left" in codes(outcome)
    (places,) = outcome.figures["left"].values()
    assert {place["file"] for place in places} == {"model/model.json"}


WORDS = st.sampled_from(
    ["", "hei", "K-0001", "K-0001x", "bb.1@posti.example", "+358 40 765 1921", "Ekab Sukub, Katu 1", "1"]
)


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), WORDS, st.sampled_from([None, 0, 1, 2])), min_size=1, max_size=8),
    st.sampled_from([None, "email", "phone"]),
    st.sampled_from(["parquet", "csv"]),
)
def test_nothing_of_theirs_is_left_and_nothing_of_the_others_is_lost(events, shared, fmt):
    people = [person(number) for number in range(4)]
    if shared:
        people[2][shared] = people[1][shared]
    held = tables(*people)
    held["feedback"] = pl.DataFrame(
        [(f"K-000{who}", text, n) for n, (who, text, _) in enumerate(events)],
        schema={"customer_id": pl.String, "text": pl.String, "score": pl.Int64},
        orient="row",
    )
    held["social"] = pl.DataFrame(
        [(f"K-000{who}", f"K-000{whom}" if whom is not None else None, n) for n, (who, _, whom) in enumerate(events)],
        schema={"customer_id": pl.String, "referred_customer_id": pl.String, "reach": pl.Int64},
        orient="row",
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write(folder / "in", held, fmt=fmt)
        outcome = forget(folder, "K-0001")
        assert outcome.exit_code == 0
        package = Package.open(path)
        found = {table: package.scan(table).collect() for table in package.tables}
        content = (
            b"".join(p.read_bytes() for p in path.rglob("*") if p.is_file()) + (folder / "forgotten.json").read_bytes()
        )
        memory = read_memory(folder / "forgotten.json")
    texts = [str(cell) for frame in found.values() for row in frame.rows() for cell in row if isinstance(cell, str)]
    for kind, value in (("email", "bb.1@posti.example"), ("phone", "407651921"), ("id", "K-0001")):
        if kind == shared:
            assert any(value in text for text in texts)
            continue
        assert value.encode() not in content.replace(b"K-0001x", b"")
        assert not [text for text in texts if value in text.replace("K-0001x", "").replace(" ", "")]
    assert memory is not None
    assert len(memory.known("phone", pl.Series(["407651921"]))) == (shared != "phone")
    assert not [text for text in texts if "Ekab Sukub" in text]
    for table, frame in held.items():
        own = frame if "customer_id" not in frame.columns else frame.filter(pl.col("customer_id") != "K-0001")
        kept = own.select(pl.exclude("text", "referred_customer_id"))
        assert found[table].select(kept.columns).equals(kept)
        account = package.record["accounting"][table]
        assert account["rows_in"] == account["rows_out"] + account["erased"] == frame.height
    spoken = [text for who, text, _ in events if who != 1]
    for was, now_ in zip(spoken, found["feedback"]["text"], strict=True):
        if was in ("hei", "K-0001x", "1") or (was == "bb.1@posti.example" and shared == "email"):
            assert now_ == was


# A child is forked at each write point before polars has started threads, and dies there; then it is run again and left alone.
DRIVER = r"""
import os, shutil, sys
from pathlib import Path
from lohko.package import files
from lohko.package.reading import Package
from lohko.running import forgetting  # noqa: F401
from tests.core.running import test_forgetting as t

here = Path(sys.argv[1])

def die_at(point):
    left = [point]
    def wrap(owner, name):
        real = getattr(owner, name)
        def counted(*words, **more):
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)
            return real(*words, **more)
        setattr(owner, name, counted)
    for owner, name in ((os, "fsync"), (os, "link"), (Path, "rename"), (Path, "replace"), (Path, "mkdir"),
                        (files, "exchange"), (files.shutil, "rmtree")):
        wrap(owner, name)

def child(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def prepare():
    for name in ("a", "b"):
        t.write(here / "work" / name, t.tables(t.person(1), t.person(2)))

def rows():
    for name in ("a", "b"):
        package = Package.open(here / "work" / name)
        for table in package.tables:
            assert package.scan(table).collect().height == package.rows(table)
        print(package.rows("customers"), end=" ", flush=True)
    print((here / "forgotten.json").exists(), flush=True)

def forget(point):
    def work():
        if point:
            die_at(point)
        t.forget(here, "K-0001", where="work")
    return work

died = 0
for point in range(1, 400, int(sys.argv[2])):
    for path in list(here.iterdir()):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (here / "work").mkdir()
    assert child(prepare) == 0
    code = child(forget(point))
    assert child(rows) == 0
    if code == 0:
        break
    assert code == 9, code
    died += 1
    assert child(forget(0)) == 0
    assert child(rows) == 0
    assert sorted(p.name for p in here.iterdir()) == ["forgotten.json", "work"]
    assert sorted(p.name for p in (here / "work").iterdir()) == ["a", "b"]
print("died", died)
"""


@pytest.mark.slow
def test_death_at_a_write_point_leaves_whole_packages_and_a_memory(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DRIVER, str(tmp_path), "2"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 0, done.stderr
    *states, last = done.stdout.splitlines()
    assert int(last.split()[1]) > 10
    for state in states[:-1:2]:  # after the death: each package is the old one or the new
        a, b, remembered = state.split()
        assert a in "12"
        assert b in "12"
        assert remembered == "True" or (a, b) == ("2", "2")  # remembered before anything is erased
    assert set(states[1::2]) == {"1 1 True"}  # the next run ends it
    assert len(set(states[:-1:2])) > 2
