"""What a register shows of its place names decides what is repaired by them."""

import datetime as dt
import random

import polars as pl
import pytest

from lohko.cleaning import postal_lists
from lohko.cleaning.params import PostcodesParams
from lohko.cleaning.postcodes import postcodes
from lohko.outcome import Env

ENV = Env(dt.date(2026, 1, 1))
ROWS = 1500


def register(damage, place="right", *, share=0.3, only=None):
    """Return rows of right addresses, some codes damaged, with the true code; ``place``: what stands beside the damaged ones."""
    draw = random.Random(7)
    normal = postal_lists.finland().filter(pl.col("type") == "normal")["code"]
    names = postal_lists.finnish_names().filter(pl.col("code").is_in(normal.implode())).sort("code", "name")
    places = [entry for entry in names.group_by("code", maintain_order=True).last().rows() if only in (None, entry[1])]
    everywhere = sorted(set(names["name"]))
    rows = []
    for number in range(ROWS):
        code, name = draw.choice(places)
        broken = damage(code, draw) if draw.random() < share else code
        hit = broken != code
        beside = draw.choice(everywhere) if hit and place == "wrong" else name
        rows.append((f"{number:05d}", broken, beside, code, hit))
    return pl.DataFrame(rows, schema=["customer_id", "postcode", "city", "true", "hit"], orient="row").with_columns(
        row_id="customer_id", street=pl.lit("Tie 1"), country=pl.lit("FI")
    )


def digit_wrong(code, draw):
    at = draw.randrange(5)
    return code[:at] + str((int(code[at]) + draw.randrange(1, 10)) % 10) + code[at + 1 :]


def digit_missing(code, draw):
    at = draw.randrange(5)
    return code[:at] + code[at + 1 :]


def zeros_lost(code, draw):
    return str(int(code))


def run(frame):
    return postcodes({"customers": frame.drop("true", "hit", strict=False).lazy()}, PostcodesParams(), ENV)


def outcome(frame):
    done = run(frame)
    now = done.tables["customers"].lazy().collect().join(frame.select("row_id", "true", "hit"), on="row_id")
    broken = now.filter("hit")
    written = broken.filter(pl.col("postcode_status").is_in(["format_fixed", "repaired_unique"]))
    right = (written["postcode"] == written["true"]).sum()
    untouched = now.filter(~pl.col("hit"))
    assert untouched["postcode"].equals(untouched["true"])
    return done, right / broken.height, (written.height - right) / broken.height


@pytest.mark.parametrize("damage", [digit_wrong, digit_missing])
def test_right_places_overrule_codes_and_wrong_ones_mend_nothing(damage):
    done, right, wrong = outcome(register(damage))
    assert right > 0.6
    assert wrong <= 0.002
    assert done.figures["place_names"]["overrule"]
    assert "postcode_places_overrule" in {finding.code for finding in done.findings}
    done, right, wrong = outcome(register(damage, "wrong"))
    assert right <= 0.005
    assert wrong == 0
    assert done.figures["place_names"]["expected_wrong"] > 0
    assert "postcode_places_doubted" in {finding.code for finding in done.findings}


def test_lost_zeros_come_back_by_right_places_only():
    assert outcome(register(zeros_lost))[1] == 1.0
    assert outcome(register(zeros_lost, "wrong"))[1:] == (0.0, 0.0)


def test_a_register_of_one_town_is_judged_by_the_few_other_places():
    done, right, wrong = outcome(register(digit_wrong, only="uleaborg"))
    assert wrong == 0
    assert right > 0.1
    assert done.figures["place_names"]["repair"]


@pytest.mark.parametrize("place", ["right", "wrong"])
def test_checking_such_a_register_twice_or_in_another_order_changes_nothing(place):
    frame = register(digit_wrong, place)
    first = run(frame)
    kept = first.tables["customers"].lazy().collect()
    again = postcodes({name: table.lazy() for name, table in first.tables.items()}, PostcodesParams(), ENV)
    assert again.tables["customers"].lazy().collect()["postcode"].equals(kept["postcode"])
    assert again.tables["changes"].lazy().collect().equals(first.tables["changes"].lazy().collect())
    turned = run(frame.sample(fraction=1.0, shuffle=True, seed=3))
    assert turned.tables["customers"].lazy().collect().sort("row_id").equals(kept.sort("row_id"))
    assert turned.figures == first.figures
