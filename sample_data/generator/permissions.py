"""Marketing permissions: columns on the CRM, events of the permission log, opt-out lists and address updates.

Each CRM row gets one *story* per channel; the README counts the stories. They are chosen so that every reason of the
permission rules comes up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .dice import Dice
from .people import draw_address
from .records import IMPORT, IMPORTED, Record, Registers, strangers
from .timeline import LAST, OFFICE

WORDINGS = {"web": "v3/2023: Saan lähettää sinulle uutisia ja tarjouksia sähköpostitse", "sms": "v2/2024: Tarjoukset tekstiviestillä",
            "push": "v1/2024: Ilmoitukset sovelluksessa", "shop": "shop-1: Uutiskirje verkkokaupasta", "ads": "v1/2025: Mainonnan kohdentaminen kumppaneilla"}  # fmt: skip
# Stories of e-mail permission, per cent of CRM people by where the row came from.
EMAIL_STORIES = {
    "granted_proven": 33.0, "granted_double_opt_in": 7.0, "soft_opt_in": 8.0, "soft_opt_in_gap": 5.0, "pre_ticked": 5.0, "no_time": 3.0,
    "no_wording": 4.0, "stale": 5.0, "withdrawn": 7.0, "regranted": 2.0, "conflict_same_time": 1.2, "conflict_undated": 1.3,
    "column_yes_log_no": 1.8, "column_yes_only": 6.0, "column_no_only": 4.0, "nothing": 6.7,
}  # fmt: skip
IMPORT_STORIES = {"imported": 62.0, "column_yes_only": 13.0, "nothing": 25.0}
OBJECTED = 24  # everything refused
CHILDREN = 8  # rows of people under 13 years; three with a guardian's consent
ROBINSON = {
    "Puhelin-Robinson": ("phone", 46, 120),
    "Posti-Robinson": ("post", 34, 90),
    "Oma kieltolista": ("email", 28, 12),
}
SCREENED = {
    "Puhelin-Robinson": datetime.fromisoformat("2026-10-19T06:30:00"),
    "Posti-Robinson": datetime.fromisoformat("2026-03-02T06:30:00"),
    "Oma kieltolista": datetime.fromisoformat("2026-10-30T23:00:00"),
}
BEFORE = LAST - timedelta(days=2)  # leaves room for a change of mind the day after
MOVES = {"moved": 88, "deceased": 10, "protected": 4}


@dataclass(frozen=True, slots=True)
class Consent:
    """A permission event, as the permission system exports it."""

    customer: str
    channel: str
    status: str
    at: datetime | None
    source: str
    wording: str = ""
    basis: str = "consent"
    method: str = ""
    told: str = ""
    similar: str = ""
    opt_out: str = ""
    double_at: datetime | None = None
    guardian: str = ""

    def row(self) -> list[str]:
        purpose = "marketing" if self.status == "granted" else ""
        at = self.at.isoformat(timespec="seconds") + "Z" if self.at else ""
        double = self.double_at.isoformat(timespec="seconds") + "Z" if self.double_at else ""
        return [self.customer, self.channel, self.status, at, self.source, self.wording, purpose, self.basis, self.method,
                self.told, self.similar, self.opt_out, double, self.guardian]  # fmt: skip


def draw_consents(registers: Registers) -> list[Consent]:
    """Tell a story for every CRM row (its columns are filled as well), and a shorter one for every shop row."""
    events: list[Consent] = []
    # Labels stay few: those that say who is special, not which story everyone has.
    plain = [r for r in registers.crm if not r.planted and not r.owner.notes and not r.company]
    objected = {id(r) for r in Dice("objected").some(plain, OBJECTED)}
    children = Dice("children").some([r for r in plain if id(r) not in objected and r.created.year >= 2024], CHILDREN)
    for number, record in enumerate(children):
        record.born = f"{2014 + number % 3}-0{1 + number % 9}-15"
        record.planted.add("child")
    guarded = {id(r) for r in children[:3]}
    done: set[str] = set()
    for record in registers.crm:
        if record.id in done:
            _columns(record, "", Dice("columns", record.id))
            continue
        done.add(record.id)
        dice = Dice("consents", record.id)
        if id(record) in objected:
            at = dice.clock(dice.day(record.created.date(), LAST), OFFICE)
            events += [
                Consent(record.id, channel, "objected", at, "asiakaspalvelu", method="oral")
                for channel in ("email", "sms", "phone", "post")
            ]
            record.email_ok, record.no_phone, record.no_post = "E", "X", "X"
            record.planted.add("objected")
            continue
        guardian = "huoltaja Liisa" if id(record) in guarded else ""
        events += _email(record, dice, guardian)
        events += _other_channels(record, dice)
    for record in registers.shop:
        record.email_ok = Dice("newsletter", record.id).weighted({"yes": 41.0, "no": 13.0, "": 46.0})
    return sorted(events, key=lambda e: (e.customer, e.at is None, e.row()[3], e.channel, e.status, e.row()))


def _columns(record: Record, story: str, dice: Dice) -> None:
    yes = story in {
        "granted_proven",
        "granted_double_opt_in",
        "pre_ticked",
        "no_time",
        "stale",
        "regranted",
        "column_yes_log_no",
        "column_yes_only",
    }
    no = story in {"withdrawn", "column_no_only"}
    record.email_ok = "K" if yes else "E" if no else dice.weighted({"": 85.0, "K": 8.0, "E": 7.0})
    record.no_phone = "X" if dice.chance(0.09) else ""
    record.no_post = "X" if dice.chance(0.04) else ""
    record.informed = "" if record.origin in {IMPORT, "Messut"} else dice.weighted({"K": 78.0, "": 17.0, "E": 5.0})


def _email(record: Record, dice: Dice, guardian: str) -> list[Consent]:
    story = dice.weighted(IMPORT_STORIES if record.origin == IMPORT else EMAIL_STORIES)
    if guardian:
        story = "granted_proven"
    _columns(record, story, dice)
    first = record.created.date()
    early = dice.clock(first if first >= date(2018, 6, 1) else dice.day(date(2024, 2, 1), date(2026, 6, 1)), OFFICE)
    if early.date() < date(2024, 3, 1) and story in {"granted_proven", "granted_double_opt_in"} and dice.chance(0.85):
        early = dice.clock(dice.day(date(2024, 12, 1), date(2026, 9, 30)), OFFICE)  # permissions were asked anew
    late = dice.clock(dice.day(min(BEFORE, max(early.date(), date(2025, 1, 1)) + timedelta(days=1)), BEFORE), OFFICE)
    me, source = (
        record.id,
        "verkkolomake"
        if record.origin.startswith("Verkko")
        else "puhelin"
        if record.origin == "Puhelinmyynti"
        else "asiakaspalvelu",
    )
    web = WORDINGS["web"] if early.year >= 2023 else "v2/2019: Tilaan uutiskirjeen ja tarjoukset"
    proven = Consent(
        me,
        "email",
        "granted",
        early,
        source,
        web,
        method="oral" if source == "puhelin" else "active",
        guardian=guardian,
    )
    withdrawn = Consent(me, "email", "withdrawn", late, "uutiskirjeen peruutuslinkki", method="active")
    facts = ["yes", "yes", "yes"]  # told at the sale, similar products, a way out offered
    if story == "soft_opt_in_gap":
        facts[dice.between(0, 2)] = ""
    old = dice.clock(dice.day(date(2018, 6, 1), date(2022, 12, 31)), OFFICE)
    undated = Consent(me, "email", "granted", None, source, WORDINGS["web"], method="active")
    told, similar, way_out = facts
    soft = Consent(me, "email", "granted", early, "tilaus", "", "existing_customer", "", told, similar, way_out)
    stories = {
        "granted_proven": [proven],
        "granted_double_opt_in": [
            Consent(me, "email", "granted", early, source, web, method="active", double_at=early + timedelta(minutes=9))
        ],
        "soft_opt_in": [soft],
        "soft_opt_in_gap": [soft],
        "pre_ticked": [
            Consent(me, "email", "granted", early, "kilpailulomake 2023", WORDINGS["web"], method="pre_ticked")
        ],
        "no_time": [undated],
        "no_wording": [Consent(me, "email", "granted", early, source, method="active")],
        "stale": [Consent(me, "email", "granted", old, source, "v1/2018: Uutiskirje", method="active")],
        "withdrawn": [proven, withdrawn],
        "regranted": [
            proven,
            withdrawn,
            Consent(me, "email", "granted", late + timedelta(days=1), "verkkotunnus", WORDINGS["web"], method="active"),
        ],
        "conflict_same_time": [proven, Consent(me, "email", "withdrawn", early, "asiakaspalvelu", method="oral")],
        "conflict_undated": [undated, Consent(me, "email", "withdrawn", None, "asiakaspalvelu")],
        "column_yes_log_no": [proven, withdrawn],
        "imported": [Consent(me, "email", "granted", dice.clock(IMPORTED, OFFICE), IMPORT, method="imported")],
    }
    return stories.get(story, []) if record.email or story in {"withdrawn", "no_time"} else []


def _other_channels(record: Record, dice: Dice) -> list[Consent]:
    events = []
    first = max(record.created.date(), date(2024, 3, 1))
    at = dice.clock(dice.day(min(first, BEFORE), BEFORE), OFFICE)
    me = record.id
    record.sms_ok = ""
    if record.phone and dice.chance(0.3):
        good = dice.chance(0.6)
        record.sms_ok = "K" if good or dice.chance(0.4) else ""
        wording = WORDINGS["sms"] if good else ""
        events.append(
            Consent(
                me, "sms", "granted", at if good else None, "verkkolomake", wording, method="active" if good else ""
            )
        )
        if dice.chance(0.12):
            events.append(Consent(me, "sms", "withdrawn", at + timedelta(days=1), "vastaus STOP", method="active"))
    elif dice.chance(0.06):
        record.sms_ok = "E"
    if dice.chance(0.05):
        events.append(Consent(me, "phone", "objected", at, "puhelinmyynti", method="oral"))
    if dice.chance(0.02):
        events.append(Consent(me, "post", "objected", at, "asiakaspalvelu", method="oral"))
    if record.origin == "Verkkotunnus" and dice.chance(0.14):
        events.append(Consent(me, "push", "granted", at, "sovellus", WORDINGS["push"], method="active"))
    if dice.chance(0.03):
        events.append(Consent(me, "ad_audience", "granted", at, "evästevalinta", WORDINGS["ads"], method="active"))
    if dice.chance(0.006):
        events.append(
            Consent(me, "robocall", "granted", at, "verkkolomake", "v1/2025: Automaattipuhelut", method="active")
        )
    return events


def suppression_rows(registers: Registers) -> list[list[str]]:
    """Fill the opt-out lists: some of our customers in each of three ways, and many who are not ours."""
    rows = []
    people = [r for r in registers.crm if not r.company and r.phone and r.email and "child" not in r.planted]
    for register, (channel, ours, others) in ROBINSON.items():
        dice = Dice("suppressions", register)
        screened = SCREENED[register].isoformat() + "Z"
        for record in dice.some(people, ours):
            owner = record.owner
            row = [register, channel, screened, "", "", "", "", "", "", ""]
            if channel == "email":
                if dice.chance(0.4):
                    row[3] = record.id
                else:
                    row[4] = record.email
            elif channel == "phone":
                row[5], row[6], row[7] = owner.phone.replace(" ", ""), owner.first, owner.last
            else:
                row[6:] = [owner.first, owner.last, record.street, record.owner.address.place.postcode]
            record.planted.add(f"suppressed_{channel}")
            rows.append(row)
        for first, last, email, phone in strangers(others, register):
            address = draw_address(dice, "fi")
            row = [register, channel, screened, "", "", "", first, last, address.street, address.place.postcode]
            if channel == "email":
                row = [register, channel, screened, "", email, "", "", "", "", ""]
            elif channel == "phone":
                row = [register, channel, screened, "", "", phone.replace(" ", ""), first, last, "", ""]
            rows.append(row)
    return sorted(rows)


def address_update_rows(registers: Registers) -> list[list[str]]:
    """Tell of moves, deaths and protected addresses: some by our number, some by name and old address."""
    rows = []
    dice = Dice("address updates")
    crm = [r for r in registers.crm if not r.company and "repeated_id" not in r.planted and "abroad" not in r.planted]
    movers = [r for r in crm if "old_address" in r.planted and r.owner.moved] + [
        r for r in crm if not r.planted and not r.owner.notes and not r.owner.moved
    ]
    moved = dice.some(movers[: MOVES["moved"] * 2], MOVES["moved"])
    dead = [r for r in crm if "deceased" in r.owner.notes]
    protected = dice.some([r for r in movers if not r.planted and r not in moved], MOVES["protected"])
    for status, chosen in (("moved", moved), ("deceased", dead), ("protected", protected)):
        for record in chosen:
            owner = record.owner
            target = owner.address if "old_address" in record.planted else draw_address(dice, owner.language)
            day = owner.moved or dice.day(date(2025, 1, 1), LAST)
            day = owner.left or day
            new = [target.street, target.place.postcode, target.place.city] if status == "moved" else ["", "", ""]
            by_number = dice.chance(0.6)
            old = [record.street, record.postcode, record.city]
            rows.append(
                [
                    record.id if by_number else "",
                    owner.first,
                    owner.last,
                    *(old if not by_number else ["", "", ""]),
                    *new,
                    day.isoformat(),
                    status,
                ]
            )
            record.planted.add(f"update_{status}")
    return sorted(rows, key=lambda row: (row[9], row))
