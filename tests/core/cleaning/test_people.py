"""What the customers table says of each customer: ages by their birthdays."""

import datetime as dt

import polars as pl
import pytest

from lohko.cleaning.people import people
from lohko.cleaning.permission_rules import FACTS, rule_book

LIMITS = rule_book().age_limits


def read(born, country, as_of):
    """The fact as one counts it on the fingers."""
    years = as_of.year - born.year - ((born.month, born.day) > (as_of.month, as_of.day))
    if years < 0:
        return "unknown"
    return "child" if years < LIMITS.get(country, LIMITS["default"]) else "minor" if years < 18 else "adult"


@pytest.mark.parametrize(
    "as_of",
    [dt.date(2026, 6, 30), dt.date(2026, 2, 28), dt.date(2028, 2, 29), dt.date(2027, 2, 28), dt.date(2027, 3, 1)],
)
def test_one_is_a_year_older_on_the_day_of_birth(as_of):
    days = [
        dt.date(year, month, day)
        for year in range(as_of.year - 20, as_of.year + 1)
        for month, day in ((2, 27), (2, 28), (3, 1), (3, 2))
    ]
    days += [dt.date(year, 2, 29) for year in range(as_of.year - 20, as_of.year + 1) if not year % 4]
    days += [
        as_of.replace(year=as_of.year - years, day=min(as_of.day, 28)) + dt.timedelta(move)
        for years in (0, 13, 16, 18)
        for move in (-1, 0, 1)
    ]
    born = [(day, country) for day in days for country in ("FI", "SE")]
    customers = pl.DataFrame({
        "customer_id": [f"{number:04}" for number in range(len(born))],
        "birth_date": [day for day, _ in born],
        "country": [country for _, country in born],
    })  # fmt: skip

    one, _ = people(customers, None, as_of, LIMITS)

    assert [FACTS["age"][number] for number in one["age"]] == [read(day, country, as_of) for day, country in born]
