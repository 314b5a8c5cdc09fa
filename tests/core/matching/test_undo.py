"""Merging taken back: the register as it came, exactly."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lohko.errors import InputRefused
from lohko.matching.dedupe import dedupe
from lohko.matching.params import DedupeParams

FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def undone(result, tables, env):
    """Return the tables after undoing: those of the package that undo made, carried or left out."""
    after = {**tables, **{name: frame.lazy() for name, frame in result.tables.items()}}
    for name in result.outdated:
        after.pop(name, None)
    back = dedupe(after, DedupeParams(undo=True), env)
    after = {**after, **{name: frame.lazy() for name, frame in back.tables.items()}}
    back.accounts["customers"].check("customers")
    return {name: frame.collect() for name, frame in after.items() if name not in back.outdated}


@FEW
@given(seed=st.integers(1, 500), named=st.booleans(), twice=st.booleans())
def test_undo_gives_every_table_back_exactly(run, frame, make, double, env, seed, named, twice):
    draw = random.Random(seed)
    rows = double(make(40, seed), 2)
    draw.shuffle(rows)
    rows = [row | {"line": place} for place, row in enumerate(rows)]
    customers = frame(rows).with_columns(pl.col("line").cast(pl.Int64))
    customers = customers.select(draw.sample(customers.columns, customers.width))
    if not named:
        customers = customers.drop("row_id")
    ids = [row["customer_id"] for row in rows]
    visits = pl.DataFrame({"n": range(200), "customer_id": [draw.choice([*ids, None, "ghost"]) for _ in range(200)]})
    social = pl.DataFrame(
        {
            "customer_id": draw.choices(ids, k=50),
            "action": ["referral"] * 50,
            "referred_customer_id": draw.choices([*ids, None], k=50),
        }
    )
    came = {"customers": customers, "visits": visits, "social": social}
    result = run(customers, {"visits": visits, "social": social})
    assert result.accounts["customers"].merged > 0
    if twice:
        again = {**{n: f.lazy() for n, f in came.items()}, **{n: f.lazy() for n, f in result.tables.items()}}
        second = dedupe(again, DedupeParams(threshold=0.9), env)
        came_now = {name: table.lazy() for name, table in again.items()}
        back = undone(second, came_now, env)
    else:
        back = undone(result, {n: f.lazy() for n, f in came.items()}, env)
    assert set(back) == set(came)
    for name, table in came.items():
        assert back[name].schema == table.schema, name
        assert back[name].equals(table), name


def test_changes_that_still_hold_are_kept_and_those_of_the_merge_are_not(run, make, double, env):
    rows = double(make(20, 31), 2)
    mended = rows[0]["row_id"]
    changes = pl.DataFrame(
        {
            "table": ["customers"] * 3 + ["visits"],
            "row_id": [mended, mended, mended, "v1"],
            "column": ["postcode", "postcode", "city", "device"],
            "old": ["1", "001", "Abo", "pc"],
            "new": ["001", rows[0]["postcode"], "elsewhere", "desktop"],
            "rule": ["zeros", "checked", "spelling", "names"],
            "confidence": [1.0, 1.0, 1.0, 1.0],
            "step": ["contacts", "postcodes", "postcodes", "ingest"],
        }
    )
    result = run(rows, {"changes": changes})
    assert result.tables["changes"].height > 4
    back = undone(result, {}, env)
    # the change of the city was made after the rows were kept: undoing took it back
    assert back["changes"]["rule"].to_list() == ["zeros", "checked", "names"]


def test_conclusions_about_merged_customers_are_left_out(run, make, double, env):
    rows = double(make(20, 32), 2)
    after = {name: table.lazy() for name, table in run(rows).tables.items()}
    after["value"] = pl.LazyFrame({"customer_id": [rows[0]["customer_id"]]})
    back = dedupe(after, DedupeParams(undo=True), env)
    assert "value" in back.outdated
    assert [finding.code for finding in back.findings] == ["dedupe_undone", "conclusions_undone"]
    assert back.figures["merges_undone"] == 10


def test_a_register_that_was_never_merged_has_nothing_to_undo(frame, make, env):
    with pytest.raises(InputRefused) as caught:
        dedupe({"customers": frame(make(3, 33)).lazy()}, DedupeParams(undo=True), env)
    assert caught.value.code == "dedupe_nothing_to_undo"


def test_a_column_with_the_name_of_a_kept_id_is_refused(run, make):
    mine = pl.DataFrame({"customer_id": ["1"], "source_customer_id": ["mine"]})
    with pytest.raises(InputRefused) as caught:
        run(make(3, 34), {"visits": mine})
    assert caught.value.code == "dedupe_reserved_column"
