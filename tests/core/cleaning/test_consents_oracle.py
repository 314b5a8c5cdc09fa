"""The permissions of random histories, against a plain Python reading of the rules that shares no code with the step."""

import datetime as dt
from collections import Counter
from itertools import product
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.core.cleaning.permission_oracle import CHANNELS, addresses, all_rows, on_lists, oracle
from tests.core.cleaning.permission_worlds import (
    SCREEN_DAYS,
    TABLES,
    as_dict,
    decided,
    entry,
    event,
    together,
    with_screening,
    worlds,
)

ORDER = ("may_not", "review", "ask_again", "screen_first", "may")
# What no later word of another row can take back.
FINAL = {"deceased", "total_ban", "protected_address", "objected", "withdrawn", "conflict_withdrawal_wins"}
# A smaller seed is no smaller world: a test that fails tells the one world that is wrong, which is small by itself.
QUICK = settings(
    max_examples=2,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
SEEDS = st.integers(0, 2**32 - 1)


def check_oracle(many):
    found = as_dict(decided(together(many)))
    for one in many:
        names = sorted({r["customer_id"] for r in one["customers"]})
        said = {key: oracle(one, *key) for key in product(names, CHANNELS)}
        assert {key: found.get(key) for key in said} == said, one
    assert len(found) == len(CHANNELS) * len({r["customer_id"] for one in many for r in one["customers"]})
    return found


@settings(QUICK, max_examples=6)
@given(SEEDS)
def test_every_decision_and_reason_is_the_oracles(seed):
    check_oracle(worlds(seed, 100))


@pytest.mark.slow
def test_every_decision_is_the_oracles_in_many_worlds():
    reasons: Counter[tuple[str, str]] = Counter()
    for seed in range(12):
        reasons.update(check_oracle(worlds(seed, 250)).values())
    # The worlds reach every decision there is, and `may` by each of its ways but the setting for people at companies.
    assert {reason for decision, reason in reasons if decision == "may"} == {
        "consent", "soft_opt_in", "b2b_opt_out", "no_generic", "phone_opt_out", "post_opt_out",
    }  # fmt: skip
    assert {decision for decision, _ in reasons} == set(ORDER)


@QUICK
@given(SEEDS)
def test_another_stop_never_leads_towards_may(seed):
    many, random = worlds(seed, 100), Random(seed)
    more = [event(random, n, status=random.choice(("withdrawn", "objected"))) for n in range(len(many))]
    before = as_dict(decided(together(many)))
    after = as_dict(decided(together([one | {"consents": [*one["consents"], more[n]]} for n, one in enumerate(many)])))
    for key, (decision, _) in after.items():
        assert ORDER.index(decision) <= ORDER.index(before[key][0]), many[int(key[0][1:])]


@pytest.mark.slow
@QUICK
@given(SEEDS)
def test_another_list_entry_never_leads_those_it_binds_towards_may(seed):
    many, random = worlds(seed, 100), Random(seed)
    more = [entry(random, n, SCREEN_DAYS) for n in range(len(many))]
    before = as_dict(decided(together(many)))
    after = as_dict(
        decided(together([one | {"suppressions": [*one["suppressions"], more[n]]} for n, one in enumerate(many)]))
    )
    bound = 0
    for (cid, channel), (decision, _) in after.items():
        n = int(cid[1:])
        ban, days = on_lists(many[n] | {"suppressions": [more[n]]}, cid, channel)
        if ban or days:
            bound += 1
            assert ORDER.index(decision) <= ORDER.index(before[cid, channel][0]), (many[n], more[n])
    assert bound


@pytest.mark.slow
@QUICK
@given(SEEDS)
def test_the_order_of_rows_is_irrelevant(seed):
    tables, random = together(worlds(seed, 100)), Random(seed)
    shuffled = {table: random.sample(rows, len(rows)) for table, rows in tables.items()}
    assert decided(tables).equals(decided(shuffled))


@QUICK
@given(SEEDS)
def test_a_withdrawal_on_the_last_day_of_any_merged_row_always_wins(seed):
    """Whoever gave it: under the customer's own id or one that was merged into it, or at an address that they have too."""
    many, random = worlds(seed, 100), Random(seed)
    stops = []
    for n, one in enumerate(many):
        name = random.choice(one["originals"] or one["customers"])["customer_id"]
        status, channel = random.choice(("withdrawn", "objected")), random.choice(CHANNELS)
        last = dt.datetime(2026, 6, 30, 23, tzinfo=dt.UTC)
        stops.append(event(random, n, customer_id=name, channel=channel, status=status, recorded_at=last))
    tables = together(many)
    found = as_dict(decided(tables | {"consents": [*tables["consents"], *stops]}))
    neighbours = 0
    for one, stop in zip(many, stops, strict=True):
        became = {c["source_customer_id"]: c["customer_id"] for c in one["crosswalk"]}
        giver = became.get(stop["customer_id"], stop["customer_id"])
        assert found[giver, stop["channel"]][0] == "may_not", (one, stop)
        kind = {"email": "email", "sms": "phone", "phone": "phone", "robocall": "phone"}.get(stop["channel"])
        for cid in {r["customer_id"] for r in one["customers"]} - {giver} if kind else ():
            if addresses(all_rows(one, cid), kind) & addresses(all_rows(one, giver), kind):
                neighbours += 1
                assert found[cid, stop["channel"]][0] == "may_not", (one, stop)
    assert neighbours


@QUICK
@given(SEEDS)
def test_merging_never_takes_a_stop_away(seed):
    """What stopped any of the rows stops the customer they become, whichever row's values survive."""
    apart: list[dict[str, list[dict[str, object]]]] = []
    merged: list[dict[str, list[dict[str, object]]]] = []
    to: dict[str, str] = {}
    for one in worlds(seed, 100):
        rows = [{**r, "customer_id": f"{i}{r['customer_id']}"} for i, r in enumerate(one["customers"])]
        first = {r["customer_id"][1:]: r["customer_id"] for r in reversed(rows)}
        # Without grants: one that is later than another row's stop would be the same customer's last word.
        rest = {
            "consents": [
                {**e, "customer_id": first.get(e["customer_id"], e["customer_id"])}
                for e in one["consents"]
                if e["status"] != "granted"
            ],
            **{
                table: [{**e, "customer_id": first.get(e["customer_id"])} for e in one[table]]
                for table in ("suppressions", "address_updates")
            },
        }
        to |= {r["customer_id"]: first[r["customer_id"][1:]] for r in rows}
        crosswalk = [
            {"row_id": r["row_id"], "source_customer_id": r["customer_id"], "customer_id": to[r["customer_id"]]}
            for r in rows
        ]
        apart.append({table: [] for table in TABLES} | rest | {"customers": rows})
        survivors = [r for r in rows if r["customer_id"] in first.values()]
        merged.append(rest | {"customers": survivors, "originals": rows, "crosswalk": crosswalk})
    before, after = as_dict(decided(together(apart))), as_dict(decided(together(merged)))
    stopped = [(cid, channel) for (cid, channel), (_, reason) in before.items() if reason in FINAL]
    assert stopped
    for cid, channel in stopped:
        assert after[to[cid], channel][0] == "may_not", (cid, channel)


def test_worlds_stand_apart():
    """A world judged alone gets what it gets among many: nothing of the others reaches it."""
    many = worlds(5, 40)
    among = as_dict(decided(together(many)))
    for n in (0, 17, 39):
        stand = many[n]["screening"]
        if with_screening([many[n]])[0]["screening"] == stand:
            assert as_dict(decided(many[n])).items() <= among.items()
