"""Whole-or-nothing writing of files and folders."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

import pytest

from lohko.errors import OutputRefused
from lohko.package import files
from lohko.package.lock import recover


def test_file_is_written_whole_and_only_for_its_owner(tmp_path: Path) -> None:
    old_mask = os.umask(0)
    try:
        files.write_file(tmp_path / "out.csv", b"a,b\n1,2\n")
    finally:
        os.umask(old_mask)
    assert (tmp_path / "out.csv").read_bytes() == b"a,b\n1,2\n"
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.endswith("-mark")) == ["out.csv"]


def test_what_we_wrote_is_ours_until_somebody_changes_it(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    files.write_file(path, b"question\n")
    assert files.is_ours(path)
    path.write_bytes(b"question,answer\n")
    assert not files.is_ours(path)


def test_a_strangers_file_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "theirs.csv").write_bytes(b"x\n")
    assert not files.is_ours(tmp_path / "theirs.csv")


def test_the_mark_lives_beside_the_file_where_there_are_no_attributes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "no attributes")

    monkeypatch.setattr(os, "setxattr", refuse)
    monkeypatch.setattr(os, "getxattr", refuse)
    files.write_file(tmp_path / "out.csv", b"1\n")
    assert files.is_ours(tmp_path / "out.csv")
    assert stat.S_IMODE(files.neighbour(tmp_path / "out.csv", "mark").stat().st_mode) == 0o600


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.csv"
    files.write_file(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputRefused) as caught:
        files.write_file(path, b"new")
    assert "no space" in caught.value.message
    assert caught.value.exit_code == 4
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert not files.neighbour(path, "new").exists()


@pytest.mark.parametrize("swaps", [True, False])
def test_a_folder_takes_the_place_of_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swaps: bool) -> None:
    if not swaps:
        monkeypatch.setattr(files, "exchange", lambda _left, _right: False)
    target, new = tmp_path / "work", tmp_path / ".work.lohko-new"
    for folder, text in ((target, "old"), (new, "new")):
        folder.mkdir()
        (folder / "a").write_text(text)
    files.put_in_place(new, target)
    assert (target / "a").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["work"]


def test_an_exchange_cut_between_two_renames_is_completed(tmp_path: Path) -> None:
    target = tmp_path / "work"
    old = files.neighbour(target, "old")
    old.mkdir()
    (old / "a").write_text("old")
    assert recover(target)
    assert (target / "a").read_text() == "old"
    assert not recover(target)


def test_exchange_swaps_two_folders(tmp_path: Path) -> None:
    left, right = tmp_path / "left", tmp_path / "right"
    left.mkdir()
    right.mkdir()
    (left / "l").touch()
    done = files.exchange(left, right)
    # where the file system cannot do it in one act, nothing has moved
    assert (right / "l").exists() == done
    assert (left / "l").exists() != done


def test_exchange_is_done_where_the_file_system_can() -> None:
    if not Path("/dev/shm").is_dir():
        assert not os.environ.get("LOHKO_SKIP_NOTHING"), "no file system in memory"
        pytest.skip("only Linux has a file system in memory that always can")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        left, right = Path(folder) / "left", Path(folder) / "right"
        left.mkdir()
        right.mkdir()
        (left / "l").touch()
        assert files.exchange(left, right)
        assert (right / "l").exists()


def test_exchange_of_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "left").mkdir()
    with pytest.raises(OSError, match="No such file"):
        files.exchange(tmp_path / "left", tmp_path / "nothing")
