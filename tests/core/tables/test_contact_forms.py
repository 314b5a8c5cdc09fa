"""Comparing forms of contacts: folding each text once makes the same keys as folding every row."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from lohko.tables.contact_forms import address_keys, with_address_keys

TEXT = st.none() | st.sampled_from(
    ["", " ", "Mäki", "MAKI", "Aino  Maria", "Katu 1 A", "katu 1a", "00100", "FI-00100", "-"]
)
COLUMNS = ("first_name", "last_name", "street", "postcode")


@given(st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), max_size=12))
def test_keys_of_distinct_texts_are_the_keys_of_the_rows_in_their_order(rows):
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row").with_row_index("row")
    assert with_address_keys(frame).equals(frame.with_columns(**address_keys()), null_equal=True)
