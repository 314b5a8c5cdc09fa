"""What a user of dedupe relies on: who is merged, who stays two, and that nothing is lost."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from lohko.errors import UsageFault
from lohko.matching.params import DedupeParams


def ids(result):
    walk = result.tables["crosswalk"]
    return dict(zip(walk["row_id"], walk["customer_id"], strict=True))


def codes(result):
    return [finding.code for finding in result.findings]


def test_merges_second_writings_and_nobody_else(run, make, double):
    rows = double(make(120, 1), 4)
    result = run(rows)
    walk = result.tables["crosswalk"]
    assert all(row["customer_id"] == row["source_customer_id"].rstrip("b") for row in walk.iter_rows(named=True))
    assert result.tables["customers"].height == 120
    assert result.accounts["customers"].merged == 30
    result.accounts["customers"].check("customers")
    assert result.figures["merged"] == 30
    assert "dedupe_merged" in codes(result)


def test_couple_with_one_mailbox_twins_and_namesake_father_stay_apart(run, make, double):
    home = {"street": "Rantatie 5", "postcode": "00200", "city": "Helsinki", "last_name": "Laine"}
    born = dt.date(1955, 3, 2)
    couple = [
        {"customer_id": "c1", "first_name": "Matti", "email": "laine@posti.fi", "phone": "0401112223", **home},
        {"customer_id": "c2", "first_name": "Eeva", "email": "laine@posti.fi", "phone": "0401112223", **home},
    ]
    son = home | {"last_name": "Salmi", "street": "Koivukuja 9", "first_name": "Pekka"}
    fathers = [
        {"customer_id": "f1", "birth_date": born, "email": "pekka1@posti.fi", **son},
        {"customer_id": "f2", "birth_date": dt.date(1984, 11, 30), "email": "pekka2@posti.fi", **son},
    ]
    twin = home | {"last_name": "Korpi", "street": "Suotie 3", "birth_date": dt.date(2001, 6, 6)}
    twins = [
        {"customer_id": "t1", "first_name": "Ilona", "phone": "0501234567", **twin},
        {"customer_id": "t2", "first_name": "Saara", "phone": "0501234567", **twin},
    ]
    rows = double(make(200, 2), 5) + [row | {"row_id": row["customer_id"]} for row in couple + fathers + twins]
    result = run(rows)
    found = ids(result)
    assert {found[key] for key in ("c1", "c2", "f1", "f2", "t1", "t2")} == {"c1", "c2", "f1", "f2", "t1", "t2"}
    home_of = dict(zip(result.tables["crosswalk"]["row_id"], result.tables["crosswalk"]["household_id"], strict=True))
    assert home_of["c1"] == home_of["c2"]
    assert home_of["t1"] == home_of["t2"] != home_of["c1"]


@pytest.mark.parametrize("size", [2, 5])
def test_namesakes_of_one_town_with_nothing_unique_stay_two(run, size):
    rows = [
        {"customer_id": str(k), "first_name": "Matti", "last_name": "Virtanen", "city": "Tampere"} for k in range(size)
    ]
    result = run(rows)
    assert result.tables["customers"].height == size
    assert "dedupe_little_evidence" in codes(result)


def test_equal_rows_with_a_unique_field_are_one(run):
    row = {"first_name": "Matti", "last_name": "Virtanen", "email": "matti@virtanen.fi"}
    result = run([row | {"customer_id": str(k)} for k in range(5)])
    assert result.tables["customers"]["customer_id"].to_list() == ["0"]


@pytest.mark.parametrize("rows", [[], [{"customer_id": "1", "first_name": "Aino"}]])
def test_tiny_registers_are_told_in_plain_words(run, rows):
    result = run(rows)
    assert result.tables["customers"].height == len(rows)
    assert codes(result)[0] == "dedupe_none"
    assert result.tables["pairs"].height == 0


def test_rows_of_one_id_are_one_customer_whatever_they_say(run, make):
    rows = make(40, 3)
    rows.append(
        rows[0] | {"row_id": "x", "first_name": "Zacharias", "last_name": "Zimmer", "email": None, "phone": None}
    )
    result = run(rows)
    assert result.tables["customers"].height == 40
    assert ids(result)["x"] == rows[0]["customer_id"]
    assert result.tables["crosswalk"].height == 41


def test_missing_row_ids_are_taken_from_the_customer_id(run, frame, make):
    rows = [{key: value for key, value in row.items() if key != "row_id"} for row in make(6, 4)]
    rows.append(rows[0])
    result = run(rows)
    assert "row_id" not in result.tables["customers"].columns
    first = rows[0]["customer_id"]
    assert {first, f"{first}#2"} <= set(result.tables["crosswalk"]["row_id"])


def test_all_other_tables_speak_of_the_survivors_in_their_row_order(run, make, double):
    rows = double(make(60, 5), 3)
    visits = pl.DataFrame({"customer_id": ["50003b", None, "50001", "50000b"], "n": [1, 2, 3, 4]})
    social = pl.DataFrame({"customer_id": ["50001"], "referred_customer_id": ["50006b"]})
    goals = pl.DataFrame({"measure": ["nps"]})
    untouched = pl.DataFrame({"customer_id": ["50001"]})
    result = run(rows, {"visits": visits, "social": social, "goals": goals, "feedback": untouched})
    assert result.tables["visits"].lazy().collect().rows() == [
        ("50003", 1, "50003b"),
        (None, 2, None),
        ("50001", 3, None),
        ("50000", 4, "50000b"),
    ]
    social_now = result.tables["social"].lazy().collect()
    assert social_now.rows(named=True) == [
        {"customer_id": "50001", "referred_customer_id": "50006", "source_referred_customer_id": "50006b"}
    ]
    assert "goals" not in result.tables
    assert "feedback" not in result.tables


def test_every_value_taken_over_is_listed_and_originals_are_kept(run, frame, make, double):
    rows = double(make(30, 6), 3)
    result = run(rows)
    came = frame(rows).sort("row_id")
    assert result.tables["originals"].select(came.columns).equals(came)
    merged, changes = result.tables["customers"], result.tables["changes"]
    own = came.join(merged.select("row_id"), on="row_id", how="semi")
    for change in changes.iter_rows(named=True):
        assert change["rule"].startswith("survivorship:")
        before = own.filter(pl.col("row_id") == change["row_id"])[change["column"]].cast(pl.String)[0]
        after = merged.filter(pl.col("row_id") == change["row_id"])[change["column"]].cast(pl.String)[0]
        assert (before, after) == (change["old"], change["new"])
        assert before != after


def test_weights_of_a_pair_add_up(run, make, double):
    result = run(double(make(80, 7), 3))
    pairs = result.tables["pairs"]
    weights = [name for name in pairs.columns if name.startswith("weight_")]
    off = pairs.select((pl.sum_horizontal(weights) - pl.col("match_weight")).abs().max()).item()
    assert off < 1e-4
    odds = pairs.select(1 / (1 + 2 ** -(pl.col("match_weight") + result.figures["prior_weight"])))["literal"]
    assert (
        odds - pairs["match_probability"]
    ).abs().max() < 0.51  # held below a half where nothing tells namesakes apart
    assert set(pairs["decision"]) <= {"match", "review", "no"}


def test_switchboard_is_told_and_merges_nobody(run, make):
    rows = [row | {"phone": "09 123 4567"} for row in make(12, 8)] + make(40, 9)
    result = run(rows)
    assert result.tables["customers"].height == 52
    crowd = next(finding for finding in result.findings if finding.code == "dedupe_crowd")
    assert crowd.data == {"column": "phone", "values": 1, "rows": 12}


def test_companies_match_on_their_names_not_their_contact_persons(run):
    base = {"customer_type": "company", "city": "Turku", "postcode": "20100", "street": "Satamatie 1"}
    rows = [
        base
        | {"customer_id": "1", "company_name": "Aurajoen Kaluste Oy", "business_id": "1234567-1", "last_name": "Laine"},
        base | {"customer_id": "2", "company_name": "AURAJOEN KALUSTE", "business_id": "12345671", "last_name": "Mäki"},
        base | {"customer_id": "3", "company_name": "Föri Marine Ab", "business_id": "7654321-2", "last_name": "Laine"},
    ]
    found = ids(run(rows))
    assert found == {"1": "1", "2": "1", "3": "3"}


def test_columns_of_the_user_are_compared_on_request_and_refused_if_not_there(run, make, double):
    rows = [row | {"member": f"M{k:05d}"} for k, row in enumerate(make(30, 10))]
    rows.append({"row_id": "n", "customer_id": "n", "first_name": "Aino", "last_name": "Uusi", "member": "M00004"})
    result = run(rows, compare=("member:id",))
    assert "weight_member" in result.tables["pairs"].columns
    with pytest.raises(UsageFault) as caught:
        run(rows, compare=("membre",))
    assert caught.value.code == "dedupe_compare"
    with pytest.raises(UsageFault):
        run(rows, compare=("member:wish",))


def test_oldest_row_gives_the_id_else_the_smallest(run):
    row = {"first_name": "Siiri", "last_name": "Kallio", "email": "siiri@kallio.fi", "phone": "0407654321"}
    day = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    dated = [
        row | {"customer_id": "a", "created_at": day},
        row | {"customer_id": "b", "created_at": day - dt.timedelta(1)},
    ]
    assert set(ids(run(dated)).values()) == {"b"}
    assert set(ids(run([row | {"customer_id": "b"}, row | {"customer_id": "a"}])).values()) == {"a"}


def test_later_rows_join_under_the_id_that_survived_before(run, make, double):
    rows = double(make(50, 11), 5)
    first = run(rows)
    tables = {name: frame.lazy().collect() for name, frame in first.tables.items()}
    older = next(row for row in rows if row["row_id"].endswith("0000"))
    late = older | {
        "row_id": "late",
        "customer_id": "0",
        "created_at": dt.datetime(1999, 1, 1, tzinfo=dt.UTC),
    }
    customers = pl.concat([tables["customers"], pl.DataFrame([late], schema=tables["customers"].schema)])
    second = run(customers, {name: frame for name, frame in tables.items() if name != "customers"})
    walk = second.tables["crosswalk"]
    assert walk.height == len(rows) + 1
    assert ids(second)["late"] == older["customer_id"]
    assert walk.filter(pl.col("row_id") != "late")["customer_id"].equals(first.tables["crosswalk"]["customer_id"])


def test_thresholds_out_of_order_are_refused():
    with pytest.raises(UsageFault):
        DedupeParams(threshold=0.6, review=0.8)


def test_rules_of_survivorship_by_source_and_in_other_words(run, make):
    row = make(1, 8)[0] | {"source": "shop", "language": "fi"}
    other = row | {
        "row_id": "b",
        "customer_id": "b",
        "source": "CRM",
        "language": "sv",
        "created_at": row["created_at"] - dt.timedelta(days=9),
    }
    rows = [row, other, *(r | {"source": "CRM", "language": None} for r in make(20, 9))]
    for rule, language in (
        ("newest", "fi"),
        ("Most Frequent", "fi"),
        ("source_order=CRM>shop", "sv"),
        ("source order=shop", "fi"),
    ):
        made = run(rows, survivorship=(f"language:{rule}",)).tables["customers"]
        assert made.filter(pl.col("language").is_not_null())["language"].to_list() == [language], rule
    for wrong in ("language:source_order", "language:source_order=a>>b", "language:newest=a", "nothing:newest"):
        with pytest.raises(UsageFault):
            run(rows, survivorship=(wrong,))


def test_names_of_places_with_nothing_in_common_are_two_at_one_door_and_number(run, frame):
    kinds, things = (
        ["Grill", "Bistro", "Diner", "Kitchen", "Tavern"],
        ["Harbour", "Garden", "Velvet", "Copper", "Lantern", "Willow", "Thunder"],
    )
    rows = []
    for n, (kind, thing) in enumerate((k, t) for k in kinds for t in things):
        here = {"street": f"{100 + n} {things[n % 7]} Road", "city": "Austin", "phone": f"512 555 {n * 37 + 1000}"}
        rows.append({"customer_id": f"a{n}", "name": f"{thing} {kind}", **here})
        if n < 20:
            rows.append({"customer_id": f"b{n}", "name": f"{thing} {kind} (Austin)", **here})
        elif n < 26:
            rows.append({"customer_id": f"c{n}", "name": f"Cafe Number{n}", **here})
    merged = ids(run(frame(rows)))
    assert all(merged[f"a{n}"] == merged[f"b{n}"] for n in range(20))
    assert all(merged[f"a{n}"] != merged[f"c{n}"] for n in range(20, 26))


def test_strangers_who_share_a_day_that_stands_for_none_stay_apart(run, make):
    rows = make(12, 48)
    for row in rows:
        row["email"] = None
    for row in (rows[4], rows[6]):
        row |= {"birth_date": dt.date(1970, 1, 1), "street": f"Finnenkatu {row['row_id'][-1]}4"}
    rows[4] |= {"first_name": None, "last_name": None}
    assert run(rows).tables["customers"].lazy().collect().height == len(rows)
