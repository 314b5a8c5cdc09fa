"""Questions about uncertain pairs, and answers that bind: in any writing, through clusters, in later runs."""

from __future__ import annotations

import csv
import dataclasses
import io
import random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lohko.errors import InputRefused
from lohko.matching.answers import KEPT, question_of
from lohko.matching.dedupe import dedupe
from lohko.matching.params import DedupeParams
from lohko.matching.review import FILE
from lohko.outcome import GivenFile

FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sheet(pairs, *, delimiter=",", encoding="utf-8", yes="yes", no="no", marks=True):
    """Write answers as a filled-in review file: left row, right row, whether they are one."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(["same? (yes/no)", "question", "row_id 1", "row_id 2"])
    for left, right, same in pairs:
        mark = question_of(*sorted((left, right))) if marks else ""
        writer.writerow([yes if same else no, mark, left, right])
    return GivenFile("review.csv", out.getvalue().encode(encoding))


def answered(customers, answers, env, *, kept=None, more=None, **params):
    """Run dedupe with answers, as the shell would."""
    given = {} if answers is None else {"answers": answers}
    files = {} if kept is None else {KEPT: kept}
    there = dataclasses.replace(env, given=given, files=files)
    asked = DedupeParams(answers=None if answers is None else "review.csv", **params)
    return dedupe({"customers": customers.lazy(), **(more or {})}, asked, there)


def owners(result):
    return dict(result.tables["crosswalk"].select("row_id", "customer_id").iter_rows())


def questions(result):
    return list(csv.DictReader(io.StringIO(result.files[FILE].decode("utf-8-sig"), newline="")))


@pytest.fixture
def register(make, double, frame):
    return frame(double(make(40, 3), 2))


def test_a_no_keeps_two_rows_apart_and_a_yes_brings_strangers_together(register, env, run):
    before = owners(run(register))
    assert before["s:3-0000"] == before["s:3-0000b"]
    assert before["s:3-0001"] != before["s:3-0003"]
    found = answered(register, sheet([("s:3-0000b", "s:3-0000", False), ("s:3-0001", "s:3-0003", True)]), env)
    after = owners(found)
    assert after["s:3-0000"] != after["s:3-0000b"]
    assert after["s:3-0001"] == after["s:3-0003"]
    others = set(before) - {"s:3-0000", "s:3-0000b", "s:3-0001", "s:3-0003"}
    assert {row: before[row] for row in others} == {row: after[row] for row in others}
    assert found.figures["answers"] == {"same": 1, "different": 1}
    decisions = {
        (a, b): d for a, b, d in found.tables["pairs"].select("left_row_id", "right_row_id", "decision").iter_rows()
    }
    assert decisions["s:3-0000", "s:3-0000b"] == "no"
    assert decisions["s:3-0001", "s:3-0003"] == "match"


@pytest.mark.parametrize(
    ("delimiter", "encoding", "yes", "no"),
    [
        (",", "utf-8-sig", "Yes", "NO"),
        (";", "cp1252", "kyllä", "ei"),
        ("\t", "utf-16", "ja", "nej"),
        (";", "utf-8", " k ", "e."),
    ],
)
def test_answers_are_read_as_spreadsheets_save_them(register, env, delimiter, encoding, yes, no):
    pairs = [("s:3-0000", "s:3-0000b", False), ("s:3-0001", "s:3-0003", True)]
    form = sheet(pairs, delimiter=delimiter, encoding=encoding, yes=yes, no=no)
    assert owners(answered(register, form, env)) == owners(answered(register, sheet(pairs), env))


def test_zeros_that_a_spreadsheet_took_from_row_ids_are_found_by_the_question(make, double, frame, env):
    rows = [row | {"row_id": f"00{n}", "customer_id": f"00{n}"} for n, row in enumerate(double(make(40, 3), 2))]
    file = sheet([("001", "003", True)])
    spoilt = GivenFile(file.name, file.data.replace(b",001,003", b",1,3"))
    assert (found := owners(answered(frame(rows), spoilt, env)))["001"] == found["003"]
    strangers = answered(frame(rows), sheet([("x", "y", True)]), env)
    assert "answers_of_strangers" in [f.code for f in strangers.findings]


@pytest.mark.parametrize(
    "pairs",
    [
        [("s:3-0001", "s:3-0003", True), ("s:3-0003", "s:3-0001", False)],
        [("s:3-0001", "s:3-0003", True), ("s:3-0003", "s:3-0005", True), ("s:3-0001", "s:3-0005", False)],
    ],
)
def test_answers_that_contradict_each_other_are_refused(register, env, pairs):
    with pytest.raises(InputRefused) as caught:
        answered(register, sheet(pairs), env)
    assert caught.value.code == "dedupe_answers_contradict"
    assert caught.value.places


def test_a_word_that_is_no_answer_is_refused_and_no_word_answers_nothing(register, env):
    with pytest.raises(InputRefused) as caught:
        answered(register, sheet([("s:3-0001", "s:3-0003", True)], yes="yep"), env)
    assert caught.value.code == "dedupe_answers_unreadable"
    assert caught.value.places[0].line == 2
    open_ = answered(register, sheet([("s:3-0001", "s:3-0003", True)], yes=""), env)
    assert open_.figures["answers"] == {"same": 0, "different": 0}
    with pytest.raises(InputRefused):
        answered(register, GivenFile("x.csv", b"a,b\n1,2\n"), env)


@pytest.mark.slow
@FEW
@given(
    seed=st.integers(1, 400),
    chosen=st.lists(st.tuples(st.integers(0, 44), st.integers(0, 44), st.booleans()), max_size=6),
)
def test_answers_bind_in_this_run_and_the_next_whatever_the_order_of_rows(make, double, frame, env, seed, chosen):
    rows = double(make(30, seed), 2)
    ids = sorted(row["row_id"] for row in rows)
    pairs = {
        tuple(sorted((ids[a % len(ids)], ids[b % len(ids)]))): same
        for a, b, same in chosen
        if a % len(ids) != b % len(ids)
    }
    answers = sheet([(*pair, same) for pair, same in pairs.items()])
    try:
        first = answered(frame(rows), answers, env)
    except InputRefused as error:
        if error.code != "dedupe_answers_contradict":
            raise
        return
    found = owners(first)
    for (left, right), same in pairs.items():
        assert (found[left] == found[right]) is same
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert owners(answered(frame(shuffled), answers, env)) == found
    kept = first.files.get(KEPT)
    after = {name: t.lazy() for name, t in first.tables.items() if name != "customers"}
    again = answered(first.tables["customers"], None, env, kept=kept, more=after)
    assert owners(again) == found
    again.accounts["customers"].check("customers")


def test_a_later_no_takes_an_earlier_merge_apart_again(register, env, run):
    first = run(register)
    more = {name: t.lazy() for name, t in first.tables.items() if name != "customers"}
    second = answered(first.tables["customers"], sheet([("s:3-0000", "s:3-0000b", False)]), env, more=more)
    found = owners(second)
    assert found["s:3-0000"] != found["s:3-0000b"]
    assert second.tables["customers"].height == first.tables["customers"].height + 1
    second.accounts["customers"].check("customers")
    came = register.filter(pl.col("row_id") == "s:3-0000b")
    back = second.tables["customers"].filter(pl.col("row_id") == "s:3-0000b")
    assert back.select(came.columns).equals(came)


def test_questions_stand_side_by_side_the_most_telling_first_and_run_no_formula(make, double, frame, env):
    rows = double(make(60, 5), 3)
    namesakes = [
        rows[0]
        | {"row_id": f"n{n}", "customer_id": f"n{n}", "email": None, "phone": None, "birth_date": None, "street": None}
        for n in range(3)
    ]
    namesakes[0]["first_name"] = "=cmd()"
    rows += [namesakes[1], namesakes[2]]
    found = answered(frame(rows), None, env, review=0.01, lang="fi")
    asked = questions(found)
    assert len(asked) == found.figures["questions"] > 0
    assert list(asked[0])[:2] == ["sama? (kyllä/ei)", "kysymys"]
    worth = [float(row["todennäköisyys"]) for row in asked]
    assert all(0.0 <= p <= 1.0 for p in worth)
    held = frame([row | {"address_status": "protected"} for row in rows])
    shown = questions(answered(held, None, env, review=0.01))
    assert shown
    assert all(not row["street 1"] and not row["postcode 2"] for row in shown)
    named = frame([*rows, namesakes[0], namesakes[0] | {"row_id": "m1", "customer_id": "m1"}])
    for raw in (False, True):
        cells = [cell for row in questions(answered(named, None, env, review=0.0, raw=raw)) for cell in row.values()]
        assert any(cell.startswith("=cmd") for cell in cells) is raw


def test_what_was_answered_is_not_asked_again(make, double, frame, env):
    rows = double(make(60, 5), 3)
    rows.append(
        rows[0]
        | {"row_id": "n0", "customer_id": "n0", "email": None, "phone": None, "birth_date": None, "street": None}
    )
    first = answered(frame(rows), None, env, review=0.01)
    asked = questions(first)
    assert asked
    answers = sheet([(row["row_id 1"], row["row_id 2"], False) for row in asked])
    again = questions(answered(frame(rows), answers, env, review=0.01))
    assert not {row["question"] for row in again} & {row["question"] for row in asked}


def test_precision_merges_no_more_than_it_allows(make, double, frame, env):
    rows = frame(double(make(60, 9), 2))
    loose, strict = (answered(rows, None, env, precision=p) for p in (0.6, 0.9999))
    assert loose.figures["expected_precision"] >= 0.6
    assert strict.figures["expected_precision"] >= 0.9999
    assert strict.figures["threshold"] >= loose.figures["threshold"] >= 0.5 - 1e-6
    assert strict.tables["customers"].height >= loose.tables["customers"].height
    assert "dedupe_precision" in [f.code for f in strict.findings]
