from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.errors import InputRefused, UsageFault
from lohko.reading.exchange import _converted, given_rates
from lohko.reading.params import IngestParams
from lohko.tables.types import MONEY

ORDERS = (
    "asiakasnro;pvm;summa;valuutta\n1;1.3.2024;10,00;EUR\n1;2.3.2024;-5,00;SEK\n2;3.3.2024;7,00;\n2;4.3.2024;0,05;sek\n"
)


def params(*rates: str, currency: str | None = "EUR") -> IngestParams:
    return IngestParams(currency=currency, rate=rates)


def test_several_currencies_become_one_and_the_amounts_stay_beside(read) -> None:
    reading = read({"o.csv": ORDERS}, "transactions=o.csv", currency="EUR", rate=("SEK=0.087",))
    rows = reading.tables["transactions"].collect()
    assert rows["amount"].to_list() == [Decimal(a) for a in ("10", "-0.435", "7", "0.0044")]
    assert rows["currency"].to_list() == ["EUR"] * 4
    assert rows["amount_original"].to_list() == [None, Decimal(-5), None, Decimal("0.05")]
    assert rows["currency_original"].to_list() == [None, "SEK", None, "SEK"]
    (told,) = [f for f in reading.findings if f.code == "exchanged"]
    assert told.text == "o.csv: money of 2 rows brought from SEK to EUR at 0.087"


def test_a_file_whose_cells_say_its_currency_is_brought_over_whole(read) -> None:
    files = {"a.csv": "asiakasnro;pvm;summa\n1;1.3.2024;£5,00\n", "b.csv": "asiakasnro;pvm;summa\n1;1.3.2024;5,00 €\n"}
    reading = read(files, "transactions=a.csv", "transactions=b.csv", currency="EUR", rate=("GBP=1.2",))
    assert reading.tables["transactions"].collect()["amount"].to_list() == [Decimal(6), Decimal(5)]


def test_a_currency_without_a_rate_is_refused_still(read) -> None:
    with pytest.raises(InputRefused) as caught:
        read({"o.csv": ORDERS}, "transactions=o.csv", currency="EUR", rate=("NOK=0.085",))
    assert caught.value.code == "several_currencies"
    assert [place.file for place in caught.value.places] == ["o.csv"]


@pytest.mark.parametrize(
    "wrong",
    [
        params("SEK"),
        params("SEK=x"),
        params("SEK=0"),
        params("SEK=-1"),
        params("SEK=nan"),
        params("SEK=1", "sek=2"),
        params("EUR=2"),
        params("SEK=1", currency=None),
    ],
)
def test_rates_that_say_nothing_are_refused(wrong: IngestParams) -> None:
    with pytest.raises(UsageFault) as caught:
        given_rates(wrong)
    assert caught.value.code == "option_value"


def test_amounts_that_no_longer_fit_are_refused(read) -> None:
    text = "asiakasnro;pvm;summa;valuutta\n1;1.3.2024;99999999999999,00;SEK\n"
    with pytest.raises(UsageFault):
        read({"o.csv": text}, "transactions=o.csv", currency="EUR", rate=("SEK=100",))


@given(
    amount=st.decimals(-(10**9), 10**9, places=4),
    rate=st.decimals(Decimal("0.0001"), 1000, places=6),
)
def test_products_are_exact_and_halves_go_to_even(amount: Decimal, rate: Decimal) -> None:
    frame = pl.DataFrame({"amount": [amount]}, schema={"amount": MONEY})
    minor = frame.select(_converted("amount", pl.lit("SEK"), {"SEK": rate})).item()
    assert Decimal(minor) / 10_000 == (amount * rate).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
