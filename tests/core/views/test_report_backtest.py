"""The backtest in the report: each rule beside the naive rate, small groups left out."""

from __future__ import annotations

from typing import Any

import pytest

from lohko.views.report.chapters.backtest import backtest_blocks
from lohko.views.report.document import Figure, Table
from lohko.views.report.sections.backtest import backtest
from lohko.views.report.sections.sources import Sources
from lohko.views.report.words import Words


def judged(mae: float, deviance: float | None) -> dict[str, float | None]:
    return {"mae": mae, "rmse": 1.0, "deviance": deviance, "bias": 0.1, "correlation": None, "top_tenth": 0.4}


def sources(**more: Any) -> Sources:
    rows = [
        {"repeats": 0, "customers": 90, "predicted": 0.5, "actual": 0.4},
        {"repeats": 7, "customers": 3, "predicted": 5.0, "actual": 6.0},
    ]
    lifetime = {
        "holdout_days": 182,
        "backtest_buyers": 93,
        "backtest": {"NBD": judged(0.9, 2.0), "BG/NBD": judged(0.8, 1.0), "naive rate": judged(1.1, None)},
        "calibration": {"NBD": rows, "BG/NBD": rows, "naive rate": rows},
        **more,
    }
    return Sources({}, [{"step": "value", "figures": {"lifetime": lifetime}}], {}, 5)


def test_the_best_model_comes_first_and_the_naive_rate_last() -> None:
    found = backtest(sources())
    assert found is not None
    assert [rule.name for rule in found.rules] == ["BG/NBD", "NBD", "naive rate"]
    assert found.model == "BG/NBD"
    assert [row.repeats for row in found.calibration] == [0]  # three people are too few to show
    used = backtest(sources(model="NBD"))
    assert used is not None
    assert used.model == "NBD"


def test_nothing_is_said_where_nothing_was_judged() -> None:
    assert backtest(sources(backtest={})) is None
    assert backtest(sources(backtest_buyers=4)) is None
    assert backtest(Sources({}, [], {}, 5)) is None


@pytest.mark.parametrize("lang", ["en", "fi", "sv"])
def test_it_is_told_in_each_language(lang: str) -> None:
    rules, figure = backtest_blocks(Words(lang), backtest(sources()))
    assert isinstance(rules, Table)
    assert isinstance(figure, Figure)
    assert len(rules.rows) == 3
    assert "182" in rules.caption
    assert len({rules.rows[2][0].text} & {"naive rate", "naiivi tahti", "naiv takt"}) == 1
