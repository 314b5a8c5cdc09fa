"""Questions to people leave out the addresses of protected customers, and of whoever may be one."""

from __future__ import annotations

import polars as pl
import pytest

from lohko.matching.discreet import protected_rows

ROWS = pl.DataFrame(
    {
        "customer_id": ["1", "2", "3"],
        "row_id": ["a", "b", "c"],
        "last_name": ["Kiellon", "Muu", "Kiellon"],
        "postcode": ["00100", "00100", "33100"],
        "together": ["1", "2", "2"],
    }
)


@pytest.mark.parametrize(
    ("updates", "customers", "held"),
    [
        ([{"customer_id": "1", "status": "protected"}], {}, [True, False, False]),
        ([{"customer_id": "1", "status": "moved"}], {}, [False, False, False]),
        # an entry that names the person at the place, in other writing
        ([{"last_name": "KIELLON ", "postcode": "100", "status": "protected"}], {}, [True, False, False]),
        # noted by an earlier clean; all rows that became the customer
        ([], {"address_status": [None, "protected"]}, [False, True, True]),
        ([], {}, [False, False, False]),
    ],
)
def test_rows_of_protected_customers(updates, customers, held):
    kinds = dict.fromkeys(("customer_id", "last_name", "postcode", "status"), pl.String)
    tables = {
        "customers": pl.LazyFrame({"customer_id": ["1", "2"], **customers}),
        "address_updates": pl.LazyFrame(updates, schema=kinds),
    }
    assert protected_rows(ROWS, tables).to_list() == held
