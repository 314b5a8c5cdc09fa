"""How well purchases would have been foretold: each rule, and what was said and came by earlier purchases."""

from __future__ import annotations

from lohko.views.report.chapters.values import length, people
from lohko.views.report.document import Bars, Block, Column, Figure, Line, Mark, Table, Value
from lohko.views.report.outlook import Backtest, Calibration, Rule
from lohko.views.report.words import Words

_MOST = 7
"""Repeat purchases from which on buyers are one row."""


def backtest_blocks(words: Words, found: Backtest | None) -> tuple[Block, ...]:
    """Return the tables of the backtest; none where there is none."""
    if found is None:
        return ()
    filled = {"days": words.count(found.days), "buyers": words.count(found.buyers)}
    rules = Table(
        "backtest",
        words("backtest.table", **filled),
        (
            Column(words("column.rule")),
            Column(words("column.mae"), "count"),
            Column(words("column.bias"), "percent"),
            Column(words("column.correlation"), "count"),
            Column(words("column.top_tenth"), "percent"),
        ),
        tuple(_row(words, rule) for rule in found.rules),
        note=words("backtest.note"),
    )
    return (rules, _calibration(words, found)) if found.calibration else (rules,)


def _row(words: Words, rule: Rule) -> tuple[Value, ...]:
    return (
        Value(words.code("backtest.rule", rule.name)),
        Value(words.number(rule.mae, 3), rule.mae),
        _known(words, rule.bias, percent=True),
        _known(words, rule.correlation, percent=False),
        _known(words, rule.top_tenth, percent=True),
    )


def _known(words: Words, number: float | None, *, percent: bool) -> Value:
    if number is None:
        return Value(words("value.unknown"))
    return Value(words.percent(number) if percent else words.number(number), number)


def _calibration(words: Words, found: Backtest) -> Figure:
    most = max(max(row.predicted, row.actual) for row in found.calibration)

    def bar(row: Calibration) -> Line:
        marks = (
            Mark(length(row.predicted / most if most else 0.0), words.number(row.predicted), "people"),
            Mark(length(row.actual / most if most else 0.0), words.number(row.actual), "money"),
        )
        return Line(_name(words, row.repeats), marks)

    model = words.code("backtest.rule", found.model)
    return Figure(
        words("backtest.figure", model=model),
        Bars(
            tuple(bar(row) for row in found.calibration),
            (("people", words("backtest.said")), ("money", words("backtest.came"))),
        ),
        Table(
            "calibration",
            words("backtest.calibration", model=model),
            (
                Column(words("column.repeats")),
                Column(words("column.customers"), "count"),
                Column(words("backtest.said"), "count"),
                Column(words("backtest.naive"), "count"),
                Column(words("backtest.came"), "count"),
            ),
            tuple(
                (
                    Value(_name(words, row.repeats)),
                    people(words, row.customers),
                    Value(words.number(row.predicted), row.predicted),
                    Value(words.number(row.naive), row.naive),
                    Value(words.number(row.actual), row.actual),
                )
                for row in found.calibration
            ),
        ),
    )


def _name(words: Words, repeats: int) -> str:
    return words("backtest.repeats_open" if repeats == _MOST else "backtest.repeats", n=words.count(repeats))
