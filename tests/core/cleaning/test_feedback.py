"""Feedback checked: scales, missing scores, unknown measures."""

import datetime as dt

import polars as pl

from lohko.cleaning.contacts import contacts
from lohko.cleaning.feedback import feedback_figures, feedback_findings
from lohko.cleaning.params import ContactsParams
from lohko.outcome import Env

ROWS = pl.LazyFrame(
    {
        "measure": ["nps", "nps", "nps", "csat", "ces", "contact", "joy"],
        "score": [10.0, 11.0, None, 0.0, 7.0, None, 3.0],
    }
)


def test_scores_outside_their_scale_missing_ones_and_unknown_measures_are_counted():
    found = feedback_figures(ROWS)
    assert found["nps"] == {"rows": 3, "scored": 2, "outside": 1, "unscored": 1, "scale": [0, 10], "known": True}
    assert (found["csat"]["outside"], found["ces"]["outside"]) == (1, 0)
    assert (found["contact"]["unscored"], found["contact"]["known"]) == (0, True)
    assert found["joy"]["known"] is False
    assert [(f.code, f.data["measure"]) for f in feedback_findings(found)] == [
        ("feedback_outside_scale", "csat"),
        ("feedback_unknown_measure", "joy"),
        ("feedback_outside_scale", "nps"),
        ("feedback_unscored", "nps"),
    ]


def test_a_table_without_scores_or_measures_is_taken():
    assert feedback_figures(pl.LazyFrame({"measure": ["nps"]}))["nps"]["unscored"] == 1
    assert feedback_figures(pl.LazyFrame({"text": ["x"]})) == {}


def test_cleaning_tells_of_feedback_and_leaves_it_as_it_is():
    result = contacts(
        {"customers": pl.LazyFrame({"customer_id": ["1"]}), "feedback": ROWS},
        ContactsParams(),
        Env(dt.date(2026, 1, 1)),
    )
    assert "feedback" not in result.tables
    assert result.figures["feedback"]["nps"]["outside"] == 1
    assert "feedback_outside_scale" in {f.code for f in result.findings}
