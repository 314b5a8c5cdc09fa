"""``lohko health`` as a shell sees it: a bare file in one command, a package before and after clean, gates, prices, lists."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from .conftest import Program

COSTS = """
[costs]
mailings_per_year = 6
print = 0.30
postage = 1.10
return_share = 0.8
return_handling = 3
suspect_share = 0.4
currency = "EUR"
"""


def test_a_bare_file_needs_no_set_up(lohko: Program, register: Path):
    done = lohko("health", "crm.csv", "--as-of", "2026-10-31")
    assert done.returncode == 0, done.stderr
    told = done.stdout.decode()
    assert told.startswith("Register health report")
    assert "Merge 1 doubled customer" in told
    assert "Virtanen" not in told
    assert "aino" not in told.lower()
    assert sorted(path.name for path in register.iterdir()) == ["crm.csv", "orders.csv"]


def test_prices_come_from_the_file_and_from_the_command(lohko: Program, register: Path):
    (register / "lohko.toml").write_text(COSTS, encoding="utf-8")
    words = ("health", "crm.csv", "--as-of", "2026-10-31", "--json")
    found = json.loads(lohko(*words, "--cost", "postage=2").stdout)
    assert found["money"]["inputs"]["postage"] == 2
    assert found["money"]["inputs"]["print"] == 0.3
    assert json.loads(lohko(*words, env={"LOHKO_COSTS_POSTAGE": "3"}).stdout)["money"]["inputs"]["postage"] == 3
    assert float(found["money"]["total"]["expected"]) > 0


def test_a_newer_list_of_postcodes_is_read_or_refused(lohko: Program, register: Path):
    (register / "list.csv").write_text("postinumero,kunta\n00100,Helsinki\n", encoding="utf-8")
    done = lohko("health", "crm.csv", "--postcodes", "list.csv")
    assert done.returncode == 3
    assert b"holds 1 Finnish postcodes" in done.stderr
    codes = "".join(f"{code:05d},Kylä\n" for code in range(20_000, 21_000, 5))
    (register / "list.csv").write_text(f"postinumero,kunta\n{codes}", encoding="utf-8")
    (register / "lohko.toml").write_text('[postcodes]\npostcodes = "list.csv"\n', encoding="utf-8")
    found = json.loads(lohko("health", "crm.csv", "--json", "--no-duplicates").stdout)
    assert {entry["code"] for entry in found["postcodes"]} & {"retired"}


def test_an_unknown_price_names_the_nearest(lohko: Program, register: Path):
    (register / "lohko.toml").write_text("[costs]\npostag = 1\n", encoding="utf-8")
    done = lohko("health", "crm.csv")
    assert done.returncode == 2
    assert b"'postage'" in done.stderr
    (register / "lohko.toml").write_text("[costs]\nreturn_share = 7\n", encoding="utf-8")
    assert lohko("health", "crm.csv").returncode == 2


def test_a_gate_that_is_crossed_leaves_with_one_and_still_writes(lohko: Program, register: Path):
    done = lohko("health", "crm.csv", "-o", "health.json", "--fail-under", "100", "--as-of", "2026-10-31")
    assert done.returncode == 1
    assert b"below --fail-under 100" in done.stderr
    assert json.loads((register / "health.json").read_text(encoding="utf-8"))["schema"] == "lohko.health/1"
    assert lohko("health", "crm.csv", "--json", "--fail-under", "100").returncode == 1


def test_rows_hold_ids_and_codes_only(lohko: Program, register: Path):
    text = (register / "crm.csv").read_bytes() + b"=cmd();A;B;;;;;;;\n"
    (register / "crm.csv").write_bytes(text)
    assert lohko("health", "crm.csv", "--rows", "rows.csv", "-q", "--no-duplicates").returncode == 0
    with (register / "rows.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert set(rows[0]) == {"customer_id", "row_id", "source", "line", "field", "code"}
    assert any(row["code"] == "postcode_format_fixed" and row["customer_id"] == "2" for row in rows)
    assert any(row["customer_id"] == "'=cmd()" for row in rows)
    assert "Virtanen" not in (register / "rows.csv").read_text(encoding="utf-8")


def test_before_and_after_clean(lohko: Program, register: Path):
    del register
    assert lohko("ingest", "crm.csv", "orders.csv", "-o", "raw").returncode == 0
    assert lohko("clean", "raw", "-o", "clean", "--as-of", "2026-10-31").returncode == 0
    done = lohko("health", "clean", "--since", "raw", "--json", "--as-of", "2026-10-31")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["duplicates"]["merged"] == 1
    changes = {(c["kind"], c["name"]): (c["before"], c["now"]) for c in found["since"]["changes"]}
    assert changes["fault", "postcode_format_fixed"] == (1, 0)
    assert changes["count", "duplicates"][1] == 0


def test_health_in_the_chain(lohko: Program, register: Path):
    (register / "lohko.toml").write_text(
        '[sources]\ncustomers = "crm.csv"\n[health]\nduplicates = false\noutput = "health.md"\n'
        '[run]\nsteps = ["ingest", "health"]\n' + COSTS,
        encoding="utf-8",
    )
    done = lohko("run", "--as-of", "2026-10-31")
    assert done.returncode == 0, done.stderr
    assert (register / "work" / "health.md").read_text(encoding="utf-8").startswith("# Register health report")
    again = json.loads(lohko("run", "--as-of", "2026-10-31", "--json").stdout)
    assert again["state"] == "up_to_date"


def test_customers_without_any_field_and_files_that_are_not_there(lohko: Program, register: Path):
    del register
    assert lohko("ingest", "transactions=orders.csv", "-o", "pkg").returncode == 0
    assert lohko("clean", "pkg", "-o", "cleaned").returncode == 0  # customers from orders alone: nothing to compare
    done = lohko("health", "pkg")
    assert done.returncode == 0
    assert b"The register holds nothing that could be tested" in done.stdout
    assert lohko("health", "no.csv").returncode == 3
    assert lohko("health", "crm.csv", "-o", "x.pdf").returncode == 2
