"""Subscriptions and their payments, event tickets, advertisements and shop orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from .campaigns import Contact
from .dice import Dice
from .people import Customer
from .records import IMPORT, Registers
from .timeline import CUT, DAYTIME, EVENTS, FIRST, LAST, OFFICE, SHOPPING, add_months, months

PRICES = {  # cents a month: before and from 2026
    "Itärannikon Sanomat, paperi": (3190, 3390),
    "Itärannikon Sanomat, digi": (1490, 1590),
    "Itärannikon Sanomat, yritysdigi": (2450, 2600),
    "Östkustbladet, papper": (2690, 2850),
    "Östkustbladet, digital": (1290, 1390),
    "Kylänraitti, paperi": (890, 890),
}
RAISED = date(2026, 1, 1)
SHOP = {  # product: category, price and margin in cents
    "Itärannikon valokuvakirja": ("Kirjat", 3490, 1400), "Saariston reitit": ("Kirjat", 2790, 1150), "Kylien historia I": ("Kirjat", 3990, 1600),
    "Kylien historia II": ("Kirjat", 3990, 1600), "Kustens bästa recept": ("Böcker", 2490, 980), "Ristikkokirja, kesä": ("Kirjat", 990, 520),
    "Ristikkokirja, talvi": ("Kirjat", 990, 520), "Seinäkalenteri 2025": ("Kalenterit", 1590, 780), "Seinäkalenteri 2026": ("Kalenterit", 1690, 830),
    "Joulukortit, 10 kpl": ("Kortit", 890, 560), "Postikortit, majakat": ("Kortit", 590, 380), "Etusivu kehystettynä": ("Lahjat", 4900, 2100),
    "Syntymäpäivän lehti": ("Lahjat", 2900, 1900), "Muki, Meriviesti": ("Lahjat", 1490, 690), "Kangaskassi": ("Lahjat", 1290, 700),
    "Villasukat": ("Lahjat", 2490, 900), "Mehupullo": ("Lahjat", 1190, 420), "Lahjakortti": ("Lahjat", 5000, 0),
    "Merikartta, painos": ("Julisteet", 2200, 1300), "Juliste, vanha satama": ("Julisteet", 1990, 1250), "Juliste, ruukki": ("Julisteet", 1990, 1250),
    "Lastenlehti, vuosikerta": ("Lehdet", 3900, 1900), "Kesälehti": ("Lehdet", 690, 380), "Veneilijän liite": ("Lehdet", 890, 480),
}  # fmt: skip
CHRISTMAS = {
    "Joulukortit, 10 kpl",
    "Seinäkalenteri 2025",
    "Seinäkalenteri 2026",
    "Villasukat",
    "Lahjakortti",
    "Ristikkokirja, talvi",
}
TICKETS = {
    "Saaristojuhla": 3900,
    "Lukijailta": 1200,
    "Satamajazz": 2800,
    "Ruokamarkkinat": 1500,
    "Joulukonsertti": 3400,
    "Veneretki": 5900,
}


@dataclass(slots=True)
class Payment:
    """A purchase, payment or refund; amounts in cents."""

    customer: str
    at: datetime
    amount: int
    product: str
    category: str
    channel: str
    campaign: str = ""
    quantity: int = 1
    unit_price: int = 0
    margin: int = 0
    order: int = 0
    refund_of: Payment | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A contract period."""

    owner: Customer
    crm_id: str
    start: date
    end: date | None
    product: str
    price: int
    period: int
    campaign: str = ""


class Span(NamedTuple):
    """A time of a contract."""

    start: date
    end: date | None
    product: str


# ---- subscriptions ---------------------------------------------------------------------------------------------------


def draw_subscriptions(customers: list[Customer], registers: Registers, contacts: list[Contact]) -> list[Subscription]:
    """Draw contract periods: those of the customer's kinds, and those a campaign brought."""
    won: dict[
        str, dict[date, str]
    ] = {}  # customer: day a campaign's goal came true, campaign (none for the control group)
    for one in contacts:
        if one.success and one.campaign.effect == "subscribe":
            won.setdefault(one.customer.id, {})[one.success] = one.campaign.id if one.arm == "treatment" else ""
    found = []
    for customer in customers:
        dice = Dice("subscriptions", customer.id)
        spans: list[Span] = []
        wins = won.get(customer.id, {})
        now, then = (_product(customer, kind, registers) for kind in (customer.kind, customer.later))
        end = customer.left
        if now and now == then:
            spans += _spans(customer.joined, end, now, customer, dice)
        else:
            if now:
                spans += _spans(customer.joined, min(customer.turn, end or customer.turn), now, customer, dice)
            if then and customer.turn <= LAST:
                spans += _spans(max(customer.turn, customer.joined), end, then, customer, dice)
        for day in sorted(set(wins) - {span.start for span in spans}):
            stop = add_months(day, dice.between(2, 6))
            spans.append(Span(day, stop if stop <= LAST else None, "Itärannikon Sanomat, digi"))
        for span in spans:
            crm_id = registers.id_on("crm", customer, span.start)
            if span.product.startswith("Kylänraitti"):
                crm_id = next(r.id for r in registers.records("crm", customer) if r.origin == IMPORT)
            if crm_id and span.start <= LAST and (span.end is None or span.end > span.start):
                found.append(_subscription(customer, crm_id, span, wins.get(span.start, ""), dice))
    return sorted(found, key=lambda s: (s.crm_id, s.start, s.product))


def _product(customer: Customer, kind: str, registers: Registers) -> str | None:
    product = {
        "print_loyal": "print",
        "digital_subscriber": "digital",
        "recommender": "digital",
        "fading": "digital",
    }.get(kind)
    if kind == "company_subscriber":
        return "Itärannikon Sanomat, yritysdigi"
    if product == "print":
        if any(r.origin == IMPORT for r in registers.records("crm", customer)):
            return "Kylänraitti, paperi"
        return "Östkustbladet, papper" if customer.language == "sv" else "Itärannikon Sanomat, paperi"
    if product == "digital":
        return "Östkustbladet, digital" if customer.language == "sv" else "Itärannikon Sanomat, digi"
    return None


def _spans(start: date, end: date | None, product: str, customer: Customer, dice: Dice) -> list[Span]:
    """Cut a time into contract periods: each month may end one, and one in three comes back after a pause."""
    churn = customer.rates_on(max(start, customer.joined)).churn
    spans: list[Span] = []
    begun, month = start, max(start, FIRST)
    stop = end or LAST
    while month < stop:
        month = add_months(month, 1)
        if month < stop and dice.chance(churn):
            spans.append(Span(begun, month, product))
            if not dice.chance(0.33):
                return spans
            begun = month = add_months(month, dice.between(2, 6))
            if begun >= stop:
                return spans
    spans.append(Span(begun, end, product))
    return spans


def _subscription(customer: Customer, crm_id: str, span: Span, campaign: str, dice: Dice) -> Subscription:
    seats = max(1, dice.count(2.2 * customer.habits["visits"])) if customer.company else 1
    periods = {1: 80.0, 12: 20.0} if "digi" in span.product else {1: 22.0, 3: 36.0, 6: 12.0, 12: 30.0}
    period = dice.weighted({3: 50.0, 12: 50.0} if customer.company else periods)
    price = PRICES[span.product][span.start >= RAISED] * seats
    return Subscription(customer, crm_id, span.start, span.end, span.product, price, period, campaign)


def draw_payments(customers: list[Customer], subscriptions: list[Subscription], registers: Registers) -> list[Payment]:
    """Draw all payments booked in the CRM: subscriptions, tickets, advertisements, and refunds of some."""
    payments: list[Payment] = []
    for number, one in enumerate(subscriptions):
        payments += _invoices(one, Dice("invoices", number, one.crm_id))
    for customer in customers:
        payments += _single_sales(customer, registers)
    payments += _refunds(payments, 0.013, Dice("payment refunds"))
    payments.sort(key=lambda p: (p.at, p.customer, p.amount))
    for number, payment in enumerate(payments):
        payment.id = f"T{250001 + number}"
    return payments


def _invoices(one: Subscription, dice: Dice) -> list[Payment]:
    payments = []
    number = max(0, ((FIRST.year - one.start.year) * 12 + FIRST.month - one.start.month) // one.period - 1)
    due = add_months(one.start, number * one.period)
    while due <= LAST and (one.end is None or due < one.end):
        if due >= FIRST:
            price = (
                one.price * PRICES[one.product][1] // PRICES[one.product][0] if due >= RAISED > one.start else one.price
            )
            amount = price * one.period
            if one.period == 12:
                amount = amount * 92 // 100
            if number == 0 and one.period == 1 and "digi" in one.product and dice.chance(0.5):
                amount = 490  # first month at a trial price
            paid = due + timedelta(days=dice.between(0, 9) if dice.chance(0.9) else dice.between(15, 45))
            if paid <= LAST:
                how = dice.weighted({"e-lasku": 50.0, "lasku": 30.0, "kortti": 20.0})
                payments.append(
                    Payment(
                        one.crm_id,
                        dice.clock(paid, OFFICE),
                        amount,
                        one.product,
                        "Tilaukset",
                        how,
                        one.campaign if number == 0 else "",
                    )
                )
        number += 1
        due = add_months(one.start, number * one.period)
    return payments


def _single_sales(customer: Customer, registers: Registers) -> list[Payment]:
    payments = []
    dice = Dice("single sales", customer.id)
    for first, last in months():
        day = dice.day(first, last)
        crm_id = registers.id_on("crm", customer, day)
        if not crm_id:
            continue
        rates = customer.rates_on(day)
        for _ in range(dice.count(rates.events * EVENTS[first.month - 1])):
            ticket = dice.pick(list(TICKETS))
            amount = TICKETS[ticket] * dice.weighted({1: 45.0, 2: 42.0, 3: 6.0, 4: 7.0})
            payments.append(Payment(crm_id, dice.clock(day, DAYTIME), amount, ticket, "Tapahtumat", "verkko"))
        if (
            customer.company
            and customer.kind_on(day) == "company_advertiser"
            and day > customer.joined
            and dice.chance(0.4)
        ):
            amount = int(24000 * dice.spread(0.8) * customer.habits["visits"]) // 500 * 500 + 9900
            payments.append(Payment(crm_id, dice.clock(day, OFFICE), amount, "Ilmoitus", "Mainokset", "myynti"))
    return payments


def _refunds(payments: list[Payment], share: float, dice: Dice) -> list[Payment]:
    refunds = []
    for payment in sorted(payments, key=lambda p: (p.customer, p.at, p.product, p.amount, p.quantity)):
        if payment.amount <= 0 or not dice.chance(share):
            continue
        at = dice.clock(payment.at.date() + timedelta(days=dice.between(1, 30)), OFFICE)
        if at.date() > LAST:
            continue
        part = payment.amount if dice.chance(0.7) or payment.unit_price else payment.amount // 2
        refund = Payment(
            payment.customer, at, -part, payment.product, payment.category, payment.channel, refund_of=payment
        )
        refund.quantity, refund.unit_price, refund.margin = -payment.quantity, payment.unit_price, -payment.margin
        refunds.append(refund)
    return refunds


# ---- the shop --------------------------------------------------------------------------------------------------------


def draw_orders(customers: list[Customer], registers: Registers, contacts: list[Contact]) -> list[Payment]:
    """Draw order lines of the web shop, returns included."""
    christmas = {c.customer.id: c for c in contacts if c.success and c.campaign.effect == "order"}
    lines: list[Payment] = []
    order = 0
    for customer in customers:
        if not registers.records("shop", customer):
            continue
        dice = Dice("orders", customer.id)
        days = []
        opened = registers.records("shop", customer)[0].created.date()
        if FIRST <= opened <= LAST and dice.chance(0.85):
            days.append((opened, ""))
        for first, last in months():
            day = dice.day(first, last)
            if day < opened:
                continue
            growth = 1.2 if first > CUT else 1.0
            days += [
                (dice.day(max(first, opened), last), "")
                for _ in range(dice.count(customer.rates_on(day).shop * SHOPPING[first.month - 1] * growth))
            ]
        contact = christmas.get(customer.id)
        if contact and contact.success:
            days.append((contact.success, contact.campaign.id if contact.arm == "treatment" else ""))
        for day, campaign in sorted(days):
            shop_id = registers.id_on("shop", customer, day)
            order += 1
            lines += _order(shop_id or "", day, order, campaign, dice)
    lines += _guests(order)
    lines += _refunds(lines, 0.04, Dice("shop refunds"))
    lines.sort(key=lambda p: (p.at, p.customer, p.order, p.product, p.quantity))
    for number, line in enumerate(lines):
        line.id = f"L{70001 + number}"
    return lines


def _order(shop_id: str, day: date, order: int, campaign: str, dice: Dice) -> list[Payment]:
    at = dice.clock(day, DAYTIME)
    before_christmas = day.month in {11, 12}
    weights = {
        name: 4.0
        if before_christmas and name in CHRISTMAS
        else 0.0
        if "2025" in name and day > date(2025, 3, 1)
        else 1.0
        for name in SHOP
    }
    if day < date(2025, 9, 1):
        weights["Seinäkalenteri 2026"] = 0
    lines = []
    for product in sorted({dice.weighted(weights) for _ in range(1 + dice.count(0.45))}):
        category, price, margin = SHOP[product]
        if dice.chance(0.12):  # on sale
            price, margin = price * 8 // 10, margin - price * 2 // 10
        quantity = dice.weighted({1: 82.0, 2: 12.0, 3: 4.0, 5: 2.0})
        lines.append(
            Payment(
                shop_id,
                at,
                price * quantity,
                product,
                category,
                "web",
                campaign,
                quantity,
                price,
                margin * quantity,
                order,
            )
        )
    return lines


def _guests(order: int) -> list[Payment]:
    """Sell to people without a customer number (guest checkout)."""
    dice = Dice("guests")
    lines = []
    for number in range(110):
        lines += _order("", dice.day(FIRST, LAST), order + 1 + number, "", dice)
    return lines
