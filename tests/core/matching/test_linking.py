"""New rows beside a register that stands: its ids are kept, its customers are not brought together."""

from __future__ import annotations

import dataclasses
import random

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lohko.errors import InputRefused
from lohko.matching.dedupe import dedupe
from lohko.matching.params import DedupeParams
from lohko.outcome import Other

FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def linked(new, register, env, more=None):
    there = dataclasses.replace(env, others={"against": Other({n: t.lazy() for n, t in register.items()})})
    return dedupe({"customers": new.lazy(), **(more or {})}, DedupeParams(against="register"), there)


def lookalikes(one, other):
    """Whether chance drew a stranger with somebody's whole name and nearly their date of birth."""
    names = all(one[name] == other[name] for name in ("first_name", "last_name"))
    return names and abs((one["birth_date"] - other["birth_date"]).days) < 40


@FEW
@given(seed=st.integers(1, 300), merged=st.booleans())
def test_rows_of_known_customers_take_their_ids_and_the_others_keep_theirs(make, double, frame, run, env, seed, merged):
    draw = random.Random(seed)
    old = make(30, seed)
    register = {"customers": frame(old)}
    if merged:  # a register that dedupe made: ids that were merged away lead to the survivor
        register = dict(run(double(old, 3)).tables)
    strangers = [row | {"row_id": f"n{n}", "customer_id": f"n{n}"} for n, row in enumerate(make(10, seed + 1000))]
    assume(not any(lookalikes(one, other) for one in strangers for other in old))
    known = [row | {"row_id": f"k{n}", "customer_id": f"k{n}", "email": None} for n, row in enumerate(old[:8])]
    new = [*strangers, *known]
    draw.shuffle(new)
    orders = pl.LazyFrame({"customer_id": [row["customer_id"] for row in new]})
    found = linked(frame(new), register, env, {"transactions": orders})
    owner = dict(found.tables["crosswalk"].select("source_customer_id", "customer_id").iter_rows())
    now = dict(register["crosswalk"].select("source_customer_id", "customer_id").iter_rows()) if merged else {}
    assert set(owner) == {row["customer_id"] for row in new}
    assert all(owner[f"k{n}"] == now.get(row["customer_id"], row["customer_id"]) for n, row in enumerate(old[:8]))
    assert all(owner[f"n{n}"] == f"n{n}" for n in range(10))
    assert found.tables["customers"]["customer_id"].to_list() == sorted(set(owner.values()))
    assert found.tables["transactions"].collect()["customer_id"].to_list() == [owner[row["customer_id"]] for row in new]
    told = next(f for f in found.findings if f.code == "dedupe_linked")
    assert (told.data["rows"], told.data["new"]) == (8, 10)
    found.accounts["customers"].check("customers")


def test_two_customers_of_the_register_stay_two_whoever_comes(make, frame, env):
    one = make(1, 4)[0]
    twice = [one, one | {"row_id": "x2", "customer_id": "x2"}]  # the register never brought them together
    others = [row | {"row_id": f"o{n}", "customer_id": f"o{n}"} for n, row in enumerate(make(30, 5))]
    new = [one | {"row_id": "new", "customer_id": "new"}]
    found = linked(frame(new), {"customers": frame([*twice, *others])}, env)
    assert found.tables["crosswalk"]["customer_id"].to_list()[0] in {one["customer_id"], "x2"}
    assert found.tables["pairs"].filter(~pl.col("left_row_id").eq("new") & ~pl.col("right_row_id").eq("new")).is_empty()


def test_a_row_id_that_both_have_is_not_confused_and_a_package_without_customers_is_refused(make, frame, env):
    old, new = make(20, 6), make(20, 7)
    new = [row | {"row_id": other["row_id"]} for row, other in zip(new, old, strict=True)]
    found = linked(frame(new), {"customers": frame(old)}, env)
    owner = dict(found.tables["crosswalk"].select("source_customer_id", "customer_id").iter_rows())
    assert owner == {row["customer_id"]: row["customer_id"] for row in new}
    with pytest.raises(InputRefused):
        linked(frame(new), {"value": pl.DataFrame({"customer_id": ["1"]})}, env)
