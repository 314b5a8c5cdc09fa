"""Outputs never take an input along."""

from __future__ import annotations

from pathlib import Path

import pytest

from lohko.errors import OutputRefused
from lohko.package.lock import lock
from lohko.running.places import as_path, check_apart, check_file


@pytest.mark.parametrize(("source", "output"), [("a", "a"), ("a/b", "a"), ("a", "a/b"), ("a/../a", "a")])
def test_an_output_that_holds_or_lies_in_its_input_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, output: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(OutputRefused) as caught:
        check_apart(Path(source), Path(output))
    assert caught.value.code == "output_is_input"


def test_neighbours_are_fine(tmp_path: Path) -> None:
    check_apart(tmp_path / "in", tmp_path / "in2")
    (tmp_path / "crm.csv").touch()
    check_apart(tmp_path / "crm.csv", tmp_path / "out.csv")


def test_a_device_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputRefused, match="not a file"):
        check_file(Path("/dev/null"), force=True)


def test_a_link_means_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert as_path(str(tmp_path / "link")) == tmp_path / "real"
    assert as_path("-") is None


def test_a_missing_folder_is_made_under_the_lock_and_goes_again_where_nothing_came_into_it(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "package"
    check_file(target, force=False)
    assert not (tmp_path / "a").exists()
    with lock(target):
        assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "a").exists()
    with lock(target):
        target.touch()
    assert [path.name for path in target.parent.iterdir()] == ["package"]


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(OutputRefused, match="a is a file, not a folder"):
        check_file(tmp_path / "a" / "b" / "list.csv", force=False)
