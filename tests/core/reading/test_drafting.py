from __future__ import annotations

import tomllib

from lohko.reading.drafting import draft_mapping


def test_a_draft_reads_the_same_again(read):
    files = {
        "crm.csv": 'Asiakasnro;"Nimi ""oma""";Sähköposti\n1;x;a@example.org\n',
        "shop.csv": "Order;Customer;Date;Total\n1;1;2024-03-01;5\n",
    }
    words = ("customers=crm.csv", "transactions@shop=shop.csv")
    first = read(files, *words)
    text = draft_mapping(first)
    mapping = tomllib.loads(text)["mapping"]
    assert mapping["customers"] == {"customer_id": "Asiakasnro", "email": "Sähköposti"}
    assert mapping["transactions@shop"]["amount"] == "Total"
    assert '# carried along: "Nimi \\"oma\\""' in text
    again = read(files, *words, mapping=mapping)
    for name, frame in first.tables.items():
        assert again.tables[name].collect().equals(frame.collect())
