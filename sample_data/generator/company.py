"""The whole: draw everything in its order, write every file, count what was planted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from . import files
from .campaigns import campaign_rows, contact_rows, draw_lists
from .faults import spoil
from .feedback import feedback_rows, goal_rows
from .money import draw_orders, draw_payments, draw_subscriptions
from .people import Customer, draw_customers
from .permissions import address_update_rows, draw_consents, suppression_rows
from .places import area_rows
from .readme import fill
from .records import IMPORT, Registers, write_down
from .social import draw_social
from .timeline import LAST
from .traffic import draw_touchpoints, draw_visits, meet, visitor_rows

CONSENT_HEADER = ["customer_id", "channel", "status", "recorded_at", "source", "wording", "purpose", "basis", "method", "told_at_sale",
                  "similar_products", "opt_out_offered", "double_opt_in_at", "guardian"]  # fmt: skip
SUPPRESSION_HEADER = [
    "register",
    "channel",
    "screened_at",
    "customer_id",
    "email",
    "phone",
    "first_name",
    "last_name",
    "street",
    "postcode",
]
UPDATE_HEADER = [
    "customer_id",
    "first_name",
    "last_name",
    "street",
    "postcode",
    "city",
    "new_street",
    "new_postcode",
    "new_city",
    "valid_from",
    "status",
]


def generate(out: Path) -> dict[str, int]:
    """Write the sample data into ``out`` and give the counts of what was planted."""
    out.mkdir(parents=True, exist_ok=True)
    customers = draw_customers()
    registers = write_down(customers)
    contacts = draw_lists(customers, registers)
    subscriptions = draw_subscriptions(customers, registers, contacts)
    payments = draw_payments(customers, subscriptions, registers)
    orders = draw_orders(customers, registers, contacts)
    world = meet(customers, registers)
    visits = draw_visits(customers, world)
    touches = draw_touchpoints(customers, world, subscriptions, contacts)
    acts = draw_social(customers, registers, contacts)
    feedback = feedback_rows(customers, registers)
    spoil(registers)
    consents = draw_consents(registers)
    suppressions = suppression_rows(registers)
    updates = address_update_rows(registers)

    lines = {
        "crm": files.write_crm(out / "crm.csv", registers.crm),
        "shop": files.write_shop(out / "shop_customers.csv", registers.shop),
    }
    files.write_subscriptions(out / "subscriptions.csv", subscriptions)
    counts = files.write_payments(out / "payments.csv.gz", payments)
    files.write_orders(out / "shop_orders.csv.gz", orders)
    files.write_visits(out / "visits.csv.gz", visits)
    files.write_social(out / "social.csv.gz", acts)
    files.write_touchpoints(out / "touchpoints.csv.gz", touches)
    files.write_csv(
        out / "visitors.csv",
        ["visitor_id", "customer_id", "identified_at"],
        visitor_rows(customers, world),
    )
    files.write_csv(out / "consents.csv", CONSENT_HEADER, [c.row() for c in consents])
    files.write_csv(out / "suppressions.csv", SUPPRESSION_HEADER, suppressions)
    files.write_csv(out / "address_updates.csv", UPDATE_HEADER, updates)
    files.write_csv(
        out / "campaigns.csv",
        ["campaign_id", "name", "channel", "started_at", "ended_at", "fixed_cost", "cost_per_contact", "goal"],
        campaign_rows(),
    )
    files.write_csv(out / "contacts.csv", ["campaign_id", "customer_id", "arm", "contacted_at"], contact_rows(contacts))
    files.write_csv(
        out / "feedback.csv", ["customer_id", "answered_at", "measure", "score", "text", "touchpoint"], feedback
    )
    files.write_csv(
        out / "goals.csv", ["measure", "target", "business_unit", "segment", "touchpoint", "period"], goal_rows()
    )
    files.write_csv(
        out / "areas.csv", ["postcode", "delivery_area", "early_delivery", "kilometres_to_press"], area_rows()
    )
    files.write_truth(out / "truth.csv", registers.crm, registers.shop, lines)

    counts |= _counts(registers) | _kinds(customers)
    counts |= {
        "people": sum(1 for c in customers if not c.company), "companies": sum(1 for c in customers if c.company),
        "subscriptions": len(subscriptions), "payments": len(payments), "payment_refunds": sum(1 for p in payments if p.refund_of),
        "order_lines": len(orders), "order_refunds": sum(1 for p in orders if p.refund_of), "order_guests": sum(1 for p in orders if not p.customer),
        "visits": len(visits), "touchpoints": len(touches), "social": len(acts), "referrals": sum(1 for a in acts if a.action == "referral"),
        "feedback": len(feedback), "consents": len(consents), "contacts": len(contacts), "suppressions": len(suppressions), "updates": len(updates), "areas": len(area_rows()),
    }  # fmt: skip
    files.write_text(out / "README.md", fill(counts, contacts))
    return counts


def _kinds(customers: list[Customer]) -> dict[str, int]:
    first = Counter(f"kind:{c.kind}" for c in customers)
    end = Counter(f"end:{c.kind_on(LAST)}" for c in customers)
    return dict(first | end)


def _counts(registers: Registers) -> dict[str, int]:
    counts: Counter[str] = Counter()
    crm, shop = registers.crm, registers.shop
    for source, records in (("crm", crm), ("shop", shop)):
        counts[f"{source}_rows"] = len(records)
        for record in records:
            counts.update(f"{source}:{label}" for label in record.planted)
    counts["lost_zero_import"] = sum(1 for r in crm if r.origin == IMPORT and "lost_zero" in r.planted)
    in_both = {r.owner.id for r in crm} & {r.owner.id for r in shop}
    counts["in_both"] = len(in_both)
    counts["only_crm"] = len({r.owner.id for r in crm} - in_both)
    counts["only_shop"] = len({r.owner.id for r in shop} - in_both)
    for label in ("father_son", "twins", "namesake", "shared_mailbox", "deceased"):
        counts[label] = len({r.owner.id for r in crm + shop if label in r.owner.notes})
    return dict(counts)
