"""Feedback: NPS answers, satisfaction after service, and service contacts, with open words in Finnish and Swedish."""

from __future__ import annotations

from datetime import date, timedelta

from .dice import Dice
from .people import Customer
from .records import Registers
from .timeline import DAYTIME, OFFICE, months

SURVEYS = [
    date(2025, 2, 10),
    date(2025, 5, 12),
    date(2025, 9, 8),
    date(2025, 12, 1),
    date(2026, 3, 9),
    date(2026, 6, 8),
    date(2026, 9, 14),
]
ANSWERS = 0.085

GOOD_FI = [
    "Hyvä paikallislehti, luen joka aamu.", "Sovellus toimii nykyään hyvin.", "Kiitos saariston uutisista!", "Asiallista journalismia läheltä.",
    "Suosittelen kaikille mökkiläisille.", "Lukijailta oli mahtava, lisää näitä.", "Asiakaspalvelu hoiti asian heti.", "Jutut ovat parantuneet tänä vuonna.",
    "Lehti tulee ajoissa, kiitos jakajalle.", "Kommenteissa on hyvää keskustelua.",
]  # fmt: skip
FAIR_FI = [
    "Ihan hyvä, mutta kallis.", "Liikaa maksumuurin takana.", "Voisi olla enemmän urheilua.", "Sovellus kirjaa minut välillä ulos.", "Mainoksia turhan paljon.",
    "Digi on hyvä, paperilehteä en enää tarvitse.", "Enemmän juttuja Askolasta ja Pukkilasta.", "Haku ei löydä vanhoja juttuja.",
]  # fmt: skip
BAD_FI = [
    "Lehti jää tulematta joka viikko.", "Hinta nousi eikä siitä kerrottu.", "Peruutin tilauksen, silti tuli lasku.", "Soititte minulle vaikka olen kieltänyt.",
    "Osoitteeni on teillä väärin, laskut menevät naapuriin.", "Sovellus kaatuu aina.", "Sain saman kirjeen kolme kertaa.", "Kylänraitti oli parempi ennen kauppaa.",
    "En saa uutiskirjettä loppumaan.", "Aion lopettaa tilauksen.",
]  # fmt: skip
GOOD_SV = [
    "Bra lokaltidning, läser varje dag.",
    "Tack för skärgårdsnyheterna!",
    "Appen fungerar fint.",
    "Rekommenderar gärna.",
    "Snabb hjälp av kundtjänsten.",
]
FAIR_SV = ["Helt okej men dyr.", "Mer om Lovisa, tack.", "För mycket reklam.", "Sökningen hittar inte gamla artiklar."]
BAD_SV = [
    "Tidningen kommer inte.",
    "Priset steg utan besked.",
    "Fick samma brev två gånger.",
    "Ni har fel adress till mig.",
    "Tänker säga upp.",
]
CONTACTS = {
    "Lehti ei tullut": 30.0, "Osoitteenmuutos": 18.0, "Laskutuskysymys": 16.0, "Tilauksen peruutus": 12.0, "Kirjautuminen ei onnistu": 11.0,
    "Jakelukeskeytys loman ajaksi": 8.0, "Palaute jutusta": 5.0,
}  # fmt: skip


def feedback_rows(customers: list[Customer], registers: Registers) -> list[list[str]]:
    """Draw all answers and contacts, sorted by time."""
    rows: list[list[str]] = []
    for customer in customers:
        if registers.records("crm", customer):
            rows += _answers(customer, registers) + _contacts(customer, registers)
    return sorted(rows, key=lambda row: (row[1], row))


def _mood(customer: Customer, day: date) -> float:
    """Give the mean answer on a day: it sinks in the half year before someone leaves."""
    mood = customer.rates_on(day).nps + 0.4 + (1.2 * (customer.habits["events"] - 1))
    if customer.later == "lapsed" and 0 <= (customer.turn - day).days < 180:
        mood -= 2.6
    return mood


def _answers(customer: Customer, registers: Registers) -> list[list[str]]:
    rows = []
    dice = Dice("nps", customer.id)
    for start in SURVEYS:
        if not dice.chance(ANSWERS) or customer.joined > start or (customer.left and customer.left < start):
            continue
        day = start + timedelta(days=dice.between(0, 13))
        crm_id = registers.id_on("crm", customer, day) or ""
        score = max(0, min(10, round(_mood(customer, day) + 1.7 * dice.normal())))
        text = _words(score, customer.language, dice) if dice.chance(0.48) else ""
        touchpoint = dice.weighted({"web": 40.0, "app": 22.0, "email": 30.0, "print": 8.0})
        rows.append(
            [
                crm_id,
                dice.clock(day, DAYTIME).isoformat(sep=" ", timespec="minutes"),
                "nps",
                str(score),
                text,
                touchpoint,
            ]
        )
    return rows


def _words(score: int, language: str, dice: Dice) -> str:
    good, fair, bad = (GOOD_SV, FAIR_SV, BAD_SV) if language == "sv" else (GOOD_FI, FAIR_FI, BAD_FI)
    return dice.pick(good if score >= 9 else fair if score >= 6 else bad)


def _contacts(customer: Customer, registers: Registers) -> list[list[str]]:
    rows = []
    dice = Dice("service", customer.id)
    for first, last in months():
        middle = first + timedelta(days=14)
        kind = customer.rates_on(middle)
        if middle < customer.joined or (customer.left and middle > customer.left):
            continue
        rate = {"print": 0.035, "digital": 0.014, "company": 0.02}.get(kind.product or "", 0.004)
        if customer.later == "lapsed" and 0 <= (customer.turn - middle).days < 90:
            rate *= 3
        for _ in range(dice.count(rate)):
            day = dice.day(first, last)
            crm_id = registers.id_on("crm", customer, day) or ""
            at = dice.clock(day, OFFICE)
            channel = dice.weighted({"phone": 55.0, "email": 30.0, "chat": 15.0})
            rows.append(
                [crm_id, at.isoformat(sep=" ", timespec="minutes"), "contact", "", dice.weighted(CONTACTS), channel]
            )
            if dice.chance(0.4):
                measure = "csat" if dice.chance(0.75) else "ces"
                score = max(1, min(5, round(_mood(customer, day) / 2 + 0.8 * dice.normal())))
                rows.append(
                    [
                        crm_id,
                        (at + timedelta(hours=3)).isoformat(sep=" ", timespec="minutes"),
                        measure,
                        str(score),
                        "",
                        channel,
                    ]
                )
    return rows


def goal_rows() -> list[list[str]]:
    """Give the management's targets: for the house, for units, and for touchpoints."""
    return [
        ["revenue", "430000", "", "", "", "2025"], ["revenue", "450000", "", "", "", "2026"],
        ["revenue", "75000", "Verkkokauppa", "", "", "2026"], ["revenue", "60000", "Tapahtumat", "", "", "2026"],
        ["nps", "15", "", "", "", "2026"], ["nps", "30", "Sanomalehti", "", "", "2026"], ["nps", "20", "Digi", "", "", "2026"],
        ["churn_rate", "0.14", "", "", "", "2026"], ["churn_rate", "0.09", "Sanomalehti", "", "", "2026"], ["churn_rate", "0.2", "Digi", "", "", "2026"],
        ["new_customers", "520", "", "", "", "2026"], ["new_subscriptions", "240", "Digi", "", "", "2026"],
        ["conversion_rate", "0.02", "", "", "newsletter", "2026"], ["conversion_rate", "0.05", "", "", "search_ad", "2026"],
        ["conversion_rate", "0.01", "", "", "social", "2026"], ["csat", "4.2", "", "", "phone", "2026"], ["visits", "42000", "Digi", "", "", "2026"],
        ["email_permission_share", "0.55", "", "", "", "2026"],
    ]  # fmt: skip
