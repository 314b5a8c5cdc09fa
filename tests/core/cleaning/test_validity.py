"""What holds of every cleaning step: nothing gets worse, a second run changes nothing, and ``changes`` gives every original back."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.cleaning.address_updates import address_updates
from lohko.cleaning.contacts import contacts
from lohko.cleaning.faults import STATES, examine
from lohko.cleaning.params import AddressUpdatesParams, ContactsParams, PostcodesParams
from lohko.cleaning.postcodes import postcodes
from lohko.outcome import Env
from lohko.tables.types import schema

DAY = dt.date(2026, 1, 1)
STEPS = {
    "contacts": (contacts, ContactsParams()),
    "postcodes": (postcodes, PostcodesParams()),
    "address_updates": (address_updates, AddressUpdatesParams()),
}


def text(*words):
    return st.one_of(st.none(), st.sampled_from(words), st.text(max_size=6))


CODES = ("00100", "33100", "33103", "100", "2100", "FI-90100", "00 100", "O0100", "114 55", "99998", "33101", "22100")
PLACES = ("Helsinki", "HELSINGFORS", "Tampere", "Tamperee", "Espoo", "Stockholm", "Oulu", "Maarianhamina", " - ")
STREETS = ("Tie 1", "PL 12", "osoite puuttuu", "-")
CUSTOMER = st.fixed_dictionaries(
    {
        "email": text(" A@B.Fi", "mailto:<x@y.fi>", "a@gmail.con", "a@gmial.com", "test@test.fi", "info@x.fi", "x@@y"),
        "phone": text("040 123 4568", "+46 70 123 45 67", "0700 12345", "0000000", "+358 (0)9 310 1691"),
        "first_name": text("AINO", "Rva Aino", "aino maria", "MÃ¤kelÃ¤", "Oy Yritys Ab"),
        "last_name": text("VON ESSEN", "virtanen", "Ltd", "x1"),
        "business_id": text("FI12345671", "1234567-1", "0201256-6", "02012566"),
        "street": text(*STREETS),
        "postcode": text(*CODES),
        "city": text(*PLACES),
        "country": text("Suomi", "FI", "se", "Norge", "xx"),
    }
)
MOVE = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from([str(number) for number in range(25)]),
        "new_street": text(*STREETS),
        "new_postcode": text(*CODES),
        "new_city": text(*PLACES),
        "valid_from": st.one_of(st.none(), st.dates(dt.date(2020, 1, 1), dt.date(2026, 6, 1))),
        "status": st.sampled_from([None, "moved", "deceased"]),
    }
)


def worst(frame: pl.DataFrame) -> pl.DataFrame:
    """Return how bad each field of each row is: 0 sound, then the states from the last to the first."""
    found = examine(frame, DAY, "UTC")
    rank = {state: len(STATES) - place for place, state in enumerate(STATES)}
    fields = {
        name: pl.max_horizontal(
            pl.lit(0), *(pl.col(code).cast(pl.Int64) * rank[found.found[code].state] for code in found.codes(name))
        )
        for name in found.tested
    }
    return found.rows.select("row_id", **fields).sort("row_id")


@pytest.mark.parametrize("step", STEPS)
@settings(max_examples=6, deadline=None)  # of many rows each: a run costs the same for twenty as for two
@given(rows=st.lists(CUSTOMER, min_size=12, max_size=25), moves=st.lists(MOVE, min_size=6, max_size=12))
def test_no_step_makes_a_field_worse_and_every_original_comes_back(step, rows, moves):
    function, params = STEPS[step]
    ids = [str(number) for number in range(len(rows))]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String)).with_columns(
        customer_id=pl.Series(ids), row_id=pl.Series(ids)
    )
    tables = {"customers": frame.lazy(), "address_updates": pl.LazyFrame(moves, schema=schema("address_updates"))}
    done = {name: table.lazy().collect() for name, table in function(tables, params, Env(DAY)).tables.items()}
    after = done["customers"]

    was, now = worst(frame), worst(after)
    assert [name for name in was.columns[1:] if (now[name] > was[name]).any()] == []

    again = {**tables, **{name: table.lazy() for name, table in done.items()}}
    second = function(again, params, Env(DAY)).tables
    assert second["changes"].lazy().collect().equals(done["changes"])
    assert second["customers"].lazy().collect().equals(after)

    restored = {row["row_id"]: row for row in after.select(frame.columns).to_dicts()}
    for change in done["changes"].to_dicts():
        if change["column"] in frame.columns:
            assert restored[change["row_id"]][change["column"]] == change["new"]
            restored[change["row_id"]][change["column"]] = change["old"]
    assert pl.DataFrame(list(restored.values()), schema=frame.schema).sort("row_id").equals(frame.sort("row_id"))
