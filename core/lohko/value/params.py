"""Parameters of this trade's steps. Nothing heavy is imported here: ``lohko --help`` reads it."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.parameters import Params, option


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
    lifetime: str = option(
        "auto",
        "expected purchases and lifetime value; auto: where the data carries them",
        choices=("auto", "off"),
    )
    horizon_days: int = option(365, "days that expected purchases and lifetime value look ahead", low=1, high=3650)
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
