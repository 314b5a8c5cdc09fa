"""Writing: each file in the dialect of the system it would come from."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from .dice import Dice
from .money import Payment, Subscription
from .records import Record
from .social import Act
from .timeline import cents, cents_point, finnish_day, finnish_time, iso_time
from .traffic import Touch, Visit

Rows = Iterable[Sequence[str]]
CRM_HEADER = [
    "Asiakasnumero",
    "Etunimi",
    "Sukunimi",
    "Yritys",
    "Y-tunnus",
    "Sähköposti",
    "Puhelin",
    "Katuosoite",
    "Postinumero",
    "Postitoimipaikka",
    "Maa",
    "Syntymäaika",
    "Kieli",
    "Liiketoimintayksikkö",
    "Luotu",
    "Päivitetty",
    "Lähde",
    "Sähköpostilupa",
    "Tekstiviestilupa",
    "Puhelinkielto",
    "Postikielto",
    "Informoitu",
    "Avoin saldo",
    "Lisätiedot",
]
# Broken lines: a semicolon inside an unquoted street (twice, once without a trace at the end), a cut line, the 31st and 30th of February.
BROKEN_CRM = [
    "0109001;Tauno;Ketola;;;tauno.ketola@netmail.example;043 555 0101;Rantatie 4; 2. krs;06100;Porvoo;FI;;fi;Digi;3.2.2020 9:12;3.2.2020 9:12;Messut;K;;;;K;0,00;soita iltaisin",
    "0109002;Åsa;Lindholm;;;asa.lindholm@brevlada.example;043 555 0102;Storgatan 8;07900",
    "0109003;Reijo;Vuorinen;;;;043 555 0103;Sahatie 11;07800;Lapinjärvi;FI;31.2.1958;fi;Sanomalehti;12.9.2017 10:05;12.9.2017 10:05;Puhelinmyynti;;;;;;0,00;",
    "0109004;Minna;Harju;;;minna.harju@netmail.example;048 555 0104;Kuusitie 3;04130;Sipoo;FI;;fi;Digi;30.2.2024 8:00;1.3.2024 8:00;Verkkolomake;K;;;;K;0,00;",
    "0109005;Kaj;Nyman;;;kaj.nyman@brevlada.example;043 555 0105;Hamngatan 2;;07900;Lovisa;FI;;sv;Digi;5.5.2023 14:30;5.5.2023 14:30;Messut;;;X;;K;0,00;;",
]


def write_csv(
    path: Path, header: Sequence[str], rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8", end: str = "\n"
) -> None:
    """Write a CSV; a name ending in .gz is compressed, with no name and time in it, so that the bytes repeat."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue(), encoding)


def write_text(path: Path, text: str, encoding: str = "utf-8") -> None:
    content = text.encode(encoding, errors="replace" if encoding == "cp1252" else "strict")
    if path.suffix == ".gz":
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
            file.write(content)
        content = packed.getvalue()
    path.write_bytes(content)


# ---- registers -------------------------------------------------------------------------------------------------------


def write_crm(path: Path, records: list[Record]) -> dict[int, int]:
    """Write the CRM export with its broken lines; give the physical line of each record (by its place in the list)."""
    lines: list[str] = [";".join(CRM_HEADER)]
    starts: dict[int, int] = {}
    physical = 1
    broken = dict(zip((311, 907, 1402, 1866, 2350), BROKEN_CRM, strict=True))
    for place, record in enumerate(records):
        if place in broken:
            lines.append(broken[place])
            physical += 1
        if place == 1500:  # two exports glued together
            lines.append(";".join(CRM_HEADER))
            physical += 1
        if place == 2000:
            lines.append("")
            physical += 1
        text = io.StringIO()
        csv.writer(text, delimiter=";", lineterminator="").writerow(_crm_row(record))
        starts[place] = physical + 1
        lines.append(text.getvalue())
        physical += 1 + text.getvalue().count("\n")
    lines.append(f"Yhteensä {len(records)} asiakasta" + ";" * (len(CRM_HEADER) - 1))
    write_text(path, "\r\n".join(lines) + "\r\n", "cp1252")
    return starts


def _crm_row(record: Record) -> list[str]:
    born = finnish_day(date.fromisoformat(record.born)) if record.born else ""
    return [
        record.id, record.first, record.last, record.company, record.business_id, record.email, record.phone, record.street, record.postcode,
        record.city, record.country, born, record.language, record.unit, finnish_time(record.created), finnish_time(record.updated),
        record.origin, record.email_ok, record.sms_ok, record.no_phone, record.no_post, record.informed, cents(record.balance), record.note,
    ]  # fmt: skip


def write_shop(path: Path, records: list[Record]) -> dict[int, int]:
    header = ["customer_id", "first_name", "last_name", "company", "vat_number", "email", "phone", "address", "zip", "city", "country_code",
              "locale", "created_at", "updated_at", "accepts_newsletter"]  # fmt: skip
    rows = []
    for r in records:
        vat = f"FI{r.business_id.replace('-', '')}" if r.business_id else ""
        rows.append([r.id, r.first, r.last, r.company, vat, r.email, r.phone, r.street, r.postcode, r.city, r.country, r.language,
                     iso_time(r.created), iso_time(r.updated), r.email_ok])  # fmt: skip
    write_csv(path, header, rows)
    return {place: place + 2 for place in range(len(records))}


# ---- events ----------------------------------------------------------------------------------------------------------


def write_subscriptions(path: Path, subscriptions: list[Subscription]) -> None:
    header = ["Asiakasnumero", "Tuote", "Alkoi", "Päättyi", "Kuukausihinta", "Laskutusväli (kk)"]
    rows = [
        [s.crm_id, s.product, finnish_day(s.start), finnish_day(s.end), cents(s.price), str(s.period)]
        for s in subscriptions
    ]
    write_csv(path, header, rows, delimiter=";", encoding="cp1252", end="\r\n")


def write_payments(path: Path, payments: list[Payment]) -> dict[str, int]:
    """Write the ledger: a few payments on numbers nobody has, cash sales without one, and a total line at the end."""
    header = [
        "Asiakasnumero",
        "Tapahtumanumero",
        "Päivä",
        "Summa",
        "Valuutta",
        "Tuote",
        "Tuoteryhmä",
        "Maksutapa",
        "Kampanja",
        "Hyvitys tapahtumasta",
    ]
    dice = Dice("ledger")
    rows = []
    counts = {"payments_unknown": 0, "payments_cash": 0}
    for payment in payments:
        customer = payment.customer
        if not payment.refund_of and payment.id[-2:] == "37" and dice.chance(0.35):
            customer = f"09{dice.between(10000, 99999)}"
            counts["payments_unknown"] += 1
        elif payment.category == "Tapahtumat" and dice.chance(0.04):
            customer = ""
            counts["payments_cash"] += 1
        back = payment.refund_of.id if payment.refund_of else ""
        rows.append([customer, payment.id, finnish_time(payment.at), cents(payment.amount), "EUR", payment.product, payment.category,
                     payment.channel, payment.campaign, back])  # fmt: skip
    rows.append(["Yhteensä", "", "", cents(sum(p.amount for p in payments)), "EUR", *[""] * 5])
    write_csv(path, header, rows, delimiter=";", encoding="cp1252", end="\r\n")
    return counts


def write_orders(path: Path, lines: list[Payment]) -> None:
    header = ["order_line_id", "order_id", "customer_id", "ordered_at", "product", "category", "quantity", "unit_price", "currency", "margin",
              "campaign", "refund_of"]  # fmt: skip
    rows = [
        [p.id, f"O{30000 + p.order}" if p.order else "", p.customer, iso_time(p.at), p.product, p.category, str(p.quantity), cents_point(p.unit_price), "EUR",
         cents_point(p.margin), p.campaign, p.refund_of.id if p.refund_of else ""]
        for p in lines
    ]  # fmt: skip
    write_csv(path, header, rows)


def write_visits(path: Path, visits: list[Visit]) -> None:
    header = [
        "customer_id",
        "visitor_id",
        "timestamp",
        "page_views",
        "downloads",
        "duration_s",
        "channel",
        "device",
        "content_id",
    ]
    rows = []
    for number, v in enumerate(visits):
        pages = "n/a" if number % 9001 == 4500 else str(v.pages)  # the analytics tool's own gaps
        downloads = str(v.downloads or "")
        rows.append(
            [
                v.customer,
                v.visitor,
                iso_time(v.at, utc=True),
                pages,
                downloads,
                str(v.seconds),
                v.channel,
                v.device,
                v.content,
            ]
        )
    write_csv(path, header, rows)


def write_social(path: Path, acts: list[Act]) -> None:
    header = [
        "social_id",
        "customer_id",
        "occurred_at",
        "action",
        "parent_id",
        "votes",
        "network",
        "reach",
        "referred_customer_id",
        "content_id",
    ]
    rows = [
        [
            a.id,
            a.customer,
            iso_time(a.at, utc=True),
            a.action,
            a.parent.id if a.parent else "",
            a.votes,
            a.network,
            a.reach,
            a.referred,
            a.content,
        ]
        for a in acts
    ]
    write_csv(path, header, rows)


def write_touchpoints(path: Path, touches: list[Touch]) -> None:
    header = [
        "customer_id",
        "visitor_id",
        "occurred_at",
        "channel",
        "media",
        "action",
        "campaign_id",
        "content_id",
        "cost",
    ]
    rows = [
        [t.customer, t.visitor, iso_time(t.at, utc=True), t.channel, t.media, t.action, t.campaign, t.content, t.cost]
        for t in touches
    ]
    write_csv(path, header, rows)


# ---- the truth -------------------------------------------------------------------------------------------------------


def write_truth(path: Path, crm: list[Record], shop: list[Record], lines: dict[str, dict[int, int]]) -> None:
    """Write who is behind every row, what kind of customer they were and became, and what was planted."""
    header = ["source", "customer_id", "line", "person_id", "household_id", "kind", "kind_at_end", "planted"]
    rows = []
    for source, records in (("crm", crm), ("shop", shop)):
        for place, r in enumerate(records):
            labels = " ".join(sorted(r.planted | r.owner.notes))
            rows.append(
                [
                    source,
                    r.id,
                    str(lines[source][place]),
                    r.owner.id,
                    r.owner.household,
                    r.owner.kind,
                    r.owner.later,
                    labels,
                ]
            )
    write_csv(path, header, rows)
