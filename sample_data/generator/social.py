"""Social acts: shares with the networks they reach, comments with votes, reactions, recommendations and friends brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .campaigns import Contact
from .dice import Dice
from .people import Customer
from .records import Registers
from .timeline import CUT, DAYTIME, END_UTC, FIRST, LAST, TALKING, months
from .traffic import article

ACTS = {
    "voice": {"comment": 42.0, "share": 33.0, "reaction": 21.0, "review": 4.0},
    "recommender": {"recommend": 34.0, "share": 34.0, "reaction": 18.0, "comment": 14.0},
    "event_goer": {"share": 60.0, "review": 25.0, "reaction": 15.0},
}
OTHERS = {"reaction": 55.0, "share": 25.0, "comment": 17.0, "review": 3.0}
NETWORKS = {
    "Facebook": (42.0, 240),
    "Instagram": (18.0, 310),
    "WhatsApp": (16.0, 18),
    "LinkedIn": (9.0, 420),
    "X": (7.0, 150),
    "Threads": (4.0, 120),
    "sähköposti": (4.0, 3),
}
REFERRERS = {"recommender": 14.0, "voice": 2.5, "digital_subscriber": 1.0, "print_loyal": 0.7, "event_goer": 0.6}
REFERRED_SHARE = 0.15  # of those who join within the two years


@dataclass(slots=True)
class Act:
    """One social act."""

    customer: str
    at: datetime
    action: str
    votes: str = ""
    network: str = ""
    reach: str = ""
    content: str = ""
    referred: str = ""
    parent: Act | None = None
    id: str = ""


def draw_social(customers: list[Customer], registers: Registers, contacts: list[Contact]) -> list[Act]:
    """Draw all acts, numbered in time; comments answer earlier comments on the same article."""
    acts: list[Act] = []
    for customer in customers:
        acts += _acts_of(customer, registers)
    acts += _referrals(customers, registers, contacts)
    acts = [act for act in acts if act.at < END_UTC]
    acts.sort(key=lambda a: (a.at, a.customer, a.action))
    for number, act in enumerate(acts):
        act.id = f"s{number + 1:05d}"
    _threads(acts)
    return acts


def _acts_of(customer: Customer, registers: Registers) -> list[Act]:
    if not registers.records("crm", customer):
        return []
    dice = Dice("social", customer.id)
    wit = dice.spread(0.9)  # how good this person's comments are
    crowd = dice.spread(0.9)  # how large this person's networks are
    favourite = dice.weighted({name: weight for name, (weight, _) in NETWORKS.items()})
    acts = []
    for first, last in months():
        middle = first + timedelta(days=14)
        rate = customer.rates_on(middle).social * TALKING[first.month - 1] * (1.15 if first > CUT else 1.0)
        for _ in range(dice.count(rate)):
            day = dice.day(first, last)
            if day < customer.joined or (customer.left and day > customer.left):
                continue
            action = dice.weighted(ACTS.get(customer.kind_on(day), OTHERS))
            act = Act(
                registers.id_on("crm", customer, day) or "",
                dice.clock(day, DAYTIME),
                action,
                content=article(day, dice),
            )
            if action in {"comment", "review"}:
                act.votes = str(dice.count(2.2 * wit) - (1 if dice.chance(0.12) else 0))
            if action in {"share", "recommend"}:
                act.network = (
                    favourite
                    if dice.chance(0.7)
                    else dice.weighted({name: weight for name, (weight, _) in NETWORKS.items()})
                )
                act.reach = (
                    str(max(1, int(NETWORKS[act.network][1] * crowd * dice.spread(0.35)))) if dice.chance(0.93) else ""
                )
            acts.append(act)
    return acts


def _referrals(customers: list[Customer], registers: Registers, contacts: list[Contact]) -> list[Act]:
    """Let newcomers be brought by customers, mostly by the recommenders; the campaign brings some more."""
    dice = Dice("referrals")
    new = [c for c in customers if c.joined >= FIRST and not c.company and registers.records("crm", c)]
    acts = []
    pairs: list[tuple[Customer, Customer, date]] = []
    taken: set[str] = set()
    for contact in contacts:
        if contact.success and contact.campaign.effect == "refer":
            near = [c for c in new if 0 <= (c.joined - contact.success).days < 21 and c.id not in taken]
            if near:
                taken.add(near[0].id)
                pairs.append((contact.customer, near[0], contact.success))
    for friend in new:
        if friend.id in taken or not dice.chance(REFERRED_SHARE):
            continue
        weights = {
            c.id: REFERRERS.get(c.kind_on(friend.joined), 0.1) * c.habits["social"]
            for c in customers
            if _may_refer(c, friend, registers)
        }
        chosen = dice.weighted(weights)
        pairs.append(
            (next(c for c in customers if c.id == chosen), friend, friend.joined - timedelta(days=dice.between(0, 20)))
        )
    for by, friend, day in pairs:
        by_id = registers.id_on("crm", by, day)
        friend_id = registers.records("crm", friend)[0].id
        if by_id and FIRST <= day <= LAST:
            acts.append(
                Act(
                    by_id,
                    dice.clock(day, DAYTIME),
                    "referral",
                    network=dice.pick(["WhatsApp", "sähköposti", "Facebook"]),
                    referred=friend_id,
                )
            )
    return acts


def _may_refer(customer: Customer, friend: Customer, registers: Registers) -> bool:
    known = customer.joined < friend.joined - timedelta(days=30) and not customer.company and not customer.left
    return known and bool(registers.records("crm", customer))


def _threads(acts: list[Act]) -> None:
    dice = Dice("threads")
    open_comments: dict[str, list[Act]] = {}
    for act in acts:
        if act.action not in {"comment", "reaction"}:
            continue
        before = [a for a in open_comments.get(act.content, []) if a.customer != act.customer]
        if before and dice.chance(0.6):
            act.parent = max(before, key=lambda a: (int(a.votes or 0), a.id)) if dice.chance(0.6) else dice.pick(before)
        if act.action == "comment":
            open_comments.setdefault(act.content, []).append(act)
