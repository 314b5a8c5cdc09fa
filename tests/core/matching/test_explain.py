"""Why two rows are, or are not, one customer."""

from __future__ import annotations

import pytest

from lohko.errors import InputRefused
from lohko.matching.explain import explain
from lohko.matching.params import DedupeParams


def test_a_match_is_explained_by_the_same_figures_as_the_pairs_table(run, frame, make, double):
    rows = double(make(900, 21), 3)
    tables = {"customers": frame(rows).lazy()}
    first = rows[0]["row_id"]
    told = explain(tables, first, first + "b", DedupeParams())
    pairs = run(rows).tables["pairs"]
    listed = pairs.filter(left_row_id=first, right_row_id=first + "b").row(0, named=True)
    assert told.probability == listed["match_probability"]
    assert {reason.field: reason.weight for reason in told.fields}["address"] == pytest.approx(
        listed["weight_address"], abs=1e-3
    )
    assert told.together
    assert told.decision == "match"
    assert told.keys
    assert sum(reason.weight for reason in told.fields) + told.household == pytest.approx(
        listed["match_weight"], abs=1e-2
    )


def test_pairs_never_compared_are_explained_and_named_as_such(frame, make):
    rows = make(900, 22)
    told = explain({"customers": frame(rows).lazy()}, rows[0]["row_id"], rows[7]["customer_id"], DedupeParams())
    assert not told.together
    assert told.decision == "no"
    assert told.compared == bool(told.keys)
    assert told.as_dict()["fields"][0].keys() == {"field", "level", "weight"}


def test_a_row_that_is_not_there_is_refused(frame, make):
    rows = make(5, 23)
    with pytest.raises(InputRefused):
        explain({"customers": frame(rows).lazy()}, rows[0]["row_id"], "nobody", DedupeParams())
    with pytest.raises(InputRefused):
        explain({"customers": frame(rows).lazy()}, rows[0]["row_id"], rows[0]["row_id"], DedupeParams())
