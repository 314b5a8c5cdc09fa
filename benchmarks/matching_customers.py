"""A register of invented Finnish customers whose duplicates are known: the hard cases of real registers in stated shares.

Households, couples with one mailbox, twins, fathers and sons of one name, namesakes, moves, married names, nicknames, lost
diacritics, typing errors, swapped columns, missing fields, companies, and employees reached through a switchboard.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

WOMEN = [
    "Maria",
    "Anna",
    "Helena",
    "Johanna",
    "Kaarina",
    "Katariina",
    "Marjatta",
    "Hannele",
    "Kristiina",
    "Liisa",
    "Annikki",
    "Tuulikki",
    "Elina",
    "Susanna",
    "Leena",
    "Emilia",
    "Sofia",
    "Päivi",
    "Ritva",
    "Eeva",
    "Pirkko",
    "Sari",
    "Minna",
    "Tiina",
    "Laura",
    "Riitta",
    "Anneli",
    "Tuula",
    "Raija",
    "Seija",
    "Jaana",
    "Satu",
    "Merja",
    "Kirsi",
    "Ulla",
    "Mari",
    "Heidi",
    "Hanna",
    "Anne",
    "Outi",
    "Paula",
    "Sirpa",
    "Marja",
    "Terhi",
    "Niina",
    "Jenni",
    "Noora",
    "Emma",
    "Aino",
    "Venla",
    "Helmi",
    "Ella",
    "Iida",
    "Saara",
    "Milla",
    "Taina",
    "Arja",
    "Eila",
    "Aila",
    "Irma",
    "Birgitta",
    "Ingrid",
    "Camilla",
    "Åsa",
    "Märta",
    "Svetlana",
    "Fatima",
    "Thi",
    "Olga",
    "Amina",
]
MEN = [
    "Juhani",
    "Johannes",
    "Mikael",
    "Olavi",
    "Antero",
    "Tapani",
    "Kalevi",
    "Tapio",
    "Matti",
    "Pekka",
    "Petri",
    "Ilmari",
    "Markku",
    "Timo",
    "Jukka",
    "Antti",
    "Mika",
    "Kari",
    "Jari",
    "Hannu",
    "Heikki",
    "Seppo",
    "Juha",
    "Jussi",
    "Ville",
    "Mikko",
    "Janne",
    "Sami",
    "Marko",
    "Tommi",
    "Lauri",
    "Eero",
    "Erkki",
    "Reijo",
    "Pertti",
    "Risto",
    "Veikko",
    "Esa",
    "Ari",
    "Arto",
    "Pasi",
    "Tero",
    "Teemu",
    "Tuomas",
    "Aleksi",
    "Henri",
    "Jani",
    "Joonas",
    "Niko",
    "Otto",
    "Eino",
    "Leo",
    "Väinö",
    "Onni",
    "Elias",
    "Oliver",
    "Kristian",
    "Erik",
    "Karl",
    "Göran",
    "Åke",
    "Björn",
    "Mohamed",
    "Ahmed",
    "Nguyen",
    "Aleksandr",
    "Abdi",
]
STEMS = [
    "Virta",
    "Mäki",
    "Koski",
    "Lahti",
    "Niemi",
    "Järvi",
    "Saari",
    "Lehti",
    "Laakso",
    "Ranta",
    "Heiska",
    "Kallio",
    "Salo",
    "Harju",
    "Kanga",
    "Korho",
    "Mäkelä",
    "Hämälä",
    "Heikki",
    "Koti",
    "Turu",
    "Aho",
    "Pello",
    "Suo",
    "Lepo",
    "Hirvo",
    "Karhu",
    "Susi",
    "Kettu",
    "Jääskelä",
    "Räsä",
    "Häkki",
    "Kärkkä",
    "Pöllä",
    "Määttä",
    "Tolva",
    "Voutila",
    "Ojala",
    "Tikka",
    "Kauppi",
    "Manni",
    "Rissa",
    "Huttu",
    "Pitkä",
    "Vänskä",
    "Toivo",
    "Kokko",
    "Leino",
    "Savola",
    "Kyllö",
    "Hakala",
    "Rautia",
    "Sorsa",
    "Väisä",
    "Mykkä",
    "Pesa",
    "Honka",
    "Hii",
    "Lind",
    "Berg",
]
ENDINGS = [
    "nen",
    "nen",
    "nen",
    "nen",
    "la",
    "lä",
    "sto",
    "maa",
    "palo",
    "oja",
    "ranta",
    "koski",
    "lampi",
    "vaara",
    "mäki",
    "niemi",
    "aho",
    "salo",
    "lahti",
    "harju",
]
SWEDISH = [
    "Lindström",
    "Nyström",
    "Karlsson",
    "Johansson",
    "Eriksson",
    "Holmberg",
    "Söderholm",
    "Sjöblom",
    "Lindqvist",
    "Björklund",
    "Backman",
    "Westerlund",
]
NICKNAMES = {
    "Juhani": "Jussi", "Johannes": "Hannu", "Mikael": "Mika", "Tapani": "Tapsa", "Kristiina": "Tiina", "Katariina": "Kati",
    "Susanna": "Sanna", "Maria": "Maija", "Helena": "Leena", "Aleksandr": "Sasha", "Johanna": "Hanna", "Aleksi": "Ale",
    "Antero": "Antti", "Karl": "Kalle", "Tuomas": "Tomi", "Kaarina": "Kaisa", "Sofia": "Sohvi", "Matti": "Masa", "Heikki": "Heka",
    "Birgitta": "Gitta", "Kristian": "Risto", "Elina": "Ellu",
}  # fmt: skip
STREETS = [
    "Kauppa",
    "Koulu",
    "Kirkko",
    "Asema",
    "Ranta",
    "Metsä",
    "Mäki",
    "Pelto",
    "Puisto",
    "Rauhan",
    "Kalevan",
    "Väinämöisen",
    "Hämeen",
    "Satama",
    "Tehtaan",
    "Uuden",
    "Vanhan",
    "Koivu",
    "Kuusi",
    "Mänty",
    "Lehto",
    "Niitty",
    "Järven",
    "Joki",
    "Suon",
    "Kallion",
    "Tornin",
    "Myllyn",
    "Seppä",
    "Kelloseppä",
    "Lukkarin",
    "Papin",
    "Veräjä",
    "Aitta",
    "Riihi",
    "Torpan",
    "Leppä",
    "Pihlaja",
    "Vaahtera",
    "Tammi",
    "Saarni",
    "Haapa",
    "Paju",
    "Kataja",
    "Vuori",
    "Harju",
    "Laakso",
    "Niemi",
    "Saaren",
    "Lahden",
    "Linnun",
    "Kurki",
    "Joutsen",
    "Varis",
]
WAYS = ["katu", "tie", "kuja", "polku", "kaari", "rinne"]
PLACES = (
    ("Helsinki", "001", 30), ("Helsinki", "005", 20), ("Espoo", "021", 16), ("Tampere", "331", 14), ("Vantaa", "013", 12),
    ("Oulu", "901", 11), ("Turku", "201", 10), ("Jyväskylä", "401", 8), ("Kuopio", "701", 7), ("Lahti", "151", 7), ("Pori", "281", 5),
    ("Kouvola", "451", 5), ("Joensuu", "801", 5), ("Lappeenranta", "531", 4), ("Hämeenlinna", "131", 4), ("Vaasa", "651", 4),
    ("Seinäjoki", "601", 4), ("Rovaniemi", "961", 4), ("Mikkeli", "501", 3), ("Kotka", "481", 3), ("Salo", "241", 3), ("Äänekoski", "441", 1),
    ("Pietarsaari", "686", 1), ("Kitee", "825", 1), ("Sodankylä", "996", 1),
)  # fmt: skip
HOSTS = (
    "gmail.com",
    "gmail.com",
    "gmail.com",
    "hotmail.com",
    "hotmail.fi",
    "outlook.com",
    "kolumbus.fi",
    "luukku.com",
    "elisanet.fi",
)
KEYS = "qwertyuiopåasdfghjklöäzxcvbnm"


@dataclass(slots=True)
class Person:
    """One customer as they are in truth."""

    entity: int
    first: str
    middle: str
    last: str
    email: str
    phone: str
    street: str
    postcode: str
    city: str
    born: date
    woman: bool
    company: str = ""
    business_id: str = ""
    home: dict[str, str] = field(default_factory=dict)


def typo(draw: random.Random, text: str) -> str:
    """Return the text with one slip of the keyboard."""
    if len(text) < 3:
        return text
    at = draw.randrange(1, len(text))
    kind = draw.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + draw.choice(KEYS) + text[at:]
    if kind == 2:
        return text[:at] + draw.choice(KEYS) + text[at + 1 :]
    return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]


def plain(text: str) -> str:
    """Return the text without the dots of å, ä, ö."""
    return text.translate(str.maketrans("åäöÅÄÖ", "aaoAAO"))


def draw_number(draw: random.Random) -> int:
    """Return a number of up to three digits."""
    return draw.randrange(1, 1000)


class World:
    """Draws people, households, companies and the rows a register holds of them."""

    def __init__(self, seed: int, rows: int) -> None:
        self.draw = random.Random(seed)
        self.rows = rows
        self.entities = 0
        self.taken: set[str] = set()
        self.surnames = [s + e for s in STEMS for e in sorted(set(ENDINGS))] + SWEDISH * 6
        self.draw.shuffle(self.surnames)
        self.weights = [1.0 / (k + 6) for k in range(len(self.surnames))]
        self.first_weights = [1.0 / (k + 8) for k in range(max(len(WOMEN), len(MEN)))]
        self.place_weights = [w for _, _, w in PLACES]
        self.switchboards = [self.number("09") for _ in range(max(2, rows // 4000))]

    def number(self, prefix: str = "") -> str:
        """Return a phone number."""
        start = prefix or self.draw.choice(("040", "044", "045", "050", "0400", "041"))
        return start + "".join(str(self.draw.randrange(10)) for _ in range(7))

    def address(self) -> tuple[str, str, str]:
        """Return street, postcode and city."""
        city, head, _ = self.draw.choices(PLACES, self.place_weights)[0]
        street = f"{self.draw.choice(STREETS)}{self.draw.choice(WAYS)} {min(int(self.draw.expovariate(0.05)) + 1, 120)}"
        if self.draw.random() < 0.55:
            street += f" {self.draw.choice('ABCD')} {self.draw.randrange(1, 60)}"
        return street, f"{head}{self.draw.choice('0123')}0", city

    def first(self, *, woman: bool) -> str:
        """Return a first name."""
        names = WOMEN if woman else MEN
        return self.draw.choices(names, self.first_weights[: len(names)])[0]

    def mail(self, first: str, last: str, born: date) -> str:
        """Return a private mail address."""
        given, surname = plain(first).lower().replace("-", ""), plain(last).lower()
        form = self.draw.randrange(6)
        local = (
            f"{given}.{surname}",
            f"{given}{surname}",
            f"{given}.{surname}{born.year % 100:02d}",
            f"{given[0]}{surname}",
            f"{surname}{self.draw.randrange(100)}",
            f"{given}{born.year}",
        )[form]
        address = f"{local}@{self.draw.choice(HOSTS)}"
        while address in self.taken:  # mail addresses are unique: the next one gets a number
            address = f"{local}{self.draw.randrange(1000)}@{self.draw.choice(HOSTS)}"
        self.taken.add(address)
        return address

    def person(self, last: str, where: tuple[str, str, str], born: date, *, woman: bool) -> Person:
        """Return one new person."""
        first = self.first(woman=woman)
        if self.draw.random() < 0.06:
            first += "-" + self.first(woman=woman)
        self.entities += 1
        phone = self.draw.choice(self.switchboards) if self.draw.random() < 0.015 else self.number()
        return Person(
            self.entities,
            first,
            self.first(woman=woman),
            last,
            self.mail(first, last, born),
            phone,
            *where,
            born,
            woman,
        )

    def birthday(self, low: int, high: int) -> date:
        """Return a day between two years."""
        return date(low, 1, 1) + timedelta(days=self.draw.randrange(365 * (high - low)))

    def household(self) -> list[Person]:
        """Return the people of one household that are customers."""
        draw = self.draw
        last = draw.choices(self.surnames, self.weights)[0]
        where = self.address()
        born = self.birthday(1935, 2000)
        one = self.person(last, where, born, woman=draw.random() < 0.5)
        people = [one]
        if draw.random() < 0.42:
            other_last = last if draw.random() < 0.7 else draw.choices(self.surnames, self.weights)[0]
            partner = self.person(
                other_last, where, born + timedelta(days=draw.randrange(-1500, 1500)), woman=not one.woman
            )
            if draw.random() < 0.12:
                partner.email = one.email
            if draw.random() < 0.06:
                partner.phone = one.phone
            people.append(partner)
        if draw.random() < 0.20 and born.year < 1980:
            child = self.person(
                last, where, born + timedelta(days=draw.randrange(8000, 13000)), woman=draw.random() < 0.5
            )
            people.append(child)
            if draw.random() < 0.10 and child.woman == one.woman:
                child.first = one.first
            if draw.random() < 0.12:
                child.phone, child.email = one.phone, one.email
            if draw.random() < 0.12:
                twin = self.person(last, where, child.born, woman=child.woman)
                twin.phone, twin.email = child.phone, child.email if draw.random() < 0.5 else twin.email
                people.append(twin)
        return people

    def company(self) -> list[Person]:
        """Return one company."""
        last = self.draw.choices(self.surnames, self.weights)[0]
        where = self.address()
        trade = self.draw.choice(
            ("Rakennus", "Kuljetus", "Konsultointi", "Sähkö", "Autohuolto", "Kiinteistö", "Parturi", "Metsä")
        )
        name = f"{trade} {last} {self.draw.choice(('Oy', 'Oy', 'Ky', 'Tmi'))}"
        person = self.person(last, where, self.birthday(1950, 1995), woman=self.draw.random() < 0.5)
        digits = "".join(str(self.draw.randrange(10)) for _ in range(7))
        mail = f"info@{plain(trade + last).lower()}.fi"
        while mail in self.taken:
            mail = f"info@{plain(trade + last).lower()}{draw_number(self.draw)}.fi"
        self.taken.add(mail)
        return [replace(person, company=name, business_id=f"{digits}-{self.draw.randrange(10)}", email=mail)]

    def row(self, person: Person, *, later: bool) -> dict[str, str | None]:
        """Return a row of the register on a person, with the faults such rows have."""
        draw = self.draw
        chance = draw.random
        first, last = person.first, person.last
        street, postcode, city, email, phone = person.street, person.postcode, person.city, person.email, person.phone
        born: str | None = person.born.isoformat()
        if later:
            if chance() < 0.16:
                street, postcode, city = self.address()
            if person.woman and chance() < 0.07 and not person.company:
                new = draw.choices(self.surnames, self.weights)[0]
                last = f"{last}-{new}" if chance() < 0.4 else new
            if chance() < 0.14 and not person.company:
                email = self.mail(first, last, person.born)
            if chance() < 0.12:
                phone = self.number()
        if chance() < 0.08:
            first = NICKNAMES.get(first, first)
        if chance() < 0.06:
            first = f"{first} {person.middle}"
        elif chance() < 0.03:
            first = first[0]
        if chance() < 0.05:
            first = typo(draw, first)
        if chance() < 0.06:
            last = typo(draw, last)
        if chance() < 0.10:
            first, last, city = plain(first), plain(last), plain(city)
        if chance() < 0.05:
            street = typo(draw, street)
        elif chance() < 0.08:
            street = street.replace("katu", "k.").replace("tie", "t.")
        if chance() < 0.06:
            street = street.split(" A ")[0].split(" B ")[0]
        if chance() < 0.03:
            email = typo(draw, email)
        if chance() < 0.03:
            phone = typo(draw, phone[:3] + phone[3:])
        if chance() < 0.03:
            born = person.born.replace(day=min(person.born.month, 28), month=min(person.born.day, 12)).isoformat()
        if chance() < 0.02:
            first, last = last, first
        case = chance()
        if case < 0.05:
            first, last, street = first.upper(), last.upper(), street.upper()
        elif case < 0.12:
            first, last = first.lower(), last.lower()
        number = "+358 " + phone[1:3] + " " + phone[3:] if chance() < 0.3 else phone
        if phone and not phone.startswith("0"):
            number = phone
        company = person.company
        return {
            "truth": str(person.entity),
            "customer_type": "company" if company else "person",
            "first_name": None if chance() < 0.02 else first,
            "last_name": last,
            "company_name": (company.rsplit(" ", 1)[0] if chance() < 0.2 else company) or None,
            "business_id": None if not company or chance() < 0.35 else person.business_id,
            "email": None if chance() < 0.22 else email,
            "phone": None if chance() < 0.20 else number,
            "street": None if chance() < 0.12 else street,
            "postcode": None if chance() < 0.08 else postcode,
            "city": None if chance() < 0.06 else city,
            "birth_date": None if company or chance() < 0.40 else born,
        }


def customers(rows: int, seed: int = 20260101) -> pl.DataFrame:
    """Return a register of about this many rows; ``truth`` says which rows are one customer.

    Rows stand in random order; customer ids say nothing.
    """
    world = World(seed, rows)
    draw = world.draw
    made: list[dict[str, str | None]] = []
    while len(made) < rows:
        people = world.company() if draw.random() < 0.06 else world.household()
        for person in people:
            copies = draw.choices((1, 2, 3, 4, 5), (70, 20, 6, 3, 1))[0]
            made += [world.row(person, later=k > 0) for k in range(copies)]
    made = made[:rows]
    draw.shuffle(made)
    ids = list(range(100000, 100000 + rows))
    draw.shuffle(ids)
    return pl.DataFrame(made, infer_schema_length=None).with_columns(
        pl.Series("customer_id", [str(number) for number in ids]),
        pl.col("birth_date").str.to_date("%Y-%m-%d", strict=False),
    )
