"""``lohko customer`` as a person would call it."""

from __future__ import annotations

import json


def test_a_customer_is_found_shown_and_told(lohko, register) -> None:
    orders = (register / "orders.csv").read_text(encoding="utf-8")
    (register / "orders.csv").write_text(orders.replace("kirja", "\x1b[31m[bold]kirja"), encoding="utf-8")
    assert lohko("ingest", "customers=crm.csv", "transactions=orders.csv", "-o", "in").returncode == 0
    done = lohko("customer", "in", "2", "--lang", "fi")
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert "Virtanen" in text
    assert "Arvoa ei ole laskettu" in text
    assert "aino.virtanen@" not in text
    assert "Mannerheimintie" not in text
    assert "[bold]kirja" in text
    assert "\x1b" not in text
    shown = json.loads(lohko("customer", "in", "050 555 9999", "--json", "--show-values").stdout)
    assert shown["customer_id"] == "4"
    assert shown["contacts"]["email"] == "liisa.makela@posti.example"


def test_who_is_not_there_is_3_and_a_wrong_word_2(lohko, register) -> None:
    lohko("ingest", "customers=crm.csv", "-o", "in")
    missing = lohko("customer", "in", "44")
    assert missing.returncode == 3
    assert b"nearest is 4" in missing.stderr
    several = lohko("customer", "in", "aino.virtanen@posti.example")
    assert several.returncode == 3
    assert b"name one of 1, 2" in several.stderr
    assert lohko("customer", "in").returncode == 2
    assert lohko("customer", "in", "1", "--lang", "de").returncode == 2


def test_the_trail_of_permissions_is_printed_and_told_as_json(lohko, register) -> None:
    events = "customer_id,channel,status,recorded_at,source,wording,method\n4,email,granted,2026-01-02T10:00:00Z,form,v1,active\n"
    (register / "consents.csv").write_text(events, encoding="utf-8")
    lohko("ingest", "customers=crm.csv", "consents=consents.csv", "-o", "in", "--timezone", "Europe/Helsinki")
    assert lohko("customer", "in", "4", "--permissions").returncode == 3
    lohko("consents", "in", "-o", "out", "--as-of", "2026-06-30")
    done = lohko("customer", "out", "4", "--permissions", "--lang", "fi")
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert "Sähköposti: saa" in text
    assert "2026-01-02 12:00 · tunnus: 4 · annettu · lähde: form" in text
    assert "jokainen päätös on sama" in text
    assert max(map(len, text.splitlines())) < 300
    told = json.loads(lohko("customer", "out", "4", "--permissions", "--json").stdout)
    assert told["customer_id"] == "4"
    assert {d["channel"]: d["decision"] for d in told["decisions"]}["email"] == "may"
    assert told["decided"]["step"] == "consents"
