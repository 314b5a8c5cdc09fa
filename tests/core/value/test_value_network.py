"""Ties between customers: who brought whom, who answers whom; what is passed on is neither made nor lost."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.tables.types import schema
from lohko.value.events import Scope
from lohko.value.knowledge import knowledge
from lohko.value.network import Network, network, network_value, pass_on

DAY = dt.date(2025, 1, 31)


def who(count: int) -> Scope:
    frame = pl.DataFrame(
        {"n": range(count), "customer_id": [f"c{i}" for i in range(count)], "created": [None] * count},
        schema={"n": pl.UInt32, "customer_id": pl.String, "created": pl.Date},
    )
    return Scope(frame, DAY, "UTC")


def ties(acts: list[dict[str, Any]], count: int = 4, since: dict[int, dt.date] | None = None) -> Network:
    known = pl.DataFrame(
        {"n": range(count), "since": [(since or {}).get(i) for i in range(count)]},
        schema={"n": pl.UInt32, "since": pl.Date},
    )
    return network(social(acts), who(count), known)


def social(acts: list[dict[str, Any]]) -> pl.LazyFrame:
    kinds = schema("social")
    rows = [{"occurred_at": dt.datetime(2025, 1, 10, tzinfo=dt.UTC), **act} for act in acts]
    return pl.DataFrame(rows, schema={k: v for k, v in kinds.items() if any(k in row for row in rows)}).lazy()


def refer(by: int, whom: str, day: int = 10) -> dict[str, Any]:
    at = dt.datetime(2025, 1, day, tzinfo=dt.UTC)
    return {"customer_id": f"c{by}", "action": "referral", "referred_customer_id": whom, "occurred_at": at}


def total(frame: pl.DataFrame, column: str) -> Decimal:
    return sum((cell for cell in frame[column].to_list() if cell is not None), Decimal(0))


def test_a_new_customer_counts_once_for_the_first_who_named_them() -> None:
    acts = [refer(2, "c3", 12), refer(1, "c3", 11), refer(0, "c3", 11), refer(1, "c1"), refer(1, "nobody")]
    found = ties(acts, since={3: dt.date(2025, 1, 11)})
    assert found.referrals.rows() == [(0, 3)]  # c0 and c1 at the same instant: the first by id; c2 came later
    assert found.unnamed.rows() == [(1, 1)]
    assert found.totals == {"naming": 3, "naming_old": 1, "brought": 1, "answering": 0}


def test_who_was_a_customer_before_was_not_brought() -> None:
    found = ties([refer(0, "c1")], since={1: dt.date(2025, 1, 9)})
    assert found.referrals.is_empty()
    assert found.totals["naming_old"] == 1


def test_answers_are_told_by_parent_and_ambiguous_parents_by_nobody() -> None:
    def act(by: int, own: str | None, parent: str | None) -> dict[str, Any]:
        return {"customer_id": f"c{by}", "action": "comment", "social_id": own, "parent_id": parent}

    found = ties(
        [
            act(0, "a", None),
            act(1, "b", "a"),
            act(1, None, "a"),
            act(1, None, "b"),
            act(2, "d", "a"),
            act(3, "d", None),
            act(0, None, "d"),
            act(2, None, "gone"),
        ]
    )
    assert found.answers.rows() == [(1, 0, 2, 2), (2, 0, 1, 1)]  # answers to oneself, to "d" and to "gone" are none
    worth = pl.DataFrame({"n": [0, 1], "worth": ["10", "100"]}, schema_overrides={"n": pl.UInt32})
    moved = pass_on(
        worth.with_columns(pl.col("worth").cast(pl.Decimal(18, 4))), found, by_referral=0.5, by_influence=0.1
    )
    assert sorted(moved.rows()) == [(0, 0, Decimal(10), 0), (1, 0, 0, Decimal(10))]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 1))
def test_lifetime_value_passed_on_sums_to_lifetime_value(seed: int, by_referral: float, by_influence: float) -> None:
    rng = random.Random(seed)
    acts = [refer(rng.randrange(8), f"c{rng.randrange(8)}", rng.randrange(1, 30)) for _ in range(8)]
    acts += [
        {
            "customer_id": f"c{rng.randrange(8)}",
            "action": "comment",
            "social_id": f"s{i}",
            "parent_id": rng.choice([None, f"s{rng.randrange(20)}"]),
        }
        for i in range(20)
    ]
    clv = [rng.choice([None, "0", "0.01", "33.33", "1234.5678", "-5"]) for _ in range(8)]
    frame = pl.DataFrame({"n": range(8), "clv": clv}, schema={"n": pl.UInt32, "clv": pl.String}).with_columns(
        pl.col("clv").cast(pl.Decimal(18, 4))
    )
    shares = {"by_referral": by_referral, "by_influence": by_influence}
    found = network_value(frame, ties(acts, 8), **shares)
    whole = {c: total(found, c) for c in ("clv", "clnv", "clv_passed_on", "referral_clv", "influence_value")}
    assert whole["clnv"] == whole["clv"]
    assert whole["clv_passed_on"] == whole["referral_clv"] + whole["influence_value"]
    kept = found.filter(pl.col("clv") > 0)
    assert (kept["clv_passed_on"] <= kept["clv"]).all()  # nobody gives away more than there is
    rng.shuffle(acts)
    assert network_value(frame, ties(acts, 8), **shares).equals(found)


def test_knowledge_fades_by_half_lives_and_is_shrunk_towards_everyone() -> None:
    def post(by: int, days: int, votes: int | None, action: str = "comment") -> dict[str, Any]:
        at = dt.datetime(2025, 1, 31, tzinfo=dt.UTC) - dt.timedelta(days=days)
        return {"customer_id": f"c{by}", "action": action, "votes": votes, "occurred_at": at}

    found = knowledge(
        social([post(0, 0, 6), post(0, 180, None), post(1, 0, -2, "review"), post(2, 0, 9, "share")]), who(4)
    )
    assert found.mean_votes == 2.0  # six votes over three contributions
    first = 1.5 * (6 + 3 * 2) / (2 + 3)
    second = 1.0 * (0 + 3 * 2) / (1 + 3)
    assert found.points.rows() == [(0, round(first, 6)), (1, round(second, 6))]
    bare = knowledge(social([{k: v for k, v in post(0, 0, 1).items() if k != "votes"}]), who(1))
    assert (bare.mean_votes, bare.points.rows()) == (None, [(0, 1.0)])
