"""``lohko run``: what is up to date is skipped, and a change reruns only what depends on it."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import pytest

from lohko.errors import InputRefused, OutputRefused, UsageFault
from lohko.package.reading import Package
from lohko.running import chain as module
from lohko.running.chain import Chain, run_chain
from lohko.running.settings import load

CRM = "asiakasnumero;etunimi;postinumero;maa\n1;Aino;00100;FI\n2;Väinö;33 100;FI\n"
ORDERS = "asiakasnumero;pvm;summa\n1;13.3.2026;12,50\n2;14.3.2026;3,00\n2;14.4.2026;3,00\n"
CONFIG = """
[sources]
customers = "crm.csv"
transactions = "orders.csv"
[run]
steps = ["ingest", "postcodes", "value"]
"""
ALL = ["ingest", "postcodes", "value"]


def now() -> dt.datetime:
    return dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def run(folder: Path, environment: dict[str, str] | None = None, **more: Any) -> dict[str, str]:
    outcome = run_chain(Chain(load(folder / "lohko.toml"), environment or {}, **more), now=now)
    return {part.command: part.state for part in outcome.parts}


def ran(folder: Path, environment: dict[str, str] | None = None, **more: Any) -> list[str]:
    return [name for name, state in run(folder, environment, **more).items() if state == "done"]


def prints(folder: Path) -> dict[str, str]:
    return {name: Package.open(folder / "work" / name).fingerprint for name in ALL}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "crm.csv").write_text(CRM, encoding="utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "lohko.toml").write_text(CONFIG, encoding="utf-8")
    assert ran(tmp_path) == ALL
    return tmp_path


def test_a_copy_of_the_work_folder_goes_on_without_its_marks(folder: Path) -> None:
    config = CONFIG.replace('"value"]', '"value", "report"]\n[report]\noutput = "report.md"')
    (folder / "lohko.toml").write_text(config, encoding="utf-8")
    assert ran(folder) == ["report"]
    for file in (folder / "work").iterdir():  # as `cp -r`, archives and most backups do
        if file.is_file() and hasattr(os, "removexattr"):
            with contextlib.suppress(OSError):
                os.removexattr(file, "user.lohko.sha256")
    assert ran(folder) == []
    (folder / "lohko.toml").write_text(config + 'lang = "fi"\n', encoding="utf-8")
    assert ran(folder) == ["report"]
    (folder / "work" / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(OutputRefused):
        run(folder)


def test_the_second_run_does_nothing(folder: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*.parquet")}
    assert run(folder) == dict.fromkeys(ALL, "up_to_date")
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*.parquet")} == before


def test_a_file_that_was_only_touched_is_unchanged(folder: Path) -> None:
    os.utime(folder / "crm.csv", (1, 1))
    assert ran(folder) == []


def test_a_changed_file_reruns_what_it_changes(folder: Path) -> None:
    (folder / "orders.csv").write_text(ORDERS + "1;15.4.2026;1,00\n", encoding="utf-8")
    assert ran(folder) == ALL
    (folder / "orders.csv").write_text(ORDERS + "1;15.4.2026;1,00\n\n", encoding="utf-8")  # a blank line: other bytes,
    assert ran(folder) == ["ingest"]  # the same tables


def test_a_changed_parameter_reruns_its_step_and_what_comes_of_it(folder: Path) -> None:
    (folder / "lohko.toml").write_text(CONFIG + '[postcodes]\ncountry = "FI"\n', encoding="utf-8")
    assert ran(folder) == ["postcodes"]  # which makes the same tables of these, so that value stands
    (folder / "lohko.toml").write_text(CONFIG + "[value]\nhorizon_days = 180\n", encoding="utf-8")
    assert ran(folder) == ["postcodes", "value"]  # postcodes has its old parameter back


def test_a_mapping_or_a_zone_belongs_to_ingest(folder: Path) -> None:
    (folder / "lohko.toml").write_text(CONFIG + '[mapping.customers]\nfirst_name = "etunimi"\n', encoding="utf-8")
    assert ran(folder) == ["ingest"]
    assert ran(folder, {"LOHKO_INGEST_TIMEZONE": "Europe/Helsinki"}) == ALL


def test_a_new_version_reruns_everything(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "__version__", "99")
    assert ran(folder) == ALL


def test_rerun_runs_everything_and_gives_the_same(folder: Path) -> None:
    before = prints(folder)
    assert ran(folder, rerun=True) == ALL
    assert prints(folder) == before


def test_from_and_until_cut_the_chain(folder: Path) -> None:
    (folder / "orders.csv").write_text(ORDERS + "1;15.4.2026;1,00\n", encoding="utf-8")
    assert run(folder, first="postcodes") == {"postcodes": "up_to_date", "value": "up_to_date"}
    assert run(folder, last="ingest") == {"ingest": "done"}
    assert run(folder, first="postcodes", last="postcodes") == {"postcodes": "done"}
    assert run(folder, first="value", last="value", rerun=True) == {"value": "done"}
    with pytest.raises(UsageFault):
        run(folder, first="report")
    with pytest.raises(UsageFault):
        run(folder, first="value", last="ingest")


@pytest.mark.parametrize("harm", ["cut", "gone", "other"])
def test_a_harmed_package_is_made_again(folder: Path, harm: str) -> None:
    before = prints(folder)
    table = folder / "work" / "postcodes" / "customers.parquet"
    data = table.read_bytes()
    table.unlink()  # never in place: it may be linked to the package before
    if harm == "cut":
        table.write_bytes(data[:-10])
    if harm == "other":
        (folder / "work" / "postcodes" / "datapackage.json").unlink()
        table.write_bytes(data)
        assert ran(folder, force=True) == ["postcodes"]
    else:
        assert ran(folder) == ["postcodes"]
    assert prints(folder) == before


def test_another_day_reruns_what_looks_at_days(folder: Path) -> None:
    assert "value" in ran(folder, as_of=dt.date(2026, 3, 20))
    assert Package.open(folder / "work" / "value").record["as_of"] == "2026-03-20"
    assert ran(folder, as_of=dt.date(2026, 3, 20)) == []


def test_a_dry_run_tells_and_writes_nothing(folder: Path) -> None:
    (folder / "orders.csv").write_text(ORDERS + "1;15.4.2026;1,00\n", encoding="utf-8")
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    states = run(folder, dry_run=True)
    assert states["ingest"] == "dry_run"
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_the_record_tells_the_run_without_a_cell(folder: Path) -> None:
    text = (folder / "work" / "run.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert [step["command"] for step in record["steps"]] == ALL
    assert [step["state"] for step in record["steps"]] == ["done"] * 3
    assert record["failed"] is None
    assert record["steps"][0]["accounting"]["transactions"]["rows_out"] == 3
    for cell in ("Aino", "Väinö", "33 100", "12,50"):
        assert cell not in text


def test_a_step_that_fails_ends_the_chain_and_is_recorded(folder: Path) -> None:
    before = prints(folder)
    (folder / "orders.csv").write_text("asiakasnumero;pvm;pvm;summa\n", encoding="utf-8")
    with pytest.raises(InputRefused):
        run(folder)
    record = json.loads((folder / "work" / "run.json").read_text(encoding="utf-8"))
    assert record["failed"] == {"step": "ingest", "code": "header_duplicate", "exit_code": 3}
    assert prints(folder) == before


def test_a_crossed_gate_shows_again_until_it_is_mended(folder: Path) -> None:
    (folder / "lohko.toml").write_text(CONFIG + '[ingest]\nmax_rejects = "0"\n', encoding="utf-8")
    (folder / "orders.csv").write_text(ORDERS + "1;31.2.2026;1,00\n", encoding="utf-8")
    for _ in range(2):
        outcome = run_chain(Chain(load(folder / "lohko.toml"), {}), now=now)
        assert outcome.exit_code == 1
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    assert run_chain(Chain(load(folder / "lohko.toml"), {}), now=now).exit_code == 0


def test_a_file_that_is_not_there_is_told_with_the_place_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "lohko.toml").write_text(CONFIG, encoding="utf-8")
    with pytest.raises(InputRefused, match=r"crm\.csv") as caught:
        run(tmp_path)
    assert str(tmp_path / "lohko.toml") in str(caught.value.hint)
