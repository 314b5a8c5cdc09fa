"""The chapter on what customers say: latest answers only, few answers left open, small groups hidden, quotes on request."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
from tests.core.views import fixtures

from lohko.views.report.build import build
from lohko.views.report.experience import Experience
from lohko.views.report.model import HIDDEN, Report
from lohko.views.report.renderers import to_json, to_markdown

AS_OF = dt.date(2026, 6, 30)
KINDS: dict[str, pl.DataType | type[pl.DataType]] = {
    "customer_id": pl.String,
    "answered_at": pl.Datetime("us", "UTC"),
    "measure": pl.String,
    "score": pl.Float64,
    "text": pl.String,
}


def made(rows: list[tuple[str, str, str, float | None, str | None]], sizes: dict[str, int], **more: object) -> Report:
    ids = [f"{name}{n}" for name, size in sizes.items() for n in range(size)]
    frames = {
        "customers": pl.LazyFrame({"customer_id": ids}),
        "segments": pl.LazyFrame({"customer_id": ids, "segment": [i[0] for i in ids]}),
        "feedback": pl.LazyFrame(
            [(who, dt.datetime.fromisoformat(at + "T12:00:00+00:00"), m, s, t) for who, at, m, s, t in rows],
            KINDS,
            orient="row",
        ),
    }
    return build(frames, [], {}, AS_OF, **more)  # type: ignore[arg-type]


def said(report: Report) -> Experience:
    assert report.experience is not None
    return report.experience


def nps(
    numbers: dict[str, int], score: float, text: str | None = None
) -> list[tuple[str, str, str, float | None, str | None]]:
    return [(f"{name}{n}", "2026-05-01", "nps", score, text) for name, count in numbers.items() for n in range(count)]


def test_each_customers_latest_answer_of_the_year_counts_once():
    rows = nps({"a": 40}, 10.0)
    rows += [(f"a{n}", "2026-04-01", "nps", 0.0, None) for n in range(40)]  # earlier
    rows += [(f"b{n}", "2025-06-30", "nps", 0.0, None) for n in range(40)]  # more than a year ago
    rows += [(f"b{n}", "2026-07-01", "nps", 0.0, None) for n in range(40)]  # after the report's day
    rows += [("nobody", "2026-05-01", "nps", 0.0, None), ("b1", "2026-05-01", "nps", 11.0, None)]
    (measure,) = said(made(rows, {"a": 40, "b": 40})).measures
    assert (measure.overall.answers, measure.overall.value) == (40, 100.0)


def test_under_thirty_answers_no_score_and_under_five_no_count():
    rows = nps({"a": 60, "b": 29, "c": 3}, 9.0)
    experience = said(made(rows, {"a": 80, "b": 50, "c": 50}))
    found = {score.group: (score.answers, score.value) for score in experience.measures[0].groups}
    # the next smallest goes with the hidden one: 92 less the others would tell
    assert found == {"a": (60, 100.0), "b": (HIDDEN, HIDDEN), "c": (HIDDEN, HIDDEN)}
    rows = nps({"a": 60, "b": 29}, 9.0)
    found = {s.group: (s.answers, s.value) for s in said(made(rows, {"a": 80, "b": 50})).measures[0].groups}
    assert found["b"] == (29, None)
    told = to_markdown(made(rows, {"a": 80, "b": 50}), "en")
    assert "| b | 29 | cannot tell yet |" in told


def test_quotes_are_shown_on_request_only():
    rows = nps({"a": 40}, 3.0, "Lehti ei tullut taaskaan.") + nps({"b": 40}, 10.0, "Kiitos hyvästä lehdestä!")
    plain, quoted = (made(rows, {"a": 50, "b": 50}, quotes=asked) for asked in (False, True))
    assert "taaskaan." not in to_json(plain) + to_markdown(plain, "fi")
    assert "Lehti ei tullut taaskaan" in to_markdown(quoted, "fi")
    assert "It holds no names" in to_markdown(plain, "en")
    assert "It holds no names" not in to_markdown(quoted, "en")
    told = {(voice.whole, voice.group): [used.word for used in voice.telling] for voice in said(plain).voices}
    assert "ei tullut" in told["segment", "a"]
    assert "kiitos" in told["mood", "promoter"]


def test_words_of_few_customers_are_never_named():
    rows = nps({"a": 40}, 3.0, "kallis") + [(f"a{n}", "2026-05-02", "contact", None, "Virtanen") for n in range(4)]
    assert "virtanen" not in to_json(made(rows, {"a": 50, "b": 50}, group_minimum=1)).lower()


def test_moods_stand_beside_money_and_add_up():
    report = build(fixtures.tables(), fixtures.history(), fixtures.files(), fixtures.AS_OF)
    experience = said(report)
    assert [mood.mood for mood in experience.moods] == ["promoter", "passive", "detractor"]
    people = [mood.cell.customers for mood in experience.moods]
    assert sum(count for count in people if isinstance(count, int)) == experience.measures[0].overall.answers


def test_nothing_said_this_year_is_told_in_words():
    report = made([("a1", "2020-01-01", "nps", 9.0, "hyvä")], {"a": 9})
    assert said(report).measures == ()
    assert "No customer of this report gave a score" in to_markdown(report, "en")
    assert json.loads(to_json(report))["experience"]["voices"] == []
