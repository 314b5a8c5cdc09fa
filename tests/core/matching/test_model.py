"""What the pair model and the guards must tell apart."""

from __future__ import annotations


def test_two_mailboxes_of_one_name_at_one_host_speak_against_one_person(run, make, double):
    home = {"last_name": "Karhu", "street": "Kotkantie 43", "postcode": "68600", "city": "Turku"}
    rows = [
        *double(make(300, 31), 4),
        home | {"row_id": "f", "customer_id": "f", "first_name": "Markku", "email": "markku.karhu@posti.fi"},
        home | {"row_id": "s", "customer_id": "s", "first_name": "Make", "email": "markkukarhu@posti.fi"},
    ]
    pair = run(rows).tables["pairs"].filter(left_row_id="f", right_row_id="s")
    assert pair["weight_email"].item() < 0


def test_swapped_names_may_be_misspelt(run, make, double):
    rows = double(make(300, 32), 4)
    row = rows[1]
    swapped = row | {
        "row_id": "swap",
        "customer_id": "swap",
        "first_name": row["last_name"][:-1],
        "last_name": row["first_name"],
        "phone": None,
    }
    walk = run([*rows, swapped]).tables["crosswalk"]
    assert walk.filter(row_id="swap")["customer_id"].item() == row["customer_id"]
