"""Packages that a step reads beside its input, from the command's options and from ``lohko.toml``."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from lohko.errors import InputRefused, OutputRefused, UsageFault
from lohko.package.reading import Package
from lohko.reading.params import IngestParams
from lohko.running.chain import Chain, run_chain
from lohko.running.outcome import Outcome
from lohko.running.settings import load, resolve
from lohko.running.shell import Job, run_step
from lohko.segments.params import AssignParams, SegmentParams
from lohko.steps import STEPS

ORDERS = "asiakasnumero;pvm;summa\n" + "".join(
    f"{customer};{day}.{month}.2026;{amount}\n"
    for customer in range(40)
    for day, month, amount in (
        [(d, m, 90 + customer) for d in (3, 17) for m in range(1, 7)]
        if customer % 2
        else [(1 + customer // 2, 1, "5,00")]
    )
)
CONFIG = """
[sources]
transactions = "orders.csv"
[assign]
model = "models/first"
[run]
steps = ["ingest", "value", "assign"]
"""


def now() -> dt.datetime:
    return dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def run(folder: Path, **more: Any) -> Outcome:
    return run_chain(Chain(load(folder / "lohko.toml"), {}, **more), now=now)


def step(name: str, source: Path, output: Path | None, params: Any, **more: Any) -> Outcome:
    return run_step(Job(name, source, output, params, IngestParams(), **more), now=now)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register whose customers are valued and segmented; the package with the model lies apart."""
    folder = tmp_path_factory.mktemp("register")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "lohko.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "models").mkdir()
    run(folder, last="value")
    step("segment", folder / "work" / "value", folder / "models" / "first", SegmentParams(k=2, bootstraps=5))
    return folder


@pytest.fixture
def folder(ready: Path, tmp_path: Path) -> Path:
    return shutil.copytree(ready, tmp_path / "register")


def test_the_chain_scores_with_the_model_beside_its_configuration(folder: Path) -> None:
    assert [part.state for part in run(folder).parts] == ["up_to_date", "up_to_date", "done"]
    scored, trained = Package.open(folder / "work" / "assign"), Package.open(folder / "models" / "first")
    for table in ("segments", "segment_profiles"):
        assert scored.scan(table).collect().equals(trained.scan(table).collect())
    assert scored.files() == trained.files()
    assert scored.record["parameters"]["model"] == "first"
    model = scored.record["inputs"][1]
    assert model == {"name": "first", "step": "segment", "sha256": trained.fingerprint, "parameter": "model"}
    assert {part.state for part in run(folder).parts} == {"up_to_date"}


def test_another_model_scores_anew_the_same_one_elsewhere_does_not(folder: Path) -> None:
    run(folder)
    config = (folder / "lohko.toml").read_text(encoding="utf-8")
    (folder / "moved").mkdir()
    (folder / "models" / "first").rename(folder / "moved" / "first")
    (folder / "lohko.toml").write_text(config.replace("models/", "moved/"), encoding="utf-8")
    assert run(folder).parts[-1].state == "up_to_date"
    step("segment", folder / "work" / "value", folder / "moved" / "first", SegmentParams(k=2, seed=5, bootstraps=5))
    assert run(folder).parts[-1].state == "done"


def test_a_gate_that_was_crossed_shows_again(folder: Path) -> None:
    model = folder / "models" / "first" / "model" / "model.json"
    content = json.loads(model.read_bytes())
    for bands in content["bands"].values():
        bands["shares"] = [1.0, *(0.0 for _ in bands["shares"][1:])]
    text = json.dumps(content).encode()
    descriptor = folder / "models" / "first" / "datapackage.json"
    package = json.loads(descriptor.read_bytes())
    package["lohko"]["files"][0]["bytes"] = len(text)
    descriptor.write_text(json.dumps(package), encoding="utf-8")
    model.write_bytes(text)
    config = (folder / "lohko.toml").read_text(encoding="utf-8")
    (folder / "lohko.toml").write_text(config.replace("[run]", "max_drift = 0.25\n[run]"), encoding="utf-8")
    for _ in range(2):
        outcome = run(folder)
        assert outcome.exit_code == 1
        assert outcome.parts[-1].state == "done"
        assert Package.open(folder / "work" / "assign").rows("segments") == 40


def test_a_dry_run_waits_for_a_model_that_is_to_be_made(folder: Path) -> None:
    shutil.rmtree(folder / "models" / "first")
    part = run(folder, dry_run=True).parts[-1]
    assert part.state == "dry_run"
    assert part.figures["waits_for"].endswith("models/first")
    with pytest.raises(InputRefused) as caught:
        run(folder)
    assert caught.value.code == "input_missing"


def test_a_package_that_is_needed_or_is_the_output_is_told(folder: Path) -> None:
    value, model = folder / "work" / "value", folder / "models" / "first"
    with pytest.raises(UsageFault, match="--model PACKAGE"):
        step("assign", value, folder / "out", AssignParams())
    with pytest.raises(OutputRefused):
        step("assign", value, model, AssignParams(model=str(model)), force=True)
    with pytest.raises(InputRefused) as caught:
        step("assign", value, folder / "out", AssignParams(model=str(folder / "models")))
    assert caught.value.code == "not_a_package"
    assert not (folder / "out").exists()


def test_paths_of_the_configuration_start_there_and_flags_where_one_stands(folder: Path) -> None:
    settings = load(folder / "lohko.toml")
    assert resolve("assign", {}, settings, {}) == AssignParams(model=str(folder / "models" / "first"))
    assert resolve("assign", {"model": "here"}, settings, {}) == AssignParams(model="here")


def test_packages_are_known_by_their_option() -> None:
    assert STEPS["assign"].load_params().package_files() == {"model": ("model/",)}
    assert STEPS["segment"].load_params().package_files() == {"previous": ("model/",)}
