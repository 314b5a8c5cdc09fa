"""The report value: counted once, exactly, whatever the order of rows, and with small groups kept back."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.views import fixtures

from lohko.views.report.build import build
from lohko.views.report.compose import document
from lohko.views.report.model import HIDDEN, Report, Shown
from lohko.views.report.renderers import to_json, to_markdown


@pytest.fixture(scope="module")
def report() -> Report:
    return build(fixtures.tables(), fixtures.history(), fixtures.files(), fixtures.AS_OF)


def test_register_closes(report: Report):
    register = report.register
    assert register is not None
    assert register.rows_in is not None
    assert register.rows_in + register.derived == (
        (register.rows_out or 0) + register.merged + register.rejected + register.dropped + register.erased
    )
    assert register.customers == 2841
    assert (register.groups, register.pairs_review, register.households) == (287, 41, 318)
    assert [item.count for item in register.rejects] == [12, 9, 8, 6]
    assert register.rejected_rows == 23


def test_money_is_exact_and_the_same_everywhere(report: Report):
    amounts = fixtures.tables()["value"].select("monetary").collect().get_column("monetary").to_list()
    assert report.money is not None
    assert report.dimensions is not None
    assert report.segments is not None
    assert report.money.known == sum(amounts, Decimal(0))
    assert report.money.total == sum(amounts, Decimal("9876.5400"))
    by_segment = [segment.amount for segment in report.segments.items if isinstance(segment.amount, Decimal)]
    assert sum(by_segment, Decimal(0)) == report.money.known
    cells = [cell.amount for cell in report.dimensions.cells if isinstance(cell.amount, Decimal)]
    rest = report.dimensions.rest
    assert rest is not None
    assert isinstance(rest.amount, Decimal)
    assert sum(cells, Decimal(0)) + rest.amount == report.money.known


def test_segments_are_ordered_by_value_and_add_up(report: Report):
    assert report.segments is not None
    amounts = [segment.amount for segment in report.segments.items if isinstance(segment.amount, Decimal)]
    assert amounts == sorted(amounts, reverse=True)
    assert sum(segment.customers for segment in report.segments.items) == 2841
    assert sum(segment.share for segment in report.segments.items) == pytest.approx(1, abs=1e-5)
    assert report.segments.choice is not None
    assert not report.segments.choice.passed


def test_segments_of_another_packages_model_do_not_tell_how_this_one_chose():
    history = [*fixtures.history(), {"step": "assign", "figures": {}}]
    found = build(fixtures.tables(), history, fixtures.files(), fixtures.AS_OF)
    assert found.segments is not None
    assert found.segments.items
    assert found.segments.choice is None


def test_permissions_of_every_channel_add_up(report: Report):
    assert report.permissions is not None
    assert [channel.channel for channel in report.permissions.channels] == list(fixtures.CHANNELS)
    for channel in report.permissions.channels:
        counts = list(channel.decisions.values())
        if HIDDEN not in counts:
            assert sum(count for count in counts if isinstance(count, int)) == 2841


def test_actions_begin_with_what_can_be_done_now_and_are_never_invented(report: Report):
    stages = {
        **dict.fromkeys(("serve_best", "keep_at_risk", "win_back"), 0),
        "activate": 1,
        **dict.fromkeys(("renew", "screen", "inform", "decide"), 2),
        **dict.fromkeys(("name_customers", "review_pairs", "mend_postcodes", "read_rejects"), 3),
    }
    order = [(stages[a.code], -a.amount if isinstance(a.amount, Decimal) else Decimal(0)) for a in report.actions]
    assert order == sorted(order)
    assert {stage for stage, _ in order} == {0, 1, 2, 3}
    assert report.permissions is not None
    email = next(channel for channel in report.permissions.channels if channel.channel == "email")
    ask = next(action for action in report.actions if action.code == "renew")
    assert (ask.customers, ask.amount) == (email.decisions["ask_again"], email.amounts["ask_again"])


def test_row_order_is_irrelevant(report: Report):
    shuffled = {
        name: frame.collect().sample(fraction=1, shuffle=True, seed=11).lazy()
        for name, frame in fixtures.tables().items()
    }
    assert to_json(build(shuffled, fixtures.history(), fixtures.files(), fixtures.AS_OF)) == to_json(report)


def test_nothing_but_history_says_what_is_missing():
    report = build({}, [], {}, fixtures.AS_OF)
    assert report.missing == {
        "register": "clean",
        "money": "value",
        "dimensions": "value",
        "segments": "segment",
        "permissions": "consents",
        "experience": "ingest",
        "targets": "ingest",
        "outlook": "value",
    }
    assert report.actions == ()


@pytest.mark.parametrize("absent", ["customers", "value", "segments", "segment_profiles", "permissions"])
def test_any_table_may_be_absent(absent: str):
    tables = {name: frame for name, frame in fixtures.tables(200).items() if name != absent}
    assert json.loads(to_json(build(tables, [], {}, fixtures.AS_OF)))["schema"] == "lohko.report/1"


def test_history_may_lack_every_key():
    report = build(fixtures.tables(200), [{"step": "clean"}, {"step": "value", "figures": {}}], {}, fixtures.AS_OF)
    assert report.money is not None
    assert report.money.unknown is None
    assert report.register is not None
    assert report.register.rows_in is None


def test_plain_value_table_without_classes_or_extras():
    value = pl.LazyFrame(
        {"customer_id": [f"c{n}" for n in range(40)], "monetary": [Decimal(n) for n in range(40)]},
        schema_overrides={"monetary": pl.Decimal(18, 4)},
    ).with_columns(financial=pl.col("monetary").cast(pl.Float64) / 40)
    report = build({"value": value}, [], {}, dt.date(2026, 1, 1))
    assert report.dimensions is not None
    assert report.dimensions.measured == ("financial",)
    assert report.outlook is not None
    assert report.outlook.bands == ()
    assert report.outlook.growth == ()
    assert report.outlook.risk_known == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-500, 90000)), min_size=1, max_size=60))
def test_no_small_group_is_told(people: list[tuple[int, int]]):
    ids = [f"c{n}" for n in range(len(people))]
    tables = {
        "value": pl.LazyFrame(
            {
                "customer_id": ids,
                "monetary": [Decimal(cents) / 100 for _, cents in people],
                "value_class": [f"F{level}V{level % 2}S0" for level, _ in people],
                "next_dimension": ["visits" if level else None for level, _ in people],
                "recency_days": [level * 120 for level, _ in people],
            },
            schema_overrides={"monetary": pl.Decimal(18, 4), "next_dimension": pl.String, "recency_days": pl.Int64},
        ),
        "segments": pl.LazyFrame({"customer_id": ids, "segment": [f"s{level}" for level, _ in people]}),
    }
    report = build(tables, [], {}, dt.date(2026, 1, 1))
    assert report.segments is not None
    assert report.dimensions is not None
    assert report.outlook is not None
    told: list[Shown] = [segment.customers for segment in report.segments.items]
    told += [cell.customers for cell in (*report.dimensions.cells, *report.outlook.growth)]
    told += [bubble.customers for bubble in report.dimensions.bubbles]
    told += [level.customers for level in report.dimensions.levels]
    told += [band.customers for band in report.outlook.bands]
    told += [action.customers for action in report.actions]
    assert all(count is HIDDEN or count == 0 or count >= 5 for count in told)


def test_customers_taken_from_events_and_sales_without_a_customer():
    ids = [f"c{n}" for n in range(30)]
    tables = {
        "customers": pl.LazyFrame({"customer_id": ids}),
        "value": pl.LazyFrame(
            {"customer_id": ids, "monetary": [Decimal(10)] * 30, "money_total": [Decimal(12)] * 30},
            schema_overrides={"monetary": pl.Decimal(18, 4), "money_total": pl.Decimal(18, 4)},
        ).with_columns(financial=pl.lit(0.5)),
    }
    steps = [
        {
            "step": "ingest",
            "accounting": {
                "customers": {"rows_in": 0, "derived": 30, "rows_out": 30},
                "transactions": {"rows_in": 7, "rejected": 7},
            },
            "figures": {"rejects": {"by_code": [{"table": "transactions", "code": "no_customer", "count": 7}]}},
        },
        {"step": "value", "figures": {"totals": {"unknown_customer_amount": "0.0000", "unknown_customer_rows": 0}}},
    ]
    report = build(tables, steps, {}, fixtures.AS_OF)
    assert report.money is not None
    assert (report.money.known, report.money.contracts) == (Decimal(360), Decimal(60))
    told = to_markdown(report, "en")
    assert "No customers file was given" in told
    assert "7 sales rows without a customer were kept aside" in told
    assert "| Customers of this report: contracts not among the sales | 60.00 |" in told
    assert report.register is not None
    assert (report.register.nameless_sales, report.register.rejected_rows, report.register.rejects) == (7, 0, ())
    assert "read_rejects" not in {action.code for action in report.actions}


@pytest.mark.parametrize(("risk", "likely"), [("churn_risk", 0.9), ("p_alive", 0.1)])
def test_best_customers_at_risk_are_named(risk: str, likely: float):
    frames = fixtures.tables(400)
    value = frames["value"].drop("churn_risk").with_columns(pl.lit(likely).alias(risk))
    report = build({**frames, "value": value}, [], {}, fixtures.AS_OF)
    assert report.outlook is not None
    assert report.outlook.risk_customers == report.outlook.risk_known == 400
    assert "keep_at_risk" in {action.code for action in report.actions}


def test_growth_is_told_by_segment_where_customers_have_none():
    frames = fixtures.tables(400)
    value = frames["value"].with_columns(next_dimension=pl.lit(None, pl.String))
    profiles = frames["segment_profiles"].with_columns(next_dimension=pl.lit("social"))
    report = build({**frames, "value": value, "segment_profiles": profiles}, [], {}, fixtures.AS_OF)
    assert report.outlook is not None
    assert report.outlook.growth_by == "segment"
    assert [cell.key for cell in report.outlook.growth] == [("social",)]


def test_permissions_that_never_were_are_not_to_be_renewed():
    ids = [f"c{n}" for n in range(20)]
    reasons = ["unknown_default_deny"] * 12 + ["stale"] * 8
    permissions = pl.LazyFrame(
        {"customer_id": ids, "channel": ["push"] * 20, "decision": ["ask_again"] * 20, "reason": reasons}
    )
    report = build({"permissions": permissions}, [], {}, fixtures.AS_OF)
    assert [(action.code, action.customers) for action in report.actions] == [("renew", 8)]


def later(customers: int) -> tuple[dict[str, pl.LazyFrame], list[dict[str, object]]]:
    """Return a package whose values are of an earlier day, before so many of its customers came."""
    frames = fixtures.tables(400)
    ids = frames["customers"].collect().get_column("customer_id").sort()
    early = pl.LazyFrame({"customer_id": ids.head(400 - customers)})
    for name in ("value", "segments"):
        frames[name] = frames[name].join(early, on="customer_id", how="semi")
    return frames, [{"step": "dedupe"}, {"step": "value", "figures": {"left_out_customers": customers}}]


def test_customers_who_came_later_are_told_and_counted_nowhere_else():
    frames, steps = later(90)
    day = dt.date(2025, 6, 30)
    report = build(frames, steps, {}, day)
    people, allowed, cells = report.population, report.permissions, report.dimensions
    assert people is not None
    assert allowed is not None
    assert cells is not None
    assert (people.customers, people.register, people.later, people.because_later) == (310, 400, 90, True)
    assert allowed.customers == 310
    for channel in allowed.channels:
        assert sum(count for count in channel.decisions.values() if isinstance(count, int)) <= 310
    told = to_markdown(report, "en")
    assert "On 30 June 2025, the register held 310 customers." in told
    assert "90 more in the register came only after 30 June 2025" in told
    assert "Mind the days: these permissions were decided as of 30 June 2026" in told


def test_few_who_came_later_are_not_counted():
    frames, steps = later(3)
    report = build(frames, steps, {}, fixtures.AS_OF)
    assert report.population is not None
    assert report.population.later is HIDDEN
    assert "A few more in the register (fewer than 5)" in to_markdown(report, "en")


def small(payers: int, strangers: int) -> Report:
    ids = [f"c{n}" for n in range(30)]
    value = pl.LazyFrame(
        {
            "customer_id": ids,
            "monetary": [Decimal(100) if n < payers else Decimal(0) for n in range(30)],
            "value_class": [f"F{3 if n < payers else 0}V{n % 2}S0" for n in range(30)],
        },
        schema_overrides={"monetary": pl.Decimal(18, 4)},
    )
    segments = pl.LazyFrame({"customer_id": ids, "segment": ["a" if n < 10 else "b" for n in range(30)]})
    totals = {"unknown_customer_amount": "77.0000", "unknown_customer_rows": strangers}
    return build(
        {"value": value, "segments": segments}, [{"step": "value", "figures": {"totals": totals}}], {}, fixtures.AS_OF
    )


def test_money_of_few_customers_is_told_nowhere():
    report = small(3, 40)
    money, segments, cells = report.money, report.segments, report.dimensions
    assert money is not None
    assert segments is not None
    assert cells is not None
    assert (money.known, money.total, money.top_share, money.paying) == (HIDDEN,) * 4
    assert {segment.amount for segment in segments.items} == {HIDDEN}
    assert {cell.amount for cell in cells.cells} == {HIDDEN}
    assert "300" not in to_json(report)


def test_money_of_few_rows_without_a_known_customer_is_told_nowhere():
    money = small(12, 1).money
    assert money is not None
    assert money.known == 1200
    assert (money.unknown, money.unknown_rows, money.total) == (HIDDEN, HIDDEN, HIDDEN)
    assert small(12, 5).money != money


def test_reasons_and_openings_do_not_give_a_hidden_decision_away():
    ids = [f"c{n}" for n in range(40)]
    decisions = ["may"] * 3 + ["ask_again"] * 6 + ["may_not"] * 31
    reasons = ["consent"] * 3 + ["stale"] * 6 + ["withdrawn"] * 31
    permissions = pl.LazyFrame({"customer_id": ids, "channel": ["sms"] * 40, "decision": decisions, "reason": reasons})
    report = build({"permissions": permissions}, [], {}, fixtures.AS_OF)
    assert report.permissions is not None
    (channel,) = report.permissions.channels
    assert channel.decisions["may"] is channel.decisions["ask_again"] is channel.reasons["stale"] is HIDDEN
    assert channel.reasons["withdrawn"] == 31
    assert channel.openings == ()
    assert report.permissions.reachable is HIDDEN


def test_a_register_without_anybody_is_told_in_words():
    value = fixtures.tables(50)
    report = build({name: frame.head(0) for name, frame in value.items()}, [], {}, fixtures.AS_OF)
    told = to_markdown(report, "en")
    assert "There are no customers in this package yet." in told
    assert "hidden" not in told.split("## How this was made")[0]


def test_source_lines_of_areas_are_kept_once() -> None:
    line = "Source: Statistics Finland, Paavo, CC BY 4.0"
    run = {"step": "enrich", "version": "0", "figures": {"attribution": line}}
    other = {"step": "enrich", "version": "0", "figures": {"attribution": None}}
    assert build({}, [run, run, other], {}, dt.date(2026, 1, 1)).attributions == (line,)


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "Cannot tell yet"), ("fi", "Ei voi vielä sanoa"), ("sv", "Går ännu inte att säga")]
)
def test_a_register_without_any_events_is_not_said_to_have_brought_nothing(lang: str, told: str) -> None:
    ids = [str(n) for n in range(38)]
    value = pl.DataFrame({"customer_id": ids, "monetary": [Decimal("0.0000")] * 38, "value_class": ["F0V0S0"] * 38})
    segments = pl.DataFrame({"customer_id": ids, "segment": "no-value-yet", "segment_name": "No value yet"})
    unmeasured = {name: {"measured": False} for name in ("financial", "visits", "social")}
    found = build(
        {"value": value.lazy(), "segments": segments.lazy(), "customers": pl.LazyFrame({"customer_id": ids})},
        [{"step": "value", "figures": {"dimensions": unmeasured}}],
        {"model/model.json": json.dumps({"inactive": {"slug": "no-value-yet"}}).encode()},
        fixtures.AS_OF,
    )
    assert found.money is None
    assert found.missing["money"] == "ingest"
    page = document(found, lang)
    leads = {section.anchor: section.lead for section in page.sections}
    assert leads["worth"].startswith(told)
    assert leads["segments"].startswith(told)
    assert [fact.value for fact in page.facts.items] == ["38"]
