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
    assert b"nearest are 4" in missing.stderr
    several = lohko("customer", "in", "aino.virtanen@posti.example")
    assert several.returncode == 3
    assert b"name one of 1, 2" in several.stderr
    assert lohko("customer", "in").returncode == 2
    assert lohko("customer", "in", "1", "--lang", "de").returncode == 2
