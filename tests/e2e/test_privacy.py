"""Lists and erasure with the real program, as a script would use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.e2e.conftest import Program

CONSENTS = (
    "customer_id,channel,status,recorded_at,source,wording,method\n"
    "1,email,granted,2026-01-01,form,v1,active\n2,email,granted,2026-01-01,form,v1,active\n"
    "3,email,withdrawn,2026-01-01,form,v1,active\n"
)


def decided(lohko: Program, register: Path) -> Path:
    (register / "consents.csv").write_text(CONSENTS, encoding="utf-8")
    crm = (register / "crm.csv").read_text(encoding="cp1252").replace("1;Aino", "1;=Aino")
    (register / "crm.csv").write_text(crm, encoding="cp1252")
    assert lohko("ingest", "customers=crm.csv", "consents=consents.csv", "-o", "in").returncode == 0
    assert lohko("consents", "in", "-o", "out", "--as-of", "2026-03-01", "--country", "FI").returncode == 0
    return register / "out"


def test_a_list_for_a_sending_tool_with_its_proof(lohko: Program, register: Path) -> None:
    decided(lohko, register)
    words = ("export", "out", "--channel", "email", "--as-of", "2026-03-02")
    done = lohko(*words, "-o", "list.csv", "--json")
    assert done.returncode == 0, done.stderr
    text = (register / "list.csv").read_text(encoding="utf-8")
    assert text.splitlines()[1].startswith("1,aino.virtanen@posti.example,'=Aino,Virtanen,")
    assert len(text.splitlines()) == 2  # the mailbox that two rows share
    about = json.loads((register / "list.about.json").read_text(encoding="utf-8"))
    assert (about["permissions_as_of"], about["rows"], about["same_address"]) == ("2026-03-01", 1, 1)
    assert json.loads(done.stdout)["figures"] == about
    for name in ("list.csv", "list.about.json"):
        assert (register / name).stat().st_mode & 0o777 == 0o600
    assert (
        lohko(*words, "-o", "-", "--raw")
        .stdout.decode()
        .splitlines()[1]
        .startswith("1,aino.virtanen@posti.example,=Aino")
    )
    assert len(json.loads((lohko(*words, "-o", "list.json"), (register / "list.json").read_text())[1])) == 1
    (register / "list.csv").write_text("mine", encoding="utf-8")
    assert lohko(*words, "-o", "list.csv").returncode == 4
    assert lohko(*words, "-o", "new.csv", "--dry-run").returncode == 0
    assert not (register / "new.csv").exists()


def test_a_list_is_refused_where_it_would_not_hold(lohko: Program, register: Path) -> None:
    decided(lohko, register)
    old = lohko("export", "out", "--channel", "email", "--as-of", "2026-04-01", "-o", "list.csv")
    assert (old.returncode, b"permissions_old" in old.stderr) == (3, True)
    assert lohko("export", "in", "--channel", "email", "-o", "list.csv").returncode == 3
    assert lohko("export", "out", "--channel", "fax", "-o", "list.csv").returncode == 2
    assert lohko("export", "out", "-o", "list.csv").returncode == 2
    unsegmented = lohko(
        "export", "out", "--channel", "email", "--segment", "x", "--as-of", "2026-03-02", "-o", "list.csv"
    )
    assert unsegmented.returncode == 3
    assert not list(register.glob("list*"))


@pytest.mark.slow
def test_a_protected_address_and_codes_in_notes_are_shown_by_nothing(lohko: Program, tmp_path: Path) -> None:
    (tmp_path / "crm.csv").write_text(
        "customer_id,first_name,last_name,phone,street,postcode,city,country,notes\n"
        "1,Turva,Kiellon,0451231230,Piilotie 7,99998,Tampere,FI,soita 131052-308T\n"
        "2,Turva,Kiellonen,,Toinen 9,99998,Tampere,FI,kortti 4111 1111 1111 1111\n",
        encoding="utf-8",
    )
    (tmp_path / "moves.csv").write_text("customer_id,status\n1,protected\n", encoding="utf-8")
    unsure = ("--review", "0.001", "--threshold", "0.999999")
    told = []
    for words in (
        ("ingest", "customers=crm.csv", "address_updates=moves.csv", "-o", "in"),
        ("postcodes", "in", "-o", "postcodes"),  # alone, before clean has noted whose address is protected
        ("dedupe", "in", "-o", "dedupe", *unsure),
        ("clean", "in", "-o", "clean", *unsure),
        ("dedupe", "clean", "-o", "again", *unsure),  # looks at the rows as they came
        ("why", "in", "1", "2", "--show-values"),
        ("show", "in", "customers"),
        ("show", "clean", "changes"),
    ):
        done = lohko(*words)
        assert done.returncode == 0, done.stderr
        told += [done.stdout, done.stderr]
    sheets = sorted(tmp_path.glob("*/*review.csv"))
    assert len(sheets) >= 4
    whole = b"\n".join([*told, *(path.read_bytes() for path in sheets)]).decode()
    assert "Kiellon" in whole
    assert "Toinen 9" in whole
    for secret in ("Piilotie", "131052", "4111"):
        assert secret not in whole
