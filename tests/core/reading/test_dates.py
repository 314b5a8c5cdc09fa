from __future__ import annotations

import datetime as dt
from collections import Counter

import polars as pl
import pytest

from lohko.errors import UsageFault
from lohko.reading.dates import (
    Ambiguous,
    DateEvidence,
    date_shape,
    declared_families,
    over_12,
    to_date,
    to_timestamp,
    weigh,
)


def form_of(cells, declared=()):
    frame = pl.DataFrame({"x": cells}, schema={"x": pl.String})
    shapes = frame.select(date_shape(pl.col("x"))).drop_nulls()["x"].to_list()
    first, second = frame.select(a=over_12(pl.col("x"))[0], b=over_12(pl.col("x"))[1]).row(0)
    return weigh(DateEvidence(Counter(shapes), first, second), declared)


def read(cells, zone="UTC", declared=()):
    form = form_of(cells, declared)
    assert form is not None
    return pl.DataFrame({"x": cells}).select(to_timestamp(pl.col("x"), form, zone)).to_series().to_list()


def utc(*parts):
    return dt.datetime(*parts).replace(tzinfo=dt.UTC)  # noqa: DTZ001 - the zone is set at once


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.3.2024", utc(2024, 3, 1)),
        ("01.03.2024", utc(2024, 3, 1)),
        ("2024-03-01", utc(2024, 3, 1)),
        ("2024/03/01", utc(2024, 3, 1)),
        ("20240301", utc(2024, 3, 1)),
        ("31/12/2023", utc(2023, 12, 31)),
        ("12/31/2023", utc(2023, 12, 31)),
        ("31-12-2023", utc(2023, 12, 31)),
        ("1.3.2024 9:05", utc(2024, 3, 1, 9, 5)),
        ("1.3.2024 klo 9.05", utc(2024, 3, 1, 9, 5)),
        ("2024-03-01 09:05:07", utc(2024, 3, 1, 9, 5, 7)),
        ("2024-03-01T09:05:07.250", utc(2024, 3, 1, 9, 5, 7, 250_000)),
        ("2024-03-01T09:05:07Z", utc(2024, 3, 1, 9, 5, 7)),
        ("2024-03-01T09:05:07+02:00", utc(2024, 3, 1, 7, 5, 7)),
        ("2024-03-01 09:05:07 +0200", utc(2024, 3, 1, 7, 5, 7)),
        ("2024-03-01 09:05:07 UTC", utc(2024, 3, 1, 9, 5, 7)),
        ("12/31/2023 1:05 PM", utc(2023, 12, 31, 13, 5)),
        ("9999-12-31", utc(9999, 12, 31)),
    ],
)
def test_one_date_that_says_how_it_is_written(cell, value):
    assert read([cell]) == [value]


def test_day_and_month_are_decided_by_the_column():
    with pytest.raises(Ambiguous):
        form_of(["3/1/2021", "4/2/2021"])
    assert read(["3/1/2021", "13/2/2021"])[0] == utc(2021, 1, 3)
    assert read(["3/1/2021", "2/13/2021"])[0] == utc(2021, 3, 1)
    with pytest.raises(Ambiguous):
        form_of(["13/1/2021", "1/13/2021"])
    assert read(["13/1/2021", "14/1/2021", "1/13/2021", "2/3/2021"]) == [utc(2021, 1, 13), utc(2021, 1, 14), None, None]
    assert read(["3/1/2021"], declared=("m/d/yyyy",)) == [utc(2021, 3, 1)]


def test_one_form_for_a_column_unless_several_are_declared():
    cells = ["1.3.2024", "2.3.2024", "2024-03-03"]
    assert read(cells)[2] is None
    assert read(cells, declared=("d.m.yyyy", "iso"))[2] == utc(2024, 3, 3)


def test_what_is_never_guessed():
    assert form_of(["1.3.21"]) is None
    assert form_of(["44256"]) is None
    assert form_of(["eilen"]) is None
    assert read(["44256", "44256.5"], declared=("excel",)) == [utc(2021, 3, 1), utc(2021, 3, 1, 12)]


@pytest.mark.parametrize(
    "cell", ["31.2.2021", "32.1.2021", "1.13.2021", "1.3.21", "1.3.0021", "1.3.2021 25:00", "1.3.2021x", "0.1.2021"]
)
def test_days_that_do_not_exist(cell):
    assert read(["1.3.2024", "1.3.2024 10:00", cell])[2] is None


def test_summer_time():
    cells = ["2024-03-31 03:30", "2024-10-27 03:30", "2024-07-01 12:00", "2024-01-01 12:00"]
    assert read(cells, "Europe/Helsinki") == [
        utc(2024, 3, 31, 1, 30),
        utc(2024, 10, 27, 0, 30),
        utc(2024, 7, 1, 9),
        utc(2024, 1, 1, 10),
    ]


def test_dates_leave_the_time_out():
    form = form_of(["2024-03-01 23:59:00"])
    assert form is not None
    assert pl.DataFrame({"x": ["2024-03-01 23:59:00"]}).select(to_date(pl.col("x"), form)).item() == dt.date(2024, 3, 1)


def test_declared_families():
    assert declared_families(None) == ()
    assert declared_families("dd.mm.yyyy, ISO, yyyy-mm-dd") == ("d.m.yyyy", "iso", "iso")
    with pytest.raises(UsageFault):
        declared_families("fortnight")
