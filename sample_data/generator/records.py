"""What the two registers wrote down: CRM rows and shop rows of each customer, more than one for some."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from . import names
from .dice import Dice
from .people import Customer, draw_address, mailbox, mobile, plain
from .places import ABROAD, PO_BOXES
from .timeline import LAST, OFFICE

MIGRATED = date(2012, 5, 14)  # the CRM began, filled from the old subscription system
SHOP_OPENED = date(2021, 3, 1)
IMPORTED = date(2025, 4, 14)  # the house bought a village paper; its list came as a spreadsheet
IMPORT = "Kylänraitti-tuonti 4/2025"
IMPORT_NEW = 210  # people of the village paper the CRM did not know
CRM_DOUBLES = {
    "import": 42,
    "typo": 20,
    "moved": 16,
    "diacritics": 12,
    "nickname": 12,
    "new_mailbox": 10,
    "swapped": 8,
    "married": 8,
    "exact": 6,
    "initial": 5,
    "company": 8,
}
SHOP_DOUBLES = {"new_mailbox": 16, "typo": 12, "exact": 6, "nickname": 6}
REPEATED_IDS = 6
ABROAD_SHARE = 0.012
PO_BOX_SHARE = 0.012


@dataclass(slots=True)
class Record:
    """One row of a customer register, as its file will show it."""

    source: str
    owner: Customer
    first: str
    last: str
    company: str
    business_id: str
    email: str
    phone: str
    street: str
    postcode: str
    city: str
    country: str
    born: str
    language: str
    unit: str
    created: datetime
    updated: datetime
    origin: str
    id: str = ""
    email_ok: str = ""
    sms_ok: str = ""
    no_phone: str = ""
    no_post: str = ""
    informed: str = ""
    note: str = ""
    balance: int = 0
    planted: set[str] = field(default_factory=set)


class Registers:
    """All records, and which id a customer had on a day."""

    def __init__(self, crm: list[Record], shop: list[Record]) -> None:
        self.crm, self.shop = crm, shop
        self._ids: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in crm + shop:
            self._ids[record.source, record.owner.id].append(record)

    def records(self, source: str, customer: Customer) -> list[Record]:
        return self._ids[source, customer.id]

    def id_on(self, source: str, customer: Customer, day: date) -> str | None:
        """Give the id an event of that day is booked on: the first one, or later the newer one in six of ten cases."""
        known = [r for r in self._ids[source, customer.id] if r.created.date() <= day] or self._ids[
            source, customer.id
        ][:1]
        if not known:
            return None
        return known[-1].id if Dice("which id", customer.id, day).chance(0.6) else known[0].id


def write_down(customers: list[Customer]) -> Registers:
    """Write all customers into the CRM, the shop or both, with their doubles, and number the rows."""
    imports = _village_paper(customers)
    crm = [_crm_record(customer, imports) for customer in customers if _in_crm(customer)]
    shop = [_shop_record(customer) for customer in customers if _in_shop(customer)]
    crm += _doubles(crm, "crm", CRM_DOUBLES)
    shop += _doubles(shop, "shop", SHOP_DOUBLES)
    crm = _number(crm, "crm")
    shop = _number(shop, "shop")
    return Registers(_repeat_ids(crm), shop)


def _in_crm(customer: Customer) -> bool:
    only_shop = customer.kind == "shop_buyer" and customer.later in {"shop_buyer", "lapsed", "casual"}
    return not only_shop or Dice("crm", customer.id).chance(0.3)


def _in_shop(customer: Customer) -> bool:
    if "shop_buyer" in {customer.kind, customer.later} or customer.habits["more_shop"] > 0:
        return True
    return Dice("shop", customer.id).chance(0.12)


def _village_paper(customers: list[Customer]) -> set[str]:
    readers = [
        c
        for c in customers
        if not c.company and c.kind in {"print_loyal", "casual"} and c.joined < IMPORTED and _in_crm(c)
    ]
    return {c.id for c in Dice("village").some(readers, IMPORT_NEW)}


def _crm_record(customer: Customer, imports: set[str]) -> Record:
    dice = Dice("crm record", customer.id)
    created = max(customer.joined, MIGRATED)
    origin = _origin(customer, dice)
    if customer.id in imports:
        created, origin = IMPORTED, IMPORT
    record = _record("crm", customer, created, origin, dice)
    if origin == IMPORT:
        _as_imported(record)
    return record


def _origin(customer: Customer, dice: Dice) -> str:
    if customer.joined < MIGRATED:
        return "Vanha tilausjärjestelmä"
    if customer.company:
        return dice.weighted({"Yritysmyynti": 70.0, "Verkkolomake": 20.0, "Messut": 10.0})
    if customer.kind == "print_loyal":
        return dice.weighted({"Puhelinmyynti": 40.0, "Asiakaspalvelu": 30.0, "Messut": 15.0, "Verkkolomake": 15.0})
    return dice.weighted(
        {"Verkkotunnus": 62.0, "Verkkolomake": 18.0, "Puhelinmyynti": 8.0, "Messut": 7.0, "Asiakaspalvelu": 5.0}
    )


def _shop_record(customer: Customer) -> Record:
    dice = Dice("shop record", customer.id)
    earliest = max(customer.joined, SHOP_OPENED)
    created = (
        earliest if customer.kind == "shop_buyer" else dice.day(earliest, min(LAST, earliest + timedelta(days=500)))
    )
    record = _record("shop", customer, created, "verkkokauppa", dice)
    record.phone = _phone_form(customer.phone, dice) if dice.chance(0.7) else ""
    record.email = customer.email or customer.second_email  # the shop asks for a mailbox
    if not record.email:
        record.email = mailbox(customer.first, customer.last, customer.born, dice, set())
    elif customer.second_email and dice.chance(0.6):
        record.email = customer.second_email
    record.born, record.unit = "", ""
    if dice.chance(0.06) and customer.first in names.SHORT_NAMES:
        record.first = names.SHORT_NAMES[customer.first]
    return record


def _record(source: str, customer: Customer, created: date, origin: str, dice: Dice) -> Record:
    day = min(created, LAST)
    address = customer.address
    updated = dice.day(day, LAST) if dice.chance(0.6) else day
    stale = customer.moved is not None and updated < customer.moved and customer.old_address is not None
    if stale and customer.old_address:
        address = customer.old_address
    swedish = customer.language == "sv"
    units = {"print_loyal": "Sanomalehti", "shop_buyer": "Verkkokauppa", "event_goer": "Tapahtumat"}
    record = Record(
        source=source,
        owner=customer,
        first=customer.first,
        last=customer.maiden if customer.maiden and dice.chance(0.12) else customer.last,
        company=customer.company,
        business_id=customer.business_id,
        email=customer.email,
        phone=_phone_form(customer.phone, dice) if not customer.company else customer.phone,
        street=address.street,
        postcode=address.place.postcode,
        city=address.place.city_sv if swedish else address.place.city,
        country="FI" if source == "shop" else dice.weighted({"FI": 80.0, "Suomi": 9.0, "FIN": 2.0, "": 9.0}),
        born="",
        language=customer.language if dice.chance(0.92) else "",
        unit="Yritykset" if customer.company else units.get(customer.kind, "Digi"),
        created=dice.clock(day, OFFICE),
        updated=dice.clock(updated, OFFICE),
        origin=origin,
    )
    record.updated = max(record.updated, record.created)
    if customer.born and dice.chance(0.45):
        record.born = customer.born.isoformat()
    if stale:
        record.planted.add("old_address")
    elif not customer.company and dice.chance(ABROAD_SHARE):
        record.country, record.postcode, record.city, record.street = dice.pick(ABROAD)
        record.planted.add("abroad")
    elif customer.company and dice.chance(PO_BOX_SHARE * 8):
        box = dice.pick(PO_BOXES)
        record.street, record.postcode, record.city = f"PL {dice.between(2, 90)}", box.postcode, box.city
        record.planted.add("po_box")
    if source == "crm" and dice.chance(0.05):
        record.balance = dice.between(490, 17900)
    return record


def _phone_form(phone: str, dice: Dice) -> str:
    """Write a phone number as people do: with a country code, with a hyphen, run together."""
    if not phone:
        return ""
    digits = phone.replace(" ", "")
    return dice.weighted(
        {
            phone: 34.0,
            digits: 26.0,
            f"+358{digits[1:]}": 20.0,
            f"{digits[:3]}-{digits[3:]}": 12.0,
            f"+358 (0){phone[1:]}": 4.0,
            f"00358 {phone[1:]}": 4.0,
        }
    )


def _as_imported(record: Record) -> None:
    """Make a row look as the spreadsheet had it: capitals; zeros are lost in ``faults``."""
    record.last, record.city = record.last.upper(), record.city.upper()
    record.updated = record.created
    record.unit, record.language, record.country = "Kylänraitti", "", ""


# ---- doubles ---------------------------------------------------------------------------------------------------------


def _doubles(records: list[Record], source: str, plan: dict[str, int]) -> list[Record]:
    dice = Dice("doubles", source)
    used: set[str] = set()
    made = []
    for how, count in plan.items():
        fitting = [r for r in records if r.owner.id not in used and _can_double(r, how)]
        for record in dice.some(fitting, count):
            used.add(record.owner.id)
            made.append(_double(record, how, Dice("double", record.owner.id, source)))
    return made


def _can_double(record: Record, how: str) -> bool:
    owner = record.owner
    # Two names at one address stay telling only while each has one row.
    if (
        owner.company
        or owner.notes & {"father_son", "twins", "namesake"}
        or owner.joined > date(2026, 6, 1)
        or record.planted
    ):
        return False
    fits = {
        "import": record.origin != IMPORT
        and owner.kind in {"print_loyal", "digital_reader"}
        and record.created.date() < IMPORTED,
        "nickname": owner.first in names.SHORT_NAMES,
        "diacritics": any(letter in "åäö" for letter in (owner.last + owner.first).lower()),
        "married": bool(owner.maiden),
        "moved": owner.old_address is not None,
    }
    return fits.get(how, True) and bool(owner.email or owner.phone)


def _double(record: Record, how: str, dice: Dice) -> Record:
    owner = record.owner
    day = dice.day(max(record.created.date(), date(2019, 1, 1)), LAST)
    origin = (
        dice.weighted({"Verkkolomake": 45.0, "Asiakaspalvelu": 30.0, "Puhelinmyynti": 25.0})
        if record.source == "crm"
        else record.origin
    )
    double = replace(
        record, created=dice.clock(day, OFFICE), origin=origin, planted={"double", f"double_{how}"}, balance=0
    )
    double.first, double.last = owner.first, owner.last
    if how == "import":
        double.created, double.origin = dice.clock(IMPORTED, OFFICE), IMPORT
        _as_imported(double)
        double.email = "" if dice.chance(0.5) else double.email
    if how == "company":
        double.company = company_form(owner.company, dice)
        double.business_id = "" if dice.chance(0.6) else owner.business_id
        double.email = "" if dice.chance(0.4) else owner.email
        return double
    if how == "typo":
        double.last = misspell(double.last, dice)
        double.street = misspell(double.street, dice) if dice.chance(0.4) else double.street
    if how == "nickname":
        double.first = names.SHORT_NAMES[owner.first]
    if how == "diacritics":
        table = str.maketrans("åäöÅÄÖ", "aaoAAO")
        double.first, double.last, double.street = (
            text.translate(table) for text in (double.first, double.last, double.street)
        )
    if how == "swapped":
        double.first, double.last = owner.last, owner.first
    if how == "initial":
        double.first = f"{owner.first[0]}."
    if how == "married":
        double.last = owner.maiden if dice.chance(0.5) else f"{owner.maiden}-{owner.last}"
    if how == "moved":
        other = owner.old_address if record.street == owner.address.street and owner.old_address else owner.address
        double.street, double.postcode = other.street, other.place.postcode
        double.city = other.place.city_sv if owner.language == "sv" else other.place.city
    if how == "new_mailbox":
        double.email = mailbox(owner.first, owner.last, owner.born, dice, {owner.email, owner.second_email})
        double.phone = owner.phone
    elif how not in {"exact", "import"}:
        double.phone = _phone_form(owner.phone, dice) if dice.chance(0.75) or not double.email else ""
        if dice.chance(0.3) and double.phone:
            double.email = ""
    if how != "exact" and dice.chance(0.5):
        double.born = owner.born.isoformat() if owner.born and record.source == "crm" and dice.chance(0.3) else ""
    double.updated = max(double.created, dice.clock(dice.day(double.created.date(), LAST), OFFICE))
    return double


def company_form(name: str, dice: Dice) -> str:
    """Write a company's name another way: the form of company left out or put first, all in capitals."""
    words = name.split(" ")
    bare = " ".join(word for word in words if word not in {"Oy", "Ab", "Ky", "Tmi"})
    return dice.pick([bare, bare.upper(), f"Oy {bare}" if "Oy" in words else f"{bare} ", f"{bare} Oy Ab"]).strip()


def misspell(text: str, dice: Dice) -> str:
    """Make one typing error inside a word: a letter lost, doubled or swapped with the next."""
    if len(text) < 4:
        return text + text[-1]
    place = dice.between(1, len(text) - 3)
    how = dice.between(0, 2)
    if how == 0:
        return text[:place] + text[place + 1 :]
    if how == 1 or text[place] == text[place + 1]:
        return text[:place] + text[place] + text[place:]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


# ---- numbering -------------------------------------------------------------------------------------------------------


def _number(records: list[Record], source: str) -> list[Record]:
    """Number rows in the order they came to the register. CRM numbers begin with a zero that must not be lost."""
    ordered = sorted(records, key=lambda r: (r.created, r.owner.id, sorted(r.planted)))
    dice = Dice("numbers", source)
    number = 100216 if source == "crm" else 10040
    for record in ordered:
        number += dice.between(1, 4)
        record.id = f"{number:07d}" if source == "crm" else f"W{number}"
    return ordered


def _repeat_ids(crm: list[Record]) -> list[Record]:
    """Repeat some customers under the same number with a newer address, as an export does that keeps history."""
    dice = Dice("repeated")
    fitting = [r for r in crm if not r.owner.company and not r.planted and not r.owner.notes and r.owner.email]
    again = []
    for record in dice.some(fitting, REPEATED_IDS):
        address = draw_address(dice, record.owner.language)
        later = dice.clock(dice.day(record.updated.date(), LAST), OFFICE)
        newer = replace(
            record, street=address.street, postcode=address.place.postcode, updated=max(later, record.updated)
        )
        newer.city, newer.country, newer.planted = address.place.city, "FI", {"repeated_id"}
        again.append(newer)
    return sorted(crm + again, key=lambda r: (r.id, r.updated))


def strangers(count: int, key: str) -> list[tuple[str, str, str, str]]:
    """Make people who are not customers: first name, last name, mailbox, phone (for lists from outside)."""
    dice = Dice("strangers", key)
    people = []
    for _ in range(count):
        first, last = dice.common(names.WOMEN_YOUNG + names.MEN_OLD), dice.common(names.LAST)
        people.append(
            (first, last, f"{plain(first)}.{plain(last)}{dice.between(100, 999)}@netmail.example", mobile(dice))
        )
    return people
