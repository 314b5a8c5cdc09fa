"""Faults on single values, in the shares real registers show, and more of them from the imported spreadsheet.

Every fault leaves a label on its record (``planted``), so that ``truth.csv`` and the tests can count them.
"""

from __future__ import annotations

import re
from datetime import date

from .dice import Dice
from .places import CITIES, PLACES
from .records import IMPORT, Record, Registers, misspell

# How many records get each fault, besides those of the import.
CRM_PLAN = {
    "lost_zero": 16, "code_fi_prefix": 22, "code_decimal": 6, "code_letter_o": 8, "code_swapped": 18, "code_wrong": 16, "code_short": 6,
    "wrong_city": 24, "city_typo": 26, "no_postcode": 30, "no_street": 22, "email_typo_domain": 18, "email_broken": 22, "email_spaces": 10,
    "email_placeholder": 9, "phone_placeholder": 16, "phone_short": 12, "switchboard": 26, "name_case": 30, "title_in_name": 8,
    "born_placeholder": 14, "born_future": 3, "business_id_wrong": 4, "business_id_bare": 5, "business_id_vat": 5,
}  # fmt: skip
SHOP_PLAN = {
    "code_swapped": 8, "code_wrong": 8, "code_fi_prefix": 12, "code_space": 8, "wrong_city": 8, "city_typo": 10, "email_typo_domain": 10,
    "email_broken": 6, "email_capitals": 14, "mojibake": 12, "name_case": 24, "phone_placeholder": 6,
}  # fmt: skip
IMPORT_SHARES = {"lost_zero": 0.72, "phone_lost_zero": 0.6, "wrong_city": 0.03, "code_wrong": 0.02, "no_street": 0.02}
SWITCHBOARD = "019 430000"
_KNOWN = {place.postcode for place in PLACES}
_ADDRESS_FAULTS = (
    "code",
    "lost_zero",
    "wrong_city",
    "city_typo",
    "no_postcode",
    "no_street",
    "abroad",
    "po_box",
    "repeated_id",
)


def spoil(registers: Registers) -> None:
    """Plant all faults."""
    for record in registers.crm:
        if record.origin == IMPORT:
            dice = Dice("import faults", record.id)
            for fault, share in IMPORT_SHARES.items():
                if dice.chance(share) and _fits(record, fault):
                    _plant(record, fault, dice)
    for source, records, plan in (("crm", registers.crm, CRM_PLAN), ("shop", registers.shop, SHOP_PLAN)):
        for fault, count in plan.items():
            dice = Dice("fault", source, fault)
            fitting = [r for r in records if r.origin != IMPORT and _fits(r, fault)]
            # Fairs (paper forms) and telephone sales write worse than web forms.
            worse = [r for r in fitting if r.origin in {"Messut", "Puhelinmyynti"}]
            chosen = dice.some(worse, int(count * 0.4))
            taken = {id(record) for record in chosen}
            chosen += dice.some([r for r in fitting if id(r) not in taken], count - len(chosen))
            for record in chosen:
                _plant(record, fault, dice)
    _personal_codes(registers)


def _fits(record: Record, fault: str) -> bool:
    if fault in record.planted or "double_exact" in record.planted:
        return False
    part = fault.split("_", maxsplit=1)[0]
    if part in {"code", "lost", "wrong", "city", "no"}:
        if any(label.startswith(_ADDRESS_FAULTS) for label in record.planted):
            return False
        if fault == "lost_zero":
            return record.postcode.startswith("0")
        if fault == "code_letter_o":
            return record.postcode.count("0") >= 2
        return fault != "code_swapped" or len(set(record.postcode[:4])) > 2
    if part == "email":
        return bool(record.email) and not any(label.startswith("email") for label in record.planted)
    if part in {"phone", "switchboard"}:
        clean = not any(label.startswith(("phone", "switchboard")) for label in record.planted)
        return clean and bool(record.phone) and (fault != "switchboard" or not record.owner.company)
    if part == "born":
        return not record.company and (fault == "born_placeholder" or bool(record.born))
    if part == "business":
        return bool(record.business_id) and not any(label.startswith("business") for label in record.planted)
    if fault == "mojibake":
        return any(letter in "åäö" for letter in record.last.lower())
    return (
        bool(record.first)
        and not record.company
        and not record.planted & {"double_swapped", "double_initial", "name_case"}
    )


def _plant(record: Record, fault: str, dice: Dice) -> None:
    record.planted.add(fault)
    code, email = record.postcode, record.email
    local, _, domain = email.partition("@")
    if fault == "lost_zero":
        record.postcode = code.lstrip("0")
    elif fault == "code_fi_prefix":
        record.postcode = dice.pick([f"FI-{code}", f"FIN-{code}", f"FI {code}"])
    elif fault == "code_decimal":
        record.postcode = f"{code.lstrip('0')}.0"
    elif fault == "code_letter_o":
        record.postcode = code.replace("0", "O")
    elif fault == "code_space":
        record.postcode = f"{code[:2]} {code[2:]}"
    elif fault == "code_swapped":
        place = dice.pick([n for n in range(3) if code[n] != code[n + 1]])
        record.postcode = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    elif fault == "code_wrong":
        record.postcode = dice.pick([c for c in (code[:4] + digit for digit in "234789") if c not in _KNOWN])
    elif fault == "code_short":
        record.postcode = code[:2] + code[3:]
    elif fault == "wrong_city":
        record.city = dice.pick([city for city in CITIES if city.lower() != record.city.lower()])
    elif fault == "city_typo":
        record.city = misspell(record.city, dice)
    elif fault == "no_postcode":
        record.postcode = ""
    elif fault == "no_street":
        record.street = dice.pick(["", "", "-", "osoite puuttuu"])
    elif fault == "email_typo_domain":
        record.email = dice.pick(
            [f"{local}@gmail.con", f"{local}@hotmail.con", f"{local}@gmail.cmo", f"{email[:-7]}exmaple"]
        )
    elif fault == "email_broken":
        record.email = dice.pick(
            [
                email.replace("@", ""),
                email.replace("@", "@@"),
                f"{local}@",
                email.replace(".", ",", 1),
                f"{local} (at) {domain}",
            ]
        )
    elif fault == "email_spaces":
        record.email = dice.pick([f" {email}", f"{local} @{domain}", f"{email}; {email}"])
    elif fault == "email_capitals":
        record.email = email.upper()
    elif fault == "email_placeholder":
        record.email = dice.pick(["ei@ole.ei", "ei.ole@sahkopostia.ei", "-", "ei sähköpostia"])
    elif fault == "phone_placeholder":
        record.phone = dice.pick(["0000000000", "040 0000000", "0401234567", "123", "ei puhelinta"])
    elif fault == "phone_short":
        record.phone = record.phone.replace(" ", "")[:6]
    elif fault == "phone_lost_zero":
        record.phone = record.owner.phone.replace(" ", "").lstrip("0")
    elif fault == "switchboard":
        record.phone = SWITCHBOARD
    else:
        _plant_name(record, fault, dice)


def _plant_name(record: Record, fault: str, dice: Dice) -> None:
    if fault == "name_case":
        record.first, record.last = dice.pick(
            [(record.first.upper(), record.last.upper()), (record.first.lower(), record.last.lower())]
        )
    elif fault == "title_in_name":
        record.first = f"{dice.pick(['Rva', 'Hra', 'FM', 'Dipl.ins.'])} {record.first}"
    elif fault == "mojibake":
        record.last = record.last.encode("utf-8").decode("cp1252", errors="replace")
    elif fault == "born_placeholder":
        record.born = dice.pick(["1900-01-01", "1970-01-01", "1901-01-01"])
    elif fault == "born_future":
        record.born = date(2031, dice.between(1, 12), dice.between(1, 28)).isoformat()
    elif fault == "business_id_wrong":
        digit = record.business_id[-1]
        record.business_id = f"{record.business_id[:-1]}{(int(digit) + 3) % 10}"
    elif fault == "business_id_bare":
        record.business_id = re.sub(r"\D", "", record.business_id)
    elif fault == "business_id_vat":
        record.business_id = f"FI{re.sub(r'[^0-9]', '', record.business_id)}"


def _personal_codes(registers: Registers) -> None:
    """Write two personal codes into notes: one of the range 9xx, which is given to nobody, and one with a wrong check."""
    people = [r for r in registers.crm if not r.company and not r.planted]
    one, other, third, fourth = Dice("personal codes").some(people, 4)
    one.note = "Soitti 3.2.2025, hetu 010190-900P tarkistettu laskutusta varten"
    other.note = "hlötunnus 131052-308X (ei täsmää)"
    third.note = "TURVAKIELTO, osoitetta ei saa luovuttaa"
    fourth.note = 'Jakaja: "portti lukossa"; koputa\nSoita ensin'
    one.planted.add("personal_code")
    other.planted.add("personal_code")
    third.planted.add("protected_note")
    fourth.planted.add("quoted_note")
