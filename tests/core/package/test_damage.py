"""A package whose bytes changed is named as the reason why a run failed, and only then."""

import polars as pl

from lohko.package.damage import damage_behind
from lohko.package.descriptor import Record
from lohko.package.writing import PackageWriter


def test_a_changed_file_is_named_and_a_sound_package_is_not(tmp_path):
    (tmp_path / "work").mkdir()
    writer = PackageWriter(tmp_path / "work/a", "parquet")
    writer.table("goals", pl.DataFrame({"measure": ["x"] * 9}))
    writer.commit(Record("ingest", "0", {}, (), {}))
    error = pl.exceptions.ComputeError("parquet: corrupt")
    named = [None, 3, str(tmp_path / "work"), [tmp_path / "nowhere"]]
    assert damage_behind(error, named) is None
    path = tmp_path / "work/a/goals.parquet"
    content = bytearray(path.read_bytes())
    content[9] ^= 255
    path.write_bytes(content)
    damage = damage_behind(error, named)
    assert damage is not None
    assert (damage.code, str(path) in str(damage)) == ("package_damaged", True)
    assert damage_behind(ValueError("of our own"), named) is None
