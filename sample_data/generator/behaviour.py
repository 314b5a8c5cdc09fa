"""Ways of being a customer: rates per month, and how people move from one way to another in the second year.

The kinds overlap on purpose: every person scales each rate by a factor of their own, and one in six borrows a habit
from another kind. So segments can be found, but no line separates them without error.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """Monthly rates of one way of being a customer."""

    visits: float
    pages: float
    social: float
    shop: float
    events: float
    product: str | None
    churn: float  # chance that a subscription ends in a month
    nps: float  # mean answer, 0 to 10


KINDS = {
    "print_loyal": Kind(0.3, 3, 0.003, 0.03, 0.02, "print", 0.006, 8.3),
    "digital_reader": Kind(1.72, 6, 0.012, 0.01, 0.01, None, 0, 7.0),
    "digital_subscriber": Kind(1.98, 8, 0.02, 0.03, 0.03, "digital", 0.014, 7.9),
    "voice": Kind(0.99, 5, 1.1, 0.01, 0.02, None, 0, 7.3),
    "recommender": Kind(1.12, 6, 0.75, 0.06, 0.06, "digital", 0.005, 9.4),
    "shop_buyer": Kind(0.17, 2, 0.003, 0.26, 0.01, None, 0, 7.8),
    "event_goer": Kind(0.26, 3, 0.06, 0.04, 0.2, None, 0, 8.0),
    "casual": Kind(0.2, 2, 0.003, 0.01, 0.005, None, 0, 6.4),
    "fading": Kind(0.46, 3, 0.008, 0.02, 0.005, "digital", 0.09, 4.6),
    "lapsed": Kind(0.01, 1, 0.0, 0.002, 0.001, None, 0, 3.9),
    "company_subscriber": Kind(0.59, 5, 0.002, 0.02, 0.03, "company", 0.008, 7.4),
    "company_advertiser": Kind(0.07, 3, 0.0, 0.01, 0.01, None, 0, 7.0),
}

FIRST_YEAR = {
    "print_loyal": 24.0,
    "digital_reader": 19.0,
    "digital_subscriber": 13.0,
    "voice": 8.0,
    "recommender": 3.5,
    "shop_buyer": 16.0,
    "event_goer": 6.0,
    "casual": 10.0,
    "fading": 6.5,
}
NEWCOMERS = {
    "print_loyal": 6.0,
    "digital_reader": 26.0,
    "digital_subscriber": 19.0,
    "voice": 9.0,
    "recommender": 3.0,
    "shop_buyer": 18.0,
    "event_goer": 8.0,
    "casual": 11.0,
}
# Where people of a kind are at the end of the second year.
SECOND_YEAR = {
    "print_loyal": {"print_loyal": 80, "digital_subscriber": 9, "lapsed": 9, "recommender": 2},
    "digital_reader": {"digital_reader": 66, "digital_subscriber": 12, "voice": 4, "casual": 9, "lapsed": 9},
    "digital_subscriber": {"digital_subscriber": 76, "recommender": 5, "digital_reader": 7, "fading": 6, "lapsed": 6},
    "voice": {"voice": 68, "recommender": 8, "digital_reader": 10, "casual": 6, "lapsed": 8},
    "recommender": {"recommender": 82, "digital_subscriber": 12, "voice": 6},
    "shop_buyer": {"shop_buyer": 62, "casual": 10, "event_goer": 5, "lapsed": 23},
    "event_goer": {"event_goer": 68, "shop_buyer": 8, "casual": 12, "voice": 4, "lapsed": 8},
    "casual": {"casual": 55, "digital_reader": 12, "digital_subscriber": 4, "shop_buyer": 4, "lapsed": 25},
    "fading": {"lapsed": 88, "digital_reader": 12},
    "company_subscriber": {"company_subscriber": 88, "lapsed": 12},
    "company_advertiser": {"company_advertiser": 78, "company_subscriber": 8, "lapsed": 14},
}
# Birth years by kind: print readers are older. The segments never see this; the report may.
BORN = {"print_loyal": (1936, 1976), "shop_buyer": (1955, 1996), "event_goer": (1968, 2004), "voice": (1962, 2002)}
BORN_OTHERS = (1950, 2004)
