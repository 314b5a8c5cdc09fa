"""Campaigns with random control groups, and what they truly did.

The true effects are written here and told in the README, so that a measuring tool can be checked against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .dice import Dice
from .people import Customer
from .records import Registers
from .timeline import OFFICE


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign, its costs in cents, and its true chances of success with and without it."""

    id: str
    name: str
    channel: str
    start: date
    end: date
    fixed_cost: int
    cost_per_contact: int
    goal: str
    kinds: tuple[str, ...] = ()
    size: int = 0
    control: float = 0.0
    treated: float = 0.0
    untreated: float = 0.0
    effect: str = ""  # subscribe, order, refer


CAMPAIGNS = [
    Campaign("K2503", "Kevätdigi", "email", date(2025, 3, 3), date(2025, 4, 13), 180000, 6, "new_subscription",
             ("digital_reader", "casual"), 520, 0.25, 0.15, 0.05, "subscribe"),
    Campaign("K2505", "Tule takaisin", "post", date(2025, 5, 12), date(2025, 6, 22), 90000, 145, "new_subscription",
             ("casual", "fading", "event_goer"), 240, 0.25, 0.06, 0.05, "subscribe"),
    Campaign("K2511", "Joulukauppa", "email", date(2025, 11, 17), date(2025, 12, 17), 120000, 6, "shop_order",
             ("shop_buyer", "print_loyal", "digital_subscriber", "event_goer", "voice", "digital_reader"), 420, 0.3, 0.26, 0.1, "order"),
    Campaign("K2602", "Kestotilaajan kiitos", "phone", date(2026, 2, 2), date(2026, 3, 1), 60000, 420, "retention",
             ("print_loyal",), 200, 0.5),
    Campaign("K2604", "Tuo ystävä", "email", date(2026, 4, 7), date(2026, 5, 17), 75000, 6, "referral",
             ("recommender", "voice", "digital_subscriber"), 360, 0.2, 0.11, 0.03, "refer"),
    Campaign("K2609", "Viikonloppupaketti, pilotti", "sms", date(2026, 9, 7), date(2026, 10, 4), 15000, 9, "new_subscription",
             ("digital_reader",), 60, 0.5, 0.12, 0.07, "subscribe"),
]  # fmt: skip
ALWAYS_ON = [
    Campaign(
        "A-HAKU", "Hakumainonta", "search_ad", date(2024, 11, 1), date(2026, 10, 31), 480000, 0, "new_subscription"
    ),
    Campaign(
        "A-SOME", "Some-mainonta", "social_ad", date(2024, 11, 1), date(2026, 10, 31), 360000, 0, "new_subscription"
    ),
    Campaign("A-NAYTTO", "Näyttömainonta", "display", date(2024, 11, 1), date(2026, 10, 31), 600000, 0, "awareness"),
]


@dataclass(frozen=True, slots=True)
class Contact:
    """A customer in a campaign's frozen list."""

    campaign: Campaign
    customer: Customer
    crm_id: str
    arm: str
    at: datetime
    success: date | None  # day of what the campaign was for, if it came


def draw_lists(customers: list[Customer], registers: Registers) -> list[Contact]:
    """Draw all lists, arms and true outcomes; people who subscribe become subscribers for good in six of ten cases."""
    contacts = []
    for campaign in CAMPAIGNS:
        dice = Dice("campaign", campaign.id)
        fitting = [c for c in customers if _fits(c, campaign, registers)]
        for customer in sorted(dice.some(fitting, campaign.size), key=lambda c: c.id):
            one = Dice("contact", campaign.id, customer.id)
            arm = "control" if one.chance(campaign.control) else "treatment"
            success = None
            if one.chance(campaign.untreated if arm == "control" else campaign.treated):
                success = campaign.start + timedelta(days=one.between(1, (campaign.end - campaign.start).days))
            crm_id = registers.id_on("crm", customer, campaign.start)
            if crm_id:
                contacts.append(Contact(campaign, customer, crm_id, arm, one.clock(campaign.start, OFFICE), success))
            if success and campaign.effect == "subscribe" and one.chance(0.6):
                customer.turn, customer.later = success, "digital_subscriber"
    return contacts


def _fits(customer: Customer, campaign: Campaign, registers: Registers) -> bool:
    known = customer.joined < campaign.start - timedelta(days=30) and not customer.company
    if not known or customer.kind_on(campaign.start) not in campaign.kinds or not registers.records("crm", customer):
        return False
    return campaign.effect != "order" or any(
        r.created.date() < campaign.start for r in registers.records("shop", customer)
    )


def campaign_rows() -> list[list[str]]:
    rows = []
    for one in CAMPAIGNS + ALWAYS_ON:
        costs = [f"{one.fixed_cost / 100:.2f}", f"{one.cost_per_contact / 100:.2f}"]
        rows.append([one.id, one.name, one.channel, one.start.isoformat(), one.end.isoformat(), *costs, one.goal])
    return rows


def contact_rows(contacts: list[Contact]) -> list[list[str]]:
    return sorted([c.campaign.id, c.crm_id, c.arm, c.at.isoformat(sep=" ", timespec="minutes")] for c in contacts)
