"""The order of the chain, its cuts, and where each step reads and writes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from lohko.errors import UsageFault
from lohko.outcome import Account
from lohko.running.chain import Chain, plan
from lohko.running.dates import check_as_of, latest_event, noted_as_of
from lohko.running.ingesting import crossed, faultless, parse_limit
from lohko.running.settings import Settings
from lohko.tables.types import TIMESTAMP

CUTS = {"run": {"cuts": ["2025-10-31"]}}


def links(chain: Chain) -> list[tuple[str, str, str]]:
    return [(link.name, link.source.name if link.source else "", link.output.name) for link in plan(chain)]


def test_cuts_run_beside_the_dated_steps() -> None:
    chain = Chain(Settings(Path("lohko.toml"), sections=CUTS), {})
    assert links(chain) == [
        ("ingest", "", "ingest"),
        ("clean", "ingest", "clean"),
        ("value@2025-10-31", "clean", "value@2025-10-31"),
        ("value", "clean", "value"),
        ("segment@2025-10-31", "value@2025-10-31", "segment@2025-10-31"),
        ("segment", "value", "segment"),
        ("report", "segment", "report.html"),
    ]


def test_from_and_until_cut_the_chain_but_not_its_sources() -> None:
    chain = Chain(Settings(Path("lohko.toml")), {}, first="value", last="segment")
    assert links(chain) == [("value", "clean", "value"), ("segment", "value", "segment")]


def test_a_step_that_is_not_in_the_chain_is_a_usage_fault() -> None:
    with pytest.raises(UsageFault, match="not a step of this chain"):
        list(plan(Chain(Settings(Path("lohko.toml")), {}, first="dedupe")))


def stamps(*texts: str) -> pl.LazyFrame:
    return pl.LazyFrame({"occurred_at": list(texts)}).with_columns(
        pl.col("occurred_at").str.to_datetime("%Y-%m-%dT%H:%MZ", time_unit="us", time_zone="UTC").cast(TIMESTAMP)
    )


NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


def test_the_latest_event_is_counted_in_the_zone_and_never_in_the_future() -> None:
    frames = {"transactions": stamps("2026-10-30T23:30Z", "2031-01-01T00:00Z"), "visits": stamps("2026-10-01T00:00Z")}
    assert latest_event(frames, "UTC", NOW) == dt.date(2026, 10, 30)
    assert latest_event(frames, "Europe/Helsinki", NOW) == dt.date(2026, 10, 31)


def test_planned_ends_and_permissions_are_no_events() -> None:
    frames = {"subscriptions": stamps("2026-10-30T23:30Z").rename({"occurred_at": "started_at"})}
    assert latest_event(frames, "UTC", NOW) is None


def test_a_day_other_than_the_values_is_refused() -> None:
    check_as_of(None, dt.date(2026, 1, 1))
    check_as_of(dt.date(2026, 1, 1), None)
    check_as_of(dt.date(2026, 1, 1), dt.date(2026, 1, 1))
    with pytest.raises(UsageFault, match="valued as of 2026-01-01"):
        check_as_of(dt.date(2026, 1, 2), dt.date(2026, 1, 1))


def test_the_noted_day_is_that_of_the_last_such_step() -> None:
    history = [{"step": "value", "as_of": "2025-01-01"}, {"step": "value", "as_of": "2025-06-01"}, {"step": "segment"}]
    assert noted_as_of(history, ("value",)) == dt.date(2025, 6, 1)
    assert noted_as_of(history, ("clean",)) is None


@pytest.mark.parametrize(
    ("limit", "rejected", "gated"),
    [("0", 0, False), ("0", 1, True), ("2", 2, False), ("1%", 1, False), ("1 %", 2, True), ("0,5%", 1, True)],
)
def test_the_gate_of_rejects(limit: str, rejected: int, gated: bool) -> None:
    accounts = {"customers": Account(rows_in=100, rows_out=100 - rejected, rejected=rejected)}
    assert (crossed(parse_limit(limit), limit, accounts, 0) is not None) is gated


@pytest.mark.parametrize("text", ["many", "1.5", "-1", "%", "1%%"])
def test_a_gate_that_is_no_number_is_a_usage_fault(text: str) -> None:
    with pytest.raises(UsageFault):
        parse_limit(text)


def test_no_gate_no_word() -> None:
    assert crossed(parse_limit(None), None, {}, 0) is None


def test_rows_without_a_customer_are_no_faults() -> None:
    figures = {
        "rejects": {
            "by_code": [{"table": "visits", "code": "no_customer", "count": 7}, {"code": "short_row", "count": 1}]
        }
    }
    accounts = {"visits": Account(rows_in=100, rows_out=92, rejected=8)}
    assert crossed(parse_limit("1"), "1", accounts, faultless(figures)) is None
    assert crossed(parse_limit("0"), "0", accounts, faultless(figures)) is not None
