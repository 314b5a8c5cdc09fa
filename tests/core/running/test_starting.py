"""`lohko init`: the template can be read by lohko itself, and the sample goes whole into the wheel."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lohko.errors import OutputRefused
from lohko.running.settings import load
from lohko.running.starting import sample_folder, start

ROOT = Path(__file__).resolve().parents[3]


def test_the_template_is_a_configuration(tmp_path: Path) -> None:
    outcome = start(tmp_path / "new", sample=False, force=False, dry_run=False)
    settings = load(tmp_path / "new" / "lohko.toml")
    assert settings.sources == {"customers": ("customers.csv",)}
    assert "lohko.toml" in outcome.findings[0].text


def test_the_sample_is_written_whole(tmp_path: Path) -> None:
    start(tmp_path / "new", sample=True, force=False, dry_run=False)
    for name in ("lohko.toml", "crm.csv", "visits.csv.gz", "README.md"):
        assert (tmp_path / "new" / name).read_bytes() == (sample_folder() / name).read_bytes()
    assert not list((tmp_path / "new").glob("*.py"))


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "lohko.toml").write_text("# mine")
    with pytest.raises(OutputRefused):
        start(tmp_path, sample=True, force=False, dry_run=False)
    assert [path.name for path in tmp_path.iterdir()] == ["lohko.toml"]
    start(tmp_path, sample=False, force=True, dry_run=True)
    assert (tmp_path / "lohko.toml").read_text() == "# mine"


def test_the_wheel_takes_every_file_of_the_sample() -> None:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    taken = content["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    there = {f"sample_data/{path.name}" for path in (ROOT / "sample_data").iterdir() if path.is_file()}
    assert set(taken) == {name for name in there if not name.endswith(".py")}
    assert all(target == f"lohko/{source}" for source, target in taken.items())
