"""Why two rows are, or are not, one customer."""

from __future__ import annotations

import pytest

from lohko.errors import InputRefused
from lohko.matching.explain import explain
from lohko.matching.params import DedupeParams
from lohko.matching.paths import Link


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
    rows = make(1200, 22)
    told = explain({"customers": frame(rows).lazy()}, rows[0]["row_id"], rows[7]["customer_id"], DedupeParams())
    assert not told.together
    assert told.decision == "no"
    assert told.compared == any(not key.skipped for key in told.keys)
    assert told.path == ()
    assert told.as_dict()["fields"][0].keys() == {"field", "level", "weight"}


def test_a_row_that_is_not_there_is_refused(frame, make):
    rows = make(5, 23)
    with pytest.raises(InputRefused):
        explain({"customers": frame(rows).lazy()}, rows[0]["row_id"], "nobody", DedupeParams())
    with pytest.raises(InputRefused):
        explain({"customers": frame(rows).lazy()}, rows[0]["row_id"], rows[0]["row_id"], DedupeParams())


def test_rows_together_through_a_third_are_told_through_whom(frame, make, double):
    rows = double(make(300, 24), 3)
    one = rows[1]
    # the first half of what one row says stands in one writing, the other half in another
    near = one | {"row_id": "near", "customer_id": "near", "email": None, "birth_date": None}
    far = {
        "row_id": "far",
        "customer_id": "far",
        "first_name": one["first_name"],
        "last_name": one["last_name"],
        "email": one["email"],
        "birth_date": one["birth_date"],
    }
    tables = {"customers": frame([*rows, near, far]).lazy()}
    told = explain(tables, "near", "far", DedupeParams())
    assert told.together
    assert told.decision != "match"
    assert [(link.left_row_id, link.right_row_id, link.tie) for link in told.path] == [
        ("near", one["row_id"], "match"),
        (one["row_id"], "far", "match"),
    ]
    assert told.left.customer_id == told.right.customer_id == one["customer_id"]


def test_rows_of_one_id_and_rows_an_earlier_run_merged_are_told_as_such(run, frame, make, double):
    rows = make(40, 25)
    rows.append(rows[0] | {"row_id": "x", "first_name": "Zacharias", "last_name": "Zimmer", "email": None})
    told = explain({"customers": frame(rows).lazy()}, rows[0]["row_id"], "x", DedupeParams())
    assert told.path == (Link(rows[0]["row_id"], "x", 1.0, "same_id"),)
    rows = double(make(40, 26), 4)
    after = {name: table.lazy() for name, table in run(rows).tables.items()}
    told = explain(after, rows[0]["row_id"], rows[0]["row_id"] + "b", DedupeParams(threshold=1.0))
    assert told.recorded is not None
    assert told.recorded[1] == "match"
    assert [link.tie for link in told.path] == ["earlier_run"]


def test_cells_are_shown_only_where_asked_for(frame, make, double):
    rows = double(make(30, 27), 3)
    told = explain({"customers": frame(rows).lazy()}, rows[0]["row_id"], rows[0]["row_id"] + "b", DedupeParams())
    assert "values" not in told.as_dict()
    assert told.as_dict(show_values=True)["values"]["phone"] == {
        "left": rows[0]["phone"],
        "right": "+358 " + rows[0]["phone"][1:],
    }


def test_weights_add_up_to_the_probability_unless_it_is_held_back(frame, make, double):
    rows = double(make(60, 28), 3)
    tables = {"customers": frame(rows).lazy()}
    for other in (rows[0]["row_id"] + "b", rows[1]["row_id"]):
        told = explain(tables, rows[0]["row_id"], other, DedupeParams())
        assert not told.held_back
        assert 1 / (1 + 2**-told.total) == pytest.approx(told.probability, abs=1e-3)
