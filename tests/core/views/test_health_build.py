"""The health of small registers whose faults are known: states, scores, reach, costs, sources, duplicates, changes."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.cleaning.enrich import enrich
from lohko.cleaning.origins import wilson
from lohko.cleaning.params import EnrichParams
from lohko.cleaning.postal_book import embedded
from lohko.matching.params import DedupeParams
from lohko.outcome import Env
from lohko.views.health.build import Asked, build
from lohko.views.health.model import Duplicates, Health
from lohko.views.health.params import Costs, Prices
from lohko.views.health.rows import failures
from lohko.views.health.sections.duplicates import _surplus
from lohko.views.health.sections.money import money
from lohko.views.health.sections.reach import Posted
from lohko.views.health.sections.since import since

DAY = dt.date(2026, 10, 31)
ENV = Env(DAY)
WHEN = dt.datetime(2025, 10, 31, tzinfo=dt.UTC)
PRICES = Prices(
    mailings_per_year=4,
    print=0.25,
    postage=1.0,
    return_share=0.5,
    return_handling=3.0,
    suspect_share=0.5,
    invoices_per_year=2,
    mean_invoice=100,
    interest_rate=0.1,
    delay_days=36.5,
    reminder_cost=4,
    currency="EUR",
)


def customer(number: int, **more: object) -> dict[str, object]:
    return {
        "customer_id": f"{number:04d}",
        "row_id": f"{number:04d}",
        "first_name": ("Aino", "Väinö", "Liisa", "Oskari", "Helmi", "Tauno", "Ritva")[number % 7],
        "last_name": ("Virtanen", "Mäkelä", "Koskinen", "Lehtola", "Salo", "Nyman", "Rinne")[number // 7 % 7],
        "email": f"aino{number}@posti.fi",
        "phone": f"+35840{5_200_000 + number * 7_919 % 1_000_000}",
        "street": f"Mannerheimintie {number}",
        "postcode": "00100",
        "city": "Helsinki",
        "country": "FI",
        "birth_date": dt.date(1980, 1, 2) + dt.timedelta(days=number * 37),
        "created_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        "updated_at": WHEN,
        "source": "crm",
    } | more


ROWS = [
    customer(1),
    customer(2, postcode="99998", email="not an address"),
    customer(3, postcode=None, birth_date=dt.date(2027, 1, 1)),
    customer(4, city="Tampere"),
    customer(5, street="-", phone=None, email=None),
    customer(6, postcode="33100 ", city="Tampere", updated_at=dt.datetime(2019, 1, 1, tzinfo=dt.UTC)),
    customer(7, postcode="100"),
]


def health(rows: list[dict[str, object]] | None = None, **asked: object) -> Health:
    frame = pl.DataFrame(ROWS if rows is None else rows, infer_schema_length=None)
    return build({"customers": frame.lazy()}, (), ENV, Asked(**({"look": False} | asked)))[0]  # type: ignore[arg-type]


def codes(found: Health, field: str) -> dict[str, int]:
    return {fault.code: fault.count for part in found.fields if part.name == field for fault in part.faults}


def test_faults_are_found_in_their_fields():
    found = health()
    assert codes(found, "postcode") == {
        "postcode_format_fixed": 2,
        "postcode_invalid": 1,
        "postcode_missing": 1,
        "postcode_place_mismatch": 1,
    }
    assert codes(found, "email") == {"email_missing": 1, "email_unreadable": 1}
    assert codes(found, "phone") == {"phone_missing": 1}
    assert codes(found, "street") == {"street_filler": 1}
    assert codes(found, "birth_date") == {"birth_date_future": 1}
    assert codes(found, "updated_at") == {"updated_before_created": 1}


def test_states_of_a_field_add_up_to_its_rows():
    for field in health().fields:
        assert field.sound + field.mendable + field.doubtful + field.wrong + field.missing == field.rows
        assert field.score is not None
        assert 0 <= field.score <= 100


def test_the_register_score_is_the_weighted_mean_of_its_parts():
    score = health().score
    weight = sum(weight for _, _, weight in score.parts)
    assert score.value == round(sum(value * part for _, value, part in score.parts) / weight, 1)
    assert score.untested == ("business_id", "uniqueness")


def test_a_field_that_is_not_there_is_not_tested():
    found = health([{"customer_id": "1", "email": "a@posti.fi"}])
    assert [field.name for field in found.fields] == ["email"]
    assert found.score.value == 100
    assert found.reach.post is None
    assert found.money.sure == 0


def test_nobody_has_no_score_and_no_grade():
    frame = pl.DataFrame(schema={"customer_id": pl.String, "email": pl.String})
    found, examined = build({"customers": frame.lazy()}, (), ENV, Asked())
    assert found.score.value is None
    assert found.fixes == ()
    assert failures(examined).is_empty()


def test_reach_counts_each_customer_once_by_the_best_row():
    again = customer(3, row_id="0003b")
    found = health([*ROWS, again])
    assert found.register.rows == 8
    assert found.reach.customers == 7
    assert found.reach.post is not None
    assert sum(found.reach.post) == 7
    # the second row of the third customer has a postcode
    assert found.reach.post[2] == health().reach.post[2] - 1  # type: ignore[index]
    assert found.reach.none == 1  # the fifth has no street, no phone, no e-mail


def test_an_address_that_is_protected_is_neither_missing_nor_a_lost_letter():
    gone = {"street": None, "postcode": None, "city": None}
    rows = [*ROWS, customer(8, **gone, address_status="protected")]
    found, before = health(rows, costs=Costs(PRICES)), health(costs=Costs(PRICES))
    assert found.reach.post is not None
    assert before.reach.post is not None
    assert found.reach.post[2] == before.reach.post[2] + 1  # post does not reach the customer
    assert (found.money.sure, found.money.suspect) == (before.money.sure, before.money.suspect)  # and no letter is sent
    address = {"street", "postcode", "city"}
    assert [part for part in found.fields if part.name in address] == [f for f in before.fields if f.name in address]
    told = health([*ROWS, customer(8, **gone, address_status="deceased")])
    assert codes(told, "postcode")["postcode_missing"] == codes(found, "postcode")["postcode_missing"] + 1


def test_the_cost_is_the_formula():
    doubled = Duplicates(True, None, 2, 3, 5, 2, 3, 5, 0, None, 0, 0, None, None)
    posted = Posted(10, 4, pl.Series([], dtype=pl.String))
    ages = health().ages
    found = money(Costs(PRICES), posted, doubled, ages)
    (stream,) = found.streams
    unit = Decimal(4) * (Decimal("1.25") + Decimal("1.5"))
    assert stream.waste is not None
    assert (stream.waste.low, stream.waste.expected, stream.waste.high) == (10 * unit, 12 * unit, 14 * unit)
    assert stream.doubled is not None
    assert [stream.doubled.low, stream.doubled.expected, stream.doubled.high] == [Decimal(n) for n in (10, 15, 25)]
    # twice a year: 100 * 0.1 / 365 * 36.5 = 1, and a reminder
    assert found.invoices == 2 * 10 * 5
    assert found.total is not None
    assert found.total.expected == 12 * unit + 15 + 100
    assert found.missing == ()


def test_without_prices_nothing_is_summed_and_all_that_is_missing_is_told():
    found = health().money
    assert found.total is None
    assert set(found.missing) == set(PRICES.as_dict()) - {"moving_rate", "currency"}
    assert found.sure > 0
    assert all(fix.amount is None for fix in health().fixes)


def test_without_the_share_of_doubtful_addresses_there_is_no_expectation():
    prices = Prices(**{**PRICES.as_dict(), "suspect_share": None})
    found = health(costs=Costs(prices)).money
    assert found.total is not None
    assert found.total.expected is None
    assert found.total.low < found.total.high
    assert found.missing == ("suspect_share",)


def test_mailings_may_have_prices_of_their_own():
    costs = Costs(PRICES, {"magazine": {"mailings_per_year": 12.0, "postage": 0.5}, "offers": {}})
    found = health(costs=costs).money
    assert [(s.name, s.mailings, s.postage) for s in found.streams] == [
        ("magazine", Decimal(12), Decimal("0.5")),
        ("offers", Decimal(4), Decimal(1)),
    ]


def test_the_fixes_add_up_to_the_total():
    twin = customer(1, customer_id="0901", row_id="0901", postcode="100")
    found = health([*ROWS, twin], look=True, costs=Costs(PRICES))
    assert found.money.total is not None
    assert sum((fix.amount or Decimal(0) for fix in found.fixes), Decimal(0)) == found.money.total.expected


def test_ties_of_a_group_count_once():
    def pairs(*rows: tuple[str, str, float]) -> pl.DataFrame:
        return pl.DataFrame(rows, schema=["left", "right", "match_probability"], orient="row")

    three = pairs(("a", "b", 0.9), ("a", "c", 0.9), ("b", "c", 0.8))
    found = _surplus(three, DedupeParams())
    assert (found.low, found.expected, found.high) == (1.8, 1.8, 2.0)
    doubtful = _surplus(pairs(("a", "b", 0.4), ("c", "d", 0.1)), DedupeParams())
    assert (doubtful.low, doubtful.expected, doubtful.high) == (0.0, 0.5, 1.1)


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.floats(0.01, 1.0)).filter(lambda pair: pair[0] < pair[1]),
        max_size=20,
        unique_by=lambda pair: pair[:2],
    )
)
@settings(max_examples=40, deadline=None)
def test_low_expected_and_high_stand_in_order_whatever_the_pairs(rows):
    frame = pl.DataFrame(
        [(str(a), str(b), p) for a, b, p in rows],
        schema={"left": pl.String, "right": pl.String, "match_probability": pl.Float64},
        orient="row",
    )
    found = _surplus(frame, DedupeParams())
    assert 0 <= found.low <= found.expected <= found.high <= 6
    assert _surplus(frame.reverse(), DedupeParams()) == found


def test_duplicates_are_counted_by_their_probability():
    twin = customer(1, customer_id="0901", row_id="0901", postcode="100")
    found = health([*ROWS, twin], look=True).duplicates
    assert found.looked
    assert found.low <= found.expected <= found.high
    assert round(found.expected) == 1
    assert health([*ROWS, twin], look=True).score.untested == ("business_id",)


def test_the_order_of_rows_changes_nothing():
    def shown(rows: list[dict[str, object]]) -> str:
        return json.dumps(health(rows, look=True, costs=Costs(PRICES)).as_dict())

    assert shown(ROWS) == shown(ROWS[::-1]) == shown(ROWS[3:] + ROWS[:3])


def test_a_source_is_named_only_where_it_wrote_enough_and_stands_out():
    good = [customer(100 + n, source="web") for n in range(60)]
    bad = [customer(200 + n, source="import", postcode="100", created_at=WHEN) for n in range(30)]
    few = [customer(300, source="Aino Virtanen", postcode="100")]
    found = health([*good, *bad, *few])
    assert [(o.name, o.stands_out) for o in found.origins] == [("import", True), ("web", False), (None, False)]
    first = found.origins[0]
    assert [own.code for own in first.top] == ["postcode_format_fixed"]
    assert (first.since, first.until) == ("2025-10", "2025-10")
    assert "Virtanen" not in json.dumps(found.as_dict())


def test_the_interval_is_wilsons():
    assert wilson(0, 10, 1.96) == (0.0, 0.2775)  # Wilson 1927, as in Brown, Cai and DasGupta 2001
    assert wilson(5, 10, 1.96) == (0.2366, 0.7634)


def test_moves_are_expected_by_the_age_of_each_row():
    found = health([customer(1), customer(2)])
    assert found.ages.moved == pytest.approx(2 * 0.13, abs=0.06)
    assert health([customer(1)], costs=Costs(Prices(moving_rate=0))).ages.moved == 0


def test_a_day_of_making_is_no_freshness():
    made = [{**customer(n), "updated_at": None} for n in (1, 2)]
    found = health(made)
    assert (found.ages.known, found.ages.changed) == (2, 0)
    assert "freshness" in found.score.untested
    assert "freshness" not in health(ROWS).score.untested


def test_failures_hold_ids_and_codes_and_no_cell():
    rows = [customer(2, email="secret words", street="-")]
    frame = pl.DataFrame(rows)
    _, examined = build({"customers": frame.lazy()}, (), ENV, Asked(look=False))
    listed = failures(examined)
    assert listed.columns == ["customer_id", "row_id", "source", "line", "field", "code"]
    assert listed["code"].to_list() == ["email_unreadable", "street_filler"]
    assert "secret" not in listed.write_csv()


def test_what_stands_in_free_text_is_counted_by_column_and_never_shown():
    found = health([customer(1, notes="hetu 010190-900P ok"), customer(2, notes="turvakielto")])
    assert [(find.column, find.kind, find.rows) for find in found.sensitive] == [
        ("notes", "personal_code", 1),
        ("notes", "protected_note", 1),
    ]
    assert "010190" not in json.dumps(found.as_dict())


def test_changes_since_an_earlier_register():
    before, now = health(), health([customer(n) for n in range(1, 8)])
    found = {(change.kind, change.name): (change.before, change.now) for change in since("old", before, now).changes}
    assert found["fault", "email_missing"] == (1, 0)
    assert found["field", "email"][0] < found["field", "email"][1]  # type: ignore[operator]
    assert since("same", now, now).changes == ()


def test_areas_are_found_as_enrich_finds_them():
    places = [{"postcode": "33100"}, {"postcode": "90100"}, {"postcode": "33101", "street": "PL 5"}, {"country": "SE"}]
    frame = pl.DataFrame([customer(1), *(customer(n, **more) for n, more in enumerate(places, 2))])
    towns = pl.Series(["Helsinki", "Tampere", "Oulu", None, None])
    areas = pl.DataFrame(
        {"postcode": ["00100", None], "municipality": [None, "Tampere"], "residents": ["18492", "260358"]}
    )
    tables = {"customers": frame.with_columns(municipality=towns).lazy(), "areas": areas.lazy()}
    found = build(tables, (), ENV, Asked(look=False))[0].areas
    assert found is not None
    assert (found.postcode, found.municipality, found.none) == (1, 2, 2)
    joined = enrich(tables, EnrichParams(prefix="area_2026_"), ENV)
    del tables["areas"]
    enriched = {"customers": joined.tables["customers"].lazy()}
    assert build(enriched, (), ENV, Asked(look=False))[0].areas == found
    unreadable = build({**tables, "areas": pl.LazyFrame({"postcode": ["00100"]})}, (), ENV, Asked(look=False))[0]
    assert unreadable.areas is None


def test_codes_are_judged_by_the_users_own_list_and_an_answered_one_stays_right():
    rows = [customer(1), customer(2), customer(3, postcode="33100"), customer(4, postcode="33100")]
    frame = pl.DataFrame(rows).with_columns(postcode_status=pl.Series(["valid", None, None, "valid"]))
    fewer = {code: kind for code, kind in embedded().types.items() if code != "00100"}
    book = replace(embedded(), types=fewer, retired={**embedded().retired, "00100": "2026-01-01"})
    found, examined = build({"customers": frame.lazy()}, (), ENV, Asked(look=False, book=book))
    assert codes(found, "postcode") == {"postcode_retired": 2, "postcode_place_mismatch": 1}
    assert examined.rows.filter("postcode_place_mismatch")["row_id"].to_list() == ["0003"]


def test_accuracy_is_not_tested_without_an_outside_register():
    assert health().accuracy is None
    updates = pl.LazyFrame({"customer_id": ["0001", "0002"], "status": ["moved", None]})
    frame = pl.DataFrame([customer(1, address_status="moved"), customer(2)], infer_schema_length=None)
    found = build({"customers": frame.lazy(), "address_updates": updates}, (), ENV, Asked(look=False))[0].accuracy
    assert found is not None
    assert found.entries == 2
    assert [(entry.code, entry.count) for entry in found.matched or ()] == [("moved", 1)]


def test_what_an_earlier_step_left_apart_waits_for_a_person():
    frame = pl.DataFrame([customer(1), customer(2)])
    walk = pl.LazyFrame(
        {
            "row_id": ["0001", "0002", "0003"],
            "source_customer_id": ["0001", "0002", "0003"],
            "customer_id": ["0001", "0002", "0002"],
            "household_id": ["0001", "0001", "0001"],
        }
    )
    pairs = pl.LazyFrame({"left_row_id": ["0001"], "right_row_id": ["0003"], "match_probability": [0.55]})
    tables = {"customers": frame.lazy(), "crosswalk": walk, "pairs": pairs}
    found = build(tables, (), ENV, Asked())[0]
    assert (found.duplicates.merged, found.duplicates.households, found.duplicates.pairs_review) == (1, 1, 1)
    assert (found.duplicates.low, found.duplicates.expected, found.duplicates.high) == (0, 0.55, 1)
    assert [fix.action for fix in found.fixes] == ["judge"]


TEXTS = st.sampled_from(
    [
        None,
        "",
        "-",
        "00100",
        "100",
        "99998",
        "Helsinki",
        "Oulu",
        "a@posti.fi",
        "0401234560",
        "2617416-4",
        "1234567-8",
        "Oy Firma Ab",
        "x",
    ]
)
FIELDS = (
    "first_name",
    "last_name",
    "company_name",
    "business_id",
    "email",
    "phone",
    "street",
    "postcode",
    "city",
    "country",
    "source",
)


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), TEXTS), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_whatever_stands_in_the_cells_the_states_add_up_and_the_fixes_hold(rows):
    kinds = dict.fromkeys(("customer_id", *FIELDS), pl.String)
    frame = pl.DataFrame([{"customer_id": f"c{place}", **row} for place, row in enumerate(rows)], schema=kinds)
    found, examined = build({"customers": frame.lazy()}, (), ENV, Asked(look=False, costs=Costs(PRICES)))
    for field in found.fields:
        parts = (field.sound, field.mendable, field.doubtful, field.wrong, field.missing)
        assert min(parts) >= 0
        assert sum(parts) == field.rows
    assert found.score.value is not None
    assert 0 <= found.score.value <= 100
    listed = failures(examined)
    assert listed.height == sum(fault.count for field in found.fields for fault in field.faults)
    total = found.money.total
    assert total is not None
    assert total.low <= (total.expected or 0) <= total.high
