"""Parameters of this trade's steps. Nothing heavy is imported here: ``lohko --help`` reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lohko.errors import UsageFault
from lohko.parameters import Params, option
from lohko.value.prices import Prices, read_prices


@dataclass(frozen=True, slots=True)
class ValueParams(Params):
    """Parameters of ``lohko value``."""

    weight_financial: float = option(1.0, "weight of money in engagement", low=0)
    weight_visits: float = option(1.0, "weight of visits in engagement", low=0)
    weight_social: float = option(1.0, "weight of social acts in engagement", low=0)
    contract_money: str = option(
        "auto",
        "whether money of contracts counts in the financial score; auto: where transactions do not carry it",
        choices=("auto", "add", "ignore"),
    )
    contract_price: str | None = option(
        None,
        "what the price of a contract is for: its period, or a month or a year of it (default: period; told where the "
        "data looks otherwise)",
        choices=("period", "month", "year"),
    )
    lifetime: str = option(
        "auto",
        "expected purchases, expected visits and lifetime value; auto: where the data carries them",
        choices=("auto", "off"),
    )
    horizon_days: int = option(
        365, "days that expected purchases, expected visits and lifetime value look ahead", low=1, high=3650
    )
    discount_rate: float = option(0.10, "yearly discount rate of lifetime value", low=0, high=1)
    margin: float | None = option(
        None,
        "margin as a share of turnover (default: from the transactions, else lifetime value is turnover)",
        low=0,
        high=1,
    )
    next_days: int = option(
        180, "days in which others became active in the next dimension; 0: do not look for it", low=0, high=3650
    )
    churn_days: int = option(
        90, "days that churn risk looks ahead, and how far apart its looks back are; 0: none", low=0, high=1095
    )
    backtest: str | None = option(
        None,
        "hold back the last part of the history, such as 90d, 26w or 6m, and judge every model on it "
        "(default: a third of the history, at most the horizon)",
        metavar="PERIOD",
    )

    price: tuple[str, ...] = option(
        (), "what a visit or act is worth, as in \\[prices] of lohko.toml (repeatable)", metavar="KEY=VALUE"
    )
    seed: int = option(1, "seed of the draws behind the intervals of totals", low=0)

    @property
    def prices(self) -> Prices:
        """The prices."""
        return read_prices(self.price)

    def __post_init__(self) -> None:
        """Check the limits, the prices, and that a backtest's period can be read.

        Raises
        ------
        UsageFault
            A value is outside what it takes (``option_value``).
        """
        Params.__post_init__(self)
        read_prices(self.price)
        if self.backtest is not None:
            period_days(self.backtest)


def period_days(text: str) -> int:
    """Return the days of a period: ``90d``, ``26w``, ``6m`` (of 30.4 days) or ``1y``.

    Raises
    ------
    UsageFault
        It is none (``option_value``).
    """
    found = re.fullmatch(r"([0-9]{1,4})([dwmy])", text.strip().lower())
    if not found or not int(found[1]):
        raise UsageFault("option_value", f"--backtest is '{text}'", hint="it takes a period such as 90d, 26w or 6m")
    return max(1, round(int(found[1]) * {"d": 1, "w": 7, "m": 30.436875, "y": 365.25}[found[2]]))
