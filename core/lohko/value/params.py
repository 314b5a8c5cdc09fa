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
        "money of contracts in the financial score: auto (where transactions do not carry it), add, ignore",
        choices=("auto", "add", "ignore"),
    )
