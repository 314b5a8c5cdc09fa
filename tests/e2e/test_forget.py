"""Real commands: a person is erased from a chain of packages, stays away from the next import, and is in no byte of any file."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from tests.e2e.conftest import ORDERS

CRM = """asiakasnumero;etunimi;sukunimi;sähköposti;puhelin;katuosoite;postinumero;postitoimipaikka;sähköpostilupa
K-1001;Aino;Virtanen;aino.virtanen@posti.example;040 765 1928;Mannerheimintie 5 A 3;00100;Helsinki;kyllä
K-1002;Aino;Virtanen;Aino.Virtanen@posti.example;+358407651928;Mannerheimintie 5 A 3;100;HELSINKI;
K-1003;Väinö;Mäkelä;vaino.makela@posti.example;050 555 1234;Hämeenkatu 1;33100;Tampere;ei
K-1004;Liisa;Mäkelä;liisa.makela@posti.example;050 555 9999;Hämeenkatu 1;33100;Tampere;kyllä
K-1001;Aino;Virtanen;aino.virtanen@posti.example;040 765 1928;Mannerheimintie 5 A 3;00100;Helsinki;kyllä;x;y
"""
NAMING = ("K-1001", "K-1002", "aino.virtanen@posti.example", "407651928", "0407651928", "Mannerheimintie 5")


def content(folder: Path) -> str:
    """All bytes of all files, and every text cell of every table, in lower case and without blanks."""
    texts = []
    for path in folder.rglob("*"):
        if path.is_file():
            texts.append(path.read_bytes().decode("utf-8", "replace"))
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
            texts += [str(cell) for row in frame.rows() for cell in row if isinstance(cell, str)]
    return "\n".join(texts).lower().replace(" ", "")


def test_a_person_is_erased_from_the_chain_and_stays_away(lohko, tmp_path):
    (tmp_path / "crm.csv").write_text(CRM, encoding="utf-8")
    orders = ORDERS
    for number in "123":
        orders = orders.replace(f"\n{number};", f"\nK-100{number};")
    (tmp_path / "orders.csv").write_text(orders, encoding="utf-8")
    (tmp_path / "lohko.toml").write_text('[privacy]\nforgotten = "forgotten.json"\n', encoding="utf-8")
    (tmp_path / "work").mkdir()
    read = ("ingest", "customers=crm.csv", "transactions=orders.csv", "-o", "work/ingest")
    first = lohko(*read)
    assert first.returncode == 0, first.stderr
    assert b"forgotten.json is not there" in first.stderr
    done = lohko("dedupe", "work/ingest", "-o", "work/dedupe", "-q")
    assert done.returncode == 0, done.stderr
    merged = pl.read_parquet(tmp_path / "work/dedupe/crosswalk.parquet")
    assert merged.filter(pl.col("source_customer_id") == "K-1002")["customer_id"].to_list() == ["K-1001"]
    before = content(tmp_path / "work")
    assert all(word.lower().replace(" ", "") in before for word in NAMING)

    missing = lohko("forget", "work", "--id", "K-1")
    assert (missing.returncode, b"customer_missing" in missing.stderr) == (3, True)
    assert content(tmp_path / "work") == before
    assert not (tmp_path / "forgotten.json").exists()

    # an id from before merging is enough: all rows that were merged go, in both packages
    done = lohko("forget", "work", "--id", "K-1002", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["state"], told["figures"]["customers"], told["figures"]["left"]) == ("done", 2, {})
    assert not [word for word in NAMING if word in done.stdout.decode()]
    left = content(tmp_path / "work") + content(tmp_path / "forgotten.json")
    assert not [word for word in NAMING if word.lower().replace(" ", "") in left]
    for name in ("ingest", "dedupe"):
        assert sorted(pl.read_parquet(tmp_path / f"work/{name}/customers.parquet")["customer_id"]) == [
            "K-1003",
            "K-1004",
        ]
        assert pl.read_parquet(tmp_path / f"work/{name}/transactions.parquet")["amount"].sum() == 15

    # the old file is read again, and the person comes under a new id, too
    (tmp_path / "crm.csv").write_text(CRM + "K-1009;A;V;AINO.virtanen+x@posti.example;;;;;\n", encoding="utf-8")
    again = lohko(*read, "--json")
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    account = told["accounting"]["customers"]
    assert (account["rows_in"], account["rejected"], account["erased"], account["rows_out"]) == (6, 1, 3, 2)
    assert told["accounting"]["transactions"]["erased"] == 2
    assert {"forgotten_left_out", "forgotten_by_contact"} <= {finding["code"] for finding in told["findings"]}
    left = content(tmp_path / "work/ingest")
    assert not [word for word in NAMING if word.lower().replace(" ", "") in left]

    # nor do they come back where the old file is looked at by itself
    health = lohko("health", "crm.csv", "-o", "health.json", "--rows", "rows.csv", "--json")
    told = json.loads(health.stdout)
    assert (health.returncode, told["figures"]["rows"]) == (0, 2), health.stderr
    assert "forgotten_left_out" in {finding["code"] for finding in told["findings"]}
    why = lohko("why", "crm.csv", "K-1001", "K-1003")
    assert (why.returncode, b"dedupe_no_such_row" in why.stderr) == (3, True), why.stderr

    # without the memory nothing is read, rather than everybody
    (tmp_path / "forgotten.json").write_text("{}", encoding="utf-8")
    refused = lohko(*read)
    assert (refused.returncode, b"forgotten_damaged" in refused.stderr) == (3, True)
