"""Numbers read by column are read as phonenumbers reads them, one by one."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.cleaning.phone_shapes import mobile_numbers
from lohko.cleaning.phones import _read, read_phones

STARTS = ("04", "05", "4", "5", "07", "7", "9", "0", "+35840", "+358 50", "0035844", "+358040", "+3584", "+467", "+47 4", "+479", "+452", "+3725",
          "+372 8", "358", "47", "45", "372", "060", "0700", "+358600", "018", "+35818", "+1", "+44")  # fmt: skip


@given(
    st.lists(
        st.tuples(
            st.sampled_from(STARTS),
            st.text("0123456789", max_size=10)
            | st.text("0123456789 -", max_size=12)
            | st.sampled_from(("1234567", "0000000")),
            st.sampled_from(("FI", "AX", "SE", "NO", "DK", "EE", "DE", None)),
        ),
        min_size=1,
        max_size=60,
    )
)
@settings(max_examples=60, deadline=None)
def test_every_number_is_read_as_phonenumbers_reads_it(rows):
    frame = pl.DataFrame(
        [(start + rest, region) for start, rest, region in rows],
        schema={"value": pl.String, "region": pl.String},
        orient="row",
    )
    for value, region, *found in read_phones(frame["value"], frame["region"]).iter_rows():
        assert tuple(found) == _read(value, region), (value, region)


def test_plain_mobile_numbers_need_no_call():
    values = [
        "040 123 4560",
        "+358401234560",
        "00358 50 1234560",
        "0701234567",
        "+46 70 123 45 67",
        "+47 91234567",
        "+4526123456",  # Danish: mobile and fixed look alike
        "+3725123456",
    ]
    regions = ["FI", None, "SE", "SE", "FI", "FI", "FI", "FI"]
    found = mobile_numbers(pl.Series(values), pl.Series(regions))
    assert [place for place, number in enumerate(found) if number is None] == [6]
