"""When customers were born, by what a register has of it."""

import datetime as dt

import polars as pl
import pytest

from lohko.cleaning.births import births
from lohko.cleaning.people import people

AS_OF = dt.date(2026, 6, 30)


@pytest.mark.parametrize(
    ("column", "cell", "day"),
    [
        ("hetu", "120313A123X", dt.date(2013, 3, 12)),
        ("Henkilötunnus", " 120313-123x", dt.date(1913, 3, 12)),
        ("hetu", "010199+123B", dt.date(1899, 1, 1)),
        ("hetu", "310299-1234", None),
        ("personnummer", "20130312-1234", dt.date(2013, 3, 12)),
        ("personnummer", "130312-1234", dt.date(2013, 3, 12)),
        ("personnummer", "270312-1234", dt.date(1927, 3, 12)),
        ("personnummer", "120313A123X", dt.date(2013, 3, 12)),
        ("syntymävuosi", "2013", dt.date(2013, 12, 31)),
        ("Birth year", "1980.0", dt.date(1980, 12, 31)),
        ("syntymävuosi", "13", None),
        ("huomautus", "120313A123X", None),
    ],
)
def test_a_code_or_a_year_tells_it(column, cell, day):
    frame = pl.DataFrame({"customer_id": ["1"], column: [cell]})
    assert frame.select(births(frame, AS_OF).alias("born")).item() == day


def test_the_birth_date_goes_before_and_a_child_is_known_by_either():
    frame = pl.DataFrame(
        {
            "customer_id": ["1", "2", "3", "4"],
            "birth_date": [dt.date(1980, 1, 1), None, None, None],
            "hetu": ["120320A123X", "120320A123X", None, None],
            "syntymävuosi": [None, "1980", "2014", None],
            "country": ["FI"] * 4,
        }
    )
    one, _ = people(frame, "FI", AS_OF, {"FI": 13, "default": 16})
    assert one["age"].to_list() == [3, 1, 1, 0]  # adult, child, child, unknown
