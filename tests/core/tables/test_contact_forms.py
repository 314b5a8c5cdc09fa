"""Comparing forms of contacts: what is read quickly, or once for many, is read as everything is."""

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lohko.tables.contact_forms import address_keys, email_key, phone_key, plain_phone_key, with_address_keys

TEXT = st.none() | st.sampled_from(
    ["", " ", "Mäki", "MAKI", "Aino  Maria", "Katu 1 A", "katu 1a", "00100", "FI-00100", "-"]
)
COLUMNS = ("first_name", "last_name", "street", "postcode")


@given(st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), max_size=12))
def test_keys_of_distinct_texts_are_the_keys_of_the_rows_in_their_order(rows):
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row").with_row_index("row")
    assert with_address_keys(frame).equals(frame.with_columns(**address_keys()), null_equal=True)


@given(st.lists(st.from_regex(r"\+(358)?0{0,3}[1-9][0-9]{0,13}", fullmatch=True), min_size=1, max_size=10))
@example(["+358", "+3580", "+358000401234567", "+3584012345678", "+46701234567", "+3580000000000", "+12"])
def test_the_last_digits_of_a_plain_number_are_those_without_prefix_and_zeros(numbers):
    told = [number.removeprefix("+").removeprefix("358").lstrip("0")[-9:] or None for number in numbers]
    assert pl.DataFrame({"phone": numbers}).select(plain_phone_key(pl.col("phone")))["phone"].to_list() == told


CELLS = [
    "ada@x.fi", "Ada@X.fi", None, "a.d.a@gmail.com", "ada+news@x.fi", "<ada@x.fi>", "ada@xn--4gbrim.fi", " ada@x.fi", "+358401234567",
    "040 123 4567", "00358 40 1234567", None, "+358 (0)40 123 4567", "040 1234567 ext 3", "", "x",
]  # fmt: skip


@pytest.mark.parametrize("order", [1, -1])
def test_a_contact_has_the_same_key_in_whatever_company_it_stands(order):
    frame = pl.DataFrame({"cell": CELLS[::order]})
    for key in (email_key(pl.col("cell")), phone_key(pl.col("cell")), phone_key(pl.col("cell"), pl.lit("46"))):
        alone = [frame[row].select(key).item() for row in range(frame.height)]
        assert frame.select(key)["cell"].to_list() == alone
        assert frame["cell"].to_list() == CELLS[::order]
