"""A session takes its bar away before anything is told."""

from __future__ import annotations

import sys

import pytest
import typer

from lohko.errors import UsageFault
from lohko.running.outcome import Outcome
from lohko_cli.session import running
from lohko_cli.view import outcome, progress


@pytest.fixture
def told(monkeypatch):
    told: list[str] = []

    class Started:
        def add_task(self, what, **_):
            told.append(what)

        def stop(self):
            told.append("stopped")

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "_PATIENCE", 0)
    monkeypatch.setattr(progress.Bar, "_start", lambda _: Started())
    monkeypatch.setattr(outcome, "show_outcome", lambda *_, **__: told.append("outcome"))
    return told


def test_the_bar_is_gone_before_the_outcome_is_shown(told):
    def body(session):
        session.progress()("check", 1, 2)
        session.finish(Outcome("ingest", "done", None))

    with pytest.raises(typer.Exit):
        running("ingest", body)({})
    assert told[:3] == ["check", "stopped", "outcome"]


def test_the_bar_is_gone_before_an_error_is_shown(told):
    def body(session):
        session.progress()("check", 1, 2)
        raise UsageFault("usage", "no")

    with pytest.raises(UsageFault):
        running("ingest", body)({})
    assert told == ["check", "stopped"]
