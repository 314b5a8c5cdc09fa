"""Visits to the site and the app, the visitors behind them, and touchpoints on the way to a conversion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from .campaigns import Contact
from .dice import Dice
from .money import Subscription
from .people import Customer
from .records import Registers
from .timeline import CUT, DAYTIME, END_UTC, FIRST, LAST, READING, months

DEVICES = {"mobile": 55.0, "desktop": 27.0, "tablet": 10.0, "app": 8.0}
CHANNELS = {"direct": 40.0, "newsletter": 17.0, "organic_search": 20.0, "social": 15.0, "referral": 5.0, "push": 3.0}
ARTICLES_A_WEEK = 8
# A few articles bring far more new subscribers than the rest.
MAGNETS = ["a-202511-2", "a-202514-5", "a-202537-1", "a-202546-4", "a-202607-3", "a-202619-6", "a-202633-2"]


@dataclass(frozen=True, slots=True)
class Visit:
    customer: str
    visitor: str
    at: datetime
    pages: int
    downloads: int
    seconds: int
    channel: str
    device: str
    content: str


@dataclass(frozen=True, slots=True)
class Touch:
    customer: str
    visitor: str
    at: datetime
    channel: str
    media: str
    action: str
    campaign: str = ""
    content: str = ""
    cost: str = ""


@dataclass(slots=True)
class Browser:
    """A browser or app of a customer, known from ``since`` on."""

    visitor: str
    device: str
    since: datetime


class World(NamedTuple):
    """Who has which numbers and which browsers."""

    registers: Registers
    browsers: dict[str, list[Browser]]


def article(day: date, dice: Dice) -> str:
    """Pick an article of the last days; the first of a week are read most."""
    week = (day - timedelta(days=dice.between(0, 4))).isocalendar()
    number = min(ARTICLES_A_WEEK, 1 + int(ARTICLES_A_WEEK * dice.share() ** 2))
    return f"a-{week.year}{week.week:02d}-{number}"


# ---- visits ----------------------------------------------------------------------------------------------------------


def meet(customers: list[Customer], registers: Registers) -> World:
    """Give every CRM customer with a life on the web one to three browsers."""
    found: dict[str, list[Browser]] = {}
    for customer in customers:
        if not registers.records("crm", customer):
            continue
        dice = Dice("browsers", customer.id)
        busy = max(customer.rates_on(max(day, customer.joined)).visits for day in (FIRST, CUT, LAST))
        if busy < 0.25 and dice.chance(0.55):
            continue
        found[customer.id] = [
            _browser(customer, number, dice) for number in range(dice.weighted({1: 55.0, 2: 35.0, 3: 10.0}))
        ]
    # A family tablet: two people of one household on one browser.
    by_house: dict[str, list[str]] = {}
    for customer in customers:
        if customer.id in found:
            by_house.setdefault(customer.household, []).append(customer.id)
    couples = [members for members in by_house.values() if len(members) > 1]
    for one, other in (members[:2] for members in Dice("tablets").some(couples, 18)):
        shared = found[one][0]
        found[other].append(Browser(shared.visitor, shared.device, shared.since + timedelta(days=11, minutes=17)))
    return World(registers, found)


def _browser(customer: Customer, number: int, dice: Dice) -> Browser:
    visitor = f"v{dice.between(0, 0xFFFFFFFF):08x}"
    since = customer.joined if number == 0 else dice.day(max(customer.joined, FIRST), LAST)
    if customer.joined < FIRST and dice.chance(0.7):
        since = dice.day(max(customer.joined, date(2022, 2, 1)), FIRST)
    return Browser(visitor, dice.weighted(DEVICES), dice.clock(max(since, date(2022, 2, 1)), DAYTIME))


def draw_visits(customers: list[Customer], world: World) -> list[Visit]:
    """Draw visits: logged in, not logged in on a known browser, before signing up, and of people never known."""
    visits: list[Visit] = []
    for customer in customers:
        mine = world.browsers.get(customer.id)
        if not mine:
            continue
        dice = Dice("visits", customer.id)
        for first, last in months():
            middle = first + timedelta(days=14)
            rates = customer.rates_on(middle)
            growth = 1.1 if first > CUT else 1.0
            for _ in range(dice.count(rates.visits * READING[first.month - 1] * growth)):
                day = dice.day(first, last)
                if day < customer.joined or (customer.left and day > customer.left):
                    continue
                at = dice.clock(day, DAYTIME)
                browser = dice.common(mine, 1)
                known = at >= browser.since and dice.chance(0.88)
                crm_id = world.registers.id_on("crm", customer, day) or ""
                visits.append(_visit(crm_id if known else "", browser, at, rates.pages, dice))
        if customer.joined >= FIRST:
            browser = mine[0]
            for _ in range(dice.count(1.6)):
                day = dice.day(customer.joined - timedelta(days=60), customer.joined - timedelta(days=1))
                if day >= FIRST:
                    visits.append(_visit("", browser, dice.clock(day, DAYTIME), 3, dice))
    visits += _never_known()
    return sorted(
        (v for v in visits if v.at < END_UTC), key=lambda v: (v.at, v.visitor, v.customer, v.pages, v.seconds)
    )


def _visit(customer: str, browser: Browser, at: datetime, mean_pages: float, dice: Dice) -> Visit:
    pages = 1 + dice.count((mean_pages - 0.6) * dice.spread(0.4) * 0.8)
    downloads = dice.count(0.9) if dice.chance(0.06) else 0
    seconds = int(pages * 34 * dice.spread(0.7))
    channel = "app" if browser.device == "app" else dice.weighted(CHANNELS)
    return Visit(
        customer, browser.visitor, at, pages, downloads, seconds, channel, browser.device, article(at.date(), dice)
    )


def _never_known() -> list[Visit]:
    visits = []
    for number in range(1500):
        dice = Dice("anonymous", number)
        browser = Browser(f"v{dice.between(0, 0xFFFFFFFF):08x}", dice.weighted(DEVICES), datetime(2030, 1, 1))  # noqa: DTZ001 - never
        for _ in range(1 + dice.count(0.8)):
            visits.append(_visit("", browser, dice.clock(dice.day(FIRST, LAST), DAYTIME), 2, dice))  # noqa: PERF401 - a loop reads better
    return visits


def visitor_rows(customers: list[Customer], world: World) -> list[list[str]]:
    rows = []
    for customer in customers:
        for browser in world.browsers.get(customer.id, []):
            crm_id = world.registers.id_on("crm", customer, browser.since.date())
            if crm_id and browser.since.date() <= LAST:
                rows.append([browser.visitor, crm_id, browser.since.isoformat(timespec="seconds") + "Z"])
    return sorted(rows)


# ---- touchpoints -----------------------------------------------------------------------------------------------------

MEDIA = {
    "search_ad": "paid", "social_ad": "paid", "display": "paid", "newsletter": "owned", "push": "owned", "email": "owned", "post": "owned",
    "phone": "owned", "sms": "owned", "organic_search": "earned", "social": "earned", "referral": "earned",
}  # fmt: skip
ASSISTS = {
    "social": 24.0,
    "organic_search": 22.0,
    "newsletter": 14.0,
    "social_ad": 14.0,
    "search_ad": 10.0,
    "display": 12.0,
    "referral": 4.0,
}
CLOSERS = {
    "search_ad": 28.0,
    "newsletter": 26.0,
    "organic_search": 20.0,
    "social_ad": 10.0,
    "social": 9.0,
    "referral": 6.0,
    "display": 1.0,
}
BACKGROUND = {"newsletter": 36.0, "display": 34.0, "social_ad": 12.0, "organic_search": 8.0, "social": 8.0, "push": 2.0}
ALWAYS = {"search_ad": "A-HAKU", "social_ad": "A-SOME", "display": "A-NAYTTO"}


def draw_touchpoints(
    customers: list[Customer],
    world: World,
    subscriptions: list[Subscription],
    contacts: list[Contact],
) -> list[Touch]:
    """Draw paths to new subscriptions and sign-ups, campaign contacts, and touches that lead nowhere."""
    touches: list[Touch] = []
    seen = set()
    for one in subscriptions:
        if one.start >= FIRST and one.owner.id not in seen and not one.campaign:
            seen.add(one.owner.id)
            touches += _path(one.owner, one.start, world, Dice("path", one.crm_id, one.start))
    for customer in customers:
        if (
            customer.joined >= FIRST
            and customer.id not in seen
            and customer.id in world.browsers
            and not customer.company
        ):
            touches += _path(customer, customer.joined, world, Dice("sign-up", customer.id))
        touches += _background(customer, world)
    for contact in contacts:
        if contact.arm == "treatment":
            touches += _campaign_touches(contact, Dice("touch", contact.campaign.id, contact.customer.id))
    return sorted(
        (t for t in touches if t.at < END_UTC), key=lambda t: (t.at, t.customer, t.visitor, t.channel, t.action)
    )


def _path(customer: Customer, day: date, world: World, dice: Dice) -> list[Touch]:
    if dice.chance(0.12):
        return []  # came without a trace
    end = dice.clock(day, DAYTIME)
    steps = 1 + dice.count(1.6)
    touches = []
    for step in range(steps):
        last = step == steps - 1
        channel = dice.weighted(CLOSERS if last else ASSISTS)
        at = (
            end - timedelta(minutes=dice.between(4, 50))
            if last
            else end - timedelta(hours=int(20 + 640 * dice.share() ** 1.5))
        )
        if at.date() < FIRST or (at.date() < customer.joined and customer.id not in world.browsers):
            continue  # nobody could have noted it
        action = (
            "impression"
            if channel == "display" or (channel == "social_ad" and not last and dice.chance(0.4))
            else "click"
        )
        content = ""
        if channel in {"social", "organic_search", "newsletter"}:
            near = [a for a in MAGNETS if 0 <= (at.date() - _published(a)).days < 100]
            content = near[-1] if near and dice.chance(0.45) else article(at.date(), dice)
        touches.append(_touch(customer, at, (channel, action, content), world, dice))
    return touches


def _published(content: str) -> date:
    return date.fromisocalendar(int(content[2:6]), int(content[6:8]), 1)


def _touch(
    customer: Customer,
    at: datetime,
    act: tuple[str, str, str],
    world: World,
    dice: Dice,
) -> Touch:
    """Make a touch; ``act`` is its channel, action and content."""
    channel, action, content = act
    mine = world.browsers.get(customer.id)
    visitor = mine[0].visitor if mine else ""
    crm_id = world.registers.id_on("crm", customer, at.date()) or ""
    known = at.date() >= customer.joined and (not visitor or dice.chance(0.7))
    return Touch(
        crm_id if known else "",
        visitor,
        at,
        channel,
        MEDIA[channel],
        action,
        ALWAYS.get(channel, ""),
        content,
        _cost(channel, action, dice),
    )


def _cost(channel: str, action: str, dice: Dice) -> str:
    if channel in {"search_ad", "social_ad"} and action == "click":
        return f"0.{dice.between(22, 94):02d}"
    return "0.004" if MEDIA[channel] == "paid" and action == "impression" else ""


def _background(customer: Customer, world: World) -> list[Touch]:
    if customer.id not in world.browsers:
        return []
    dice = Dice("background", customer.id)
    touches = []
    for first, last in months():
        rates = customer.rates_on(first + timedelta(days=14))
        for _ in range(dice.count(0.06 + 0.16 * rates.visits if rates.visits else 0)):
            channel, day = dice.weighted(BACKGROUND), dice.day(first, last)
            if day < customer.joined:
                continue
            action = (
                "impression"
                if channel in {"display", "social_ad"}
                else "open"
                if channel == "newsletter" and dice.chance(0.7)
                else "click"
            )
            content = article(day, dice) if channel in {"newsletter", "organic_search", "social", "push"} else ""
            touches.append(_touch(customer, dice.clock(day, DAYTIME), (channel, action, content), world, dice))
    return touches


def _campaign_touches(contact: Contact, dice: Dice) -> list[Touch]:
    campaign = contact.campaign
    touches = [Touch(contact.crm_id, "", contact.at, campaign.channel, "owned", "sent", campaign.id)]
    if campaign.channel in {"email", "sms"}:
        if dice.chance(0.42):
            touches.append(
                Touch(
                    contact.crm_id,
                    "",
                    contact.at + timedelta(hours=dice.between(0, 60), minutes=7),
                    campaign.channel,
                    "owned",
                    "open",
                    campaign.id,
                )
            )
        if contact.success:
            at = dice.clock(contact.success, DAYTIME) - timedelta(minutes=12)
            touches.append(
                Touch(contact.crm_id, "", max(at, contact.at), campaign.channel, "owned", "click", campaign.id)
            )
    return touches
