"""The truth: people, companies and households, before any register writes them down wrongly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from . import names
from .behaviour import BORN, BORN_OTHERS, FIRST_YEAR, KINDS, NEWCOMERS, SECOND_YEAR, Kind
from .dice import Dice
from .places import PLACES, Place
from .timeline import FIRST, LAST

PEOPLE = 2870
COMPANIES = 130
HOUSEHOLDS_OF = {1: 74.0, 2: 20.0, 3: 6.0}
FATHERS_AND_SONS = 8  # one name, one address, two people
TWINS = 6  # one birth date, one address, two people
NAMESAKES = 30  # one name, one town, two people who do not know each other
DECEASED = 10
_PLACE_WEIGHTS = {place: place.weight for place in PLACES}
# Invented mailbox providers under .example, which RFC 2606 keeps free for ever: no letter can reach anybody.
PROVIDERS = {
    "itaposti.example": 40,
    "kirjelaatikko.example": 22,
    "netmail.example": 18,
    "luotokaista.example": 12,
    "brevlada.example": 8,
}


@dataclass(frozen=True, slots=True)
class Address:
    """A street address in a place."""

    street: str
    place: Place


@dataclass(slots=True)
class Customer:
    """A person or a company, as they are."""

    id: str
    household: str
    language: str
    joined: date
    kind: str
    later: str  # kind at the end
    turn: date  # when the kind changes
    address: Address
    first: str = ""
    last: str = ""
    woman: bool = False
    maiden: str = ""  # name before marriage
    company: str = ""
    business_id: str = ""
    born: date | None = None
    moved: date | None = None
    old_address: Address | None = None
    email: str = ""
    second_email: str = ""
    phone: str = ""
    habits: dict[str, float] = field(default_factory=dict)
    left: date | None = None  # deceased
    notes: set[str] = field(default_factory=set)  # labels told in truth.csv

    def kind_on(self, day: date) -> str:
        return self.kind if day < self.turn else self.later

    def rates_on(self, day: date) -> Kind:
        """Give the monthly rates of a day, the person's own factors included; nothing before joining or after leaving."""
        if day < self.joined or (self.left and day > self.left):
            return Kind(0, 1, 0, 0, 0, None, 0, 5)
        kind, habits = KINDS[self.kind_on(day)], self.habits
        return replace(
            kind,
            visits=kind.visits * habits["visits"] + habits["more_visits"],
            social=kind.social * habits["social"] + habits["more_social"],
            shop=kind.shop * habits["shop"] + habits["more_shop"],
            events=kind.events * habits["events"],
        )


def draw_customers() -> list[Customer]:
    """Draw all people and companies, sorted by id."""
    people = _households()
    _families(people)
    _namesakes(people)
    _mailboxes(people)
    _deaths(people)
    return people + [_company(number) for number in range(1, COMPANIES + 1)]


def _households() -> list[Customer]:
    people: list[Customer] = []
    number = 0
    while len(people) < PEOPLE:
        number += 1
        dice = Dice("household", number)
        size = min(dice.weighted(HOUSEHOLDS_OF), PEOPLE - len(people))
        language = dice.weighted({"fi": 76.0, "sv": 19.0, "en": 5.0})
        address = draw_address(dice, language)
        last = _last_name(dice, language)
        adult: date | None = None
        for member in range(size):
            person = _person(f"P{len(people) + 1:05d}", f"H{number:05d}", language, address, dice)
            person.last = last if member == 0 or dice.chance(0.8) else _last_name(dice, language)
            person.woman = (
                dice.chance(0.52) if member == 0 else not people[-1].woman if member == 1 else dice.chance(0.5)
            )
            if member == 1 and adult:
                person.born = adult + timedelta(days=int(900 * dice.normal()))
            if member == 2 and adult:
                person.born = adult + timedelta(days=365 * 27 + dice.between(0, 3000))
                if person.born > date(2018, 1, 1):
                    person.born = date(2009, 1, 1) + timedelta(days=dice.between(0, 2900))
            adult = adult or person.born
            if person.woman and member == 1 and dice.chance(0.35):
                person.maiden = _last_name(dice, language)
            person.first = _first_name(dice, language, person.woman, person.born)
            people.append(person)
    return people


def _person(identity: str, household: str, language: str, address: Address, dice: Dice) -> Customer:
    joined = date(1994, 1, 1) + timedelta(days=dice.between(0, 11200))
    kind = dice.weighted(FIRST_YEAR)
    if dice.chance(0.36):  # joined within the two years, more and more of them
        joined = FIRST + timedelta(days=int(729 * dice.share() ** 0.85))
        kind = dice.weighted(NEWCOMERS)
    elif kind not in {"print_loyal", "lapsed"}:
        joined = date(2013, 1, 1) + timedelta(days=int(4310 * dice.share() ** 0.7))
    low, high = BORN.get(kind, BORN_OTHERS)
    turn = dice.day(date(2025, 8, 1), date(2026, 5, 31))
    if kind == "fading":
        turn = dice.day(date(2025, 1, 15), date(2026, 1, 31))
    later = dice.weighted(SECOND_YEAR[kind])
    if joined > turn - timedelta(days=120):
        later = kind
    person = Customer(identity, household, language, joined, kind, later, turn, address)
    person.born = date(dice.between(low, high), 1, 1) + timedelta(days=dice.between(0, 364))
    person.habits = _habits(dice)
    if dice.chance(0.14):
        person.moved = dice.day(date(2023, 1, 1), LAST)
        person.old_address = draw_address(dice, language)
    if dice.chance(0.93):
        person.phone = mobile(dice)
    return person


def _habits(dice: Dice) -> dict[str, float]:
    habits = {
        name: dice.spread(sigma) for name, sigma in (("visits", 0.65), ("social", 0.6), ("shop", 0.55), ("events", 0.5))
    }
    borrowed = dice.weighted({"none": 84.0, "visits": 6.0, "social": 4.0, "shop": 6.0})
    amounts = {"visits": 0.9, "social": 0.35, "shop": 0.12}
    for name, amount in amounts.items():
        habits[f"more_{name}"] = amount * dice.spread(0.4) if borrowed == name else 0.0
    return habits


def _families(people: list[Customer]) -> None:
    """Make fathers and sons of one name, and twins, out of households of two."""
    by_house: dict[str, list[Customer]] = {}
    for person in people:
        by_house.setdefault(person.household, []).append(person)
    dice = Dice("families")
    pairs = dice.some([members for members in by_house.values() if len(members) == 2], FATHERS_AND_SONS + TWINS)
    for number, (one, other) in enumerate(pairs):
        one.maiden = other.maiden = ""
        other.last, other.address = one.last, one.address
        if number < FATHERS_AND_SONS:
            one.woman = other.woman = False
            one.born = date(dice.between(1944, 1968), dice.between(1, 12), dice.between(1, 28))
            other.born = date(one.born.year + dice.between(22, 34), dice.between(1, 12), dice.between(1, 28))
            one.first = other.first = _first_name(dice, one.language, woman=False, born=one.born)
            label = "father_son"
        else:
            other.born, other.woman = one.born, one.woman
            while other.first == one.first or other.first[:1] != one.first[:1]:
                one.first = _first_name(dice, one.language, one.woman, one.born)
                other.first = _first_name(dice, one.language, one.woman, one.born)
            label = "twins"
        one.notes.add(label)
        other.notes.add(label)


def _namesakes(people: list[Customer]) -> None:
    dice = Dice("namesakes")
    sizes = Counter(p.household for p in people)
    alone = [p for p in people if not p.notes and sizes[p.household] == 1]
    chosen = dice.some(alone, 2 * NAMESAKES)
    for one, other in zip(chosen[::2], chosen[1::2], strict=True):
        other.first, other.last, other.woman, other.language = one.first, one.last, one.woman, one.language
        other.maiden = ""
        other.address = Address(_street(dice, other.language), one.address.place)
        one.notes.add("namesake")
        other.notes.add("namesake")


def _mailboxes(people: list[Customer]) -> None:
    """Give everyone a mailbox; one couple in seven shares one, and some share a phone."""
    taken: set[str] = set()
    before: Customer | None = None
    for person in people:
        dice = Dice("mailbox", person.id)
        person.email = mailbox(person.first, person.last, person.born, dice, taken) if dice.chance(0.9) else ""
        person.second_email = mailbox(person.first, person.last, person.born, dice, taken) if dice.chance(0.2) else ""
        if before and before.household == person.household and "twins" not in person.notes:
            if before.email and dice.chance(0.15):
                person.email = before.email
                person.notes.add("shared_mailbox")
                before.notes.add("shared_mailbox")
            if before.phone and dice.chance(0.06):
                person.phone = before.phone
                person.notes.add("shared_phone")
                before.notes.add("shared_phone")
        before = person


def _deaths(people: list[Customer]) -> None:
    dice = Dice("deaths")
    fitting = [p for p in people if p.kind == "print_loyal" and not p.notes and p.joined < FIRST]
    for person in dice.some(fitting, DECEASED):
        person.left = dice.day(date(2025, 2, 1), date(2026, 8, 31))
        person.notes.add("deceased")


def _company(number: int) -> Customer:
    dice = Dice("company", number)
    language = "sv" if dice.chance(0.18) else "fi"
    if language == "sv":
        name = f"{dice.pick(names.COMPANIES_SV)} {dice.pick(['Ab', 'Ab', 'Oy Ab'])}"
    else:
        trade = dice.pick(list(names.COMPANY_TRADES))
        name = f"{dice.pick(names.COMPANY_STEMS)} {trade.capitalize()} {names.COMPANY_TRADES[trade]}"
    kind = "company_subscriber" if dice.chance(0.66) else "company_advertiser"
    firm = Customer(
        f"C{number:05d}",
        f"HC{number:04d}",
        language,
        dice.day(date(1999, 1, 1), date(2026, 6, 30)),
        kind,
        dice.weighted(SECOND_YEAR[kind]),
        dice.day(date(2025, 8, 1), date(2026, 5, 31)),
        draw_address(dice, language),
        company=name,
        business_id=business_id(dice),
    )
    if firm.joined > firm.turn:
        firm.later = firm.kind
    firm.habits = _habits(dice) | {"more_social": 0.0, "more_shop": 0.0}
    firm.woman = dice.chance(0.5)
    if dice.chance(0.7):
        firm.first, firm.last = _first_name(dice, language, firm.woman, date(1975, 1, 1)), _last_name(dice, language)
    stem = plain(name.split(" ")[0] + name.split(" ")[1])
    who = dice.weighted({"info": 50.0, "toimisto": 15.0, "named": 35.0})
    local = (
        f"{plain(firm.first)}.{plain(firm.last)}"
        if who == "named" and firm.first
        else "info"
        if who == "named"
        else who
    )
    firm.email = f"{local}@{stem}.example"
    firm.phone = f"019 43{dice.between(0, 99999):05d}"
    return firm


# ---- parts of an identity --------------------------------------------------------------------------------------------


def draw_address(dice: Dice, language: str) -> Address:
    return Address(_street(dice, language), dice.weighted(_PLACE_WEIGHTS))


def _street(dice: Dice, language: str) -> str:
    name = dice.pick(names.STREETS_SV if language == "sv" and dice.chance(0.8) else names.STREETS)
    flat = dice.weighted({"": 58.0, "A": 24.0, "B": 12.0, "C": 6.0})
    return f"{name} {dice.between(1, 68)}" + (f" {flat} {dice.between(1, 64)}" if flat else "")


def _first_name(dice: Dice, language: str, woman: bool, born: date | None) -> str:
    old = born is not None and born.year < 1967
    if language == "sv":
        return dice.common(names.WOMEN_SV if woman else names.MEN_SV, 12)
    if language == "en":
        return dice.pick(names.WOMEN_WORLD if woman else names.MEN_WORLD)
    if dice.chance(0.08):
        old = not old
    women, men = (names.WOMEN_OLD, names.MEN_OLD) if old else (names.WOMEN_YOUNG, names.MEN_YOUNG)
    return dice.common(women if woman else men, 12)


def _last_name(dice: Dice, language: str) -> str:
    if language == "sv":
        return dice.common(names.LAST_SV, 14)
    if language == "en":
        return dice.pick(names.LAST_WORLD)
    return dice.common(names.LAST, 18)


def plain(text: str) -> str:
    """Write a name as mail addresses do: small letters, no accents, nothing between."""
    table = str.maketrans("åäöéüíá", "aaoeuia")
    return "".join(letter for letter in text.lower().translate(table) if letter.isalnum())


def mailbox(first: str, last: str, born: date | None, dice: Dice, taken: set[str]) -> str:
    one, other, year = plain(first), plain(last), f"{born.year % 100:02d}" if born else "1"
    forms = [f"{one}.{other}", f"{one}{other}", f"{one}.{other}{year}", f"{one[:1]}.{other}", f"{other}.{one}{year}"]
    local, provider = dice.common(forms, 2), dice.weighted(PROVIDERS)
    tail = 0
    while f"{local}{tail or ''}@{provider}" in taken:
        tail += 1
    address = f"{local}{tail or ''}@{provider}"
    taken.add(address)
    return address


def mobile(dice: Dice) -> str:
    """Make a mobile number in the prefixes 043 and 048, where we know of no operator."""
    return f"{dice.pick(['043', '048'])} {dice.between(200, 999)} {dice.between(0, 9999):04d}"


def business_id(dice: Dice) -> str:
    """Make a business id with a right check digit in the range 9xxxxxx, which is not given out."""
    while True:
        digits = f"9{dice.between(0, 999999):06d}"
        rest = sum(int(digit) * weight for digit, weight in zip(digits, (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        if rest != 1:
            return f"{digits}-{0 if rest == 0 else 11 - rest}"
