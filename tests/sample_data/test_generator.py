"""The sample data: written by its generator, whole, and with everything planted that the README tells."""

from __future__ import annotations

import csv
import gzip
import io
import re
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from countrystatecity_postal_codes import get_postcodes_of_country
from stdnum.fi import hetu, ytunnus

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
BY_HAND = {"generate.py", "lohko.toml"}
Row = dict[str, str]


def content(path: Path) -> bytes:
    """The bytes of a file; of a packed one those inside, since zlib's differ between machines."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def rows(name: str, delimiter: str = ",", encoding: str = "utf-8") -> list[Row]:
    return list(csv.DictReader(io.StringIO(content(SAMPLE / name).decode(encoding), newline=""), delimiter=delimiter))


@pytest.fixture(scope="module")
def truth() -> list[Row]:
    return rows("truth.csv")


@pytest.fixture(scope="module")
def crm() -> list[Row]:
    """Lines of the CRM export that are customers, whatever they look like."""
    return [row for row in rows("crm.csv", ";", "cp1252") if re.fullmatch(r"0\d{6}", row["Asiakasnumero"])]


def planted(truth: list[Row], source: str) -> Counter[str]:
    return Counter(label for row in truth if row["source"] == source for label in row["planted"].split())


@pytest.mark.slow
def test_the_generator_writes_the_committed_files(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, str(SAMPLE / "generate.py"), "--out", str(tmp_path)], check=True, capture_output=True
    )
    written = {path.name for path in tmp_path.iterdir()}
    committed = {path.name for path in SAMPLE.iterdir() if path.is_file()} - BY_HAND
    assert written == committed
    for name in sorted(written):
        assert content(tmp_path / name) == content(SAMPLE / name), name


def test_the_folder_stays_small() -> None:
    files = [path for path in SAMPLE.rglob("*") if path.is_file() and not {"__pycache__", "work"} & set(path.parts)]
    assert sum(path.stat().st_size for path in files) < 4_000_000


def test_about_three_thousand_people_in_two_registers(truth: list[Row]) -> None:
    by_source = {source: {row["person_id"] for row in truth if row["source"] == source} for source in ("crm", "shop")}
    assert len(by_source["crm"] | by_source["shop"]) == 3000
    assert sum(person.startswith("C") for person in by_source["crm"] | by_source["shop"]) == 130
    assert len(by_source["crm"] & by_source["shop"]) > 500
    assert len(by_source["shop"] - by_source["crm"]) > 250


def test_the_lines_of_the_truth_are_the_lines_of_the_files(truth: list[Row]) -> None:
    texts = {
        "crm": content(SAMPLE / "crm.csv").decode("cp1252"),
        "shop": content(SAMPLE / "shop_customers.csv").decode(),
    }
    lines = {source: text.replace("\r\n", "\n").split("\n") for source, text in texts.items()}
    for row in truth:
        assert lines[row["source"]][int(row["line"]) - 1].startswith(row["customer_id"])


def test_doubles_are_planted(truth: list[Row]) -> None:
    crm, shop = planted(truth, "crm"), planted(truth, "shop")
    assert crm["double"] == 147
    assert shop["double"] == 40
    ways = {
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
    assert {label: count for label, count in crm.items() if label.startswith("double_")} == {
        f"double_{way}": n for way, n in ways.items()
    }
    people = Counter(row["person_id"] for row in truth if row["source"] == "crm")
    assert sum(count - 1 for count in people.values()) == crm["double"] + crm["repeated_id"] == 153
    ids = Counter(row["customer_id"] for row in truth if row["source"] == "crm")
    assert sum(count > 1 for count in ids.values()) == 6


def test_people_who_only_look_alike(truth: list[Row]) -> None:
    people = defaultdict(set)
    for row in truth:
        for label in row["planted"].split():
            people[label].add((row["person_id"], row["household_id"]))
    assert len(people["father_son"]) == 16
    assert len({house for _, house in people["father_son"]}) == 8
    assert len(people["twins"]) == 12
    assert len({house for _, house in people["twins"]}) == 6
    assert len(people["namesake"]) == 60
    assert len({house for _, house in people["namesake"]}) == 60
    assert len(people["shared_mailbox"]) == 173


def test_postcode_faults_are_what_they_are_called(truth: list[Row], crm: list[Row]) -> None:
    exist = {place.code for place in get_postcodes_of_country("FI")}
    shop = rows("shop_customers.csv")
    codes = [row["Postinumero"] for row in crm] + [row["zip"] for row in shop]
    by_line = {(row["source"], row["line"]): set(row["planted"].split()) for row in truth}
    labels = [by_line[row["source"], row["line"]] for row in truth]
    known = [row for row in truth if row["source"] == "crm"]
    broken = {"0109001", "0109002", "0109003", "0109004", "0109005"}
    crm_codes = [row["Postinumero"] for row in crm if row["Asiakasnumero"] not in broken]
    assert len(crm_codes) == len(known)
    codes = crm_codes + [row["zip"] for row in shop]
    faults: Counter[str] = Counter()
    for code, planted_here in zip(codes, labels, strict=True):
        if "lost_zero" in planted_here:
            assert code not in exist
            assert code.zfill(5) in exist
        elif "code_fi_prefix" in planted_here:
            assert code[-5:] in exist
            assert code.startswith("FI")
        elif planted_here & {"code_swapped", "code_wrong", "code_short"}:
            faults["exists" if code in exist else "does not exist"] += 1
        elif not planted_here & {"code_decimal", "code_letter_o", "code_space", "no_postcode", "abroad"}:
            assert code in exist
    assert faults["does not exist"] > 40
    assert faults["exists"] > 2  # a wrong code that exists: only its place name tells


def test_one_import_is_the_main_origin_of_lost_zeros(truth: list[Row], crm: list[Row]) -> None:
    origin = {row["Asiakasnumero"]: row["Lähde"] for row in crm}
    lost = Counter(
        origin[row["customer_id"]] for row in truth if row["source"] == "crm" and "lost_zero" in row["planted"]
    )
    assert lost.most_common(1)[0][0] == "Kylänraitti-tuonti 4/2025"
    assert lost["Kylänraitti-tuonti 4/2025"] / lost.total() > 0.85


def test_nobody_is_real(crm: list[Row]) -> None:
    for row in crm:
        for code in re.findall(r"\d{6}[-A]\w{4}", row["Lisätiedot"] or ""):
            assert not hetu.is_valid(code)
        digits = re.sub(r"\D", "", row["Y-tunnus"])
        assert not digits or digits.startswith("9")
    valid = [ytunnus.is_valid(row["Y-tunnus"]) for row in crm if row["Y-tunnus"]]
    assert valid.count(False) == 4  # the planted wrong check digits
    phones = [row["Puhelin"] for row in crm] + [row["phone"] for row in rows("shop_customers.csv")]
    numbers = {re.sub(r"\D", "", re.sub(r"^(\+358 ?\(0\)|\+358|00358) ?", "0", phone)) for phone in phones}
    assert all(re.match(r"0?4[38]|01943|0*$|0401234567|0400000000|123", number) for number in numbers)
    mail = [row["Sähköposti"] for row in crm] + [row["email"] for row in rows("shop_customers.csv")]
    assert sum(address.lower().endswith(".example") for address in mail) / sum(map(bool, mail)) > 0.95


def test_permissions_contradict_as_told(crm: list[Row]) -> None:
    log = rows("consents.csv")
    methods, statuses = Counter(row["method"] for row in log), Counter(row["status"] for row in log)
    assert methods["pre_ticked"] > 50
    assert methods["imported"] > 50
    assert statuses["objected"] > 4 * 20
    assert sum(not row["recorded_at"] for row in log) > 50
    yes = {row["Asiakasnumero"] for row in crm if row["Sähköpostilupa"] == "K"}
    last: dict[str, str] = {
        row["customer_id"]: row["status"] for row in log if row["channel"] == "email" and row["recorded_at"]
    }
    assert sum(last.get(number) == "withdrawn" for number in yes) > 20
    assert sum(number not in last for number in yes) > 60


def test_money_adds_up_to_the_total_line() -> None:
    ledger = rows("payments.csv.gz", ";", "cp1252")
    amounts = [Decimal(row["Summa"].replace(",", ".")) for row in ledger]
    assert ledger[-1]["Asiakasnumero"] == "Yhteensä"
    assert sum(amounts[:-1]) == amounts[-1]
    known = {row["Tapahtumanumero"]: amount for row, amount in zip(ledger, amounts, strict=True)}
    refunds = [row for row in ledger if row["Hyvitys tapahtumasta"]]
    assert len(refunds) > 100
    assert all(-known[row["Tapahtumanumero"]] <= known[row["Hyvitys tapahtumasta"]] for row in refunds)


def test_the_ids_of_events_are_customers_but_for_the_planted_ones(truth: list[Row]) -> None:
    ids = {source: {row["customer_id"] for row in truth if row["source"] == source} for source in ("crm", "shop")}
    for name in (
        "visits.csv.gz",
        "social.csv.gz",
        "touchpoints.csv.gz",
        "visitors.csv",
        "consents.csv",
        "contacts.csv",
        "feedback.csv",
    ):
        assert {row["customer_id"] for row in rows(name)} - {""} <= ids["crm"], name
    assert {row["customer_id"] for row in rows("shop_orders.csv.gz")} - {""} <= ids["shop"]
    payers = [row["Asiakasnumero"] for row in rows("payments.csv.gz", ";", "cp1252")[:-1]]
    assert 30 < sum(payer not in ids["crm"] for payer in payers if payer) < 80
    assert 50 < payers.count("") < 150


def test_kinds_can_be_told_apart_but_not_with_a_ruler(truth: list[Row]) -> None:
    kind = {row["customer_id"]: row["kind"] for row in truth if row["kind"] == row["kind_at_end"]}
    visits, acts = (Counter(row["customer_id"] for row in rows(name)) for name in ("visits.csv.gz", "social.csv.gz"))

    def middle(counts: Counter[str], wanted: str) -> list[int]:
        found = sorted(counts[number] for number, its in kind.items() if its == wanted and number.startswith("0"))
        return [found[len(found) // 10], found[len(found) // 2], found[len(found) * 9 // 10]]

    reader, loyal = middle(visits, "digital_reader"), middle(visits, "print_loyal")
    assert reader[1] > 3 * max(1, loyal[1])
    assert reader[0] < loyal[2]  # the kinds overlap
    assert middle(acts, "voice")[1] > 10 * max(1, middle(acts, "digital_reader")[1])


def test_a_campaign_with_a_true_lift_and_one_without() -> None:
    contacts = rows("contacts.csv")
    arms = Counter((row["campaign_id"], row["arm"]) for row in contacts)
    assert 0.2 < arms["K2503", "control"] / (arms["K2503", "control"] + arms["K2503", "treatment"]) < 0.3
    starts = defaultdict(set)
    for row in rows("subscriptions.csv", ";", "cp1252"):
        day, month, year = row["Alkoi"].split(".")
        starts[row["Asiakasnumero"]].add(f"{year}-{int(month):02d}-{int(day):02d}")
    won = Counter(
        row["arm"]
        for row in contacts
        if row["campaign_id"] == "K2503"
        and any("2025-03-03" < day <= "2025-04-13" for day in starts[row["customer_id"]])
    )
    lift = won["treatment"] / arms["K2503", "treatment"] - won["control"] / arms["K2503", "control"]
    assert 0.03 < lift < 0.2
