"""What is missing and what would open a channel: every customer held back is counted once, and the repair does open it."""

import datetime as dt

import polars as pl
import pytest
from tests.core.cleaning.permission_worlds import TABLES, together, worlds

from lohko.cleaning.consents import consents
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.permission_repairs import FILE
from lohko.cleaning.sheets import read_sheet
from lohko.outcome import Env, StepResult
from lohko.tables.types import schema

DAY = dt.date(2026, 6, 30)
NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
AINO: dict[str, object] = {
    "customer_id": "a",
    "customer_type": "person",
    "first_name": "Aino",
    "country": "FI",
    "email": "a@x.fi",
    "street": "Tie 1",
}
AINO |= {"postcode": "00100", "source": "crm", "informed": True}
PROVEN: dict[str, object] = {
    "customer_id": "a",
    "channel": "email",
    "status": "granted",
    "recorded_at": NOON,
    "source": "form",
    "wording": "v1",
}
PROVEN |= {"method": "active", "basis": "consent"}
SOLD: dict[str, object] = {
    "basis": "existing_customer",
    "told_at_sale": True,
    "similar_products": True,
    "opt_out_offered": True,
}
SCREENED: dict[str, object] = {
    "register": "Posti-Robinson",
    "channel": "post",
    "screened_at": dt.datetime(2026, 6, 20, tzinfo=dt.UTC),
}


def run(**tables: list[dict[str, object]]) -> StepResult:
    frames = {
        name: pl.LazyFrame(rows, schema=schema("customers" if name == "originals" else name, tuple(rows[0])), orient="row")
        for name, rows in tables.items()
        if rows
    }  # fmt: skip
    return consents(frames, ConsentsParams(country="FI"), Env(DAY))


def missing(result: StepResult, channel: str) -> list[tuple[str, ...]]:
    rows = read_sheet(result.files[FILE], FILE, "review_unreadable")
    return [row[1:] for row in rows.drop("reason").filter(pl.col("channel") == channel).iter_rows()]


def test_each_who_is_held_back_stands_in_one_row_a_channel() -> None:
    result = run(**{table: together(worlds(8, 150))[table] for table in TABLES})
    found = read_sheet(result.files[FILE], FILE, "review_unreadable").with_columns(
        pl.col("customers", "reachable").cast(pl.Int64)
    )
    ways = ("ask_again", "screen_first")
    held = result.tables["permissions"].lazy().collect()
    held = held.filter(pl.col("decision").is_in(ways) | (pl.col("reason") == "status_unread"))
    counts = dict(held.group_by("channel").len().iter_rows())
    assert dict(found.group_by("channel").agg(pl.col("customers").sum()).iter_rows()) == counts
    assert found.filter(pl.col("reachable") > pl.col("customers")).is_empty()
    assert {row["repair"] for rows in result.figures["repairs"].values() for row in rows} == set(found["repair"])


@pytest.mark.parametrize(
    ("channel", "lacks", "told", "tables"),
    [
        ("email", {"wording": None, "recorded_at": None}, ("form", "time + wording", "complete_record"), {"consents": [PROVEN]}),
        ("email", {"source": None}, ("", "source", "complete_record"), {"consents": [PROVEN]}),
        ("email", {"method": "pre_ticked"}, ("form", "active_act", "ask"), {"consents": [PROVEN]}),
        ("email", {"recorded_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, ("form", "renewal", "renew"), {"consents": [PROVEN]}),
        ("email", {"told_at_sale": None}, ("form", "told_at_sale", "complete_record"), {"consents": [PROVEN | SOLD]}),
        ("email", {"status": "unknown", "told_at_sale": None}, ("form", "told_at_sale + status", "complete_record"), {"consents": [PROVEN | SOLD]}),
    ],
)  # fmt: skip
def test_the_repair_named_does_open_the_channel(
    channel: str, lacks: dict[str, object], told: tuple[str, ...], tables: dict[str, list[dict[str, object]]]
) -> None:
    broken = {"consents": [row | lacks for row in tables["consents"]]}
    assert missing(run(customers=[AINO], **broken), channel) == [(*told, "1", "1")]
    mended = run(customers=[AINO], **tables).tables["permissions"].lazy()
    assert mended.filter(pl.col("channel") == channel).collect()["decision"].to_list() == ["may"]


def test_all_that_is_missing_is_named_and_a_stop_is_nothing_to_repair() -> None:
    untold = {**AINO, "informed": None}
    assert missing(run(customers=[untold]), "post") == [("", "information + screening", "inform + screen", "1", "1")]
    assert missing(run(customers=[untold], suppressions=[SCREENED]), "post") == [
        ("", "information", "inform", "1", "1")
    ]
    assert missing(run(customers=[AINO], suppressions=[SCREENED]), "post") == []
    stopped = [PROVEN | {"channel": "post", "status": "withdrawn"}]
    assert missing(run(customers=[untold], consents=stopped), "post") == []
    # Outside Finland no rule opens post: that is told, and that nothing would.
    assert missing(run(customers=[{**AINO, "country": "SE"}]), "post") == [("", "consent", "ask", "1", "0")]
    found = run(customers=[untold])
    assert [f.data["repair"] for f in found.findings if f.code == "permissions_repairs"] == ["inform + screen"]
